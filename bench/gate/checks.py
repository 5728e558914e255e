"""Finds how two results differ besides their figures: each kind of difference has a name and can be allowed by it."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal, get_args

from bench.gate.benchmarks import Benchmark, Side
from bench.metrics.registry import compared, find_metric
from bench.records.figures import Row
from bench.records.provenance import Environment, SubjectRecord, WayRecord
from bench.records.quantities import short_duration
from bench.records.result import Result
from bench.records.turns import Place
from bench.records.workload import Workload
from brokers.errors import UsageError

__all__ = ["BARRING", "Difference", "Kind", "allowed_kinds", "differences"]

Kind = Literal[
    "celery",
    "cores",
    "cpu",
    "distance",
    "kombu",
    "libraries",
    "missing",
    "python",
    "samples",
    "seed",
    "server",
    "settings",
    "system",
    "unfinished",
    "void",
    "workload",
]
BARRING: frozenset[Kind] = frozenset(get_args(Kind)) - {"missing", "samples", "unfinished"}
"""The kinds that make figures not comparable; the others only leave figures out or make them less certain."""
_OF_SUBJECTS: frozenset[Kind] = frozenset({"celery", "distance", "kombu", "libraries", "python", "server", "settings"})
_FEWEST_SAMPLES = 0.5  # of the baseline's: two equal runs do not take exactly as many
_NAMED = ("celery", "kombu")
_NOT_WORK = {"name", "summary", "app_dir", "metrics"}  # the figures do not depend on these
_OF_DISTANCE = {"rtt", "jitter", "bandwidth", "stall"}  # each subject's record has what of these it had


@dataclass(frozen=True)
class Difference:
    """One line: what differs, and for which subjects; for all of them if none is named."""

    kind: Kind
    text: str
    subjects: tuple[str, ...] = ()
    benchmark: Benchmark | None = None
    """The figure that the difference affects, if it is only one."""

    def __str__(self) -> str:
        return f"{self.text} ({', '.join(self.subjects)})" if self.kind in _OF_SUBJECTS else self.text

    def concerns(self, benchmark: Benchmark) -> bool:
        """Return True if the difference affects the figure."""
        if self.benchmark:
            return self.benchmark == benchmark
        return not self.subjects or benchmark.subject in self.subjects


def allowed_kinds(texts: Iterable[str]) -> frozenset[Kind]:
    """Read ``--allow cpu,server``. Raises UsageError for an unknown name."""
    names = [name.strip() for text in texts for name in text.split(",")]
    kinds = {kind: kind for kind in get_args(Kind)}
    for name in names:
        if name not in kinds:
            near = get_close_matches(name, kinds, n=1)
            remedy = f"did you mean {near[0]!r}?" if near else f"use one of {', '.join(kinds)}"
            raise UsageError(f"--allow has no {name!r}: {remedy}")
    return frozenset(kinds[name] for name in names)


def differences(baseline: Side, current: Side) -> list[Difference]:
    """Return every difference between the two results that would show in a ratio of their figures."""
    old, new = baseline.result, current.result
    found = [
        *_unfinished(old, "the baseline"),
        *_unfinished(new, "the current result"),
        *_machine(old.environment, new.environment),
        *_shared_workload(old, new),
        *_seed(old, new),
        *_subjects(old, new),
        *_missing(baseline, current),
        *_rows(baseline, current),
    ]
    return list(_joined(found))


def _changed(kind: Kind, what: str, old: object, new: object, *subjects: str) -> Iterator[Difference]:
    if old != new:
        yield Difference(kind, f"{what} was {_shown(old)} and is {_shown(new)}", subjects)


def _shown(value: object) -> str:
    return "none" if value is None or value == "" else str(value)


def _unfinished(result: Result, which: str) -> Iterator[Difference]:
    if result.status != "finished":
        ended = "was interrupted" if result.status == "interrupted" else "is still running or was killed"
        yield Difference("unfinished", f"{which} {ended}")


def _machine(old: Environment, new: Environment) -> Iterator[Difference]:
    yield from _changed("cpu", "the processor", old.cpu_model, new.cpu_model)
    yield from _changed("cores", "the number of cores", _cores(old), _cores(new))
    yield from _changed("cores", "the CPU quota, in cores,", old.cpu_quota_cores, new.cpu_quota_cores)
    yield from _changed("system", "the operating system", old.system, new.system)


def _cores(machine: Environment) -> str:
    pinned = f"{len(machine.subject_cores)} for subjects" if machine.subject_cores else "not pinned"
    return f"{machine.cores} ({machine.cores_allowed} allowed, {pinned})"


def _shared_workload(old: Result, new: Result) -> Iterator[Difference]:
    """Compare the results' workloads, which concern the subjects without one of their own."""
    labels = [subject.label for subject in new.subjects if subject.workload is None]
    if labels:
        yield from _workload(old.workload, new.workload, *(labels if len(labels) < len(new.subjects) else ()))


def _workload(old: Workload, new: Workload, *subjects: str) -> Iterator[Difference]:
    was, now = (one.model_dump(exclude=_NOT_WORK | _OF_DISTANCE) for one in (old, new))
    for key in was:
        yield from _changed("workload", f"the workload's {key}", was[key], now[key], *subjects)


def _seed(old: Result, new: Result) -> Iterator[Difference]:
    """Compare seeds: they determine all subjects' hash seed, and so the order of their dicts and sets."""
    yield from _changed("seed", "the seed (use the same one for both)", old.seed, new.seed)


def _subjects(old: Result, new: Result) -> Iterator[Difference]:
    now = {subject.label: subject for subject in new.subjects}
    for was in old.subjects:
        if (one := now.get(was.label)) and was.server and one.server:
            yield from _subject(was, one)


def _subject(old: SubjectRecord, new: SubjectRecord) -> Iterator[Difference]:
    label = new.label
    if old.workload and new.workload:
        yield from _workload(old.workload, new.workload, label)
    yield from _changed("distance", "the distance", _distance(old), _distance(new), label)
    yield from _changed("server", "the server", _server(old), _server(new), label)
    yield from _changed("python", "Python", old.python, new.python, label)
    for name in _NAMED:
        kind: Kind = "celery" if name == "celery" else "kombu"
        yield from _changed(kind, name, old.versions.get(name), new.versions.get(name), label)
    for name in sorted((old.versions.keys() | new.versions.keys()) - set(_NAMED)):
        yield from _changed("libraries", name, old.versions.get(name), new.versions.get(name), label)
    was, now = _settings(old), _settings(new)
    for name in sorted(was.keys() | now.keys()):
        yield from _changed("settings", name, was.get(name), now.get(name), label)


def _distance(subject: SubjectRecord) -> str:
    """Return a subject's distances in words, at each point of a sweep."""
    return "; ".join(map(_way, subject.ways))


def _way(way: WayRecord) -> str:
    one = way.distance
    parts = [short_duration(one.rtt_ns)]
    parts += [f"jitter {short_duration(one.jitter_ns)}"] if one.jitter_ns else []
    parts += [f"bandwidth {one.bytes_per_s:g} B/s"] if one.bytes_per_s else []
    parts += [f"stall {100 * one.stalled:g}%"] if one.stalled else []
    return f"{', '.join(parts)}{f' at {_at(way.at)}' if way.at.keys() - {'rtt_ns'} else ''}"


def _at(place: Place) -> str:
    return ", ".join(f"{key} {value}" for key, value in place.items())


def _server(subject: SubjectRecord) -> str:
    server = subject.server
    if server is None:
        return ""
    return f"{server.software} {server.version}{'' if server.private else ' (your own)'}"


def _settings(subject: SubjectRecord) -> dict[str, Any]:
    """Return Celery's settings and the server's, without the queue's name, which differs in each run."""
    queue = subject.settings.get("task_default_queue") or "\0"
    celery = {name: value for name, value in subject.settings.items() if not name.endswith("_url")}
    server = (
        {f"the server's {name}": value for name, value in subject.server.settings.items()} if subject.server else {}
    )
    alike: dict[str, Any] = json.loads(json.dumps(celery | server, default=str).replace(queue, "QUEUE"))
    return alike


def _missing(baseline: Side, current: Side) -> Iterator[Difference]:
    """Return the figures that only one of the results has; a subject without any figures takes one line."""
    for side, other, which in ((baseline, current, "the current result"), (current, baseline, "the baseline")):
        had = {benchmark.subject for benchmark in other.rows}
        for label in dict.fromkeys(benchmark.subject for benchmark in side.rows):
            if label not in had:
                yield Difference("missing", f"{which} has no figures for {label}{_reason(other, label)}", (label,))
        for benchmark in side.rows:
            if benchmark.subject in had and benchmark not in other.rows:
                what = f"{which} has no {_name(benchmark)}{_reason(other, benchmark.subject)}"
                yield Difference("missing", what, (benchmark.subject,), benchmark)
    for subject in current.result.subjects:
        if subject.failure and any(benchmark.subject == subject.label for benchmark in current.rows):
            reason = subject.failure.splitlines()[0]
            yield Difference("missing", f"{subject.label} was not measured to the end: {reason}", (subject.label,))


def _reason(side: Side, label: str) -> str:
    failures = [subject.failure for subject in side.result.subjects if subject.label == label and subject.failure]
    if failures:
        return f": {failures[0].splitlines()[0]}"
    elsewhere = [
        one.label for one in side.result.subjects if one.label != label and _anywhere(one.label) == _anywhere(label)
    ]
    return f": it has {' and '.join(elsewhere)}, which is another distance" if elsewhere else ""


def _anywhere(label: str) -> str:
    """Return a label without its distance."""
    return re.sub(r"@[^# ]+", "", label)


def _rows(baseline: Side, current: Side) -> Iterator[Difference]:
    for benchmark, old in baseline.rows.items():
        if new := current.rows.get(benchmark):
            name = f"{benchmark.subject}'s {_name(benchmark)}"
            if new.samples < _FEWEST_SAMPLES * old.samples and _stopped_early(benchmark, baseline, current):
                text = f"{name} has {new.samples:,} samples and had {old.samples:,}"
                yield Difference("samples", text, (benchmark.subject,), benchmark)
            for row, which in ((old, "was"), (new, "is")):
                if row.void:
                    yield Difference("void", f"{name} {which} void: {row.void}", (benchmark.subject,), benchmark)


def _stopped_early(benchmark: Benchmark, baseline: Side, current: Side) -> bool:
    """Return True if the current samples of a series took less than half of the time of the baseline's.

    All subjects share a metric's time: if one gets slower, all have fewer samples, which take as long as before.
    """
    both = [one for one in baseline.rows if one.series == benchmark.series and one in current.rows]
    before_ns, now_ns = (sum(_took_ns(side.rows[one]) for one in both) for side in (baseline, current))
    return now_ns < _FEWEST_SAMPLES * before_ns


def _took_ns(row: Row) -> float:
    """Return how long the samples of a row took together; without a figure, as if each took equally long."""
    figure = compared(row)
    if figure is None:
        return float(row.samples)
    return row.samples * (1e9 / figure.value if find_metric(row.metric).unit == "1/s" else figure.value)


def _name(benchmark: Benchmark) -> str:
    place = _at(benchmark.at)
    return f"{benchmark.metric}{f' at {place}' if place else ''}"


def _joined(found: list[Difference]) -> Iterator[Difference]:
    """Join equal differences of several subjects into one line."""
    groups: dict[tuple[Kind, str], list[Difference]] = {}
    for one in found:
        groups.setdefault((one.kind, one.text), []).append(one)
    for (kind, text), alike in groups.items():
        subjects = tuple(dict.fromkeys(label for one in alike for label in one.subjects))
        yield Difference(kind, text, subjects, alike[0].benchmark)
