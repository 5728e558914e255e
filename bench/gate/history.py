"""Follows each figure over many results: where its level changed, and where results cannot be compared."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from bench.gate.benchmarks import Benchmark, benchmark_of
from bench.metrics.registry import better, compared
from bench.records.figures import Estimate
from bench.records.result import RESULT_FILE, Result, read_result
from bench.stats.changes import FEWEST_VALUES, changes
from brokers.errors import UsageError

__all__ = ["Break", "ChangePoint", "DatedFigure", "History", "Track", "history_of", "read_history"]


@dataclass(frozen=True)
class DatedFigure:
    """One result's figure; ``setting`` holds, by name, what must be equal for two figures to be compared."""

    started_at: datetime
    estimate: Estimate
    setting: dict[str, str]


@dataclass(frozen=True)
class ChangePoint:
    """A change of level: from moment ``number`` on, the level is ``ratio`` times the one before."""

    number: int
    ratio: float
    worse: bool


@dataclass(frozen=True)
class Break:
    """A break: figures from moment ``number`` on are not compared with earlier ones, and why."""

    number: int
    why: str


@dataclass(frozen=True)
class Track:
    """One figure over time: ordered moments, divided into stretches by breaks; a change is always within a stretch."""

    benchmark: Benchmark
    workload: str
    moments: list[DatedFigure]
    breaks: list[Break]
    changes: list[ChangePoint]

    @property
    def judged(self) -> bool:
        """Return True if any stretch is long enough to look for a change."""
        cuts = [0, *(one.number for one in self.breaks), len(self.moments)]
        return any(end - start >= FEWEST_VALUES for start, end in pairwise(cuts))

    @property
    def missing(self) -> int:
        """Return how many more results the newest stretch needs until a change can be found in it; 0 if none."""
        newest = len(self.moments) - (self.breaks[-1].number if self.breaks else 0)
        return max(0, FEWEST_VALUES - newest)


@dataclass(frozen=True)
class History:
    """All figures of all results, and why some were left out."""

    results: int
    tracks: list[Track]
    left_out: list[str]


def read_history(directory: Path) -> History:
    """Read every result below a folder. Raises UsageError when there is none.

    A ``result.json`` that cannot be read is left out and reported; other JSON files that are not results are skipped.
    """
    if not directory.is_dir():
        raise UsageError(f"{directory} is not a folder; use one that contains results, for example results/")
    results, left_out = [], []
    for path in sorted(directory.rglob("*.json")):
        try:
            results.append(read_result(path, blocks=False))
        except UsageError as error:
            if path.name == RESULT_FILE:
                left_out.append(error.format_message())
    if not results:
        also = f" ({left_out[0]})" if left_out else ""
        raise UsageError(f"no results below {directory}{also}: use a folder with results of 'brokerbench compare'")
    return history_of(results, left_out)


def history_of(results: Iterable[Result], left_out: Iterable[str] = ()) -> History:
    """Return each figure of the results over time. Void figures and unfinished runs are left out.

    A run that only confirms another is not one by itself: it repeats what looked worst.
    """
    found: dict[tuple[str, Benchmark], list[DatedFigure]] = {}
    ordered, unusable = sorted(results, key=lambda result: result.started_at), list(left_out)
    whole = [result for result in ordered if not result.confirms]
    if confirming := len(ordered) - len(whole):
        unusable.append(f"{confirming} confirming run{'' if confirming == 1 else 's'} of a gate")
    for result in whole:
        if result.status != "finished":
            unusable.append(f"the run of {result.started_at:%Y-%m-%d %H:%M} did not finish")
            continue
        for benchmark, moment in _moments(result):
            found.setdefault((result.workload.name, benchmark), []).append(moment)
    tracks = [_track(benchmark, workload, moments) for (workload, benchmark), moments in found.items()]
    return History(results=len(whole), tracks=tracks, left_out=unusable)


def _moments(result: Result) -> Iterator[tuple[Benchmark, DatedFigure]]:
    settings = {subject.label: _setting(result, subject.label) for subject in result.subjects}
    for row in result.summary:
        figure = compared(row)
        if row.layer == "celery" and figure and row.void is None:
            yield benchmark_of(row), DatedFigure(result.started_at, figure, settings.get(row.subject, {}))


def _setting(result: Result, label: str) -> dict[str, str]:
    """Return what must be equal for a subject's figures to be comparable, by name."""
    machine = result.environment
    subject = next(subject for subject in result.subjects if subject.label == label)
    server, workload = subject.server, subject.workload or result.workload
    return {
        "processor": machine.cpu_model,
        "cores": f"{machine.cores_allowed}{f' (quota {quota:g})' if (quota := machine.cpu_quota_cores) else ''}",
        "server": f"{server.software} {server.version}" if server else "none",
        "workload": workload.model_dump_json(exclude={"name", "summary", "app_dir", "metrics"}),
    }


def _track(benchmark: Benchmark, workload: str, moments: list[DatedFigure]) -> Track:
    breaks = [
        Break(number, _why(earlier, later))
        for number, (earlier, later) in enumerate(pairwise(moments), 1)
        if earlier.setting != later.setting
    ]
    return Track(benchmark, workload, moments, breaks, list(_changes(benchmark, moments, breaks)))


def _why(earlier: DatedFigure, later: DatedFigure) -> str:
    """Return what changed, in words; a workload is too long to show."""
    changed = [name for name in later.setting if earlier.setting.get(name) != later.setting[name]]
    named = (
        "another workload" if name == "workload" else f"{name}: {earlier.setting.get(name)}, then {later.setting[name]}"
        for name in changed
    )
    return "; ".join(named)


def _changes(benchmark: Benchmark, moments: list[DatedFigure], breaks: list[Break]) -> Iterator[ChangePoint]:
    for start, end in pairwise([0, *(one.number for one in breaks), len(moments)]):
        for change in changes([moment.estimate.value for moment in moments[start:end]]):
            worse = (change.ratio > 1) == (better(benchmark.metric) == "less")
            yield ChangePoint(start + change.number, change.ratio, worse)
