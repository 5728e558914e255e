"""How long ``ab`` takes for a known effect: ``python tests/truths/sides.py worker --times 3 [--runs 20] [--timeline]``.

``aa`` compares two equal sides, ``enqueue`` one whose calls take ``--times`` as long with its equal, and ``worker`` two
whose tasks wait, the one for ``--times`` as long as the other. Prints when each run was settled, and how.
"""

import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import click
import numpy as np
from slowed import slowed_interpreter

from bench.ab.question import Answer, Question, ask
from bench.ab.sides import Sides
from bench.commands.approval import ask_before_spending
from bench.compare.request import Comparison
from bench.compare.run import Enough, compare
from bench.engine.observer import Silent
from bench.engine.schedule import budget_s
from bench.metrics.registry import side_metrics
from bench.metrics.sides import A, B
from bench.processes.subject import Subject
from bench.records.margin import share
from bench.records.result import Result
from bench.records.turns import Block
from bench.records.workload import load_workload
from bench.records.writer import Unwritten
from bench.report.ab.sentences import sentences
from brokers import split_subject

__all__: list[str] = []

_TASK_NS = 10_000_000


@dataclass
class _Timeline(Silent):
    """Prints what a run does, and when; ``first_s`` is when it began to measure."""

    prints: bool
    begin_s: float = field(default_factory=time.monotonic)

    def state(self, text: str) -> None:
        """Print what the run is doing."""
        self._print(text)

    def block(self, block: Block, left_s: float) -> None:
        """Print that a block ended."""
        kind = "warm-up" if block.warmup else "block"
        self._print(f"{kind} of {block.metric}, generation {block.generation}")

    def failed(self, label: str, reason: str) -> None:
        """Print why a side failed."""
        click.echo(f"{label} failed: {reason}", err=True)

    def _print(self, text: str) -> None:
        if self.prints:
            click.echo(f"{time.monotonic() - self.begin_s:6.2f} s  {text}")


@click.command
@click.argument("kind", type=click.Choice(["aa", "enqueue", "worker"]))
@click.option("--times", default=3.0, show_default=True, help="how much slower side B is")
@click.option("--runs", default=20, show_default=True, type=click.IntRange(1))
@click.option("--budget", default="60s", show_default=True, help="of each run: 60s, 3m")
@click.option("--metric", "metrics", type=click.Choice(list(side_metrics())), multiple=True, help="[default: all]")
@click.option("--subject", default="redis", show_default=True, help="broker[:profile]")
@click.option("--limit", default="5%", show_default=True)
@click.option("--seed", default=1, show_default=True, help="of the first run; the others count on")
@click.option("--timeline", is_flag=True, help="print what each run does, and when")
def main(kind: str, times: float, runs: int, seed: int, *, timeline: bool, **options: str) -> None:
    """Print each run's time and findings, then how many runs ended how, and their times."""
    taken_s, outcomes = [], Counter[str]()
    with tempfile.TemporaryDirectory() as directory:
        interpreters = _interpreters(kind, times, Path(directory))
        for number in range(1, runs + 1):
            answer = _answer(interpreters, seed + number - 1, options, prints=timeline)
            if answer.result.status == "interrupted":
                break
            taken_s.append(answer.result.duration_s)
            outcomes[answer.outcome] += 1
            click.echo(f"{number} of {runs}, {answer.result.duration_s:.1f} s: {answer.outcome}")
            for sentence in sentences(answer):
                click.echo(f"  {sentence}")
    if taken_s:
        middle, late = np.quantile(taken_s, [0.5, 0.95])
        click.echo(", ".join(f"{outcome} {count}" for outcome, count in outcomes.most_common()))
        click.echo(
            f"took {middle:.1f} s in the median, {late:.1f} s at the 95th percentile, {max(taken_s):.1f} s at most"
        )


def _interpreters(kind: str, times: float, directory: Path) -> tuple[str, str]:
    """Return the interpreters of A and B."""
    if kind == "enqueue":
        return slowed_interpreter(directory), slowed_interpreter(directory, enqueue_factor=times)
    if kind == "worker":
        a, b = (slowed_interpreter(directory, task_ns=round(_TASK_NS * factor)) for factor in (1.0, times))
        return a, b
    return slowed_interpreter(directory), slowed_interpreter(directory)


def _answer(interpreters: tuple[str, str], seed: int, options: dict[str, str], *, prints: bool) -> Answer:
    broker, profile = split_subject(options["subject"])
    subjects = [
        Subject(label=label, broker=broker, profile=profile, interpreter=interpreter)
        for label, interpreter in zip((A, B), interpreters, strict=True)
    ]
    budget = budget_s(options["budget"])
    question = Question(
        sides=Sides(subjects, differing=[]),
        workload=load_workload("noop"),
        metrics=list(options["metrics"]) or list(side_metrics()),
        limit=share(options["limit"]),
        budget_s=budget,
        seed=seed,
    )
    return ask(question, partial(_measure, budget, prints))


def _measure(budget: float, prints: bool, comparison: Comparison, enough: Enough) -> Result:
    return compare(comparison, Unwritten(), _Timeline(prints), ask_before_spending(budget, yes=False), enough)


if __name__ == "__main__":
    main()
