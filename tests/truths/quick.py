"""Whether ``compare --quick`` answers: ``python tests/truths/quick.py [--runs 20] [--against FOLDER]``.

Each quick run has its own seed, servers and processes. Its verdicts on ``enqueue`` and ``throughput`` are compared with
those of one ``--full`` run: ``--against`` names its folder or ``result.json``; without it, one is measured first.
Of the differences that the full run found to be 25 % or more, at least 19 of 20 quick runs should find all.
"""

from collections import Counter
from pathlib import Path

import click

from bench.commands.approval import ask_before_spending
from bench.commands.measuring import measured
from bench.compare.request import Comparison, chosen_metrics
from bench.engine.schedule import BUDGETS_S
from bench.processes.subject import label_subjects
from bench.records.figures import Ratio
from bench.records.result import Result, read_result
from bench.records.workload import load_workload
from brokers import split_subject

__all__: list[str] = []

_METRICS = ("enqueue", "throughput")
_LARGE = 1.25
_Found = dict[tuple[str, str], Ratio]


@click.command
@click.argument("subjects", nargs=-1)
@click.option("--runs", default=20, show_default=True, type=click.IntRange(1))
@click.option("--against", type=click.Path(exists=True, path_type=Path), help="the result of a full run")
@click.option("--seed", default=1, show_default=True, help="of the first run; the others count on")
def main(subjects: tuple[str, ...], runs: int, against: Path | None, seed: int) -> None:
    """Print each run's verdicts, and how many runs found every large difference, and found what the full run found."""
    names = subjects or ("redis", "rabbitmq", "sqs")
    full = _ratios(read_result(against) if against else _measure(names, "full", 0))
    click.echo(f"full: {_shown(full)}")
    large = {key for key, one in full.items() if max(one.value, 1 / one.value) >= _LARGE}
    complete, verdicts = 0, Counter[str]()
    for number in range(runs):
        result = _measure(names, "quick", seed + number)
        found = _ratios(result)
        click.echo(f"{number + 1} of {runs}, {result.duration_s:.0f} s: {_shown(found)}")
        outcomes = {key: _outcome(found.get(key), one) for key, one in full.items()}
        complete += all(outcomes[key] == "agrees" for key in large)
        verdicts.update(outcomes.values())
    click.echo(f"every difference of 25 % or more was found in {complete} of {runs} runs, target 19 of 20")
    click.echo(", ".join(f"{outcome}: {count}" for outcome, count in verdicts.most_common()))


def _measure(names: tuple[str, ...], budget: str, seed: int) -> Result:
    workload, budget_s = load_workload("noop"), BUDGETS_S[budget]
    quick = chosen_metrics((), workload, BUDGETS_S["quick"])
    subjects = label_subjects([split_subject(name) for name in names])
    comparison = Comparison(subjects=subjects, workload=workload, metrics=quick, budget_s=budget_s, seed=seed)
    return measured(comparison, None, ask_before_spending(budget_s, yes=False))


def _ratios(result: Result) -> _Found:
    rows = [row for row in result.summary if row.metric in _METRICS and row.layer == "celery"]
    return {(row.subject, row.metric): row.ratio for row in rows if row.ratio}


def _outcome(quick: Ratio | None, full: Ratio) -> str:
    """Return whether a quick verdict agrees with the full one; an inconclusive one does neither."""
    if quick is None or quick.verdict == "inconclusive":
        return "inconclusive"
    return "agrees" if quick.verdict == full.verdict else "disagrees"


def _shown(found: _Found) -> str:
    return "; ".join(
        f"{subject}'s {metric} {one.value:.2f}x{_interval(one)}, {one.generations} generations, {one.blocks} blocks: "
        f"{one.verdict}"
        for (subject, metric), one in found.items()
    )


def _interval(one: Ratio) -> str:
    return f" ({one.low:.2f} to {one.high:.2f})" if one.low is not None and one.high is not None else ""


if __name__ == "__main__":
    main()
