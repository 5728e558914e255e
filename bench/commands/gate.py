"""The command ``brokerbench gate``: checks whether a result regressed since a stored one.

Exit codes: 0 within limits; 1 regressed; 2 wrong usage; 3 not comparable or inconclusive; 130 interrupted.
"""

from pathlib import Path

import click
from rich.console import Console

from bench.commands.announcing import announce_servers, server_option
from bench.commands.app import interpreter_at, python_option
from bench.commands.approval import ask_before_spending
from bench.commands.documents import console_for, json_option, print_document
from bench.commands.measuring import announce_time, exit_code, judged, measured, new_directory
from bench.commands.options import regression_option, yes_option
from bench.commands.parameters import PATH
from bench.commands.verdict import VerdictOptions, verdict_options
from bench.compare.request import Comparison
from bench.gate.again import Guard, same_again
from bench.gate.checks import allowed_kinds
from bench.gate.judging import Gate
from bench.gate.limits import read_limits
from bench.records.result import read_result
from bench.report.documents.gate import GateDocument
from bench.report.gate.files import gate_junit, gate_markdown
from bench.report.gate.sentences import print_gate
from brokers.outside import safe_line

__all__ = ["gate"]


@click.command()
@click.argument("baseline", type=PATH)
@click.argument("current", type=PATH, required=False)
@regression_option("a figure", default=None)  # the file of limits may have one
@click.option("--limits", "limits_file", type=PATH, help="A TOML file with limits by metric and subject.")
@click.option("--allow", "allowed", multiple=True, metavar="NAMES", help="Differences to allow; repeatable.")
@verdict_options
@click.option("--out", "directory", type=PATH, help="The folder for what is measured now.")
@python_option
@server_option()
@json_option
@yes_option
def gate(
    *,
    baseline: Path,
    current: Path | None,
    max_regression: float | None,
    limits_file: Path | None,
    allowed: tuple[str, ...],
    verdict: VerdictOptions,
    directory: Path | None,
    python: str | None,
    servers: tuple[str, ...],
    as_json: bool,
    yes: bool,
) -> int:
    """Check whether a result regressed since BASELINE.

    Both are results of 'compare', or their folders. Without CURRENT, the gate repeats BASELINE's measurement now, and
    measures once more what seems to have regressed.
    """
    verdict.check_files()
    guard = Guard(
        limits=read_limits(limits_file, max_regression),
        allowed=allowed_kinds(allowed),
        baseline=read_result(baseline),
    )
    if current is not None:
        found = guard.judge(read_result(current))
        _show(found, verdict, as_json=as_json)
        return verdict.exit_code(found.outcome)
    comparison = same_again(guard.baseline, interpreter_at(python))
    found = _measured_now(guard, comparison, directory or new_directory(), servers, as_json=as_json, yes=yes)
    _show(found, verdict, as_json=as_json)
    return exit_code(found.current, verdict.exit_code(found.outcome))


def _measured_now(
    guard: Guard, comparison: Comparison, directory: Path, servers: tuple[str, ...], *, as_json: bool, yes: bool
) -> Gate:
    """Repeat the baseline's measurement, and judge it."""
    of_app = comparison.workload.is_users
    announce_servers((one.broker for one in comparison.subjects), servers, of_app=of_app, yes=yes, err=as_json)
    comparison.check()

    def measure(comparison: Comparison, folder: Path) -> None:
        console, approve = console_for(as_json=as_json), ask_before_spending(comparison.budget_s, yes=yes)
        announce_time(comparison, console)
        measured(comparison, folder, approve, console=console)
        click.echo(safe_line(f"measured {'now' if folder == directory else 'again'}: {folder}"), err=as_json)

    return judged(guard, comparison, directory, measure)


def _show(found: Gate, verdict: VerdictOptions, *, as_json: bool) -> None:
    """Print what was found, and write the requested files."""
    passes = verdict.inconclusive_passes
    if as_json:
        print_document(GateDocument.of(found, inconclusive_passes=passes))
    else:
        print_gate(found, Console(), inconclusive_passes=passes)
    markdown = gate_markdown(found, inconclusive_passes=passes)
    verdict.write(markdown, lambda: gate_junit(found, inconclusive_passes=passes))
