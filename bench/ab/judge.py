"""Judges two sides during the measurement: each metric at a planned sequence of looks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bench.figures.logs import Logs, is_bound, ratio_logs
from bench.figures.tally import Leg, Tally
from bench.metrics.registry import side_metrics
from bench.metrics.sides import A, B
from bench.records.turns import Key
from bench.stats.counts import CountRatio
from bench.stats.intervals import PairedRatio
from bench.stats.looks import FEWEST_FOR_A_LOOK, SPENT, Chance, LookOutcome, beyond_and_within, levels, outcome_at
from bench.stats.settling import SIDE_LEVELS, needed_budgets_s, needed_for_generations_s, needed_for_limit_s

__all__ = ["Finding", "Judge"]

_KEYS: dict[str, Key] = {A: (A, "celery"), B: (B, "celery")}


@dataclass(frozen=True)
class Finding:
    """What was found in one metric: side B's figure over side A's, and whether it stays within the limit.

    ``looks`` counts the looks until the outcome was certain. If it is ``short``, nothing follows from the figures: they
    come from a single generation. ``bounds`` are the sides whose figure is only the best that it could have been,
    because most of their drains were cut off with hardly a task finished; two of them have no ratio. ``needed_s`` is
    the budget that would probably settle an inconclusive outcome; None if no reasonable one would.
    """

    metric: str
    outcome: LookOutcome = "inconclusive"
    ratio: PairedRatio | None = None
    counted: CountRatio | None = None
    looks: int = 0
    short: bool = False
    bounds: frozenset[str] = frozenset()
    needed_s: float | None = None

    @property
    def measured(self) -> bool:
        """Return True if both sides have a figure to compare, from enough generations."""
        return not self.short and (self.ratio is not None or self.counted is not None)


class Judge:
    """Look at the measured figures, and remember which outcomes are certain.

    The chance of a false alarm in any metric is at most 5 % over all looks; the metrics share it. A pass needs no such
    sharing, because it requires every metric to pass: a metric beyond the limit passes with a chance of at most 5 %.
    """

    def __init__(self, metrics: Sequence[str], limit: float, seed: int) -> None:
        self._limit = limit
        self._seed = seed
        self._shares: list[float] = []
        self._tally: Tally | None = None
        self._certain: dict[str, Finding] = {}
        self._latest = {metric: Finding(metric) for metric in metrics}

    def look(self, tally: Tally, done: int, planned: int) -> bool:
        """Look at the ``done`` generations out of those planned; return True if every metric is certain."""
        self._tally = tally
        if done >= FEWEST_FOR_A_LOOK:
            self._look(tally, min(1.0, done / planned))
        return len(self._certain) == len(self._latest)

    @property
    def regressed(self) -> list[Finding]:
        """Return the findings that are certainly beyond the limit."""
        return [finding for finding in self._certain.values() if finding.outcome == "regressed"]

    def findings(self, *, ended_early: bool = False) -> list[Finding]:
        """Return the findings, after a last look that spends all the remaining error, if it was not taken yet.

        A run that ``ended_early``, because of what one metric showed, has no such look: its end was not planned.
        """
        if self._tally and self._shares and self._shares[-1] < 1 and not ended_early:
            self._look(self._tally, 1.0)
        if self._tally and not self._shares:
            self._latest = {metric: self._short(self._tally, metric) for metric in self._latest}
        return [self._certain.get(metric, latest) for metric, latest in self._latest.items()]

    def needed_s(self, finding: Finding, budget_s: float) -> float | None:
        """Return the budget that would probably settle an inconclusive finding of a run of ``budget_s``."""
        counted, ratio = finding.counted, finding.ratio
        if ratio:
            return needed_for_limit_s(budget_s, ratio, side_metrics()[finding.metric].better, self._limit)
        if len(finding.bounds) == len(_KEYS):
            return None
        if counted is None or finding.short:
            return needed_for_generations_s(budget_s, 1, FEWEST_FOR_A_LOOK)

        def certain(times: float) -> list[bool]:
            longer = counted.grown(times, self._limit)
            return [outcome_at((longer.beyond, longer.within), *SIDE_LEVELS) != "inconclusive"]

        return needed_budgets_s(budget_s, certain)[0]

    def _look(self, tally: Tally, share: float) -> None:
        self._shares.append(share)
        alarm_level = levels(SPENT / len(self._latest), self._shares)[-1]
        pass_level = levels(SPENT, self._shares)[-1]
        for metric in self._latest.keys() - self._certain.keys():
            finding = self._finding(tally, metric, alarm_level, pass_level)
            self._latest[metric] = finding
            if finding.outcome != "inconclusive":
                self._certain[metric] = finding

    def _finding(self, tally: Tally, metric: str, alarm_level: float, pass_level: float) -> Finding:
        looks, side = len(self._shares), side_metrics()[metric]
        found = self._figures(tally, metric, looks)
        if found.counted:
            chance: Chance = (found.counted.beyond, found.counted.within)
        elif found.ratio and found.ratio.generations >= FEWEST_FOR_A_LOOK:
            chance = beyond_and_within(found.ratio, side.better, self._limit)
        else:
            return replace(found, short=len(found.bounds) < len(_KEYS))
        return replace(found, outcome=_believed(outcome_at(chance, alarm_level, pass_level), found.bounds))

    def _short(self, tally: Tally, metric: str) -> Finding:
        """Return the figures of a run that ended before the first look."""
        return replace(self._figures(tally, metric, 0), short=True)

    def _figures(self, tally: Tally, metric: str, looks: int) -> Finding:
        """Return a metric's figures, not judged yet; none if nothing was measured on both sides."""
        side = side_metrics()[metric]
        if side.counted:
            return Finding(metric, counted=side.counted(tally.blocks, self._limit), looks=looks)
        legs = _legs(tally, side.measured[-1])
        bounds = frozenset(label for label, key in _KEYS.items() if is_bound(legs, key))
        if side.logs:
            logs = Logs([one for one in side.logs(tally.blocks) if len(one)])
        else:
            logs = ratio_logs(legs, _KEYS[B], _KEYS[A])
        ratio = logs.ratio(self._seed, FEWEST_FOR_A_LOOK) if logs and len(bounds) < len(_KEYS) else None
        return Finding(metric, ratio=ratio, looks=looks, bounds=bounds)


def _legs(tally: Tally, metric: str) -> list[Leg]:
    return [leg for series in tally.series if series.metric == metric for leg in tally.legs(series)]


def _believed(outcome: LookOutcome, bounds: frozenset[str]) -> LookOutcome:
    """Withdraw an outcome that follows from the figure of a side that may be worse than that."""
    doubted = {"within": B, "regressed": A}.get(outcome)
    return "inconclusive" if doubted in bounds else outcome
