"""The command ``brokerbench releases``: measures the releases of a package in one run."""

import sys
from pathlib import Path

import click
from rich.console import Console

from bench.ab.virtualenvs import look_at
from bench.commands.announcing import announce_servers
from bench.commands.app import AppOptions, app_options
from bench.commands.approval import ask_before_spending
from bench.commands.documents import console_for, json_option, print_document
from bench.commands.exit_codes import DONE, INTERRUPTED, NOT_MEASURED
from bench.commands.measuring import check_directory, measured
from bench.commands.network_options import NetworkOptions, network_options
from bench.commands.options import seed_option, subject_at_argument, workload_option, yes_option
from bench.commands.parameters import BUDGET_S, MARGIN, PATH
from bench.commands.worker_options import WorkerOptions, worker_options
from bench.processes.subject import Chosen
from bench.records.releases import Releases
from bench.records.workload import Workload
from bench.releases.choosing import chosen_releases
from bench.releases.question import ReleasesQuestion, ask_releases, make_releases, release_metrics
from bench.report.releases.files import write_releases
from bench.report.releases.terminal import print_releases
from bench.report.screens import working
from bench.stats.levels import FEWEST_FOR_A_STEP
from bench.text.cleaning import terminal_text
from brokers.directories import temporary_directory

__all__ = ["releases"]


@click.command()
@subject_at_argument
@click.option("--package", required=True, metavar="NAME", help="The package whose releases to measure.")
@click.option("--from", "first", metavar="VERSION", help="The oldest release.  [default: the tenth newest]")
@click.option("--to", "last", metavar="VERSION", help="The newest release, or its series: 5.7.  [default: the newest]")
@click.option("--pre", is_flag=True, help="Measure pre-releases, too.")
@click.option("--also", default="", metavar="SPEC", help="Measure every release with this: 'celery==5.3.4'.")
@click.option(
    "--metric",
    type=click.Choice(release_metrics()),
    default="throughput",
    show_default=True,
    help="The metric to compare.",
)
@click.option(
    "--margin",
    type=MARGIN,
    default="5%",
    show_default=True,
    metavar="PERCENT",
    help="Changes of level up to this do not count.",
)
@click.option(
    "--budget", "budget_s", type=BUDGET_S, metavar="TIME", help="At most this long: 10m.  [default: what they need]"
)
@click.option("--out", "directory", type=PATH, help="Also write the result and the reports to this folder.")
@workload_option
@worker_options
@network_options
@app_options
@seed_option
@json_option
@yes_option
def releases(
    *,
    subject: Chosen,
    package: str,
    first: str | None,
    last: str | None,
    pre: bool,
    also: str,
    metric: str,
    margin: float,
    budget_s: float | None,
    directory: Path | None,
    as_json: bool,
    workload: Workload,
    worker: WorkerOptions,
    network: NetworkOptions,
    own: AppOptions,
    seed: int,
    yes: bool,
) -> int:
    """Measure every release of a package on SUBJECT, interleaved in one run, and find where the level changed.

    Each release is compared with the one before it and with the newest. What a release does not need otherwise is the
    same for all.

    Exits with 0, or with 3 if a release could not be measured or if the time was too short for certainty.
    """
    console = console_for(as_json=as_json)
    temporary_directory()  # fail before an environment is made, which takes a while
    if directory:
        check_directory(directory)
    announce_servers([subject.broker], own.servers, of_app=bool(own.app), yes=yes, err=as_json)
    interpreter = look_at(own.interpreter or sys.executable)
    with working(console) as tell:
        tell(f"looking for releases of {package}")
        chosen = chosen_releases(package, first, last, interpreter, pre=pre)
    question = ReleasesQuestion(
        chosen=subject,
        package=package,
        releases=chosen,
        interpreter=interpreter,
        also=also,
        workload=network.over(worker.over(own.over(workload))),
        metric=metric,
        margin=margin,
        seed=seed,
        pre=pre,
        budget_s=budget_s,
    )
    question.check()
    found = _ask(question, directory, console, yes=yes, traceback=own.traceback)
    _show(found, directory, console, as_json=as_json)
    return _exit_code(found)


def _ask(
    question: ReleasesQuestion, directory: Path | None, console: Console, *, yes: bool, traceback: bool
) -> Releases:
    """Print how long it takes, make the environments, and measure the releases in them."""
    first, last = question.releases[0].version, question.releases[-1].version
    many = f"{len(question.releases)} releases of {question.package} from {first} to {last}"
    line = f"{many}; measuring takes {question.time_s / 60:.3g} min, after an environment was made for each"
    console.print(terminal_text(line, console), soft_wrap=True)
    approve = ask_before_spending(question.time_s, yes=yes)
    with working(console) as tell:
        made = make_releases(question, tell, traceback=traceback)
    return ask_releases(
        question,
        made,
        lambda comparison, enough: measured(
            comparison, directory, approve, console=console, enough=enough, reports=False
        ),
    )


def _show(found: Releases, directory: Path | None, console: Console, *, as_json: bool) -> None:
    """Write the files, and print the table or JSON."""
    written = write_releases(found, directory) if directory else []
    if as_json:
        print_document(found)
    else:
        print_releases(found, console, written)


def _exit_code(found: Releases) -> int:
    if found.status == "interrupted":
        return INTERRUPTED
    unsure = found.generations < FEWEST_FOR_A_STEP or any(row.failure for row in found.rows)
    return NOT_MEASURED if unsure else DONE
