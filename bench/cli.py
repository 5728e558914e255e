"""The command ``brokerbench``: reads what the user wants, calls one function for it, shows what came of it.

Exit codes: 0 done; 1 a promise was broken, it is not as expected, or it regressed; 2 wrong use; 3 something that was
asked for could not be measured or compared, or is not certain; 70 a mistake of this program's own; 130 interrupted.
"""

import io
import os
import random
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar, get_args

import click
from rich.console import Console

from bench.commands.ab import ab
from bench.commands.app import app_options, with_app
from bench.commands.bisect import bisect
from bench.commands.crash import crash_told, print_crash_of_thread, print_uncatchable
from bench.commands.exit_codes import CRASHED, INTERRUPTED, NOT_MEASURED
from bench.commands.gate import export, gate, history
from bench.commands.interrupt import end_soon_when_interrupted
from bench.commands.options import (
    limit_option,
    margin_option,
    metric_option,
    rate_option,
    seed_option,
    workload_option,
    yes_option,
)
from bench.records.margin import share
from bench.records.workload import Pool
from brokers.errors import UsageError
from brokers.outside import safe_text
from brokers.writing import is_full, not_written

__all__ = ["main"]

T = TypeVar("T")
_STARTED_S = time.monotonic()
_DEFAULT_SUBJECTS = ("redis", "rabbitmq", "sqs")


def main() -> None:
    """Run the command; Ctrl-C and a termination signal end it in the same orderly way, and in any case soon."""
    threading.excepthook, sys.unraisablehook = print_crash_of_thread, print_uncatchable
    end_soon_when_interrupted()
    try:
        code = cli(standalone_mode=False)
        sys.stdout.flush()
    except (SystemExit, BrokenPipeError):  # click and rich end with 1, which means "regressed"
        code = _unwritten("standard output was closed before all was written: let its reader read to the end")
    except (click.exceptions.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        sys.exit(INTERRUPTED)
    except click.ClickException as error:
        _show(error)
        sys.exit(error.exit_code)
    except Exception as error:
        if isinstance(error, OSError) and is_full(error):
            sys.exit(_unwritten(not_written(error.filename or "standard output", error).format_message()))
        click.echo(f"Error: {crash_told(error)}", err=True)
        sys.exit(CRASHED)
    sys.exit(code)


def _unwritten(why: str) -> int:
    """Say why the output is not whole, unless that cannot be written either, and return the exit code.

    What is left of it goes nowhere: else Python would try to write it when it ends, and fail in its own way.
    """
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        click.echo(f"Error: {why}", err=True)
    return NOT_MEASURED


def _show(error: click.ClickException) -> None:
    """Print an error, click's own as well, which quote what was typed."""
    said = io.StringIO()
    error.show(said)
    click.echo(safe_text(said.getvalue()), err=True, nl=False)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="brokerbench")
def cli() -> None:
    """Run one Celery task module on Redis, RabbitMQ and Amazon SQS, and measure each."""


for _command in (ab, bisect, gate, history, export):
    cli.add_command(_command)


@cli.command()
@click.argument("subjects", nargs=-1, metavar="[SUBJECT]...")
@click.option("--quick", "budget", flag_value="quick", help="At most 60 s.")
@click.option("--full", "budget", flag_value="full", help="Ten minutes, for smaller differences.")
@click.option("--budget", "budget", metavar="TIME", help="Another time: 90s, 5m.  [default: at most 3 minutes]")
@click.option("--out", "directory", type=click.Path(path_type=Path), help="Where to leave the result and the reports.")
@workload_option
@metric_option
@click.option("--pool", type=click.Choice(get_args(Pool)), help="The worker's pool, instead of the workload's.")
@click.option("--concurrency", type=click.IntRange(1, 256), help="The worker's, instead of the workload's.")
@margin_option
@rate_option
@limit_option
@app_options
@click.option("--ceilings/--no-ceilings", default=None, help="Also the raw client, kombu alone, and Celery on memory.")
@click.option("--selfcheck", "check", type=click.Path(path_type=Path), help="A file of 'selfcheck', for the report.")
@seed_option
@yes_option
def compare(subjects: tuple[str, ...], budget: str | None, directory: Path | None, **options: Any) -> int:
    """Measure subjects side by side.

    SUBJECT is broker[:profile]; without any: redis rabbitmq sqs. See 'brokerbench doctor' for those installed.
    """
    from bench.commands.approval import ask_before_spending
    from bench.compare import run as comparing
    from bench.compare.request import Comparison, chosen_metrics, with_ceilings
    from bench.engine.schedule import budget_s, duration_ns
    from bench.processes.subject import label_subjects
    from bench.records.selfcheck import read_selfcheck
    from bench.records.writer import ResultWriter
    from bench.report.files import write_reports
    from bench.report.live import progress
    from bench.report.terminal import print_result
    from brokers.registry import split_subject

    console, seconds = Console(), _usage(budget_s, budget or "default")
    workload = with_app(_workload(options), options)
    chosen = label_subjects([split_subject(text) for text in subjects or _DEFAULT_SUBJECTS])
    comparison = Comparison(
        subjects=[replace(one, interpreter=options["python"] or one.interpreter) for one in chosen],
        workload=workload,
        metrics=chosen_metrics(options["metrics"], workload, seconds),
        budget_s=seconds,
        rates_per_s=options["rates_per_s"],
        limit_ns=_usage(duration_ns, options["limit"]),
        ceilings=with_ceilings(options["ceilings"], options["metrics"], workload, seconds),
        selfcheck=read_selfcheck(options["check"]) if options["check"] else None,
        seed=random.SystemRandom().randrange(2**32) if options["seed"] is None else options["seed"],
        margin=_usage(share, options["margin"]),
        started_s=_STARTED_S,
    )
    comparison.check()
    directory = directory or Path("results") / datetime.now().strftime("%Y%m%d-%H%M%S")
    approve = ask_before_spending(comparison.budget_s, yes=options["yes"])
    labels = [subject.label for subject in comparison.subjects]
    with ResultWriter(directory) as writer, progress(console, labels) as observer:
        result = comparing.compare(comparison, writer, observer, approve)
    try:
        write_reports(result, directory)
    finally:
        print_result(result, console, directory)
    if result.status == "interrupted":
        return INTERRUPTED
    missing = any(subject.failure or subject.not_measured for subject in result.subjects)
    return NOT_MEASURED if missing else 0


def _usage(read: Callable[[str], T], text: str) -> T:
    try:
        return read(text)
    except ValueError as error:
        raise UsageError(str(error)) from error


def _workload(options: dict[str, Any]) -> Any:
    from bench.records.workload import load_workload

    changes = {name: options[name] for name in ("pool", "concurrency") if options.get(name) is not None}
    workload = load_workload(options["workload"])
    for name in changes:
        if name in workload.sweep:
            raise UsageError(f"the workload {workload.name!r} varies {name}: leave --{name} out")
    return workload.model_copy(update=changes)


@cli.command()
@click.argument("subject", default="redis")
@click.option("--runs", type=click.IntRange(2, 1000), default=10, show_default=True, help="Of each budget.")
@click.option("--budget", "budgets", metavar="TIME", multiple=True, help="Of one run; may be repeated.  [default: 20s]")
@workload_option
@metric_option
@margin_option
@click.option("--out", "path", type=click.Path(path_type=Path, dir_okay=False), help="A JSON file to write.")
@yes_option
def selfcheck(subject: str, budgets: tuple[str, ...], path: Path | None, **options: Any) -> int:
    """Compare SUBJECT with itself, and say what this machine can tell apart.

    Prints the bias, the spread, the false alarms and the smallest visible difference for each metric and budget.
    """
    from bench.commands.approval import ask_before_spending
    from bench.compare.repeat import repeat, selfcheck_of
    from bench.records.named_files import check_new_file, write_text
    from bench.report.selfcheck import print_selfcheck

    if path:
        check_new_file(path, "--out")
    console, comparisons = Console(), _self_comparisons(subject, budgets or ("20s",), options)

    def observe(number: int, result: Any) -> None:
        found = (f"{row.metric} {row.ratio.value:.3f}x {row.ratio.verdict}" for row in result.summary if row.ratio)
        click.echo(f"run {number + 1} of {len(comparisons)}, {result.budget_s:g} s: {', '.join(found)}", err=True)

    approve = ask_before_spending(sum(one.budget_s for one in comparisons), yes=options["yes"])
    results = repeat(comparisons, approve, observe)
    if not results:
        return INTERRUPTED
    check = selfcheck_of(results)
    print_selfcheck(check, console)
    if path:
        write_text(path, check.model_dump_json(indent=1) + "\n")
    return 0 if len(results) == len(comparisons) else INTERRUPTED


def _self_comparisons(subject: str, budgets: tuple[str, ...], options: dict[str, Any]) -> list[Any]:
    """Return the comparisons, with budgets in turn, each with the seed of its place."""
    from bench.compare.request import Comparison
    from bench.engine.schedule import budget_s
    from bench.processes.subject import label_subjects
    from brokers.registry import split_subject

    comparisons = [
        Comparison(
            subjects=label_subjects([split_subject(subject)] * 2),
            workload=_workload(options),
            metrics=list(dict.fromkeys(options["metrics"])) or ["enqueue", "throughput"],
            budget_s=_usage(budget_s, budget),
            seed=number,
            margin=_usage(share, options["margin"]),
        )
        for number in range(options["runs"])
        for budget in budgets
    ]
    comparisons[0].check()
    return comparisons


@cli.command()
@click.argument("subjects", nargs=-1, metavar="[SUBJECT]...")
@click.option("--only", "names", metavar="FAULT", multiple=True, help="Only this one; may be repeated.")
@click.option("--quick", is_flag=True, help="The faults that matter most, once each: at most 3 minutes.")
@click.option("--repeats", type=click.IntRange(1, 100), help="Of each cell.  [default: 3; with --quick: 1]")
@click.option("--out", type=click.Path(path_type=Path), help="Where to leave the matrix and the reports.")
@click.option("--resume", "left", type=click.Path(path_type=Path), help="A folder: play what is missing in its matrix.")
@click.option("--list", "listed", is_flag=True, help="Name the faults, and play none.")
@click.option("--explain", "explained", metavar="FAULT", help="Say what happened to each task, in time order.")
@click.option("--expect", "expected", type=click.Path(path_type=Path), help="A TOML file that it should be as.")
@click.option(
    "--write-expectations", "written", type=click.Path(path_type=Path), help="Write such a file of what was found."
)
@app_options
def guarantees(listed: bool, explained: str | None, **asked: Any) -> int:
    """Break brokers and workers on purpose, and say what is lost, repeated and delayed.

    SUBJECT is broker[:profile]; without any: redis, rabbitmq and sqs, each also durable. Only private servers are
    broken, and the way to them; what only kills our own workers is played on yours, too.
    """
    from bench.commands import guarantees as command
    from bench.records.workload import Workload

    if listed:
        return command.list_faults(Console())
    own = {name: asked.pop(name) for name in ("app", "task", "args", "app_dir", "python", "dry")}
    workload = with_app(Workload(name="guarantees"), own, often="hundreds of times")
    request = command.Request(**asked, workload=workload, interpreter=own["python"])
    if explained is None:
        return command.play(request, Console())
    return command.explain(request, explained, Console())


@cli.command()
def workloads() -> None:
    """List the workloads that come with the package."""
    from bench.records.workload import catalogue

    for workload in catalogue().values():
        click.echo(f"{workload.name:12} {workload.summary}")


@cli.command()
@click.argument("subjects", nargs=-1, required=True, metavar="SUBJECT...")
def up(subjects: tuple[str, ...]) -> None:
    """Start private servers, print the exports that reach them, and stop them on Ctrl-C."""
    from bench.commands.up import servers_up
    from brokers.registry import split_subject

    with servers_up([split_subject(text) for text in subjects]) as exports:
        for line in exports:
            click.echo(line)
        click.echo("# Ctrl-C stops them", err=True)
        _wait_for_interrupt()


def _wait_for_interrupt() -> None:
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        click.echo("stopped", err=True)


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def doctor(as_json: bool) -> int:
    """Say where each broker would come from, what is missing, and what would spoil a measurement here."""
    from bench.commands.doctor import diagnose, print_diagnosis

    diagnosis = diagnose()
    if as_json:
        click.echo(diagnosis.model_dump_json(indent=2))
    else:
        print_diagnosis(diagnosis, Console())
    return NOT_MEASURED if diagnosis.missing else 0
