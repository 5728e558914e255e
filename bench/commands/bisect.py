"""The command ``brokerbench bisect``: finds where a package gets worse than a good release of it."""

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
from bench.commands.announcing import announce_servers
from bench.commands.app import AppOptions, app_options
from bench.commands.approval import ask_before_spending
from bench.commands.documents import console_for, json_option, print_document
from bench.commands.exit_codes import BROKEN, DONE, NOT_MEASURED
from bench.commands.measuring import measured
from bench.commands.network_options import NetworkOptions, network_options
from bench.commands.options import (
    budget_option,
    random_seed,
    regression_option,
    subject_at_argument,
    workload_option,
    yes_option,
)
from bench.metrics.registry import side_metrics
from bench.metrics.sides import A
from bench.processes.errors import NotImported, WrongApp
from bench.processes.subject import Chosen, label_subjects
from bench.records.workload import Workload
from bench.report.ab.bisection import found_by
from bench.report.ab.sentences import sentences
from bench.report.documents.bisection import BisectionDocument
from bench.report.screens import working
from bench.stats.intervals import PairedRatio
from bench.stats.looks import LookOutcome
from bench.text.cleaning import terminal_text
from brokers.directories import temporary_directory
from brokers.errors import BrokerbenchError
from brokers.outside import safe_line
from brokers.workspace import open_workspace

__all__ = ["bisect"]

_MOST_LINES = 4  # of the error about a release that cannot be tried


@dataclass(frozen=True, kw_only=True)
class _Trials:
    """How each release is compared with the good one."""

    subject: Chosen
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

    @property
    def subject_name(self) -> str:
        """Return the subject as a user writes it."""
        return label_subjects([self.subject], self.workload)[0].label

    def answer(self, release: str) -> Answer:
        """Compare a release with the good one."""
        with open_workspace() as workspace:
            return self._answer(release, workspace.directory)

    def _answer(self, release: str, directory: Path) -> Answer:
        read_spec(self.also, "--also")  # alone, so that an error counts only its words
        requirements = (f"{self.package}=={version}" for version in (self.good, release))
        a, b = (read_spec(f"{shlex.quote(one)} {self.also}", "--also") for one in requirements)
        own = self.own
        with working(self.console) as tell:
            sides = make_sides(
                self.subject, (a, b), self.workload, own.interpreter, directory, tell, traceback=own.traceback
            )
        question = Question(
            sides=replace(sides, subjects=[replace(one, watched=self.package) for one in sides.subjects]),
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
@subject_at_argument
@click.option("--package", required=True, metavar="NAME", help="The package whose releases to try.")
@click.option("--good", required=True, metavar="VERSION", help="A good release.")
@click.option("--bad", required=True, metavar="VERSION", help="A later release, of a run of worse ones.")
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
@network_options
@app_options
@json_option
@yes_option
def bisect(
    *,
    subject: Chosen,
    package: str,
    good: str,
    bad: str,
    also: str,
    metric: str,
    max_regression: float,
    budget_s: float,
    workload: Workload,
    network: NetworkOptions,
    own: AppOptions,
    as_json: bool,
    yes: bool,
) -> int:
    """Find the first of a run of releases that make SUBJECT worse, by comparing releases with the good one.

    The search assumes a single change. Up to four more releases are tried where that is most likely to be wrong; what
    was not tried is listed.

    Exits with 1 if it is found, 0 if the bad release is not worse, and 3 if that is not certain.
    """
    temporary_directory()  # each release would fail without one
    announce_servers([subject.broker], own.servers, of_app=bool(own.app), yes=yes, err=as_json)
    console, begin_s = console_for(as_json=as_json), time.monotonic()
    search = _Trials(
        subject=subject,
        package=package,
        good=good,
        also=also,
        workload=own.over(network.over(workload)),
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
    if warning := search.workload.dry_warning:
        console.print(f"! {warning}", highlight=False, markup=False)
    while release := found.next:
        found.add(*_try(search, release))
    seconds = time.monotonic() - begin_s
    if as_json:
        print_document(_document(found, search, seconds))
    else:
        _conclude(found, search, seconds)
    return _exit_code(found)


def _try(search: _Trials, release: str) -> tuple[LookOutcome, PairedRatio | None]:
    """Compare a release with the good one, and print the answer; a release that cannot be tried is inconclusive."""
    package, console = search.package, search.console
    try:
        answer = search.answer(release)
    except NotImported:
        raise
    except BrokerbenchError as error:
        if isinstance(error, WrongApp) and A in error.labels:  # then no release can be compared with the good one
            raise
        reason = "\n".join(error.format_message().splitlines()[:_MOST_LINES])
        console.print(f"{package} {release} cannot be tried: {reason}", highlight=False, markup=False)
        return "inconclusive", None
    if answer.result.status == "interrupted":
        raise KeyboardInterrupt
    for sentence in sentences(answer):
        line = f"{package} {release}, {answer.result.duration_s:.0f} s: {sentence}"
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    return answer.findings[0].outcome, answer.findings[0].ratio


def _document(search: Bisection, trials: _Trials, seconds: float) -> BisectionDocument:
    return BisectionDocument.of(
        search,
        package=trials.package,
        subject=trials.subject_name,
        metric=trials.metric,
        limit=trials.limit,
        duration_s=seconds,
    )


def _conclude(search: Bisection, trials: _Trials, seconds: float) -> None:
    console = trials.console
    answer, *rest = found_by(search, trials.package)
    console.print(terminal_text(f"{answer} ({seconds:.0f} s)", console, "bold"), soft_wrap=True)
    for sentence in rest:
        console.print(terminal_text(sentence, console), soft_wrap=True)
    if search.is_worse:
        ends = f"--from {search.releases[0]} --to {search.releases[-1]}"
        every = f"To see every release: brokerbench releases {trials.subject_name} --package {trials.package} {ends}"
        console.print(terminal_text(every, console), soft_wrap=True)


def _exit_code(search: Bisection) -> int:
    """Return 1 only if it is known with which release it got worse first."""
    if search.unsure:
        return NOT_MEASURED
    if not search.is_worse:
        return DONE
    return NOT_MEASURED if search.turns[0].between else BROKEN
