"""How often looks err, and how soon they find: ``python tests/truths/looks.py [--runs 400] [--generations 20]``.

Each simulated run has generations with a luck of their own and blocks within them, one in each of the first three
generations, and goes through the very functions that judge a measurement: the paired ratio with its bootstrap, t tests,
levels of the looks. At the limit itself both an alarm and a pass are wrong. The time is that of the generations until
the run is settled, if each takes ``--seconds``.
"""

import math
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

import click
import numpy as np
from scipy import stats

from bench.stats.intervals import CONFIDENCE, paired_ratio
from bench.stats.looks import FEWEST_FOR_A_LOOK, SPENT, LookOutcome, beyond_and_within, levels, outcome_at

__all__: list[str] = []

_LUCKS = (0.015, 0.03, 0.04)
"""Of two equal workers' processes, as a standard deviation of the ratio's logarithm."""
_SLOWER = (1.0, 1.05, 1.1, 1.25, 3.0, 30.0)
_SHORT, _BLOCKS, _BLOCK = 3, 4, 0.03


@dataclass(frozen=True)
class _Levels:
    """Of each look, for an alarm and for a pass."""

    alarm: list[float]
    passing: list[float]

    @property
    def planned(self) -> int:
        return FEWEST_FOR_A_LOOK + len(self.alarm) - 1


@dataclass(frozen=True)
class _Run:
    outcome: LookOutcome
    generations: int
    covered: bool


@click.command
@click.option("--runs", default=400, show_default=True, type=click.IntRange(10))
@click.option("--generations", default=20, show_default=True, type=click.IntRange(FEWEST_FOR_A_LOOK, 50))
@click.option("--metrics", default=5, show_default=True, help="that share the error of an alarm")
@click.option("--limit", default=0.05, show_default=True)
@click.option("--seconds", default=4.0, show_default=True, help="of a generation")
@click.option("--seed", default=1, show_default=True)
def main(runs: int, generations: int, metrics: int, limit: float, seconds: float, seed: int) -> None:
    """Print a line for each luck and true difference: how many alarms and passes, and how soon."""
    shares = [done / generations for done in range(FEWEST_FOR_A_LOOK, generations + 1)]
    allowed = _Levels(levels(SPENT / metrics, shares), levels(SPENT, shares))
    for luck in _LUCKS:
        click.echo(f"{runs} runs each, {generations} generations planned, limit {limit:.0%}, luck {luck:.1%}")
        with ProcessPoolExecutor() as pool:
            for slower in dict.fromkeys((*_SLOWER, 1 + limit)):
                simulate = partial(_simulate, slower, limit, luck, allowed)
                _tell(slower, list(pool.map(simulate, range(seed, seed + runs), chunksize=50)), seconds)


def _simulate(slower: float, limit: float, luck: float, allowed: _Levels, seed: int) -> _Run:
    rng, planned = np.random.default_rng(seed), allowed.planned
    means = np.log(slower) + rng.normal(0, luck, size=planned)
    sizes = [1 if number < _SHORT else _BLOCKS for number in range(planned)]
    blocks = [mean + rng.normal(0, _BLOCK, size=size) for mean, size in zip(means, sizes, strict=True)]
    outcome: LookOutcome = "inconclusive"
    for done, each in enumerate(zip(allowed.alarm, allowed.passing, strict=True), start=FEWEST_FOR_A_LOOK):
        ratio = paired_ratio(blocks[:done], np.random.default_rng(seed), FEWEST_FOR_A_LOOK)
        outcome = outcome_at(beyond_and_within(ratio, "less", limit), *each)
        if outcome != "inconclusive":
            break
    covered = bool(ratio.low and ratio.high and ratio.low <= slower <= ratio.high)
    return _Run(outcome, ratio.generations, covered)


def _tell(slower: float, found: list[_Run], seconds: float) -> None:
    counts = Counter(run.outcome for run in found)
    said = []
    for outcome in ("regressed", "within", "inconclusive"):
        interval = stats.binomtest(counts[outcome], len(found)).proportion_ci(CONFIDENCE)
        said.append(f"{outcome} {counts[outcome] / len(found):.1%} ({interval.low:.1%} to {interval.high:.1%})")
    used = [run.generations for run in found]
    middle, late = np.quantile(used, [0.5, 0.95])
    covered = math.fsum(run.covered for run in found) / len(found)
    click.echo(
        f"{slower:5.2f}x: {', '.join(said)}; {middle:.0f} generations ({middle * seconds:.0f} s) in the median, "
        f"{late:.0f} ({late * seconds:.0f} s) at the 95th percentile; intervals hold it in {covered:.1%}"
    )


if __name__ == "__main__":
    main()
