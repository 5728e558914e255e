"""How often a verdict is right: ``python tests/truths/verdicts.py aa [--runs 20] [--budget 20s]``.

``aa`` compares two equal subjects, ``enqueue-3`` one whose calls take 3 % longer with its equal, and ``worker-10`` one
whose worker takes 10 % longer for each task. All run on the same kind of interpreter, which waits or does not.
"""

import tempfile
from collections import Counter
from dataclasses import dataclass
from math import expm1, log
from pathlib import Path

import click
import numpy as np
from scipy import stats
from slowed import slowed_interpreter

from bench.commands.approval import ask_before_spending
from bench.commands.measuring import measured
from bench.compare.request import Comparison
from bench.engine.schedule import budget_s
from bench.processes.subject import Subject
from bench.records.figures import Ratio
from bench.records.margin import share
from bench.records.result import Result
from bench.records.workload import load_workload
from bench.stats.intervals import CONFIDENCE
from brokers import BrokerUnavailable, split_subject

__all__: list[str] = []


@dataclass(frozen=True)
class Kind:
    """What is compared, which ratio is true, and how many verdicts should be one of ``counted``."""

    metric: str
    truth: float
    counted: tuple[str, ...]
    target: str
    budget: str
    enqueue_factor: float = 1.0
    task_share: float = 0.0


_KINDS = {
    "aa": Kind("enqueue", 1.0, ("regressed", "improved"), "at most 5 %", "20s"),
    "enqueue-3": Kind("enqueue", 1.03, ("regressed",), "at least 90 %", "20s", enqueue_factor=1.03),
    "worker-10": Kind("throughput", 1 / 1.1, ("regressed",), "at least 90 %", "40s", task_share=0.1),
}


@click.command
@click.argument("kind", type=click.Choice(list(_KINDS)))
@click.option("--runs", default=20, show_default=True, type=click.IntRange(1))
@click.option("--budget", help="of each run: quick, default, full, or as 90s  [default: 20s; worker-10: 40s]")
@click.option("--subject", default="redis", show_default=True, help="broker[:profile]")
@click.option("--workload", default="noop", show_default=True)
@click.option("--calibration", default="40s", show_default=True, help="how long to measure what a task takes")
@click.option("--margin", default="2%", show_default=True)
@click.option("--seed", default=1, show_default=True, help="of the first run; the others count on")
def main(kind: str, runs: int, seed: int, **options: str) -> None:
    """Print each run's ratio and verdict, then how many verdicts were as they should be."""
    chosen, ratios = _KINDS[kind], []
    with tempfile.TemporaryDirectory() as directory:
        interpreters = _interpreters(chosen, Path(directory), options)
        for number in range(1, runs + 1):
            result = _compare(
                chosen.metric, interpreters, seed + number - 1, budget_s(options["budget"] or chosen.budget), options
            )
            ratio = next((row.ratio for row in result.summary if row.ratio), None)
            if ratio is None or result.status == "interrupted":
                break
            ratios.append(ratio)
            click.echo(f"{number} of {runs}, {result.duration_s:.0f} s: {_shown(ratio)}")
    if ratios:
        _sum_up(chosen, ratios)


def _interpreters(kind: Kind, directory: Path, options: dict[str, str]) -> list[str]:
    """Return the interpreter of the reference and the other's, which waits by what the reference was found to need."""
    plain = slowed_interpreter(directory)
    if not kind.task_share:
        return [plain, slowed_interpreter(directory, enqueue_factor=kind.enqueue_factor)]
    (row,) = _compare(kind.metric, [plain], 0, budget_s(options["calibration"]), options).summary
    if row.per_second is None:
        raise click.ClickException("the calibration drained nothing")
    task_ns = 1e9 / row.per_second.value
    click.echo(f"a task takes {task_ns / 1000:.0f} us, and {kind.task_share:.0%} more on the slower one", err=True)
    return [plain, slowed_interpreter(directory, task_ns=round(kind.task_share * task_ns))]


def _compare(metric: str, interpreters: list[str], seed: int, budget: float, options: dict[str, str]) -> Result:
    broker, profile = split_subject(options["subject"])
    comparison = Comparison(
        subjects=[
            Subject(label=label, broker=broker, profile=profile, interpreter=interpreter)
            for label, interpreter in zip(("reference", "other"), interpreters, strict=False)
        ],
        workload=load_workload(options["workload"]),
        metrics=[metric],
        budget_s=budget,
        seed=seed,
        margin=share(options["margin"]),
    )
    result = measured(comparison, None, ask_before_spending(budget, yes=False))
    if failures := [subject.failure for subject in result.subjects if subject.failure]:
        raise BrokerUnavailable(failures[0])
    return result


def _shown(ratio: Ratio) -> str:
    interval = f" ({ratio.low:.4f} to {ratio.high:.4f})" if ratio.low and ratio.high else ""
    return f"{ratio.value:.4f}{interval}, {ratio.generations} generations: {ratio.verdict}"


def _sum_up(kind: Kind, ratios: list[Ratio]) -> None:
    counts = Counter(ratio.verdict for ratio in ratios)
    found = sum(counts[verdict] for verdict in kind.counted)
    interval = stats.binomtest(found, len(ratios)).proportion_ci(CONFIDENCE)
    click.echo(", ".join(f"{verdict} {count}" for verdict, count in counts.most_common()))
    click.echo(
        f"{' or '.join(kind.counted)}: {found} of {len(ratios)} ({interval.low:.0%} to {interval.high:.0%}), "
        f"target {kind.target}"
    )
    held = sum(1 for ratio in ratios if ratio.low and ratio.high and ratio.low <= kind.truth <= ratio.high)
    click.echo(f"intervals that hold {kind.truth:.4f}: {held} of {len(ratios)}, target 95 %")
    click.echo(f"bias from {kind.truth:.4f}: {_bias([log(ratio.value / kind.truth) for ratio in ratios])}")


def _bias(logs: list[float]) -> str:
    """Show the geometric mean less 1, with its t interval."""
    value = f"{100 * expm1(np.mean(logs)):+.2f} %"
    if len(logs) == 1:
        return value
    interval = stats.ttest_1samp(logs, 0).confidence_interval(CONFIDENCE)
    return f"{value} ({100 * expm1(interval.low):+.2f} to {100 * expm1(interval.high):+.2f})"


if __name__ == "__main__":
    main()
