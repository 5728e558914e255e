"""The command ``brokerbench ab``: two sides of one subject, and whether the second keeps up with the first."""

import random
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click
from rich.console import Console

from bench.commands.app import app_options, with_app
from bench.commands.exit_codes import INTERRUPTED
from bench.commands.options import regression_option, seed_option, workload_option, yes_option
from bench.commands.verdict import check_verdict_files, exit_code, inconclusive_passes, verdict_options, write_verdict
from bench.metrics.registry import side_metrics
from bench.records.workload import Pool, Workload, load_workload
from brokers.errors import UsageError
from brokers.places import temporary_directory

if TYPE_CHECKING:
    from bench.ab.question import Answer, Question
    from bench.ab.spec import Spec
    from bench.records.writer import Writer

__all__ = ["METRICS", "ab", "read_budget"]

METRICS = tuple(side_metrics())


@click.command()
@click.argument("subject", default="redis")
@click.option("--a", "a", default="", metavar="SPEC", help="What differs on side A.  [default: nothing]")
@click.option("--b", "b", default="", metavar="SPEC", help="What differs on side B.  [default: nothing]")
@click.option("--metric", "metrics", type=click.Choice(METRICS), multiple=True, help="Only this; may be repeated.")
@regression_option("B")
@click.option("--budget", default="default", metavar="TIME", help="At most so long: 60s, 5m.  [default: 3 minutes]")
@click.option("--out", "directory", type=click.Path(path_type=Path), help="Also leave the result and reports there.")
@workload_option
@click.option("--pool", type=click.Choice(get_args(Pool)), help="The worker's pool, instead of the workload's.")
@click.option("--concurrency", type=click.IntRange(1, 256), help="The worker's, instead of the workload's.")
@app_options
@verdict_options
@seed_option
@yes_option
def ab(subject: str, a: str, b: str, directory: Path | None, **options: Any) -> int:
    """Compare two sides of SUBJECT, interleaved in one run, and say whether B is worse than A.

    A SPEC is what differs: requirements ('celery==5.3.4 kombu==5.3.1'), python=PATH, ref=GITREF of the app's
    repository, profile=NAME, server=PATH of a server's program, Celery settings (worker_prefetch_multiplier=64,
    broker_transport_options.polling_interval=0.1), or several of these.

    Ends with 0 when every metric keeps within the limit, 1 when one does not, and 3 when that is not certain, or when
    something could not be measured.
    """
    from bench.ab.spec import read_spec
    from bench.records.writer import ResultWriter, Unwritten

    specs, console = (read_spec(a, "--a"), read_spec(b, "--b")), Console()
    check_verdict_files(options)
    with ExitStack() as ends:
        writer = ends.enter_context(ResultWriter(directory)) if directory else Unwritten()
        question = _question(subject, specs, options, console, ends)
        answer = _measure(question, writer, directory, console, yes=options["yes"])
    _tell(answer, directory, console, options)
    return INTERRUPTED if answer.result.status == "interrupted" else exit_code(answer.outcome, options)


def _tell(answer: "Answer", directory: Path | None, console: Console, options: dict[str, Any]) -> None:
    """Print what was found, and write the files that were asked for."""
    from bench.report.ab.files import ab_junit, ab_markdown
    from bench.report.ab.sentences import print_answer

    passes = inconclusive_passes(options)
    print_answer(answer, console, directory, inconclusive_passes=passes)
    markdown = ab_markdown(answer, inconclusive_passes=passes)
    write_verdict(options, markdown, lambda: ab_junit(answer, inconclusive_passes=passes))


def _question(
    subject: str, specs: "tuple[Spec, Spec]", options: dict[str, Any], console: Console, ends: ExitStack
) -> "Question":
    """Make both sides, and say what is asked of them."""
    from bench.ab.question import Question
    from bench.ab.sides import make_sides
    from bench.report.ab.sentences import print_sides
    from brokers.registry import split_subject
    from brokers.workspace import open_workspace

    temporary_directory()  # refused before a side is made, which takes a while
    chosen, workload = split_subject(subject), _workload(options)
    seconds = read_budget(options["budget"])
    directory = ends.enter_context(open_workspace()).directory if any(spec.ref for spec in specs) else Path()
    with console.status("") as status:
        sides = make_sides(chosen, specs, workload, options["python"], directory, status.update)
    print_sides(specs, sides.differing, console)
    return Question(
        sides=sides,
        workload=workload,
        metrics=list(dict.fromkeys(options["metrics"])) or list(METRICS),
        limit=options["max_regression"],
        budget_s=seconds,
        seed=random.SystemRandom().randrange(2**32) if options["seed"] is None else options["seed"],
    )


def read_budget(text: str) -> float:
    """Read it in seconds. Raises UsageError."""
    from bench.engine.schedule import budget_s

    try:
        return budget_s(text)
    except ValueError as error:
        raise UsageError(str(error)) from error


def _workload(options: dict[str, Any]) -> Workload:
    changes = {name: options[name] for name in ("pool", "concurrency") if options[name] is not None}
    return with_app(load_workload(options["workload"]), options).model_copy(update=changes)


def _measure(
    question: "Question", writer: "Writer", directory: Path | None, console: Console, *, yes: bool
) -> "Answer":
    from bench.ab.question import ask
    from bench.commands.approval import ask_before_spending
    from bench.report.files import write_reports
    from bench.report.live import progress

    labels = [subject.label for subject in question.sides.subjects]
    approve = ask_before_spending(question.budget_s, yes=yes)
    with progress(console, labels) as observer:
        answer = ask(question, writer, observer, approve)
    if directory:
        write_reports(answer.result, directory)
    return answer
