"""The command ``brokerbench selfcheck``: compares a subject with itself, many times."""

from functools import partial
from pathlib import Path

import click
from rich.console import Console

from bench.commands.announcing import announce_servers
from bench.commands.approval import ask_before_spending
from bench.commands.documents import json_option, print_document
from bench.commands.exit_codes import DONE, INTERRUPTED, NOT_MEASURED
from bench.commands.measuring import measured
from bench.commands.network_options import NetworkOptions, network_options
from bench.commands.options import margin_option, metric_option, subject_at_argument, workload_option, yes_option
from bench.commands.parameters import BUDGET_S, FILE
from bench.compare.repeat import repeat, selfcheck_of
from bench.compare.request import Comparison
from bench.processes.subject import Chosen, label_subjects
from bench.records.named_files import check_new_file, write_text
from bench.records.result import Result
from bench.records.selfcheck import SelfCheck
from bench.records.workload import Workload
from bench.report.screens import redraws
from bench.report.selfcheck import print_selfcheck

__all__ = ["selfcheck"]

_METRICS: list[str] = ["enqueue", "throughput"]


@click.command()
@subject_at_argument
@click.option("--runs", type=click.IntRange(2, 1000), default=10, show_default=True, help="Runs of each budget.")
@click.option(
    "--budget",
    "budgets_s",
    type=BUDGET_S,
    metavar="TIME",
    multiple=True,
    default=["20s"],
    help="How long one run takes; repeatable.  [default: 20s]",
)
@workload_option
@network_options
@metric_option
@margin_option
@click.option("--out", "path", type=FILE, help="A JSON file to write.")
@json_option
@yes_option
def selfcheck(
    *,
    subject: Chosen,
    runs: int,
    budgets_s: tuple[float, ...],
    workload: Workload,
    network: NetworkOptions,
    metrics: tuple[str, ...],
    margin: float,
    path: Path | None,
    as_json: bool,
    yes: bool,
) -> int:
    """Compare SUBJECT with itself, to see which differences this machine can detect.

    Prints the bias, the spread, the false alarms and the smallest detectable difference for each metric and budget.
    """
    if path:
        check_new_file(path, "--out")
    announce_servers([subject.broker], (), of_app=False, yes=yes, err=as_json)
    workload = network.over(workload)
    comparisons = [
        Comparison(
            subjects=label_subjects([subject] * 2, workload),
            workload=workload,
            metrics=list(dict.fromkeys(metrics)) or _METRICS,
            budget_s=budget_s,
            seed=number,
            margin=margin,
        )
        for number in range(runs)
        for budget_s in budgets_s
    ]
    comparisons[0].check()
    approve = ask_before_spending(sum(one.budget_s for one in comparisons), yes=yes)
    console = Console(stderr=True)
    shown = console if redraws(console) else None  # a log gets a line for each run
    measure = partial(measured, directory=None, approve=approve, console=shown)
    results = repeat(comparisons, measure, partial(_show, len(comparisons)))
    if not results:
        return INTERRUPTED
    check = selfcheck_of(results)
    if as_json:
        print_document(check)
    else:
        print_selfcheck(check, Console())
    if path:
        write_text(path, check.model_dump_json(indent=1) + "\n")
    if len(results) < len(comparisons):
        return INTERRUPTED
    return NOT_MEASURED if _tell_missing(check, results[0].metrics, budgets_s, runs) else DONE


def _tell_missing(check: SelfCheck, metrics: list[str], budgets_s: tuple[float, ...], runs: int) -> bool:
    """Print for which metrics and budgets some runs had no ratio; return True if there are any."""
    found = {(row.metric, row.budget_s): row.runs for row in check.rows}
    missing = [
        (metric, budget_s, runs - found.get((metric, budget_s), 0))
        for metric in metrics
        for budget_s in budgets_s
        if found.get((metric, budget_s), 0) < runs
    ]
    for metric, budget_s, without in missing:
        click.echo(f"! {metric}: {without} of {runs} runs of {budget_s:g} s measured nothing: raise --budget", err=True)
    return bool(missing)


def _show(runs: int, number: int, result: Result) -> None:
    """Print the ratios and verdicts of a run."""
    found = [f"{row.metric} {row.ratio.value:.3f}x {row.ratio.verdict}" for row in result.summary if row.ratio]
    shown = ", ".join(found) or "nothing to compare"
    click.echo(f"run {number + 1} of {runs}, {result.budget_s:g} s: {shown}", err=True)
