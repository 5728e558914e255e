"""What is there before a tuning: the subject, its versions, and the values that its settings have."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from celery.app.defaults import DEFAULTS
from packaging.utils import canonicalize_name

from bench.ab.interpreters import look_at
from bench.processes.subject import Subject
from bench.processes.trial import look_at_app
from bench.records.provenance import OwnLimit, own_limits
from bench.records.workload import Workload
from bench.tune.celery_settings import celery_tunables
from bench.tune.naming import Naming
from brokers.overlay import overlay
from brokers.protocol import Server
from brokers.tunable import Tunable
from brokers.workspace import Workspace

__all__ = ["Present", "look_at_present"]

_SERVER = "server."
_MISSING = object()
_ALSO_ASKED = {"accept_content", "task_default_queue_type"}


@dataclass(frozen=True, kw_only=True)
class Present:
    """The subject as it is, and the workload that it is tuned for.

    ``versions`` are those of all distributions in its environment, by canonical name. Of a user's app, ``settings`` are
    its own, as a measurement uses them; the task's own options override those in ``of_task``. ``own_worker`` has its
    own pool and concurrency, which the workload's replace. ``naming`` is how it writes its settings, and ``limits`` are
    what limits its task.
    ``server`` has the server's settings, as it reports them; ``private`` is False for a user's own server, whose
    options stay as they are.
    """

    subject: Subject
    workload: Workload
    versions: Mapping[str, str]
    settings: Mapping[str, Any] = field(default_factory=dict)
    of_task: frozenset[str] = frozenset()
    own_worker: Mapping[str, Any] = field(default_factory=dict)
    naming: Naming = field(default_factory=Naming)
    limits: tuple[OwnLimit, ...] = ()
    server: Mapping[str, str] = field(default_factory=dict)
    private: bool = True

    @property
    def tunables(self) -> dict[str, Tunable]:
        """Return everything that can be tuned, by name: the broker's first, because it knows best."""
        return {one.name: one for one in (*self.subject.broker.tunables, *celery_tunables())}

    @property
    def message_bytes(self) -> int:
        """Return about how long the arguments of a task are, as text."""
        return len(repr([self.workload.arguments(), self.workload.kwargs]))

    def value_of(self, name: str) -> Any:
        """Return the value that a tunable or a setting has now."""
        tunable = self.tunables.get(name)
        default = tunable.default if tunable else DEFAULTS.get(name)
        if tunable and tunable.requirement:
            return name in self.versions
        if name in ("pool", "concurrency"):
            return getattr(self.subject.workload or self.workload, name)
        if name.startswith(_SERVER):
            return self._of_server(name.removeprefix(_SERVER), default)
        found = _inside(self._settings(), name.split("."))
        return default if found is _MISSING else found

    def complete(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return these settings, by their dotted names, and what goes along; lists are added to the present ones."""
        whole = dict(settings)
        for name in settings:
            for other, value in self.tunables[name].along.items() if name in self.tunables else ():
                now = settings.get(other, self.value_of(other)) or ()
                whole[other] = list(dict.fromkeys([*now, *value])) if isinstance(value, list) else value
        return whole

    def _settings(self) -> dict[str, Any]:
        """Return all settings that are known, later ones overriding earlier ones as in a measurement."""
        subject = self.subject
        workload = subject.workload or self.workload
        return overlay(dict(self.settings), workload.settings, subject.profile.settings, dict(subject.settings))

    def _of_server(self, name: str, default: Any) -> Any:
        if name in self.server:
            return self.server[name]
        options = " ".join(self.subject.profile.server_options)
        return next(reversed(re.findall(rf"(?:^|\s)(?:--)?{re.escape(name)}[ =]+(\S+)", options)), default)


def look_at_present(
    subject: Subject, workload: Workload, workspace: Workspace, server: Server | None = None
) -> Present:
    """Look at the subject's environment and, if there is one, at the user's app; measures nothing.

    ``server`` is the subject's, if it is running already. Raises UsageError if the interpreter cannot be run, and
    SubjectFailed if the app cannot be imported.
    """
    interpreter = look_at(subject.interpreter)
    known = interpreter.local | interpreter.installed
    present = Present(
        subject=subject,
        workload=workload,
        versions={canonicalize_name(name): version for name, version in known.items()},
        server=dict(server.settings) if server else {},
        private=server.private if server else subject.broker.find().kind != "url",
    )
    if not (subject.workload or workload).is_users:
        return present
    asks = {name.partition(".")[0] for name in present.tunables}
    found = look_at_app(subject, workload, workspace, asks | _ALSO_ASKED)
    return replace(
        present,
        settings={**found["settings"], **found["of_task"]},
        of_task=frozenset(found["of_task"]),
        own_worker=found["own_worker"],
        naming=Naming(**found["naming"]),
        limits=tuple(own_limits(found)),
    )


def _inside(settings: Mapping[str, Any], path: Sequence[str]) -> Any:
    """Return what is at that path, or a mark that nothing is."""
    found: Any = settings
    for step in path:
        if not isinstance(found, Mapping) or step not in found:
            return _MISSING
        found = found[step]
    return found
