"""How often verdicts from few generations are wrong, by simulation: ``python tests/truths/quick_verdicts.py``.

Each simulated run is a family of six ratios whose generations have luck of their own and blocks within them, with the
scatter that real blocks of ``enqueue`` (16 % from block to block) and of ``throughput`` (9 %) have, and goes through
the functions that judge a measurement. Of equal subjects, a verdict of a difference is wrong; Holm's method promises
that in at most 5 of 100 families. With two or three generations, the luck of processes is partly assumed.
"""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

import click
import numpy as np
from scipy import stats

from bench.stats.intervals import CONFIDENCE, PairedRatio, paired_ratio
from bench.stats.verdicts import Better, verdicts

__all__: list[str] = []

_KINDS = ((40, 0.16), (5, 0.09), (1, 0.15)) * 2
"""Blocks in a generation, and their scatter: two each of enqueue, throughput and first publish."""
_MARGIN = 0.02
_TRUE = 1.25


@dataclass(frozen=True)
class _Run:
    """One simulated run: how many intervals held the truth, a wrong verdict, and how many differences were found."""

    covered: int
    wrong: bool
    found: int


@click.command
@click.option("--runs", default=1000, show_default=True, type=click.IntRange(10))
@click.option("--seed", default=1, show_default=True)
def main(runs: int, seed: int) -> None:
    """Print a line for each number of generations and luck: coverage, wrong verdicts, and differences found."""
    click.echo(
        f"{runs} runs each, a family of {len(_KINDS)} ratios, margin {_MARGIN:.0%}, differences of {_TRUE - 1:.0%}"
    )
    with ProcessPoolExecutor() as pool:
        for generations in (2, 3, 4, 6):
            for luck in (0.0, 0.015, 0.03, 0.04, 0.06):
                simulate = partial(_simulate, generations, luck)
                _tell(generations, luck, list(pool.map(simulate, range(seed, seed + runs), chunksize=50)))


def _simulate(generations: int, luck: float, seed: int) -> _Run:
    rng = np.random.default_rng(seed)
    equal = [_ratio(0.0, generations, luck, *kind, rng) for kind in _KINDS]
    unlike = [_ratio(np.log(_TRUE), generations, luck, *kind, rng) for kind in _KINDS]
    wrong = {"regressed", "improved"} & set(_judged(equal))
    found = [kind for kind, verdict in zip(_KINDS, _judged(unlike), strict=True) if verdict == "regressed"]
    covered = sum(bool(one.low and one.high and one.low <= 1 <= one.high) for one in equal)
    return _Run(covered, bool(wrong), sum(blocks > 1 for blocks, _ in found))


def _ratio(
    truth: float, generations: int, luck: float, blocks: int, scatter: float, rng: np.random.Generator
) -> PairedRatio:
    logs = rng.normal(truth, luck, (generations, 1)) + rng.normal(0, scatter, (generations, blocks))
    return paired_ratio(list(logs), rng)


def _judged(ratios: list[PairedRatio]) -> list[str]:
    way: Better = "less"
    return list(verdicts([(ratio, way) for ratio in ratios], _MARGIN))


def _tell(generations: int, luck: float, runs: list[_Run]) -> None:
    wrong = sum(run.wrong for run in runs)
    interval = stats.binomtest(wrong, len(runs)).proportion_ci(CONFIDENCE)
    covered = sum(run.covered for run in runs) / (len(runs) * len(_KINDS))
    findable = sum(blocks > 1 for blocks, _ in _KINDS)
    found = sum(run.found for run in runs) / (len(runs) * findable)
    click.echo(
        f"{generations} generations, luck {luck:4.1%}: intervals hold the truth in {covered:.1%}; "
        f"a wrong difference in {wrong / len(runs):.1%} of families ({interval.low:.1%} to {interval.high:.1%}); "
        f"{found:.1%} of differences in enqueue and throughput found"
    )


if __name__ == "__main__":
    main()
