"""A subject: what is measured."""

import shutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import tasks
from bench.records.distance import Distance
from bench.records.provenance import OwnLimit, SubjectRecord
from bench.records.quantities import rtt_ns, short_duration
from bench.records.workload import Workload
from brokers.errors import UsageError
from brokers.protocol import Broker, Profile
from brokers.registry import split_subject

__all__ = ["Chosen", "Origin", "Subject", "app_dir_of", "import_path", "label_subjects", "read_subject"]


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a subject's code must come from, which it proves at its start.

    ``repository`` is the folder of the app's git repository; if ``tree`` is its checkout at another commit, everything
    is imported from there. ``packages`` are distributions that must be those of its environment.
    """

    repository: str = ""
    tree: str = ""
    packages: tuple[str, ...] = ()

    def job(self) -> dict[str, Any]:
        """Return it as a part of a process's job."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A broker and a profile with the interpreter that runs the app, under the name that reports show.

    ``settings`` override the profile's and the workload's. ``app_dir`` is the folder from which the app is imported, if
    not the workload's, ``import_path`` has more such folders, and ``origin`` is what it proves about its code.
    ``server`` is the program to start as a private server, if not the one found. Of a side in a comparison of two,
    ``spec`` is what was asked for, without secrets, and ``commit`` the commit of its checkout; ``sources`` describes
    its packages that do not come from an index. ``own`` are the limits of the user's own app, once they are known.
    ``watched`` is the package that it must import for the comparison to have a meaning.
    """

    label: str
    broker: Broker
    profile: Profile
    interpreter: str = sys.executable
    settings: Mapping[str, Any] = field(default_factory=dict)
    app_dir: str | None = None
    import_path: tuple[str, ...] = ()
    origin: Origin = Origin()
    commit: str = ""
    sources: Mapping[str, str] = field(default_factory=dict)
    server: str | None = None
    spec: str = ""
    own: tuple[OwnLimit, ...] = ()
    watched: str = ""
    rtt_ns: int | None = None
    """Its own distance, if not the workload's."""
    workload: Workload | None = None
    """What it is made to do, if not what the comparison's workload says."""
    metrics: tuple[str, ...] = ()
    """The metrics of the comparison that it is measured in; all of them, if empty."""
    traceback: bool = False
    """Whether an error of its processes contains the end of their log."""
    tried: bool = False
    """Whether a process of its environment has already imported the app and found the task."""

    def distance(self, workload: Workload) -> Distance:
        """Return what is put between it and its server while it is made to do this."""
        whole = workload.distance
        return whole if self.rtt_ns is None else whole.model_copy(update={"rtt_ns": self.rtt_ns})

    def record(self) -> SubjectRecord:
        """Return what is known about it before it runs."""
        return SubjectRecord(
            label=self.label,
            broker=self.broker.name,
            profile=self.profile.name,
            tier=self.profile.tier,
            spans_processes=self.broker.spans_processes,
            spec=self.spec,
            commit=self.commit,
            sources=dict(self.sources),
            workload=self.workload.without_secrets() if self.workload else None,
            metrics=list(self.metrics),
        )


class Chosen(NamedTuple):
    """A subject as its user names it: ``broker[:profile][@rtt]``. ``rtt_ns`` is None without a distance of its own."""

    broker: Broker
    profile: Profile
    rtt_ns: int | None = None


def read_subject(text: str) -> Chosen:
    """Parse ``broker[:profile][@rtt]``. Raises UsageError if broker or profile is unknown, ValueError for the rest."""
    name, at, distance = text.strip().partition("@")
    return Chosen(*split_subject(name), rtt_ns(distance) if at else None)


def label_subjects(
    chosen: Iterable[tuple[Broker, Profile] | Chosen], workload: Workload | None = None
) -> list[Subject]:
    """Label each subject ``broker[:profile][@rtt]``; a repeated one gets ``#2``, ``#3``.

    A subject without a distance of its own has the workload's, unless the workload varies it. Raises UsageError for a
    subject that cannot have its distance.
    """
    subjects: list[Subject] = []
    for one in (Chosen(*each) for each in chosen):
        rtt = _rtt_ns(one, workload)
        name = one.broker.name if one.profile.name == "default" else f"{one.broker.name}:{one.profile.name}"
        name += f"@{short_duration(rtt)}" if rtt else ""
        again = sum(1 for other in subjects if other.label.partition("#")[0] == name)
        label = f"{name}#{again + 1}" if again else name
        subjects.append(Subject(label=label, broker=one.broker, profile=one.profile, rtt_ns=rtt))
    return subjects


def _rtt_ns(one: Chosen, workload: Workload | None) -> int | None:
    """Return a subject's own distance; None if the workload varies it. Raises UsageError if it cannot have it."""
    varied = workload is not None and "rtt" in workload.sweep
    rtt = one.rtt_ns
    if rtt is not None and varied:
        raise UsageError(f"the workload varies the distance: use {one.broker.name} without @{short_duration(rtt)}")
    if rtt is None and workload is not None and not varied:
        rtt = workload.distance.rtt_ns or None
    has_distance = rtt or varied or (workload is not None and not workload.distance.is_zero)
    if has_distance and not one.broker.spans_processes:
        raise UsageError(f"{one.broker.name} lives in one process, so it has no distance: leave it out")
    return rtt


def app_dir_of(workload: Workload) -> Path:
    """Return the folder with the workload's app, which may be the project's own."""
    return Path(workload.app_dir) if workload.app_dir else Path(tasks.__file__).parents[1]


def import_path(workload: Workload, directory: Path) -> str:
    """Return the folder from which a subject imports the workload's app.

    The project's own task module is copied into ``directory``, so nothing else can be imported from there.
    """
    if workload.app_dir:
        return workload.app_dir
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(tasks.__file__).parent, directory / "tasks", ignore=ignored)
    return str(directory)
