"""Finds a server: the user's own, or a private one that is started for a run and ended with it."""

import os
import re
import shutil
import socket
import statistics
import subprocess
import sysconfig
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from brokers.deadline import ANSWER_S, within
from brokers.errors import BrokerUnavailable, UsageError
from brokers.marks import Mark, end_marked
from brokers.processes import child_environment
from brokers.protocol import Broker, Profile, Server, Source
from brokers.server_process import SERVER_MARK, ServerProcess
from brokers.workspace import Workspace

__all__ = [
    "find_binary",
    "first_version",
    "free_port",
    "named_program",
    "round_trip_ns",
    "run_process",
    "serve",
    "version_of",
]

T = TypeVar("T")
_PINGS, _PINGING_NS = 20, 2_000_000_000
_SYSTEM_DIRECTORIES = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin", "/opt/homebrew/bin")


@contextmanager
def serve(broker: Broker, profile: Profile, workspace: Workspace, program: str | None = None) -> Iterator[Server]:
    """Yield a server that keeps the profile's promise: the user's own, or a private one for this run.

    ``program``, a path or a name, is started for it if given. Raises BrokerUnavailable if no server is found, or it
    does not answer or cannot keep the promise, and UsageError if ``program`` is not a program or the broker does not
    start programs.
    """
    source = broker.find() if program is None else named_program(broker, program)
    if source.kind == "missing":
        raise BrokerUnavailable(f"{broker.name}: {source.location}: {source.remedy}")
    if source.kind == "url":
        server = _answer(broker, source, lambda: broker.inspect(source.target))
        broker.check(server, profile)
        yield server
        return
    directory = workspace.directory / f"{broker.name}-{uuid.uuid4().hex[:8]}"
    directory.mkdir(mode=0o700)
    with broker.boot(source, profile, directory) as server:
        yield server


def version_of(broker: Broker, source: Source) -> str:
    """Return the source's version, like ``Broker.version``. Raises BrokerUnavailable if it does not answer."""
    return _answer(broker, source, lambda: broker.version(source)) if source.kind == "url" else broker.version(source)


def round_trip_ns(broker: Broker, source: Source) -> int | None:
    """Return the median of up to 20 of the raw client's round trips to a user's server; None if it cannot make any.

    Raises BrokerUnavailable if the server does not answer.
    """

    def measure() -> int | None:
        pinging = broker.pinging(source.target)
        if pinging is None:
            return None
        with pinging as ping:
            ping()  # the first one may open a connection
            return round(statistics.median(_timed(ping)))

    return _answer(broker, source, measure)


def _timed(ping: Callable[[], object]) -> list[int]:
    """Return how long pings took, in nanoseconds: 20, or as many as fit into a moment."""
    took_ns: list[int] = []
    end_ns = time.monotonic_ns() + _PINGING_NS
    while not took_ns or (len(took_ns) < _PINGS and time.monotonic_ns() < end_ns):
        begin_ns = time.perf_counter_ns()
        ping()
        took_ns.append(time.perf_counter_ns() - begin_ns)
    return took_ns


def _answer(broker: Broker, source: Source, question: Callable[[], T]) -> T:
    """Return a server's answer, which may take up to 10 s."""
    return within(ANSWER_S, f"{broker.name} at {source.location}", question)


def named_program(broker: Broker, program: str) -> Source:
    """Return the source for a program. Raises UsageError if it is not one, or if the broker does not start programs."""
    if not broker.starts_programs:
        raise UsageError(f"server={program}: {broker.name} cannot be started from a program: leave it out")
    if found := shutil.which(program):
        return Source(kind="binary", location=found, target=found)
    raise UsageError(f"server={program} is not a program: use a server binary's path, or the name of one on PATH")


@contextmanager
def run_process(
    command: Sequence[str],
    *,
    directory: Path,
    ready: Callable[[], object],
    environment: Mapping[str, str] = MappingProxyType({}),
    without: tuple[str, ...] = (),
    secret: str = "",
    standard_input: Path | None = None,
) -> Iterator[ServerProcess]:
    """Run a server in ``directory`` until the block ends. The block begins once ``ready()`` no longer raises.

    The server reads ``standard_input``, if there is one.
    Environment variables that start with one of ``without`` are not passed on. Raises BrokerUnavailable with
    the tail of ``directory/server.log``, in which ``secret`` is hidden.
    """
    mark = uuid.uuid4().hex
    process = ServerProcess(
        command=command,
        directory=directory,
        ready=ready,
        environment=child_environment({**environment, SERVER_MARK: mark}, without),
        mark=mark,
        secret=secret,
        standard_input=standard_input,
    )
    try:
        process.start()
        yield process
    finally:
        process.kill()


def free_port() -> int:
    """Return a loopback port on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def find_binary(variable: str, names: Sequence[str], directories: Sequence[str] = ()) -> str | None:
    """Return the path of a server's binary: the one that ``variable`` names, or the first of ``names``.

    ``directories`` are searched before PATH, the system's usual places after it. If the named one does not exist, this
    returns None: using another one would be a guess.
    """
    named = os.environ.get(variable)
    if named:
        return shutil.which(named)
    own_scripts = sysconfig.get_path("scripts")  # a package from pip may have put a server there
    inherited = [entry for entry in os.environ.get("PATH", "").split(os.pathsep) if entry != own_scripts]
    path = os.pathsep.join([*directories, *inherited, *_SYSTEM_DIRECTORIES])
    return next((found for name in names if (found := shutil.which(name, path=path))), None)


def first_version(*command: str, environment: Mapping[str, str] = MappingProxyType({})) -> str:
    """Run a command and return the first version number that it prints; empty if there is none.

    Whatever it leaves running is ended.
    """
    mark = uuid.uuid4().hex
    own = child_environment({**environment, SERVER_MARK: mark})
    try:
        answer = subprocess.run(command, capture_output=True, text=True, env=own, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    finally:
        end_marked(Mark(SERVER_MARK, mark))
    found = re.search(r"\d+\.\d+(\.\d+)?", answer.stdout)
    return found.group() if found else ""
