"""Looks at many results: each figure over time, where its level changed, and where results cannot be compared."""

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
    """One result's figure; ``setting`` is what must be equal for two to be compared, by name."""

    started_at: datetime
    estimate: Estimate
    setting: dict[str, str]


@dataclass(frozen=True)
class ChangePoint:
    """From this moment on, the level is ``ratio`` times what it was before."""

    number: int
    ratio: float
    worse: bool


@dataclass(frozen=True)
class Break:
    """From this moment on, figures are not compared with those before, and why."""

    number: int
    why: str


@dataclass(frozen=True)
class Track:
    """One figure over time: moments in their order, cut into stretches by breaks; changes lie within one stretch."""

    benchmark: Benchmark
    workload: str
    moments: list[DatedFigure]
    breaks: list[Break]
    changes: list[ChangePoint]

    @property
    def judged(self) -> bool:
        """Return whether any stretch is long enough for a change to be looked for."""
        cuts = [0, *(one.number for one in self.breaks), len(self.moments)]
        return any(end - start >= FEWEST_VALUES for start, end in pairwise(cuts))


@dataclass(frozen=True)
class History:
    """All figures of all results, and what was left out."""

    results: int
    tracks: list[Track]
    left_out: list[str]


def read_history(directory: Path) -> History:
    """Read every result below a folder. Raises UsageError when there is none.

    A ``result.json`` that cannot be read is left out, and named; other JSON files are tried, and passed over if they
    are none.
    """
    if not directory.is_dir():
        raise UsageError(f"{directory} is no folder: give the one that holds results, such as results/")
    results, left_out = [], []
    for path in sorted(directory.rglob("*.json")):
        try:
            results.append(read_result(path, blocks=False))
        except UsageError as error:
            if path.name == RESULT_FILE:
                left_out.append(error.format_message())
    if not results:
        also = f" ({left_out[0]})" if left_out else ""
        raise UsageError(f"no result below {directory}{also}: keep those that 'brokerbench compare' leaves there")
    return history_of(results, left_out)


def history_of(results: Iterable[Result], left_out: Iterable[str] = ()) -> History:
    """Return each figure of the results over time. What is void, or of an unfinished run, is left out."""
    found: dict[tuple[str, Benchmark], list[DatedFigure]] = {}
    ordered, unusable = sorted(results, key=lambda result: result.started_at), list(left_out)
    for result in ordered:
        if result.status != "finished":
            unusable.append(f"the result of {result.started_at:%Y-%m-%d %H:%M} is of a run that did not finish")
            continue
        for benchmark, moment in _moments(result):
            found.setdefault((result.workload.name, benchmark), []).append(moment)
    tracks = [_track(benchmark, workload, moments) for (workload, benchmark), moments in found.items()]
    return History(results=len(ordered), tracks=tracks, left_out=unusable)


def _moments(result: Result) -> Iterator[tuple[Benchmark, DatedFigure]]:
    settings = {subject.label: _setting(result, subject.label) for subject in result.subjects}
    for row in result.summary:
        figure = compared(row)
        if row.layer == "celery" and figure and row.void is None:
            yield benchmark_of(row), DatedFigure(result.started_at, figure, settings.get(row.subject, {}))


def _setting(result: Result, label: str) -> dict[str, str]:
    """Return what makes figures of a subject not comparable, by what it is called."""
    machine = result.environment
    server = next((subject.server for subject in result.subjects if subject.label == label), None)
    return {
        "processor": machine.cpu_model,
        "cores": str(machine.cores_allowed),
        "server": f"{server.software} {server.version}" if server else "none",
        "workload": result.workload.model_dump_json(exclude={"name", "summary", "app_dir", "metrics"}),
    }


def _track(benchmark: Benchmark, workload: str, moments: list[DatedFigure]) -> Track:
    breaks = [
        Break(number, _why(earlier, later))
        for number, (earlier, later) in enumerate(pairwise(moments), 1)
        if earlier.setting != later.setting
    ]
    return Track(benchmark, workload, moments, breaks, list(_changes(benchmark, moments, breaks)))


def _why(earlier: DatedFigure, later: DatedFigure) -> str:
    """Return what is another: a workload is too long to be shown."""
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
