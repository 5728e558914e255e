"""What tests start: servers, each once, and the processes of subjects, as the harness starts them."""

import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from bench.processes.process import SubjectProcess
from bench.subject.recorder import FINISHED, read_events
from brokers import Broker, BrokerUnavailable, Profile, Server, find_broker, installed_brokers, split_subject
from brokers.server import serve
from brokers.workspace import Workspace

__all__ = ["URL_VARIABLES", "Servers", "Subjects", "eventually", "is_alive"]

URL_VARIABLES = tuple(filter(None, (find_broker(name).url_variable for name in installed_brokers())))
"""What names a user's servers, of every installed broker."""

# What a measurement sets as well: nothing that uses queues of its own beside the leased one.
_OPTIONS = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "INFO")
_SETTINGS = {
    "broker_connection_retry_on_startup": True,
    "task_ignore_result": True,
    "worker_enable_remote_control": False,
}


def eventually(condition: Callable[[], object], within_s: float = 15.0) -> bool:
    """Return whether the condition comes true in time."""
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def is_alive(process: psutil.Process) -> bool:
    """Return whether the process runs; one that ended and that nobody asked about yet does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class Servers:
    """Starts each server that a test asks for, once; the session ends them."""

    def __init__(self, workspace: Workspace, ends: ExitStack) -> None:
        self._workspace = workspace
        self._ends = ends
        self._running: dict[tuple[str, tuple[str, ...], bool], Server] = {}

    def offered(self, broker: Broker, profile: Profile) -> Server:
        """Return the user's server where its URL is set and its requests cost nothing, else a private one."""
        server = self._get(broker, profile, private=not os.environ.get(broker.url_variable or "-"))
        if broker.dollars(server, profile, 1) is None:
            return server
        return self._get(broker, profile, private=True)

    def private(self, subject: str) -> Server:
        """Return a private server for ``broker[:profile]``, also where a URL is set."""
        return self._get(*split_subject(subject), private=True)

    def as_users(self, subject: str) -> Server:
        """Return a private server that is to be treated as the user's own."""
        return replace(self.private(subject), private=False)

    def booted(self, broker: Broker, profile: Profile) -> Server:
        """Return a private server with the options of a profile that need not be one of the broker's own."""
        return self._get(broker, profile, private=True)

    def _get(self, broker: Broker, profile: Profile, *, private: bool) -> Server:
        key = (broker.name, profile.server_options, private)
        if key not in self._running:
            self._running[key] = self._start(broker, profile, private=private)
        return self._running[key]

    def _start(self, broker: Broker, profile: Profile, *, private: bool) -> Server:
        with pytest.MonkeyPatch.context() as patch:
            if private and broker.url_variable:
                patch.delenv(broker.url_variable, raising=False)
            try:
                return self._ends.enter_context(serve(broker, profile, self._workspace))
            except BrokerUnavailable as error:
                unavailable = pytest.fail if os.environ.get("CI") else pytest.skip
                unavailable(error.format_message())


class Subjects:
    """Starts producers, ceilings and workers on a queue, ``broker[:profile]`` wise."""

    def __init__(self, directory: Path, ends: ExitStack) -> None:
        self.directory = directory
        self.records = directory / "records"
        self.records.mkdir()
        self._ends = ends

    def producer(self, server: Server, subject: str, queue: str, **changes: Any) -> SubjectProcess:
        return self._start("producer", server, subject, queue, changes)

    def sender(self, server: Server, subject: str, queue: str, **changes: Any) -> SubjectProcess:
        changes = {"records": str(self.records), **changes}
        return self._start("sender", server, subject, queue, changes)

    def ceiling(self, server: Server, subject: str, queue: str, layer: str, **changes: Any) -> SubjectProcess:
        client = split_subject(subject)[0].raw_client
        own = {"layer": layer, "raw_client": str(client) if client else None, **changes}
        return self._start("stand_in", server, subject, queue, own)

    def worker(self, server: Server, subject: str, queue: str, pool: str = "solo", **changes: Any) -> SubjectProcess:
        argv = ["--pool", pool, "--concurrency", "2", "--queues", queue, *_OPTIONS]
        changes = {"records": str(self.records), "argv": argv, **changes}
        return self._start("worker", server, subject, queue, changes)

    def log(self, name: str) -> str:
        return (self.directory / f"{name}.log").read_text()

    def finished(self) -> set[int]:
        """Return the numbers of the tasks that the worker's record says are finished."""
        return set(self.finishes())

    def finishes(self) -> list[int]:
        """Return the number of a task for each time that it was finished."""
        events = [event for path in self.records.glob("*.events") for event in read_events(str(path))]
        return [number for number, kind, _ in events if kind == FINISHED]

    def _start(self, role: str, server: Server, subject: str, queue: str, changes: dict[str, Any]) -> SubjectProcess:
        broker, profile = split_subject(subject)
        settings = {**broker.settings(server.url, profile, queue), **_SETTINGS, **changes.pop("settings", {})}
        interpreter = changes.pop("interpreter", sys.executable)
        job = {
            "role": role,
            "cores": [],
            "import_path": [],
            "kept_options": sorted(broker.kept_options),
            "client_libraries": broker.client_libraries,
            "app": "tasks:app",
            "task": "tasks.noop",
            "args": [],
            "kwargs": {},
            "settings": settings,
            **changes,
        }
        process = SubjectProcess(interpreter, job, self.directory / f"{role}.log", 0)
        self._ends.callback(process.end)
        return process
