"""Redis as users have it: behind TLS, on a Unix socket, named by a Sentinel, in a cluster."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from brokers.server import find_binary, free_port, run_process

__all__ = ["give_all_slots", "make_certificates", "running", "sentinel_of"]

_EC = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")


def the_binary() -> str:
    binary = find_binary("BROKERBENCH_REDIS_SERVER", ("redis-server",))
    return binary or pytest.skip("no redis-server on this machine: run 'make servers'")


@contextmanager
def running(directory: Path, *lines: str, asked_by: redis.Redis) -> Iterator[None]:
    """Run a server with these lines of configuration until the block ends; the client asks whether it is there."""
    directory.mkdir(exist_ok=True)
    config = directory / "redis.conf"
    config.write_text("\n".join(["bind 127.0.0.1 -::1", 'save ""', f"dir {directory}", *lines, ""]))
    command = [the_binary(), "-"]
    with asked_by, run_process(command, directory=directory, ready=asked_by.ping, standard_input=config):
        yield


@contextmanager
def sentinel_of(directory: Path, master: str, port: int, password: str, own_password: str) -> Iterator[int]:
    """Run a Sentinel that names the server at that port, and yield its own port."""
    directory.mkdir()
    own_port = free_port()
    config = directory / "sentinel.conf"  # it writes to that file
    lines = ("bind 127.0.0.1", f"port {own_port}", f"requirepass {own_password}", f"dir {directory}")
    monitor = (f"sentinel monitor {master} 127.0.0.1 {port} 1", f"sentinel auth-pass {master} {password}")
    config.write_text("\n".join([*lines, *monitor, ""]))
    client = redis.Redis(port=own_port, password=own_password)
    with client, run_process([the_binary(), str(config), "--sentinel"], directory=directory, ready=client.ping):
        yield own_port


def give_all_slots(client: redis.Redis) -> None:
    """Assign all slots to a node, which makes it a working cluster."""
    client.execute_command("CLUSTER ADDSLOTSRANGE", 0, 16383)


def make_certificates(directory: Path, *names: str) -> None:
    """Make an authority, and what it signed: a certificate for a server called localhost, and a client's.

    The server's certificate is for these ``names``, too.
    """
    if not shutil.which("openssl"):
        pytest.skip("no openssl on this machine: install it")
    _openssl(directory, "ca", "/CN=authority")
    _openssl(
        directory, "server", "/CN=server", "subjectAltName=" + ",".join(f"DNS:{name}" for name in ("localhost", *names))
    )
    _openssl(directory, "client", "/CN=client", "extendedKeyUsage=clientAuth")


def _openssl(directory: Path, name: str, subject: str, extension: str = "") -> None:
    signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-addext", extension) if extension else ()
    files = ("-keyout", f"{name}.key", "-out", f"{name}.pem")
    command = ["openssl", "req", "-x509", *_EC, *files, "-subj", subject, *signed]
    subprocess.run(command, cwd=directory, check=True, capture_output=True, timeout=60)
