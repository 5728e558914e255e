"""The command ``brokerbench tune``: finds the settings that make a subject best for a task, and confirms them."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, get_args

import click
from rich.console import Console

from bench.commands.announcing import announce_servers
from bench.commands.app import OFTEN, AppOptions, app_options
from bench.commands.approval import ask_before_spending
from bench.commands.documents import console_for, json_option, print_document
from bench.commands.exit_codes import BROKEN, DONE, INTERRUPTED, NOT_MEASURED
from bench.commands.measuring import check_directory, measured
from bench.commands.network_options import NetworkOptions, network_options
from bench.commands.options import margin_option, seed_option, subject_at_argument, workload_option, yes_option
from bench.commands.parameters import BUDGET_S, PATH
from bench.commands.worker_options import WorkerOptions, worker_options
from bench.compare.request import Comparison
from bench.compare.run import Absent, Enough
from bench.processes.subject import Chosen, Subject, label_subjects
from bench.records.result import Result
from bench.records.tune import GoalName, StageName, TuneRecord
from bench.records.workload import Workload
from bench.report.guarantees.live import watching
from bench.report.screens import working
from bench.report.tune.files import write_tuning
from bench.report.tune.listing import print_tunables
from bench.report.tune.progress import plan_lines, stage_line
from bench.report.tune.sentences import bad
from bench.report.tune.terminal import print_tuning
from bench.text.cleaning import clean, terminal_text
from bench.tune.goal import Goal, read_goal
from bench.tune.plan import BUDGET_S as DEFAULT_S
from bench.tune.plan import LEAST_BUDGET_S, QUICK_BUDGET_S
from bench.tune.present import Present
from bench.tune.promises import Played, play_promises
from bench.tune.tuning import PROMISES_S, Tuning, prepare, price_of
from bench.tune.tuning import tune as tune_subject
from brokers.directories import temporary_directory
from brokers.errors import UsageError
from brokers.protocol import Tier
from brokers.workspace import open_workspace

__all__ = ["tune"]


@click.command()
@subject_at_argument
@click.option(
    "--for",
    "wanted",
    metavar="FIGURE",
    help="What to improve: enqueue, throughput, latency, cpu or dollars; latency@200 at this rate; several with "
    "weights (throughput=2,enqueue=1).  [default: throughput]",
)
@click.option(
    "--limit", "limits", multiple=True, metavar="LIMIT", help="What to keep: 'p99 enqueue under 5ms'; repeatable."
)
@click.option(
    "--keep",
    type=click.Choice(get_args(Tier)),
    default="durable",
    show_default=True,
    help="Try only what keeps the present promises (durable), or also what gives some up (fast).",
)
@click.option("--only", metavar="NAME", multiple=True, help="Try only this setting; repeatable.")
@click.option("--fix", "fixes", metavar="NAME=VALUE", multiple=True, help="Hold this setting; repeatable.")
@click.option("--list", "listed", is_flag=True, help="List what can be tuned, what it may cost, and what is left out.")
@click.option(
    "--budget",
    "budget_s",
    type=BUDGET_S,
    metavar="TIME",
    help="Search at most this long: 3m.  [default: 5 minutes; guarantees take up to 90 s more]",
)
@click.option("--quick", is_flag=True, help="Search for 2 minutes 30 s.")
@margin_option
@click.option("--out", "directory", type=PATH, help="Also write the record, the reports and each run to this folder.")
@click.option("--apply-to", "applied", metavar="FILE", help="Refused: no file of yours is edited.")
@workload_option
@worker_options
@network_options
@app_options
@seed_option
@json_option
@yes_option
def tune(
    *,
    subject: Chosen,
    wanted: str | None,
    limits: tuple[str, ...],
    keep: Tier,
    only: tuple[str, ...],
    fixes: tuple[str, ...],
    listed: bool,
    budget_s: float | None,
    quick: bool,
    margin: float,
    directory: Path | None,
    applied: str | None,
    workload: Workload,
    worker: WorkerOptions,
    network: NetworkOptions,
    own: AppOptions,
    seed: int,
    as_json: bool,
    yes: bool,
) -> int:
    """Find the settings that make SUBJECT best for a task, and confirm them in fresh processes.

    It tries each setting alone, then those that act together, takes out what does nothing, and measures the smallest
    difference again with another seed: only that figure counts. Guarantees that the new settings touch are played
    before and after. It prints lines to copy, and edits no file.

    Exits with 0 if better settings are confirmed, or if certainly nothing helps; with 1 if the better ones break a
    promise or a limit; with 3 if that is not certain or could not be measured.
    """
    if applied is not None:
        raise UsageError("we do not edit people's files: leave out --apply-to, and copy the lines that are printed")
    workload = network.over(worker.over(own.over(workload, often="" if listed else OFTEN)))
    (chosen,) = map(own.on, label_subjects([subject], workload))
    request = Tuning(
        subject=chosen,
        workload=workload,
        goal=_goal(wanted, limits, chosen, listed=listed),
        budget_s=_budget_s(budget_s, quick=quick),
        seed=seed,
        keep=keep,
        only=only,
        fixes=fixes,
        margin=margin,
    )
    request.check()
    temporary_directory()  # fail before anything is looked at
    if listed:
        if own.servers:
            raise UsageError(f"--list looks at no server: use {subject.broker.url_variable} instead of --server")
        return _list(request, as_json=as_json)
    if directory:
        check_directory(directory)
    announce_servers([subject.broker], own.servers, of_app=bool(own.app), yes=yes, err=as_json)
    console = console_for(as_json=as_json)
    found = _found(request, directory, console, yes=yes)
    written: list[Path] = []
    try:
        written += write_tuning(found, directory) if directory else []
    finally:  # the answer is printed even if it cannot be written
        _show(found, console, written, as_json=as_json)
    return _exit_code(found)


def _show(found: TuneRecord, console: Console, written: list[Path], *, as_json: bool) -> None:
    if as_json:
        print_document(found)
    else:
        print_tuning(found, console, written)


def _goal(wanted: str | None, limits: tuple[str, ...], subject: Subject, *, listed: bool) -> Goal:
    """Read the goal; a list without one is about all."""
    price = price_of(subject)
    every = [name for name in get_args(GoalName) if name != "dollars" or price is not None]
    return read_goal(wanted or (",".join(every) if listed else "throughput"), limits, price)


def _budget_s(budget_s: float | None, *, quick: bool) -> float:
    if quick and budget_s is not None:
        raise UsageError("--quick is a budget, too: leave out --quick or --budget")
    chosen = QUICK_BUDGET_S if quick else budget_s or DEFAULT_S
    if chosen < LEAST_BUDGET_S:
        raise UsageError(f"{chosen:g} s is too short to confirm anything: use --budget {LEAST_BUDGET_S:g}s or more")
    return chosen


def _list(request: Tuning, *, as_json: bool) -> int:
    if as_json:
        raise UsageError("--list has no JSON: remove --json, or tune and read 'left_out' in what --json prints")
    with open_workspace() as workspace:
        print_tunables(prepare(request, workspace), Console())
    return DONE


def _found(request: Tuning, directory: Path | None, console: Console, *, yes: bool) -> TuneRecord:
    """Print what is tried and until when, search with progress, and return the record."""
    with ExitStack() as ends:
        workspace = ends.enter_context(open_workspace())
        with working(console) as tell:
            tell(f"looking at {request.subject.label}")
            prepared = prepare(request, workspace)
            prepared.check()
        for line in plan_lines(prepared, PROMISES_S):
            console.print(terminal_text(line, console), soft_wrap=True)
        run = _Run(directory, console, request.budget_s, yes=yes)
        return tune_subject(prepared, run.measure, run.play, tell=run.tell, began=run.began)


class _Run:
    """Measures and plays for a tuning, and shows how it goes on."""

    def __init__(self, directory: Path | None, console: Console, budget_s: float, *, yes: bool) -> None:
        self._directory, self._console = directory, console
        self._approve = ask_before_spending(budget_s, yes=yes)
        self._stages: list[StageName] = []

    def tell(self, text: str) -> None:
        self._console.print(terminal_text(clean(text), self._console), soft_wrap=True)

    def began(self, stage: StageName, comparison: Comparison) -> None:
        self._stages.append(stage)
        self.tell(stage_line(stage, len(comparison.subjects) - 1, comparison.budget_s))

    def measure(self, comparison: Comparison, enough: Enough, absent: Absent) -> Result:
        folder = self._directory / f"{len(self._stages)}-{self._stages[-1]}" if self._directory else None
        return measured(
            comparison,
            folder,
            self._approve,
            console=self._console,
            enough=enough,
            absent=absent,
            reports=False,
        )

    def play(self, present: Present, after: Subject, settings: Mapping[str, Any]) -> Played:
        self.tell("playing the guarantees that these settings touch, with the present ones and with these")
        with watching(self._console) as watcher:
            return play_promises(present, after, settings, PROMISES_S, watcher)


def _exit_code(found: TuneRecord) -> int:
    if found.status == "interrupted":
        return INTERRUPTED
    if bad(found) and found.keep == "durable":
        return BROKEN
    return DONE if found.outcome in ("helps", "nothing helps") else NOT_MEASURED
