"""The command ``brokerbench guarantees``: what is lost, repeated and delayed when something breaks."""

from pathlib import Path

import click
from rich.console import Console

from bench.commands.app import AppOptions, app_options
from bench.commands.breaking import Request, explain, list_faults, play
from bench.commands.parameters import PATH, SUBJECT
from bench.records.workload import Workload
from brokers.protocol import Broker, Profile

__all__ = ["guarantees"]


@click.command()
@click.argument("subjects", nargs=-1, metavar="[SUBJECT]...", type=SUBJECT)
@click.option("--only", "names", metavar="FAULT", multiple=True, help="Only this one; may be repeated.")
@click.option("--quick", is_flag=True, help="The faults that matter most, once each: at most 3 minutes.")
@click.option("--repeats", type=click.IntRange(1, 100), help="Of each cell.  [default: 3; with --quick: 1]")
@click.option("--out", type=PATH, help="Where to leave the matrix and the reports.")
@click.option("--resume", "left", type=PATH, help="A folder: play what is missing in its matrix.")
@click.option("--list", "listed", is_flag=True, help="Name the faults, and play none.")
@click.option("--explain", "explained", metavar="FAULT", help="Say what happened to each task, in time order.")
@click.option("--expect", "expected", type=PATH, help="Expectations to compare against, a TOML file.")
@click.option("--write-expectations", "written", type=PATH, help="Write such a file of what was found.")
@app_options
def guarantees(
    *,
    subjects: tuple[tuple[Broker, Profile], ...],
    names: tuple[str, ...],
    quick: bool,
    repeats: int | None,
    out: Path | None,
    left: Path | None,
    listed: bool,
    explained: str | None,
    expected: Path | None,
    written: Path | None,
    own: AppOptions,
) -> int:
    """Break brokers and workers on purpose, and say what is lost, repeated and delayed.

    SUBJECT is broker[:profile]; without any: redis, rabbitmq and sqs, each also durable. Only private servers are
    broken, and the way to them; what only kills our own workers is played on yours, too.
    """
    if listed:
        return list_faults(Console())
    request = Request(
        subjects=subjects,
        names=names,
        quick=quick,
        repeats=repeats,
        out=out,
        left=left,
        expected=expected,
        written=written,
        workload=own.over(Workload(name="guarantees"), often="hundreds of times"),
        interpreter=own.python,
    )
    if explained is None:
        return play(request, Console())
    return explain(request, explained, Console())
