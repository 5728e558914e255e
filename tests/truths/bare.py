"""What the harness's instruments cost, in pairs: ``python tests/truths/bare.py [--seconds 60]``.

A producer that times each call is compared with one that times none, and a worker with a record with one without any.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

import click
import numpy as np
from bare_calls import timed_over_bare
from bare_drains import recorded_over_bare
from ground import Ground, open_ground

from bench.stats.intervals import FEWEST_GENERATIONS, PairedRatio, paired_ratio

__all__: list[str] = []


@dataclass(frozen=True)
class _Part:
    what: str
    log_ratios: Callable[[Ground, float, random.Random], list[float]]
    target: float
    share: float  # of the time: a worker starts slowly


_PARTS = {
    "producer": _Part("calls a second, each timed over none timed", timed_over_bare, 0.99, 0.3),
    "worker": _Part("tasks a second, recorded over not recorded", recorded_over_bare, 0.98, 0.7),
}


@click.command
@click.option("--seconds", default=60.0, show_default=True, help="for both, starting included")
@click.option("--generations", default=FEWEST_GENERATIONS + 1, show_default=True, help="of fresh processes")
@click.option("--seed", default=1, show_default=True)
@click.option("--only", type=click.Choice(list(_PARTS)))
def main(seconds: float, generations: int, seed: int, only: str | None) -> None:
    """Print both ratios with their 95 % intervals, beside what they should be."""
    parts = [only] if only else list(_PARTS)
    whole = sum(_PARTS[part].share for part in parts)
    with open_ground("redis") as ground:
        for part in parts:
            end_s = time.monotonic() + seconds * _PARTS[part].share / whole
            ratio = _measure(ground, part, end_s, generations, random.Random(seed))
            click.echo(f"{_PARTS[part].what}: {_shown(ratio, _PARTS[part].target)}")


def _measure(ground: Ground, part: str, end_s: float, count: int, rng: random.Random) -> PairedRatio:
    """Measure that many generations, each for its share of the remaining time."""
    generations = []
    for number in range(1, count + 1):
        now_s = time.monotonic()
        until_s = now_s + (end_s - now_s) / (count + 1 - number)
        generations.append(_PARTS[part].log_ratios(ground, until_s, rng))
        typical = np.exp(np.median(generations[-1]))
        click.echo(f"{part} {number} of {count}: {typical:.4f} ({len(generations[-1])} pairs)", err=True)
    return paired_ratio(generations, np.random.default_rng(0))


def _shown(ratio: PairedRatio, target: float) -> str:
    if ratio.low is None or ratio.high is None:
        return f"{ratio.value:.4f}, target >= {target}"
    verdict = "met" if ratio.low >= target else "missed" if ratio.high < target else "not certain"
    return f"{ratio.value:.4f} ({ratio.low:.4f} to {ratio.high:.4f}), target >= {target}: {verdict}"


if __name__ == "__main__":
    main()
