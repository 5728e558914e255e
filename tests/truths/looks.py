"""How often looks err, by simulation: ``python tests/truths/looks.py [--runs 2000] [--generations 8]``.

Each simulated run has generations with a luck of their own and blocks within them, and goes through the very functions
that judge a measurement: the paired ratio with its bootstrap, t tests, levels of the looks. At the limit itself both an
alarm and a pass are wrong. What a run uses is the share of its generations until both sides are judged.
"""

import math
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

import click
import numpy as np
from scipy import stats

from bench.stats.intervals import CONFIDENCE, FEWEST_GENERATIONS, paired_ratio
from bench.stats.looks import LookOutcome, beyond_and_within, levels, outcome_at

__all__: list[str] = []

_LUCK = 0.015  # of two equal workers' processes, as a standard deviation of the ratio's logarithm
_BLOCKS, _BLOCK = 6, 0.03
_SPENT = 0.04  # as a judge does


@dataclass(frozen=True)
class _Run:
    outcome: LookOutcome
    share: float
    covered: bool


@click.command
@click.option("--runs", default=2000, show_default=True, type=click.IntRange(10))
@click.option("--generations", default=8, show_default=True, type=click.IntRange(FEWEST_GENERATIONS, 50))
@click.option("--limit", default=0.05, show_default=True)
@click.option("--seed", default=1, show_default=True)
def main(runs: int, generations: int, limit: float, seed: int) -> None:
    """Print a line for each true difference: how many alarms and passes, how early, how often the interval is right."""
    click.echo(f"{runs} runs each, {generations} generations planned, limit {limit:.0%}, luck {_LUCK:.1%}")
    allowed = levels(_SPENT, [done / generations for done in range(FEWEST_GENERATIONS, generations + 1)])
    with ProcessPoolExecutor() as pool:
        for times in (0, 0.5, 1, 1.5, 2, 3, 10):
            simulate = partial(_simulate, times * limit, limit, allowed)
            _tell(times * limit, list(pool.map(simulate, range(seed, seed + runs), chunksize=50)))


def _simulate(slower: float, limit: float, allowed: list[float], seed: int) -> _Run:
    rng, planned = np.random.default_rng(seed), FEWEST_GENERATIONS + len(allowed) - 1
    luck = np.log1p(slower) + rng.normal(0, _LUCK, size=planned)
    blocks = [one + rng.normal(0, _BLOCK, size=_BLOCKS) for one in luck]
    outcome: LookOutcome = "inconclusive"
    for done, level in enumerate(allowed, start=FEWEST_GENERATIONS):
        ratio = paired_ratio(blocks[:done], np.random.default_rng(seed))
        outcome = outcome_at(beyond_and_within(ratio, "less", limit), level, level)
        if outcome != "inconclusive":
            break
    covered = bool(ratio.low and ratio.high and ratio.low <= 1 + slower <= ratio.high)
    return _Run(outcome, ratio.generations / planned, covered)


def _tell(slower: float, found: list[_Run]) -> None:
    counts = Counter(run.outcome for run in found)
    said = []
    for outcome in ("regressed", "within", "inconclusive"):
        interval = stats.binomtest(counts[outcome], len(found)).proportion_ci(CONFIDENCE)
        said.append(f"{outcome} {counts[outcome] / len(found):.1%} ({interval.low:.1%} to {interval.high:.1%})")
    used = math.fsum(run.share for run in found) / len(found)
    covered = sum(run.covered for run in found) / len(found)
    click.echo(f"{slower:6.1%} slower: {', '.join(said)}; uses {used:.0%}; intervals hold it in {covered:.1%}")


if __name__ == "__main__":
    main()
