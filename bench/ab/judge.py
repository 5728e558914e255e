"""Judges two sides while they are measured: each metric by the looks that were planned for it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.ab.metrics import A, B, SideMetric
from bench.figures.rows import paired_logs
from bench.figures.tally import Tally
from bench.records.turns import Block, CostTurn
from bench.stats.counts import CountRatio, compared_counts
from bench.stats.intervals import FEWEST_GENERATIONS, PairedRatio, paired_ratio
from bench.stats.looks import LookOutcome, beyond_and_within, levels, outcome_at
from bench.stats.verdicts import Better

__all__ = ["Finding", "Judge", "cpu_logs"]

_BETTER: dict[SideMetric, Better] = {"throughput": "more"}
_SPENT = 0.04
"""Of the 5 % that are promised: t tests of few generations cross such bounds up to 1.2 times as often as normal
sums."""


@dataclass(frozen=True)
class Finding:
    """What was found in one metric: side B's figure over side A's, and whether it keeps within the limit.

    ``looks`` is how often it was looked at until that was certain.
    """

    metric: SideMetric
    outcome: LookOutcome = "inconclusive"
    ratio: PairedRatio | None = None
    counted: CountRatio | None = None
    looks: int = 0

    @property
    def measured(self) -> bool:
        """Return whether both sides have a figure that can be compared."""
        return self.ratio is not None or self.counted is not None


class Judge:
    """Looks at what was measured, and remembers what is certain.

    A false alarm in any of the metrics has a chance of at most 5 %, over all looks: each has its part of it. That all
    keep within the limit is said only when each does, so that needs no parts: where one does not, its chance is 5 %.
    """

    def __init__(self, metrics: Sequence[SideMetric], limit: float, seed: int) -> None:
        self._limit = limit
        self._seed = seed
        self._shares: list[float] = []
        self._tally: Tally | None = None
        self._certain: dict[SideMetric, Finding] = {}
        self._latest = {metric: Finding(metric) for metric in metrics}

    def look(self, tally: Tally, done: int, planned: int) -> bool:
        """Look at so many generations of those planned; say whether every metric is certain."""
        self._tally = tally
        if done >= FEWEST_GENERATIONS:
            self._look(tally, min(1.0, done / planned))
        return len(self._certain) == len(self._latest)

    def findings(self) -> list[Finding]:
        """Take the last look, if it was not taken, with all the error that is left; give what was found."""
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

    def _finding(self, tally: Tally, metric: SideMetric, alarm_level: float, pass_level: float) -> Finding:
        looks = len(self._shares)
        if metric == "connections":
            counted = _connections(tally.blocks, self._limit)
            outcome = outcome_at((counted.beyond, counted.within), alarm_level, pass_level) if counted else None
            return Finding(metric, outcome or "inconclusive", counted=counted, looks=looks)
        pairs = cpu_logs(tally.blocks) if metric == "cpu" else _logs(tally, metric)
        if len(pairs) < FEWEST_GENERATIONS:
            return Finding(metric, looks=looks)
        ratio = paired_ratio(pairs, np.random.default_rng(self._seed))
        chance = beyond_and_within(ratio, _BETTER.get(metric, "less"), self._limit)
        return Finding(metric, outcome_at(chance, alarm_level, pass_level), ratio, looks=looks)


def _logs(tally: Tally, metric: SideMetric) -> list[Sequence[float]]:
    """Return the logarithms of B's figures over A's of each generation's blocks."""
    legs = [leg for series in tally.series if series.metric == metric for leg in tally.legs(series)]
    return [list(logs) for logs in paired_logs(legs, (B, "celery"), (A, "celery"))]


def cpu_logs(blocks: Sequence[Block]) -> list[Sequence[float]]:
    """Return the logarithms of the ratios of CPU time a task, of producer and worker, for each generation's blocks."""
    found: dict[int, list[float]] = {}
    for block in blocks:
        each = {turn.subject: used for turn in _cost_turns(block) if (used := _cpu_ns(turn))}
        if A in each and B in each:
            found.setdefault(block.generation, []).append(float(np.log(each[B] / each[A])))
    return list(found.values())


def _cost_turns(block: Block) -> list[CostTurn]:
    return [] if block.warmup else [turn for turn in block.turns if isinstance(turn, CostTurn)]


def _cpu_ns(turn: CostTurn) -> float | None:
    """Return the CPU time of one task on its way in and out; None where it cannot be read."""
    enqueue, drain = turn.enqueue.client_cpu_ns, turn.drain.client_cpu_ns
    return None if enqueue is None or drain is None else (enqueue + drain) / turn.tasks


def _connections(blocks: Sequence[Block], limit: float) -> CountRatio | None:
    """Compare how many connections both sides opened for their tasks; None where they cannot be counted."""
    counts = {A: (0, 0), B: (0, 0)}
    for turn in (turn for block in blocks for turn in _cost_turns(block)):
        opened = [way.connections for way in (turn.enqueue, turn.drain) if way.connections is not None]
        if len(opened) == 2 and turn.subject in counts:  # noqa: PLR2004 - both ways
            events, tasks = counts[turn.subject]
            counts[turn.subject] = events + sum(opened), tasks + turn.tasks
    if not all(tasks for _, tasks in counts.values()):
        return None
    return compared_counts(counts[A], counts[B], limit)
