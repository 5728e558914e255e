"""The command ``brokerbench bisect``: finds the first release of a package that is worse than a good one."""

import shlex
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import click
from rich.console import Console

from bench.ab.bisection import Bisection
from bench.ab.question import Answer, Question, ask
from bench.ab.releases import releases_between
from bench.ab.sides import make_sides
from bench.ab.spec import read_spec
from bench.commands.app import AppOptions, app_options
from bench.commands.approval import ask_before_spending
from bench.commands.exit_codes import BROKEN, DONE, NOT_MEASURED
from bench.commands.measuring import measured
from bench.commands.options import (
    budget_option,
    random_seed,
    regression_option,
    subject_argument,
    workload_option,
    yes_option,
)
from bench.metrics.registry import side_metrics
from bench.processes.errors import WrongApp
from bench.records.workload import Workload
from bench.report.ab.sentences import sentences
from bench.stats.looks import LookOutcome
from brokers.directories import temporary_directory
from brokers.errors import BrokerbenchError
from brokers.outside import safe_line
from brokers.protocol import Broker, Profile

__all__ = ["bisect"]

_MOST_LINES = 4  # of the error about a release that cannot be tried


@dataclass(frozen=True, kw_only=True)
class _Trials:
    """How each release is compared with the good one."""

    subject: tuple[Broker, Profile]
    package: str
    good: str
    also: str
    workload: Workload
    own: AppOptions
    metric: str
    limit: float
    budget_s: float
    console: Console
    yes: bool

    def answer(self, release: str) -> Answer:
        """Compare a release with the good one."""
        read_spec(self.also, "--also")  # alone, so that an error counts only its words
        requirements = (f"{self.package}=={version}" for version in (self.good, release))
        a, b = (read_spec(f"{shlex.quote(one)} {self.also}", "--also") for one in requirements)
        sides = make_sides(self.subject, (a, b), self.workload, self.own.interpreter, Path())
        question = Question(
            sides=replace(sides, subjects=self.own.shown_on(sides.subjects)),
            workload=self.workload,
            metrics=[self.metric],
            limit=self.limit,
            budget_s=self.budget_s,
            seed=random_seed(),
        )
        approve = ask_before_spending(self.budget_s, yes=self.yes)
        return ask(
            question,
            lambda comparison, enough: measured(comparison, None, approve, console=self.console, enough=enough),
        )


@click.command()
@subject_argument
@click.option("--package", required=True, metavar="NAME", help="The package whose releases to try.")
@click.option("--good", required=True, metavar="VERSION", help="A good release.")
@click.option("--bad", required=True, metavar="VERSION", help="A later release that is worse.")
@click.option("--also", default="", metavar="SPEC", help="Measure every release with this: 'celery==5.3.4'.")
@click.option(
    "--metric",
    type=click.Choice(tuple(side_metrics())),
    default="throughput",
    show_default=True,
    help="The metric that got worse.",
)
@regression_option("a release")
@budget_option("60s", "At most this long for each release.  [default: 60s]")
@workload_option
@app_options
@yes_option
def bisect(
    *,
    subject: tuple[Broker, Profile],
    package: str,
    good: str,
    bad: str,
    also: str,
    metric: str,
    max_regression: float,
    budget_s: float,
    workload: Workload,
    own: AppOptions,
    yes: bool,
) -> int:
    """Find the first release of a package that makes SUBJECT worse, by comparing releases with the good one.

    Exits with 1 if it is found, 0 if the bad release is not worse, and 3 if that is not certain.
    """
    temporary_directory()  # each release would fail without one
    console, begin_s = Console(), time.monotonic()
    search = _Trials(
        subject=subject,
        package=package,
        good=good,
        also=also,
        workload=own.over(workload),
        own=own,
        metric=metric,
        limit=max_regression,
        budget_s=budget_s,
        console=console,
        yes=yes,
    )
    found = Bisection(releases_between(package, good, bad, own.interpreter or sys.executable))
    line = safe_line(f"{len(found.releases)} releases of {package} from {good} to {bad}")
    console.print(line, highlight=False, markup=False)
    while release := found.next:
        found.add(_try(search, release))
    return _conclude(found, package, time.monotonic() - begin_s, console)


def _try(search: _Trials, release: str) -> LookOutcome:
    """Compare a release with the good one, and print the answer; a release that cannot be tried is inconclusive."""
    package, console = search.package, search.console
    try:
        answer = search.answer(release)
    except WrongApp:  # in every release
        raise
    except BrokerbenchError as error:
        reason = "\n".join(error.format_message().splitlines()[:_MOST_LINES])
        console.print(f"{package} {release} cannot be tried: {reason}", highlight=False, markup=False)
        return "inconclusive"
    if answer.result.status == "interrupted":
        raise KeyboardInterrupt
    for sentence in sentences(answer):
        line = f"{package} {release}, {answer.result.duration_s:.0f} s: {sentence}"
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    return answer.findings[0].outcome


def _conclude(search: Bisection, package: str, seconds: float, console: Console) -> int:
    first, last = search.releases[0], search.releases[-1]
    if search.first_bad is None and search.unsure:
        found = f"Whether {package} {last} is worse than {first} is not certain: see the reasons above"
        code = NOT_MEASURED
    elif search.first_bad is None:
        found, code = f"{package} {last} is not worse than {first}", DONE
    elif search.between:
        found = f"{package} is worse from {search.first_bad} on, or from one of {', '.join(search.between)}"
        code = NOT_MEASURED
    else:
        found = f"{package} {search.first_bad} is the first release that is worse; {search.last_good} is not"
        code = BROKEN
    console.print(f"{found} ({seconds:.0f} s)", style="bold", highlight=False, markup=False)
    return code
