"""The command ``brokerbench guarantees``: counts what is lost, repeated and delayed when something breaks."""

from pathlib import Path

import click
from rich.console import Console

from bench.commands.app import AppOptions, app_options
from bench.commands.breaking import Request, explain, list_faults, run
from bench.commands.documents import console_for, json_option
from bench.commands.network_options import NetworkOptions, network_options
from bench.commands.options import yes_option
from bench.commands.parameters import PATH, SOAK_LENGTH, SUBJECT_AT
from bench.commands.soaking import refuse_with_soak, run_soak
from bench.guarantees.soak.length import SoakLength
from bench.processes.subject import Chosen
from bench.records.workload import Workload
from brokers.errors import UsageError

__all__ = ["guarantees"]


@click.command()
@click.argument("subjects", nargs=-1, metavar="[SUBJECT]...", type=SUBJECT_AT)
@click.option("--only", "names", metavar="FAULT", multiple=True, help="Only this fault; repeatable.")
@click.option("--quick", is_flag=True, help="Run the most important faults once each: at most 3 minutes.")
@click.option("--repeats", type=click.IntRange(1, 100), help="Attempts at each cell.  [default: 3; with --quick: 1]")
@click.option("--out", type=PATH, help="The folder for the matrix and the reports.")
@click.option("--resume", "resumed", type=PATH, help="A folder whose matrix to complete.")
@click.option("--list", "listed", is_flag=True, help="List the faults, and run none.")
@click.option("--explain", "explained", metavar="FAULT", help="Print what happened to each task, in time order.")
@click.option("--expect", "expected", type=PATH, help="A TOML file of expectations to compare against.")
@click.option("--write-expectations", "written", type=PATH, help="A TOML file of expectations to write.")
@click.option(
    "--soak",
    "length",
    type=SOAK_LENGTH,
    metavar="LENGTH",
    help="Break nothing, and watch for leaks: send tasks for this long (10m, 50000tasks).",
)
@network_options
@app_options
@json_option
@yes_option
def guarantees(
    *,
    subjects: tuple[Chosen, ...],
    names: tuple[str, ...],
    quick: bool,
    repeats: int | None,
    out: Path | None,
    resumed: Path | None,
    listed: bool,
    explained: str | None,
    expected: Path | None,
    written: Path | None,
    length: SoakLength | None,
    network: NetworkOptions,
    own: AppOptions,
    as_json: bool,
    yes: bool,
) -> int:
    """Break brokers and workers on purpose, and show which tasks are lost, repeated or delayed.

    SUBJECT is broker[:profile][@rtt]; the default is the brokers of 'compare', each also durable. Only private servers
    and the connections to them are broken; faults that only kill Brokerbench's own workers also run on your servers.
    """
    if listed and as_json:
        raise UsageError("--list has no JSON: remove --json, or run faults and read 'faults' in what --json prints")
    if listed and length is None:
        return list_faults(Console())
    request = Request(
        subjects=subjects,
        names=names,
        quick=quick,
        repeats=repeats,
        out=out,
        resumed=resumed,
        expected=expected,
        written=written,
        workload=own.over(
            network.over(Workload(name="guarantees")), often="thousands of times" if length else "hundreds of times"
        ),
        on=own.on,
        servers=own.servers,
        yes=yes,
    )
    if length:
        refuse_with_soak(request, listed=listed, explained=explained)
        return run_soak(request, length, as_json=as_json)
    if explained is None:
        return run(request, console_for(as_json=as_json), as_json=as_json)
    return explain(request, explained, console_for(as_json=as_json), as_json=as_json)
