"""Whether ratios by totals are honest: ``python tests/truths/two_speeds.py [--runs 400]``.

Workers are simulated drain by drain. Some have one speed: luck of processes, scatter, and a neighbour's bursts that
slow down single drains. Some have two, in spells: a drain of 95 tasks takes half a second at 190 tasks/s, or is cut off
after two seconds at 4. The truth is the mean tasks of a drain over its mean time. Each ratio is judged by totals, and
beside it by the typical drain (the trimmed mean of logarithms), by the functions that judge a measurement: the verdicts
of a comparison, and the looks of two sides.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

import click
import numpy as np
from numpy.typing import NDArray

from bench.stats.intervals import TRIM, PairedRatio, paired_ratio
from bench.stats.looks import FEWEST_FOR_A_LOOK, beyond_and_within, levels, outcome_at
from bench.stats.totals import rate_logs
from bench.stats.verdicts import verdicts

__all__ = ["PAIRS", "Worker", "by_totals", "drained"]

_TASKS, _FAST_PER_S, _SLOW_PER_S, _LIMIT_S = 95, 190.0, 4.0, 2.0
_OWN_SCATTER = 0.05
_MARGIN, _SIDES_LIMIT, _SPENT = 0.02, 0.05, 0.038
_SHORT, _OF_SIDES, _PLANNED = 3, 4, 12  # generations of one block, blocks in others, and generations of two sides

Generations = list[NDArray[np.float64]]


@dataclass(frozen=True)
class Worker:
    """A worker: of one speed, unless ``slow`` of its drains are slow, in spells of ``spell`` drains on average."""

    per_s: float = _FAST_PER_S
    luck: float = 0.0
    scatter: float = _OWN_SCATTER
    bursts: float = 0.0
    slow: float = 0.0
    spell: float = 1.0

    @property
    def log_rate(self) -> float:
        """Return the logarithm of its true tasks a second, without bursts."""
        cut = _SLOW_PER_S * _LIMIT_S
        tasks, time_s = (
            self.slow * cut + (1 - self.slow) * _TASKS,
            self.slow * _LIMIT_S + (1 - self.slow) * _TASKS / self.per_s,
        )
        return float(np.log(tasks / time_s))

    def drains(self, sizes: Sequence[int], rng: np.random.Generator) -> Generations:
        """Return (tasks, nanoseconds) of each drain of each generation; the machine drifts elsewhere."""
        made = []
        leaves = 1 / self.spell
        enters = leaves * self.slow / (1 - self.slow)
        for size in sizes:
            lucky, is_slow, rows = rng.normal(0, self.luck), rng.random() < self.slow, []
            for _ in range(size):
                is_slow = is_slow ^ (rng.random() < (leaves if is_slow else enters))
                noise = np.exp(lucky + rng.normal(0, self.scatter)) * (
                    rng.uniform(1.3, 3) if rng.random() < self.bursts else 1.0
                )
                tasks = max(1, round(_SLOW_PER_S * _LIMIT_S / noise)) if is_slow else _TASKS
                rows.append((tasks, 1e9 * (_LIMIT_S if is_slow else noise * _TASKS / self.per_s)))
            made.append(np.array(rows))
        return made


PAIRS = {
    "equal, one speed": (Worker(), Worker()),
    "equal, luck 4 %": (Worker(luck=0.028), Worker(luck=0.028)),
    "equal, scatter 10 %": (Worker(scatter=0.07), Worker(scatter=0.07)),
    "equal, bursts": (Worker(bursts=0.025), Worker(bursts=0.025)),
    "equal, luck 4 %, bursts": (Worker(luck=0.028, bursts=0.025), Worker(luck=0.028, bursts=0.025)),
    "equal, two speeds": (Worker(slow=0.5, spell=2), Worker(slow=0.5, spell=2)),
    "equal, two speeds, long spells": (Worker(slow=0.5, spell=6), Worker(slow=0.5, spell=6)),
    "equal, seldom slow": (Worker(slow=0.1, spell=1.5), Worker(slow=0.1, spell=1.5)),
    "1.25, one speed": (Worker(per_s=1.25 * _FAST_PER_S), Worker()),
    "1.25, luck 4 %": (Worker(per_s=1.25 * _FAST_PER_S, luck=0.028), Worker(luck=0.028)),
    "1.25, bursts": (Worker(per_s=1.25 * _FAST_PER_S, bursts=0.025), Worker(bursts=0.025)),
    "one speed over mostly slow": (Worker(), Worker(slow=0.8, spell=5)),
    "one speed over half slow": (Worker(), Worker(slow=0.5, spell=3)),
    "seldom slow over often slow": (Worker(slow=0.1, spell=2), Worker(slow=0.6, spell=3)),
}
"""Two workers each, whose first one is never the slower one."""


def drained(pair: tuple[Worker, Worker], sizes: Sequence[int], rng: np.random.Generator) -> tuple[Generations, ...]:
    """Return the drains of both, in blocks through which the machine drifts for both alike."""
    both = [worker.drains(sizes, rng) for worker in pair]
    for generation, size in enumerate(sizes):
        drift = np.exp(rng.normal(0, 0.1, size))
        for drains in both:
            full = drains[generation][:, 0] == _TASKS
            drains[generation][:, 1] *= np.where(full, drift, 1.0)
    return tuple(both)


def by_totals(own: Generations, other: Generations) -> Generations:
    """Return the values of the ratio by totals."""
    return [one - another for one, another in zip(rate_logs(own), rate_logs(other), strict=True)]


def _by_drains(own: Generations, other: Generations) -> Generations:
    """Return the logarithms of the ratios of single drains."""
    rates = [[np.log(drains[:, 0] / drains[:, 1]) for drains in worker] for worker in (own, other)]
    return [one - another for one, another in zip(*rates, strict=True)]


@dataclass(frozen=True)
class _Way:
    """A way to compare."""

    name: str
    values: Callable[[Generations, Generations], Generations]
    trim: float


_WAYS = (_Way("by totals", by_totals, 0.0), _Way("by drains", _by_drains, TRIM))


@dataclass(frozen=True)
class _Found:
    """What one run found: whether its interval holds the truth, its verdict, and the outcome of its looks."""

    held: bool
    verdict: str
    outcome: str


def _run(name: str, way: _Way, generations: int, blocks: int, seed: int) -> _Found:
    rng = np.random.default_rng(seed)
    pair = PAIRS[name]
    truth = np.exp(pair[0].log_rate - pair[1].log_rate)
    ratio = paired_ratio(way.values(*drained(pair, [blocks] * generations, rng)), rng, trim=way.trim)
    held = bool(ratio.low and ratio.high and ratio.low <= truth <= ratio.high)
    (verdict,) = verdicts([(ratio, "more")], _MARGIN)
    return _Found(held, verdict, "")


def _sides(name: str, way: _Way, seed: int) -> _Found:
    """Look at two sides after each generation. The second worker of the pair is side B, so that it may regress."""
    rng = np.random.default_rng(seed)
    sizes = [1 if number < _SHORT else _OF_SIDES for number in range(_PLANNED)]
    slower, faster = drained(PAIRS[name][::-1], sizes, rng)
    allowed = levels(_SPENT, [done / _PLANNED for done in range(FEWEST_FOR_A_LOOK, _PLANNED + 1)])
    outcome, ratio = "inconclusive", PairedRatio(1.0)
    for done, level in enumerate(allowed, start=FEWEST_FOR_A_LOOK):
        values = way.values(slower[:done], faster[:done])
        ratio = paired_ratio(values, np.random.default_rng(seed), FEWEST_FOR_A_LOOK, trim=way.trim)
        outcome = outcome_at(beyond_and_within(ratio, "more", _SIDES_LIMIT), level, level)
        if outcome != "inconclusive":
            break
    return _Found(held=True, verdict="", outcome=outcome)


@click.command
@click.option("--runs", default=400, show_default=True, type=click.IntRange(10))
@click.option("--seed", default=1, show_default=True)
@click.option("--pair", "pairs", multiple=True, type=click.Choice(list(PAIRS)), help="only this one; repeatable")
def main(runs: int, seed: int, pairs: Sequence[str]) -> None:
    """Print a line for each pair, number of generations and blocks, and way: coverage and verdicts."""
    click.echo(f"{runs} runs each; margin {_MARGIN:.0%}; looks at {_PLANNED} generations, limit {_SIDES_LIMIT:.0%}")
    seeds = range(seed, seed + runs)
    with ProcessPoolExecutor() as pool:
        for name in pairs or PAIRS:
            for generations, blocks in ((2, 5), (4, 5), (4, 20), (10, 8)):
                for way in _WAYS:
                    run = partial(_run, name, way, generations, blocks)
                    _tell(name, f"{generations}x{blocks}", way, list(pool.map(run, seeds, chunksize=25)))
            for way in _WAYS:
                found = list(pool.map(partial(_sides, name, way), seeds, chunksize=25))
                shares = {one: sum(run.outcome == one for run in found) / runs for one in ("regressed", "within")}
                click.echo(f"{name:32} looks {way.name}: " + ", ".join(f"{k} {v:.1%}" for k, v in shares.items()))


def _tell(name: str, size: str, way: _Way, found: Sequence[_Found]) -> None:
    shares = {
        verdict: sum(run.verdict == verdict for run in found) / len(found)
        for verdict in ("improved", "regressed", "equivalent")
    }
    held = sum(run.held for run in found) / len(found)
    said = ", ".join(f"{verdict} {share:.1%}" for verdict, share in shares.items())
    click.echo(f"{name:32} {size:5} {way.name}: holds the truth {held:.1%}; {said}")


if __name__ == "__main__":
    main()
