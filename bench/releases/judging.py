"""Compares measured releases: each with the one before it and with the newest, and where the level changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from packaging.utils import canonicalize_name

from bench.ab.virtualenvs import Lock, Release
from bench.figures.logs import is_bound, levels, ratio_logs
from bench.figures.tally import Leg, Tally
from bench.metrics.registry import compared, side_metrics
from bench.metrics.sides import SideMetric
from bench.records.figures import Ratio, Row
from bench.records.releases import LevelStep, ReleaseRow, Releases
from bench.records.result import Result
from bench.stats.intervals import FEWEST_GENERATIONS, PairedRatio
from bench.stats.levels import Step, steps
from bench.stats.verdicts import Verdict, verdicts

__all__ = ["Found", "judged"]

_Pair = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a run measured. ``refused`` has the reasons of releases that were not in it."""

    package: str
    metric: str
    also: str
    releases: Sequence[Release]
    result: Result
    tally: Tally
    locks: Mapping[str, Lock]
    unlike: Mapping[str, Mapping[str, str]]
    refused: Mapping[str, str]

    @property
    def side(self) -> SideMetric:
        """Return how the metric is compared."""
        return side_metrics()[self.metric]

    @cached_property
    def legs(self) -> list[Leg]:
        """Return the metric's blocks, by generation."""
        return [leg for series in self.tally.series if series.metric == self._engine for leg in self.tally.legs(series)]

    @cached_property
    def rows(self) -> dict[str, Row]:
        """Return the row of each release that was measured to the end, in order."""
        summary = {row.subject: row for row in self.result.summary if row.metric == self._engine}
        labels = (one.version for one in self.releases if not self.failure(one.version))
        return {label: summary[label] for label in labels}

    @property
    def _engine(self) -> str:
        return self.side.measured[-1]

    def is_bound(self, label: str) -> bool:
        """Return True if a release's figure is mostly from turns that were cut off with hardly a task finished."""
        return is_bound(self.legs, (label, "celery"))

    def failure(self, label: str) -> str | None:
        """Return why a release was not measured, or not to the end; None if it was."""
        if label in self.refused:
            return self.refused[label]
        subject = next((one for one in self.result.subjects if one.label == label), None)
        if subject is None or subject.failure:
            return subject.failure if subject else "was not tried"
        ran = subject.versions.get(self.package, label)
        if ran != label:
            return f"{self.package} {ran} ran instead"
        row = next((one for one in self.result.summary if (one.subject, one.metric) == (label, self._engine)), None)
        if row is None or compared(row) is None:
            return "no block was measured"
        return f"its figures are void: {row.void}" if row.void else None


def judged(found: Found) -> Releases:
    """Return the history that a run found; all ratios in it are one family, in which one false alarm is seldom."""
    ratios = _ratios(found)
    labels, result = list(found.rows), found.result
    previous = dict(zip(labels[1:], labels, strict=False))
    newest = labels[-1] if labels else ""
    rows = [
        _row(found, one, ratios.get((label, previous.get(label, ""))), ratios.get((label, newest)))
        for one in found.releases
        for label in [one.version]
    ]
    first = next((subject for subject in result.subjects if subject.server), None)
    names = {name for versions in found.unlike.values() for name in versions} | {canonicalize_name(found.package)}
    shared = next(iter(found.locks.values())).versions
    return Releases(
        status=result.status,
        started_at=result.started_at,
        duration_s=result.duration_s,
        budget_s=result.budget_s,
        seed=result.seed,
        margin=result.margin,
        package=found.package,
        subject=result.subjects[0].named,
        emulator=bool(first and first.server and first.server.emulator),
        metric=found.metric,
        also=found.also,
        workload=result.workload,
        environment=result.environment,
        server=first.server if first else None,
        generations=len(found.legs),
        alike={name: version for name, version in shared.items() if name not in names},
        rows=rows,
        steps=_steps(found),
        warnings=result.warnings,
    )


def _row(found: Found, release: Release, to_previous: Ratio | None, to_newest: Ratio | None) -> ReleaseRow:
    label = release.version
    row = found.rows.get(label)
    return ReleaseRow(
        release=label,
        day=release.day,
        versions=dict(found.unlike.get(label, {})),
        figure=compared(row) if row else None,
        at_most=bool(row and found.is_bound(label)),
        blocks=row.blocks if row else 0,
        samples=row.samples if row else 0,
        to_previous=to_previous,
        to_newest=to_newest,
        failure=found.failure(label),
    )


def _ratios(found: Found) -> dict[_Pair, Ratio]:
    """Return the ratios of each release to the one before and to the newest, with verdicts that hold together."""
    labels = list(found.rows)
    pairs = [(later, earlier) for earlier, later in pairwise(labels)]
    pairs += [(label, labels[-1]) for label in labels[:-1]]
    told = [pair for pair in pairs if not all(map(found.is_bound, pair))]  # two bounds have no ratio
    logs = {pair: ratio_logs(found.legs, (pair[0], "celery"), (pair[1], "celery")) for pair in told}
    known = {pair: one for pair, one in logs.items() if one}
    paired: dict[_Pair, PairedRatio] = {pair: one.ratio(found.result.seed) for pair, one in known.items()}
    if len(found.legs) < FEWEST_GENERATIONS:  # as for a step, nothing is certain
        paired = {pair: replace(one, includes_luck=False) for pair, one in paired.items()}
    said = verdicts([(one, found.side.better) for one in paired.values()], found.result.margin)
    return {
        pair: Ratio.of(one, pair[1], known[pair].blocks).model_copy(update={"verdict": _believed(found, pair, verdict)})
        for (pair, one), verdict in zip(paired.items(), said, strict=True)
    }


def _believed(found: Found, pair: _Pair, verdict: Verdict) -> Verdict:
    """Withdraw that a release is better if its figure is only the highest that it could have been."""
    own, other = pair
    better = {"improved": own, "regressed": other}.get(verdict)
    return "inconclusive" if better and found.is_bound(better) else verdict


def _steps(found: Found) -> list[LevelStep]:
    labels = list(found.rows)
    logs = levels(found.legs, [(label, "celery") for label in labels])
    known = [_step(found, labels, one) for one in steps(logs, found.result.margin)] if labels else []
    return [one for one in known if not found.is_bound(one.previous if one.worse else one.release)]


def _step(found: Found, labels: list[str], step: Step) -> LevelStep:
    release, previous = labels[step.number], labels[step.number - 1]
    known = [one.version for one in found.releases]
    return LevelStep(
        release=release,
        previous=previous,
        unmeasured=known[known.index(previous) + 1 : known.index(release)],
        ratio=step.ratio,
        low=step.low,
        high=step.high,
        worse=(step.ratio > 1) == (found.side.better == "less"),
    )
