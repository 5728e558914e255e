"""The command ``brokerbench``: reads what the user wants, calls one function for it, shows what came of it.

Exit codes: 0 measured; 2 wrong use; 3 something that was asked for could not be measured; 130 interrupted.
"""

import math
import random
import signal
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar, get_args

import click
from rich.console import Console

from bench.records.margin import DEFAULT_MARGIN, share
from bench.records.turns import Metric
from bench.records.workload import Pool
from brokers.errors import UsageError

__all__ = ["main"]

T = TypeVar("T")
_STARTED_S = time.monotonic()
_DEFAULT_SUBJECTS = ("redis", "rabbitmq", "sqs")
_INTERRUPTED = 130
_NOT_MEASURED = 3

_workload_option = click.option(
    "--workload", default="noop", show_default=True, help="One of 'brokerbench workloads', or a TOML file."
)
_metric_option = click.option(
    "--metric", "metrics", type=click.Choice(get_args(Metric)), multiple=True, help="Only this one; may be repeated."
)
_margin_option = click.option(
    "--margin",
    default=f"{DEFAULT_MARGIN:.0%}",
    show_default=True,
    metavar="PERCENT",
    help="A difference that counts as none.",
)


def _each_once(_: click.Context, option: click.Parameter, rates_per_s: tuple[float, ...]) -> tuple[float, ...]:
    """Leave out what was given twice. Raises BadParameter for what is no number, which no range refuses."""
    if any(map(math.isnan, rates_per_s)):
        raise click.BadParameter("nan is no rate: give a number", param=option)
    return tuple(dict.fromkeys(rates_per_s))


_rate_option = click.option(
    "--rate",
    "rates_per_s",
    type=click.FloatRange(0.1, 1_000_000),
    multiple=True,
    callback=_each_once,
    metavar="N",
    help="Tasks a second at which latency is measured; may be repeated.  [default: shares of each capacity]",
)
_limit_option = click.option(
    "--p99-limit",
    "limit",
    default="100ms",
    show_default=True,
    metavar="TIME",
    help="What the p99 of a sustained rate keeps under.",
)
_yes_option = click.option("--yes", is_flag=True, help="Spend money on AWS without asking.")


def main() -> None:
    """Run the command; Ctrl-C and a termination signal end it in the same orderly way."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _interrupt)  # SIGINT too: shells start jobs with it ignored
    try:
        sys.exit(cli(standalone_mode=False))
    except click.exceptions.Abort:
        click.echo("interrupted", err=True)
        sys.exit(_INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="brokerbench")
def cli() -> None:
    """Run one Celery task module on Redis, RabbitMQ and Amazon SQS, and measure each."""


@cli.command()
@click.argument("subjects", nargs=-1, metavar="[SUBJECT]...")
@click.option("--quick", "budget", flag_value="quick", help="At most 60 s.")
@click.option("--full", "budget", flag_value="full", help="Ten minutes, for smaller differences.")
@click.option("--budget", "budget", metavar="TIME", help="Another time: 90s, 5m.  [default: at most 3 minutes]")
@click.option("--out", "directory", type=click.Path(path_type=Path), help="Where to leave the result and the reports.")
@_workload_option
@_metric_option
@click.option("--pool", type=click.Choice(get_args(Pool)), help="The worker's pool, instead of the workload's.")
@click.option("--concurrency", type=click.IntRange(1, 256), help="The worker's, instead of the workload's.")
@_margin_option
@_rate_option
@_limit_option
@click.option("--ceilings/--no-ceilings", default=None, help="Also the raw client, kombu alone, and Celery on memory.")
@click.option("--selfcheck", "check", type=click.Path(path_type=Path), help="A file of 'selfcheck', for the report.")
@click.option("--seed", type=int, help="Of the order of turns and of hashes; a random one if not given.")
@_yes_option
def compare(subjects: tuple[str, ...], budget: str | None, directory: Path | None, **options: Any) -> int:
    """Measure subjects side by side.

    SUBJECT is broker[:profile]; without any: redis rabbitmq sqs. See 'brokerbench doctor' for those installed.
    """
    from bench import compare as comparing
    from bench.approval import ask_before_spending
    from bench.comparison import Comparison, chosen_metrics, with_ceilings
    from bench.engine.schedule import budget_s, duration_ns
    from bench.engine.subject import label_subjects
    from bench.records.selfcheck import read_selfcheck
    from bench.records.writer import ResultWriter
    from bench.report.files import write_reports
    from bench.report.live import progress
    from bench.report.terminal import print_result
    from brokers.registry import split_subject

    console, seconds, workload = Console(), _usage(budget_s, budget or "default"), _workload(options)
    comparison = Comparison(
        subjects=label_subjects([split_subject(text) for text in subjects or _DEFAULT_SUBJECTS]),
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
    write_reports(result, directory)
    print_result(result, console, directory)
    if result.status == "interrupted":
        return _INTERRUPTED
    missing = any(subject.failure or subject.not_measured for subject in result.subjects)
    return _NOT_MEASURED if missing else 0


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
@_workload_option
@_metric_option
@_margin_option
@click.option("--out", "path", type=click.Path(path_type=Path, dir_okay=False), help="A JSON file to write.")
@_yes_option
def selfcheck(subject: str, budgets: tuple[str, ...], path: Path | None, **options: Any) -> int:
    """Compare SUBJECT with itself, and say what this machine can tell apart.

    Prints the bias, the spread, the false alarms and the smallest visible difference for each metric and budget.
    """
    from bench.approval import ask_before_spending
    from bench.report.selfcheck import print_selfcheck
    from bench.selfcheck import repeat, selfcheck_of

    if path and path.exists():
        raise UsageError(f"{path} exists: give another file with --out, or remove it")
    console, comparisons = Console(), _self_comparisons(subject, budgets or ("20s",), options)

    def observe(number: int, result: Any) -> None:
        found = (f"{row.metric} {row.ratio.value:.3f}x {row.ratio.verdict}" for row in result.summary if row.ratio)
        click.echo(f"run {number + 1} of {len(comparisons)}, {result.budget_s:g} s: {', '.join(found)}", err=True)

    approve = ask_before_spending(sum(one.budget_s for one in comparisons), yes=options["yes"])
    results = repeat(comparisons, approve, observe)
    if not results:
        return _INTERRUPTED
    check = selfcheck_of(results)
    print_selfcheck(check, console)
    if path:
        path.write_text(check.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return 0 if len(results) == len(comparisons) else _INTERRUPTED


def _self_comparisons(subject: str, budgets: tuple[str, ...], options: dict[str, Any]) -> list[Any]:
    """Give the comparisons, with budgets in turn, each with the seed of its place."""
    from bench.comparison import Comparison
    from bench.engine.schedule import budget_s
    from bench.engine.subject import label_subjects
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
def workloads() -> None:
    """List the workloads that come with the package."""
    from bench.records.workload import catalogue

    for workload in catalogue().values():
        click.echo(f"{workload.name:12} {workload.summary}")


@cli.command()
@click.argument("subjects", nargs=-1, required=True, metavar="SUBJECT...")
def up(subjects: tuple[str, ...]) -> None:
    """Start private servers, print the exports that reach them, and stop them on Ctrl-C."""
    from bench.up import servers_up
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
    from bench.doctor import diagnose, print_diagnosis

    diagnosis = diagnose()
    if as_json:
        click.echo(diagnosis.model_dump_json(indent=2))
    else:
        print_diagnosis(diagnosis, Console())
    return _NOT_MEASURED if diagnosis.missing else 0
