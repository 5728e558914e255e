"""Judges a result against a baseline: which figures regressed, which are inconclusive, and why.

The *effective limit* of a figure is the larger of the user's limit and the smallest difference that the two runs could
detect. A figure has ``regressed`` if it is certainly worse (Holm's method over all gated figures) by more than that
limit. It is ``within`` if it is shown to be worse by less (``bench.stats.verdicts``), by runs that could detect a
doubling. Every other gated figure is ``inconclusive``. A figure that each run measures in one set of processes, or
under a different load, is ``not gated``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bench.gate.benchmarks import Benchmark, Side
from bench.gate.checks import BARRING, Difference, Kind, differences
from bench.gate.limits import Limits
from bench.metrics.metric import UngatedFigure
from bench.metrics.registry import better, catalogue, compared
from bench.records.figures import Estimate, Ratio
from bench.records.result import Result
from bench.records.turns import Place
from bench.stats.intervals import FEWEST_GENERATIONS, PairedRatio
from bench.stats.settling import grown, needed_budgets_s, needed_for_generations_s
from bench.stats.verdicts import Better, Verdict, verdicts, within_limits

__all__ = ["Gate", "GateOutcome", "Judged", "judge", "outcomes"]

GateOutcome = Literal["within", "regressed", "inconclusive", "not gated", "not comparable"]
_DOUBLING = 1.0
"""Runs that cannot detect this relative difference cannot show that a figure is within its limit."""
_BLIND = "these runs could not detect even a doubling"
_ONE_SET = "not gated, because a run measures it in one set of processes"
_OTHER_LOAD = "not gated, because each run finds its own capacity, so the rates differ: measure with --rate"


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One figure of one subject in both results, and the outcome of comparing them."""

    subject: str
    metric: str
    at: Place
    part: str = ""
    """For a task's CPU time: the part that spent it."""
    baseline: Estimate | None
    current: Estimate | None
    ratio: Ratio | None = None
    limit: float | None = None
    outcome: GateOutcome
    why: str = ""
    confirmed: bool = False
    """True if a second run also found a regression."""
    needed_s: float | None = None
    """If it is inconclusive: the budget of two runs that would probably settle it; None if no reasonable one would."""

    @property
    def effective(self) -> float | None:
        """Return the effective limit: the larger of the user's limit and what the runs could detect."""
        if self.limit is None or self.ratio is None or self.ratio.detectable is None:
            return self.limit
        return max(self.limit, self.ratio.detectable)

    def is_of(self, subject: str, metric: str) -> bool:
        """Return True if the row is about this metric of this subject."""
        return (self.subject, self.metric) == (subject, metric)


@dataclass(frozen=True, kw_only=True)
class Gate:
    """What was found for all figures."""

    baseline: Result
    current: Result
    rows: list[Judged]
    differences: list[Difference]
    allowed: frozenset[Kind]

    @property
    def refused(self) -> list[Difference]:
        """Return the differences that were not allowed."""
        return [one for one in self.differences if one.kind not in self.allowed]

    @property
    def regressed(self) -> list[Judged]:
        """Return the rows that regressed."""
        return [row for row in self.rows if row.outcome == "regressed"]

    @property
    def unsure(self) -> list[Judged]:
        """Return the rows that are inconclusive."""
        return [row for row in self.rows if row.outcome == "inconclusive"]

    @property
    def gated(self) -> list[Judged]:
        """Return the rows that were judged."""
        return [row for row in self.rows if row.outcome in ("within", "regressed", "inconclusive")]

    @property
    def outcome(self) -> GateOutcome:
        """Return the overall outcome: the first that applies of regressed, not comparable, inconclusive, within."""
        if self.regressed:
            return "regressed"
        if self.refused or not self.gated:
            return "not comparable"
        return "inconclusive" if self.unsure else "within"


def judge(baseline: Result, current: Result, limits: Limits, allowed: frozenset[Kind] = frozenset()) -> Gate:
    """Compare two results. Raises UsageError for a limit on a subject that is in neither."""
    limits.check(subject.label for result in (baseline, current) for subject in result.subjects)
    old, new = Side(baseline), Side(current)
    found = differences(old, new)
    barring = [one for one in found if one.kind in BARRING and (one.kind not in allowed or one.kind == "void")]
    rows = [_compared(benchmark, old, new, limits, barring) for benchmark in old.rows if benchmark in new.rows]
    ungated = [(name, one) for name, metric in catalogue().items() for one in metric.ungated(baseline, current)]
    return Gate(
        baseline=baseline,
        current=current,
        rows=[
            *_with_verdicts(rows, max(baseline.budget_s, current.budget_s)),
            *(_not_gated(name, one) for name, one in ungated),
        ],
        differences=found,
        allowed=allowed,
    )


_Compared = tuple[Judged, PairedRatio | None]


def _compared(benchmark: Benchmark, old: Side, new: Side, limits: Limits, barring: list[Difference]) -> _Compared:
    """Return a figure with its ratio, or with the reason why it must not be judged."""
    row = Judged(
        subject=benchmark.subject,
        metric=benchmark.metric,
        at=benchmark.at,
        baseline=compared(old.rows[benchmark]),
        current=compared(new.rows[benchmark]),
        limit=limits.of(benchmark.subject, benchmark.metric),
        outcome="inconclusive",
    )
    if bar := next((one for one in barring if one.concerns(benchmark)), None):
        return replace(row, outcome="not comparable", why=str(bar)), None
    before, now = old.logs(benchmark), new.logs(benchmark)
    if not before or not now:
        return replace(row, why="its blocks are not in the result"), None
    ratio = now.over(before)
    row = replace(row, ratio=Ratio.of(ratio, "the baseline", min(old.blocks(benchmark), new.blocks(benchmark))))
    if "load" in benchmark.at:
        return replace(row, outcome="not gated", why=_OTHER_LOAD, limit=None), None
    if ratio.generations < FEWEST_GENERATIONS:
        row = replace(row, why=f"a run had fewer than {FEWEST_GENERATIONS} sets of fresh processes")
    return row, ratio


def _with_verdicts(compared: Iterable[_Compared], budget_s: float) -> list[Judged]:
    """Judge all rows that can be judged, together."""
    rows = list(compared)
    gated = [(ratio, better(row.metric)) for row, ratio in rows if ratio]
    limits = [row.limit or 0.0 for row, ratio in rows if ratio]
    found = iter(zip(outcomes(gated, limits), _needed_s(gated, limits, budget_s), strict=True))
    return [_judged(row, *next(found)) if ratio else row for row, ratio in rows]


def _needed_s(
    ratios: Sequence[tuple[PairedRatio, Better]], limits: Sequence[float], budget_s: float
) -> list[float | None]:
    """Return for each ratio the budget of two runs that would probably settle it, if both ran for ``budget_s``."""

    def certain(times: float) -> list[bool]:
        longer = [(grown(ratio, times), way) for ratio, way in ratios]
        return [outcome != "inconclusive" for _, outcome in outcomes(longer, limits)]

    found = zip(ratios, needed_budgets_s(budget_s, certain), strict=True)
    return [
        needed if ratio.error else needed_for_generations_s(budget_s, ratio.generations) for (ratio, _), needed in found
    ]


def _judged(row: Judged, judged: tuple[Verdict, GateOutcome], needed_s: float | None) -> Judged:
    verdict, outcome = judged
    needed_s = needed_s if outcome == "inconclusive" else None
    ratio = row.ratio.model_copy(update={"verdict": verdict}) if row.ratio else None
    blind = outcome == "inconclusive" and ratio and (ratio.detectable or 0) > _DOUBLING
    return replace(row, ratio=ratio, outcome=outcome, why=_BLIND if blind else row.why, needed_s=needed_s)


def outcomes(
    ratios: Sequence[tuple[PairedRatio, Better]], limits: Sequence[float]
) -> list[tuple[Verdict, GateOutcome]]:
    """Judge all ratios together by the user's limits; return a verdict and an outcome for each."""
    effective = [max(limit, ratio.detectable or 0.0) for (ratio, _), limit in zip(ratios, limits, strict=True)]
    found = zip(ratios, effective, verdicts(ratios, effective), within_limits(ratios, effective), strict=True)
    return [(verdict, _outcome(*one, limit, verdict, within=within)) for one, limit, verdict, within in found]


def _outcome(ratio: PairedRatio, way: Better, effective: float, verdict: Verdict, *, within: bool) -> GateOutcome:
    if within and (ratio.detectable or 0.0) <= _DOUBLING:
        return "within"
    worse = ratio.value if way == "less" else 1 / ratio.value
    return "regressed" if verdict == "regressed" and worse > 1 + effective else "inconclusive"


def _not_gated(metric: str, figure: UngatedFigure) -> Judged:
    return Judged(
        subject=figure.subject,
        metric=metric,
        at=figure.at,
        part=figure.part,
        baseline=figure.before,
        current=figure.now,
        ratio=Ratio(to="the baseline", value=figure.now.value / figure.before.value, blocks=1),
        outcome="not gated",
        why=_ONE_SET,
    )
