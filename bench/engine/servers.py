"""The servers of a run: subjects share a server if they can, and it boots when it is first needed."""

import threading
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial

from bench.engine.observer import Observer, Silent
from bench.processes.named_servers import in_users_words
from bench.processes.subject import Subject
from brokers.deadline import Pending
from brokers.errors import BrokerbenchError, BrokerUnavailable
from brokers.protocol import Server
from brokers.server import serve
from brokers.workspace import Workspace

__all__ = ["Servers"]

_Key = tuple[str, ...]


class Servers:
    """Servers that stop when ``ends`` closes. Several threads may ask for them at once."""

    def __init__(self, workspace: Workspace, ends: ExitStack) -> None:
        """Start with no servers."""
        self._workspace = workspace
        self._ends = ends
        self._servers: dict[_Key, Server] = {}
        self._locks: dict[_Key, threading.Lock] = {}
        self._guard = threading.Lock()

    def boot(
        self, subjects: Sequence[Subject], observer: Observer | None = None
    ) -> dict[str, Server | BrokerbenchError]:
        """Boot the subjects' shared servers in parallel; return each, or the error, by its subject's label."""
        observer = observer or Silent()
        sharing: dict[_Key, list[Subject]] = {}
        for subject in subjects:
            sharing.setdefault(_shared_key(subject), []).append(subject)
            observer.boots(subject.label)
        booting = {key: Pending(partial(self._boot, alike, observer)) for key, alike in sharing.items()}
        booted = {key: _server_or_error(server) for key, server in booting.items()}
        return {subject.label: booted[_shared_key(subject)] for subject in subjects}

    def _boot(self, sharing: Sequence[Subject], observer: Observer) -> Server:
        """Boot the server that these subjects share."""
        server = self.shared(sharing[0])
        for subject in sharing:
            observer.up(subject.label)
        return server

    def shared(self, subject: Subject) -> Server:
        """Return the server that the subject shares with others like it."""
        return self._server(_shared_key(subject), subject)

    def own(self, subject: Subject) -> Server:
        """Return a server for this subject alone."""
        return self._server(("own", subject.label), subject)

    def _server(self, key: _Key, subject: Subject) -> Server:
        with self._guard:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if key not in self._servers:
                serving = serve(subject.broker, subject.profile, self._workspace, subject.server)
                try:
                    self._servers[key] = serving.__enter__()
                except BrokerUnavailable as error:
                    raise BrokerUnavailable(in_users_words(error.format_message())) from error
                with self._guard:
                    self._ends.push(serving)
            return self._servers[key]


def _shared_key(subject: Subject) -> _Key:
    """Return the key that subjects with the same broker, server program and server options share."""
    return "shared", subject.broker.name, subject.server or "", *subject.profile.server_options


def _server_or_error(booting: "Pending[Server]") -> Server | BrokerbenchError:
    try:
        return booting.result()
    except BrokerbenchError as error:
        return error
