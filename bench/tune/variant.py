"""Makes the subject with other settings than the present one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from packaging.requirements import Requirement

from bench.ab.assignments import put
from bench.ab.virtualenvs import Wanted, lock_alone, look_at
from bench.processes.subject import Subject
from bench.records.workload import Workload
from bench.tune.celery_settings import celery_tunables
from bench.tune.present import Present
from bench.tune.written import spec_text
from brokers.overlay import overlay
from brokers.protocol import Profile
from brokers.tunable import Tunable

__all__ = ["candidate_subject", "maker"]

_OF_WORKER = ("pool", "concurrency")
_SERVER = "server."


def maker(present: Present) -> Callable[[Subject, Mapping[str, Any], str], Subject]:
    """Return what makes a subject of a base, settings and a label, with what goes along with these settings."""

    def make(base: Subject, settings: Mapping[str, Any], label: str) -> Subject:
        return candidate_subject(base, present.complete(settings), label, present.workload)

    return make


def candidate_subject(base: Subject, settings: Mapping[str, Any], label: str, workload: Workload) -> Subject:
    """Return the subject with these settings, by their dotted names, under that label.

    ``workload`` is the comparison's. Settings of Celery override all others; ``pool`` and ``concurrency`` make a
    workload of its own, options of the server a private server of its own, and packages an environment of its own,
    which is built now. With a setting that gives up a promise, its tier is ``fast``. Raises UsageError if the
    environment cannot be built.
    """
    packages = [one for one in base.broker.tunables if one.requirement and one.name in settings]
    apart = {*_OF_WORKER, *(one.name for one in packages)}
    celery: dict[str, Any] = {}
    for name, value in settings.items():
        if name not in apart and not name.startswith(_SERVER):
            put(celery, name, value)
    own = {name: settings[name] for name in _OF_WORKER if name in settings}
    subject = replace(
        base,
        label=label,
        settings=overlay(dict(base.settings), celery),
        profile=_profile(base, settings),
        spec=spec_text(settings),
        workload=_with(base.workload or workload, own) if own else base.workload,
    )
    wanted = [one for one in packages if settings[one.name]]
    return _with_packages(subject, wanted, workload) if wanted else subject


def _with(workload: Workload, own: Mapping[str, Any]) -> Workload:
    return Workload.model_validate({**workload.model_dump(), **own})


def _profile(base: Subject, settings: Mapping[str, Any]) -> Profile:
    """Return the profile with the server's options among the settings, and with the tier that is left."""
    broker, options = base.broker, list(base.profile.server_options)
    for name, value in settings.items():
        if name.startswith(_SERVER):
            options += broker.server_option(name.removeprefix(_SERVER), str(value))
    known = {one.name: one for one in (*broker.tunables, *celery_tunables())}
    is_weaker = any(known[name].is_weaker(value) for name, value in settings.items() if name in known)
    tier = "fast" if is_weaker else base.profile.tier
    return replace(base.profile, server_options=tuple(options), tier=tier)


def _with_packages(subject: Subject, packages: Sequence[Tunable], workload: Workload) -> Subject:
    """Return the subject in an environment like its own that has these packages, too."""
    requirements = tuple(Requirement(one.requirement) for one in packages)
    interpreter = look_at(subject.interpreter)
    is_users = (subject.workload or workload).is_users
    make = Wanted.over_users if is_users else Wanted
    lock = lock_alone(make(requirements, interpreter, subject.broker.requirements), interpreter.installed)
    names = tuple(one.name for one in packages)
    return replace(subject, interpreter=lock.build(), origin=replace(subject.origin, packages=names), tried=False)
