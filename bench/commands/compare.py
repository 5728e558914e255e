"""The command ``brokerbench compare``: measures subjects side by side."""

from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

from bench.commands.announcing import announce_servers
from bench.commands.app import AppOptions, app_options
from bench.commands.approval import ask_before_spending
from bench.commands.documents import console_for, json_option, print_document
from bench.commands.exit_codes import DONE, NOT_MEASURED
from bench.commands.measuring import announce_time, exit_code, measured, new_directory
from bench.commands.network_options import NetworkOptions, network_options
from bench.commands.options import (
    details_option,
    margin_option,
    metric_option,
    rate_option,
    seed_option,
    subjects_argument,
    workload_option,
    yes_option,
)
from bench.commands.parameters import BUDGET_S, DURATION_NS, PATH
from bench.commands.worker_options import WorkerOptions, worker_options
from bench.compare.request import Comparison, chosen_metrics, with_ceilings
from bench.engine.schedule import BUDGETS_S
from bench.processes.subject import Chosen, label_subjects
from bench.records.result import Result
from bench.records.selfcheck import read_selfcheck
from bench.records.workload import Workload
from bench.report.sections import sections
from bench.report.terminal import print_result
from bench.report.unmeasured import is_unmeasured
from bench.text.cleaning import terminal_text
from brokers.errors import UsageError

__all__ = ["compare"]

_QUICK_HINT = "; with --quick: a minute"
_MINUTE_S = 60


@click.command()
@subjects_argument
@click.option("--quick", is_flag=True, help="At most 60 s.")
@click.option("--full", is_flag=True, help="Ten minutes, for smaller differences.")
@click.option(
    "--budget", "budget_s", type=BUDGET_S, metavar="TIME", help="At most this long: 90s, 5m.  [default: 3 minutes]"
)
@click.option("--out", "directory", type=PATH, help="The folder for the result and the reports.")
@details_option
@workload_option
@metric_option
@worker_options
@network_options
@margin_option
@rate_option
@click.option(
    "--p99-limit",
    "limit_ns",
    type=DURATION_NS,
    default="100ms",
    show_default=True,
    metavar="TIME",
    help="The highest p99 latency of a sustained rate.",
)
@app_options
@click.option("--ceilings/--no-ceilings", default=None, help="Also the raw client, kombu alone, and Celery on memory.")
@click.option("--selfcheck", "check", type=PATH, help="A file from 'selfcheck' to show in the report.")
@seed_option
@json_option
@yes_option
def compare(
    *,
    subjects: Sequence[Chosen],
    quick: bool,
    full: bool,
    budget_s: float | None,
    directory: Path | None,
    details: bool,
    workload: Workload,
    metrics: tuple[str, ...],
    worker: WorkerOptions,
    network: NetworkOptions,
    margin: float,
    rates_per_s: tuple[float, ...],
    limit_ns: int,
    own: AppOptions,
    ceilings: bool | None,
    check: Path | None,
    seed: int,
    as_json: bool,
    yes: bool,
) -> int:
    """Measure subjects side by side.

    SUBJECT is broker[:profile][@rtt], for example redis@0.5ms. The default is redis rabbitmq sqs or, if there is
    neither a Redis nor a RabbitMQ, valkey sqs postgres, whose servers pip brings. 'brokerbench doctor' lists the
    brokers and their servers.
    """
    announce_servers((one.broker for one in subjects), own.servers, of_app=bool(own.app), yes=yes, err=as_json)
    workload = own.over(network.over(worker.over(workload)))
    budget_s = _budget_s(budget_s, quick=quick, full=full)
    comparison = Comparison(
        subjects=list(map(own.on, label_subjects(subjects, workload))),
        workload=workload,
        metrics=chosen_metrics(metrics, workload, budget_s),
        budget_s=budget_s,
        rates_per_s=rates_per_s,
        limit_ns=limit_ns,
        ceilings=with_ceilings(ceilings, metrics, workload, budget_s),
        selfcheck=read_selfcheck(check) if check else None,
        seed=seed,
        margin=margin,
    )
    comparison.check()
    console, directory = console_for(as_json=as_json), directory or new_directory()
    announce_time(comparison, console, hint=_QUICK_HINT if budget_s > _MINUTE_S else "")
    result = measured(
        comparison,
        directory,
        ask_before_spending(budget_s, yes=yes),
        console=console,
        show=lambda result: _show(result, directory, console, details=details, as_json=as_json),
    )
    return exit_code(result, NOT_MEASURED if _lacks_something(result) else DONE)


def _budget_s(budget_s: float | None, *, quick: bool, full: bool) -> float:
    """Return how long to measure. Raises UsageError if more than one option says so."""
    named = [BUDGETS_S[name] for name, given in (("quick", quick), ("full", full)) if given]
    named += [] if budget_s is None else [budget_s]
    if len(named) > 1:
        raise UsageError("--quick, --full and --budget exclude each other: use one")
    return named[0] if named else BUDGETS_S["default"]


def _show(result: Result, directory: Path, console: Console, *, details: bool, as_json: bool) -> None:
    """Print the result, or the document without its blocks, which are in the folder."""
    if as_json:
        print_document(result.model_copy(update={"blocks": []}))
        console.print(terminal_text(str(directory), console), soft_wrap=True)
    else:
        print_result(result, console, directory, details=details)


def _lacks_something(result: Result) -> bool:
    """Return True if something that was requested could not be measured, or not in the time."""
    if any(subject.failure or subject.not_measured or subject.failed_at for subject in result.subjects):
        return True
    return is_unmeasured(result) or any(not line.measured for section in sections(result) for line in section.lines)
