"""Judges two sides during the measurement: each metric at a planned sequence of looks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.figures.rows import paired_logs
from bench.figures.tally import Tally
from bench.metrics.registry import side_metrics
from bench.metrics.sides import A, B
from bench.stats.counts import CountRatio
from bench.stats.intervals import FEWEST_GENERATIONS, PairedRatio, paired_ratio
from bench.stats.looks import LookOutcome, beyond_and_within, levels, outcome_at

__all__ = ["Finding", "Judge"]

_SPENT = 0.04
"""The error spent, less than the promised 5 %: with few generations, t tests cross such bounds up to 1.2 times as often
as normal sums do."""


@dataclass(frozen=True)
class Finding:
    """What was found in one metric: side B's figure over side A's, and whether it stays within the limit.

    ``looks`` counts the looks until the outcome was certain.
    """

    metric: str
    outcome: LookOutcome = "inconclusive"
    ratio: PairedRatio | None = None
    counted: CountRatio | None = None
    looks: int = 0

    @property
    def measured(self) -> bool:
        """Return True if both sides have a figure to compare."""
        return self.ratio is not None or self.counted is not None


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
        if done >= FEWEST_GENERATIONS:
            self._look(tally, min(1.0, done / planned))
        return len(self._certain) == len(self._latest)

    def findings(self) -> list[Finding]:
        """Return the findings, after a last look that spends all the remaining error, if it was not taken yet."""
        if self._tally and self._shares and self._shares[-1] < 1:
            self._look(self._tally, 1.0)
        return [self._certain.get(metric, latest) for metric, latest in self._latest.items()]

    def _look(self, tally: Tally, share: float) -> None:
        self._shares.append(share)
        alarm_level = levels(_SPENT / len(self._latest), self._shares)[-1]
        pass_level = levels(_SPENT, self._shares)[-1]
        for metric in self._latest.keys() - self._certain.keys():
            finding = self._finding(tally, metric, alarm_level, pass_level)
            self._latest[metric] = finding
            if finding.outcome != "inconclusive":
                self._certain[metric] = finding

    def _finding(self, tally: Tally, metric: str, alarm_level: float, pass_level: float) -> Finding:
        looks, side = len(self._shares), side_metrics()[metric]
        if side.counted:
            counted = side.counted(tally.blocks, self._limit)
            outcome = outcome_at((counted.beyond, counted.within), alarm_level, pass_level) if counted else None
            return Finding(metric, outcome or "inconclusive", counted=counted, looks=looks)
        pairs = side.logs(tally.blocks) if side.logs else _logs(tally, side.measured[-1])
        if len(pairs) < FEWEST_GENERATIONS:
            return Finding(metric, looks=looks)
        ratio = paired_ratio(pairs, np.random.default_rng(self._seed))
        chance = beyond_and_within(ratio, side.better, self._limit)
        return Finding(metric, outcome_at(chance, alarm_level, pass_level), ratio, looks=looks)


def _logs(tally: Tally, metric: str) -> list[Sequence[float]]:
    """Return, for each generation, the logarithms of B's figures over A's, one a block."""
    legs = [leg for series in tally.series if series.metric == metric for leg in tally.legs(series)]
    return [list(logs) for logs in paired_logs(legs, (B, "celery"), (A, "celery"))]
