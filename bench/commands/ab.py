"""The command ``brokerbench ab``: compares two sides of one subject."""

from contextlib import ExitStack
from pathlib import Path

import click
from rich.console import Console

from bench.ab.checkout import ignored_files
from bench.ab.question import Answer, Question, ask
from bench.ab.sides import Sides, make_sides
from bench.ab.spec import Spec, read_spec
from bench.commands.announcing import announce_servers
from bench.commands.app import AppOptions, app_options
from bench.commands.approval import ask_before_spending
from bench.commands.documents import console_for, json_option, print_document
from bench.commands.measuring import announce_time, check_directory, exit_code, measured
from bench.commands.network_options import NetworkOptions, network_options
from bench.commands.options import (
    budget_option,
    regression_option,
    seed_option,
    subject_at_argument,
    workload_option,
    yes_option,
)
from bench.commands.parameters import PATH
from bench.commands.verdict import VerdictOptions, verdict_options
from bench.commands.worker_options import WorkerOptions, worker_options
from bench.compare.request import Comparison
from bench.compare.run import Enough
from bench.metrics.registry import side_metrics
from bench.processes.subject import Chosen, label_subjects
from bench.records.result import Result
from bench.records.workload import Workload
from bench.report.ab.files import ab_junit, ab_markdown
from bench.report.ab.sentences import print_answer, print_sides
from bench.report.documents.ab import AbDocument
from bench.report.screens import working
from brokers.directories import temporary_directory
from brokers.outside import safe_line
from brokers.workspace import open_workspace

__all__ = ["ab"]

_METRICS = tuple(side_metrics())
_MOST_NAMES = 5


@click.command()
@subject_at_argument
@click.option("--a", "a", default="", metavar="SPEC", help="What differs on side A.  [default: nothing]")
@click.option("--b", "b", default="", metavar="SPEC", help="What differs on side B.  [default: nothing]")
@click.option("--metric", "metrics", type=click.Choice(_METRICS), multiple=True, help="Only this metric; repeatable.")
@regression_option("B")
@budget_option("default", "At most this long: 60s, 5m.  [default: 3 minutes]")
@click.option("--out", "directory", type=PATH, help="Also write the result and the reports to this folder.")
@workload_option
@worker_options
@network_options
@app_options
@verdict_options
@seed_option
@json_option
@yes_option
def ab(
    *,
    subject: Chosen,
    a: str,
    b: str,
    metrics: tuple[str, ...],
    max_regression: float,
    budget_s: float,
    directory: Path | None,
    workload: Workload,
    worker: WorkerOptions,
    network: NetworkOptions,
    own: AppOptions,
    verdict: VerdictOptions,
    seed: int,
    as_json: bool,
    yes: bool,
) -> int:
    """Compare two sides of SUBJECT, interleaved in one run, to see whether B is worse than A.

    A SPEC lists what differs: requirements ('celery==5.3.4 kombu==5.3.1', 'kombu @ PATH'), python=PATH, ref=GITREF of
    the app's repository (with env=ref: and its own packages), profile=NAME, server=PATH of a server program, rtt=TIME,
    Celery settings (worker_prefetch_multiplier=64, broker_transport_options.polling_interval=0.1), or several of these.

    Exits with 0 if every metric stays within the limit, 1 if one does not, and 3 if that is not certain or if
    something could not be measured.
    """
    specs, console = (read_spec(a, "--a"), read_spec(b, "--b")), console_for(as_json=as_json)
    verdict.check_files()
    if directory:
        check_directory(directory)
    is_there = not all(spec.server for spec in specs)  # a side that is not given a program to start
    announce_servers([subject.broker] * is_there, own.servers, of_app=bool(own.app), yes=yes, err=as_json)
    workload = network.over(worker.over(own.over(workload)))
    label_subjects([subject], workload)  # refuse a distance before a side is made
    with ExitStack() as ends:
        question = Question(
            sides=_sides(subject, specs, workload, own, console, ends),
            workload=workload,
            metrics=list(dict.fromkeys(metrics)) or list(_METRICS),
            limit=max_regression,
            budget_s=budget_s,
            seed=seed,
        )

        def measure(comparison: Comparison, enough: Enough) -> Result:
            announce_time(comparison, console, may_end_early=True)
            approve = ask_before_spending(budget_s, yes=yes)
            return measured(comparison, directory, approve, console=console, enough=enough)

        answer = ask(question, measure)
    _show(answer, directory, console, verdict, as_json=as_json)
    return exit_code(answer.result, verdict.exit_code(answer.outcome))


def _sides(
    subject: Chosen,
    specs: tuple[Spec, Spec],
    workload: Workload,
    own: AppOptions,
    console: Console,
    ends: ExitStack,
) -> Sides:
    """Make both sides, and print how they differ."""
    temporary_directory()  # fail before a side is made, which takes a while
    directory = ends.enter_context(open_workspace()).directory
    with working(console) as tell:
        sides = make_sides(subject, specs, workload, own.interpreter, directory, tell, traceback=own.traceback)
    print_sides(specs, sides, console)
    if workload.app_dir and any(spec.ref for spec in specs):
        _warn_of_ignored(Path(workload.app_dir))
    return sides


def _warn_of_ignored(app_dir: Path) -> None:
    """Warn of files beside the app that a side with a ref lacks: it may run with other settings without them."""
    names = ignored_files(app_dir)
    if names:
        more = f" and {len(names) - _MOST_NAMES} more files" if len(names) > _MOST_NAMES else ""
        listed = safe_line(f"{', '.join(names[:_MOST_NAMES])}{more}")
        click.echo(f"! git does not hold {listed}: a side with ref= runs without", err=True)


def _show(answer: Answer, directory: Path | None, console: Console, verdict: VerdictOptions, *, as_json: bool) -> None:
    """Print the answer, and write the requested files."""
    passes = verdict.inconclusive_passes
    if as_json:
        print_document(AbDocument.of(answer, inconclusive_passes=passes))
    else:
        print_answer(answer, console, directory, inconclusive_passes=passes)
    markdown = ab_markdown(answer, inconclusive_passes=passes)
    verdict.write(markdown, lambda: ab_junit(answer, inconclusive_passes=passes))
