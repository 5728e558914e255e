"""A subject: what is measured."""

import re
import shutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import tasks
from bench.records.distance import NEAR, Distance
from bench.records.provenance import OwnLimit, SubjectRecord, subject_name
from bench.records.quantities import rtt_ns, short_duration
from bench.records.workload import Workload
from brokers.documents import shortened
from brokers.errors import UsageError
from brokers.protocol import Broker, Profile
from brokers.registry import refuse_url, split_subject

__all__ = [
    "Chosen",
    "Origin",
    "Subject",
    "app_dir_of",
    "import_path",
    "label_subjects",
    "labelled_rtt_ns",
    "read_subject",
]


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
        """Return what is put between it and its server while it is made to do this: nothing within one process."""
        return workload.distance_at(self.rtt_ns) if self.broker.spans_processes else NEAR

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
    refuse_url(text)
    name, at, distance = (part.strip() for part in text.partition("@"))
    if at and not name:
        raise ValueError(f"{shortened(text)!r} names no broker: use BROKER@0.5ms")
    if "@" in distance:
        raise ValueError(f"{shortened(text)!r} has more than one @; use a single distance, for example {name}@0.5ms")
    chosen = split_subject(name)
    near, colon, profile = distance.partition(":")
    if colon and near and profile:
        right = f"{chosen[0].name}:{profile}@{near}"
        raise ValueError(f"the profile of {shortened(text)!r} comes before the distance: use {right}")
    try:
        return Chosen(*chosen, rtt_ns(distance) if at else None)
    except ValueError as error:
        if not distance:
            raise ValueError(f"{shortened(text)!r} has no distance after the @; use for example {name}@0.5ms") from None
        wrong, _, example = str(error).partition("; use for example ")
        near = example.partition(",")[0] or "0.5ms"
        raise ValueError(f"{wrong.partition(';')[0]}; use for example {name}@{near}") from None


def labelled_rtt_ns(label: str) -> int:
    """Return the distance in a label that ``label_subjects`` made, as a round-trip time; 0 if there is none."""
    found = re.match(r"[^@ ]+@([0-9.]+(?:us|ms|s))(?=[# ]|$)", label)
    return rtt_ns(found[1]) if found else 0


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
        name = subject_name(one.broker.name, one.profile.name, rtt)
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
        rtt = workload.rtt_ns or None
    has_distance = rtt or (workload is not None and not workload.is_near)
    if has_distance and not one.broker.spans_processes:
        remedy = f"leave out @{short_duration(one.rtt_ns)}" if one.rtt_ns else "leave it out, or the distance"
        raise UsageError(f"{one.broker.name} lives in one process, so it has no distance: {remedy}")
    if workload is not None and not varied:
        _check_jitter(one, workload, rtt)
    return rtt


def _check_jitter(one: Chosen, workload: Workload, rtt: int | None) -> None:
    """Raise UsageError if a subject's round trip is shorter than its jitter."""
    jitter_ns = workload.jitter_ns
    if jitter_ns > (rtt or 0):
        at = f"at {short_duration(rtt)}" if rtt else "without a distance"
        raise UsageError(
            f"{one.broker.name} is {at}, so it cannot have a jitter of {short_duration(jitter_ns)}: "
            f"a jitter is at most the round trip, so use --rtt or {one.broker.name}@{short_duration(jitter_ns)}"
        )


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
