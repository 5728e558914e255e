"""The command ``brokerbench bisect``: the first release of a package that is worse than a good one."""

import random
import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from bench.commands.ab import METRICS, read_budget
from bench.commands.app import app_options, with_app
from bench.commands.exit_codes import BROKEN, DONE, NOT_MEASURED
from bench.commands.options import regression_option, workload_option, yes_option
from bench.records.workload import Workload, load_workload
from brokers.errors import BrokerbenchError
from brokers.outside import safe_line
from brokers.places import temporary_directory

if TYPE_CHECKING:
    from bench.ab.bisection import Bisection
    from bench.ab.question import Answer

__all__ = ["bisect"]

_MOST_LINES = 4  # of what stands in a release's way


@click.command()
@click.argument("subject", default="redis")
@click.option("--package", required=True, metavar="NAME", help="Whose releases are tried.")
@click.option("--good", required=True, metavar="VERSION", help="A release that is as it should be.")
@click.option("--bad", required=True, metavar="VERSION", help="A later one that is worse.")
@click.option("--also", default="", metavar="SPEC", help="What every release is measured with: 'celery==5.3.4'.")
@click.option(
    "--metric", type=click.Choice(METRICS), default="throughput", show_default=True, help="In which it is worse."
)
@regression_option("a release")
@click.option("--budget", default="60s", show_default=True, metavar="TIME", help="At most so long for each release.")
@workload_option
@app_options
@yes_option
def bisect(subject: str, package: str, good: str, bad: str, **options: Any) -> int:
    """Find the first release of a package with which SUBJECT is worse, by comparing each with the good one.

    Ends with 1 when it is found, 0 when the bad release is not worse, and 3 when that is not certain.
    """
    from bench.ab.bisection import Bisection
    from bench.ab.releases import releases_between

    temporary_directory()  # each release would fail without one
    console, begin_s = Console(), time.monotonic()
    workload = with_app(load_workload(options["workload"]), options)
    search = Bisection(releases_between(package, good, bad, options["python"] or sys.executable))
    told = safe_line(f"{len(search.releases)} releases of {package} from {good} to {bad}")
    console.print(told, highlight=False, markup=False)
    while release := search.next:
        search.add(_try(subject, package, good, release, workload, options, console))
    return _conclude(search, package, time.monotonic() - begin_s, console)


def _try(
    subject: str, package: str, good: str, release: str, workload: Workload, options: dict[str, Any], console: Console
) -> Any:
    """Compare a release with the good one, and print what was found; a release that cannot be had is inconclusive."""
    from bench.report.ab.sentences import sentences

    try:
        answer = _answer(subject, [f"{package}=={version}" for version in (good, release)], workload, options, console)
    except BrokerbenchError as error:
        reason = "\n".join(error.format_message().splitlines()[:_MOST_LINES])
        console.print(f"{package} {release} cannot be tried: {reason}", highlight=False, markup=False)
        return "inconclusive"
    if answer.result.status == "interrupted":
        raise KeyboardInterrupt
    for sentence in sentences(answer):
        said = f"{package} {release}, {answer.result.duration_s:.0f} s: {sentence}"
        console.print(said, highlight=False, markup=False, soft_wrap=True)
    return answer.findings[0].outcome


def _answer(
    subject: str, requirements: list[str], workload: Workload, options: dict[str, Any], console: Console
) -> "Answer":
    from bench.ab.question import Question, ask
    from bench.ab.sides import make_sides
    from bench.ab.spec import read_spec
    from bench.commands.approval import ask_before_spending
    from bench.records.writer import Unwritten
    from bench.report.live import progress
    from brokers.registry import split_subject

    read_spec(options["also"], "--also")  # for an error that counts its words
    a, b = (read_spec(f"{shlex.quote(one)} {options['also']}", "--also") for one in requirements)
    seconds = read_budget(options["budget"])
    sides = make_sides(split_subject(subject), (a, b), workload, options["python"], Path())
    question = Question(
        sides=sides,
        workload=workload,
        metrics=[options["metric"]],
        limit=options["max_regression"],
        budget_s=seconds,
        seed=random.SystemRandom().randrange(2**32),
    )
    approve = ask_before_spending(seconds, yes=options["yes"])
    with progress(console, [one.label for one in sides.subjects]) as observer:
        return ask(question, Unwritten(), observer, approve)


def _conclude(search: "Bisection", package: str, seconds: float, console: Console) -> int:
    first, last = search.releases[0], search.releases[-1]
    if search.first_bad is None and search.unsure:
        found = f"Whether {package} {last} is worse than {first} is not certain: see why above"
        code = NOT_MEASURED
    elif search.first_bad is None:
        found, code = f"{package} {last} is not worse than {first}", DONE
    elif search.between:
        found = f"{package} is worse from {search.first_bad} on, or from one of {', '.join(search.between)}"
        code = NOT_MEASURED
    else:
        found, code = f"{package} {search.first_bad} is the first that is worse; {search.last_good} is not", BROKEN
    console.print(f"{found} ({seconds:.0f} s)", style="bold", highlight=False, markup=False)
    return code
