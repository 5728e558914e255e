"""The commands ``gate``, ``history`` and ``export``.

Exit codes of ``gate``: 0 within limits; 1 regressed; 2 wrong use; 3 not comparable or inconclusive; 130 interrupted.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from bench.commands.exit_codes import INTERRUPTED
from bench.commands.options import regression_option
from bench.commands.verdict import check_verdict_files, exit_code, inconclusive_passes, verdict_options, write_verdict
from brokers.outside import safe_line

__all__ = ["export", "gate", "history"]

_FORMATS = ("github-action-benchmark", "bencher", "csv")
_path = click.Path(path_type=Path)
_file = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("baseline", type=_path)
@click.argument("current", type=_path, required=False)
@regression_option("a figure", default=None)  # the file with limits may have one
@click.option("--limits", "limits_file", type=_path, help="A TOML file with limits by metric and subject.")
@click.option("--allow", "allowed", multiple=True, metavar="NAMES", help="Differences that may be; may be repeated.")
@verdict_options
@click.option("--out", "directory", type=_path, help="Where to leave what is measured now.")
@click.option("--yes", is_flag=True, help="Spend money on AWS without asking.")
def gate(baseline: Path, current: Path | None, **options: Any) -> int:
    """Return whether a result regressed since BASELINE.

    Both are results of 'compare', or their folders. Without CURRENT, what BASELINE measured is measured now, and what
    seems to have regressed a second time.
    """
    from bench.gate.again import Guard, judge_now, same_again
    from bench.gate.checks import allowed_kinds
    from bench.gate.limits import read_limits
    from bench.records.result import read_result

    check_verdict_files(options)
    guard = Guard(
        limits=read_limits(options["limits_file"], options["max_regression"]),
        allowed=allowed_kinds(options["allowed"]),
        baseline=read_result(baseline),
    )
    if current is not None:
        found = guard.judge(read_result(current))
    else:
        comparison = same_again(guard.baseline)
        comparison.check()
        found = judge_now(guard, comparison, _measuring(options["directory"], yes=options["yes"]))
    _tell(found, options)
    if current is None and found.current.status == "interrupted":
        return INTERRUPTED
    return exit_code(found.outcome, options)


def _measuring(directory: Path | None, *, yes: bool) -> Callable[[Any, bool], Any]:
    """Return what measures a comparison, and leaves its result; that of a second one in a folder of the first."""
    from bench.commands.approval import ask_before_spending
    from bench.compare.run import compare
    from bench.records.result import read_result
    from bench.records.writer import ResultWriter
    from bench.report.files import write_reports
    from bench.report.live import progress

    first = directory or Path("results") / datetime.now().strftime("%Y%m%d-%H%M%S")
    for folder in (first, first / "again"):  # a second run must not find out after the first
        with ResultWriter(folder):
            pass

    def measure(comparison: Any, again: bool) -> Any:
        folder = first / "again" if again else first
        labels = [subject.label for subject in comparison.subjects]
        approve = ask_before_spending(comparison.budget_s, yes=yes)
        with ResultWriter(folder) as writer, progress(Console(), labels) as observer:
            write_reports(compare(comparison, writer, observer, approve), folder)
        click.echo(safe_line(f"measured {'again' if again else 'now'}: {folder}"))
        return read_result(folder)

    return measure


def _tell(found: Any, options: dict[str, Any]) -> None:
    """Print what was found, and write the files that were asked for."""
    from bench.report.gate.files import gate_junit, gate_markdown
    from bench.report.gate.sentences import print_gate

    passes = inconclusive_passes(options)
    print_gate(found, Console(), inconclusive_passes=passes)
    markdown = gate_markdown(found, inconclusive_passes=passes)
    write_verdict(options, markdown, lambda: gate_junit(found, inconclusive_passes=passes))


@click.command()
@click.argument("directory", metavar="DIR", type=_path)
@click.option("--html", "html_file", type=_file, help="A page to write.")
def history(directory: Path, html_file: Path | None) -> None:
    """Show every figure of the results below DIR over time, and where its level changed."""
    from bench.gate.history import read_history
    from bench.records.named_files import check_file, write_text
    from bench.report.gate.history import print_history
    from bench.report.gate.history_page import history_html

    if html_file:
        check_file(html_file)
    found = read_history(directory)
    print_history(found, Console())
    if html_file:
        write_text(html_file, history_html(found))


@click.command()
@click.argument("result", type=_path)
@click.option("--format", "form", type=click.Choice(_FORMATS), required=True, help="For which tool.")
@click.option(
    "--better",
    "way",
    type=click.Choice(["smaller", "bigger"]),
    default="smaller",
    show_default=True,
    help="For github-action-benchmark: times and costs, or rates.",
)
@click.option("--out", "path", type=_file, help="A file to write.  [default: standard output]")
def export(result: Path, form: str, way: Any, path: Path | None) -> None:
    """Return RESULT's figures to another tool."""
    from bench.records.named_files import check_file, write_text
    from bench.records.result import read_result
    from bench.report.export import bencher_json, csv_rows, github_action_json

    if path:
        check_file(path)
    found = read_result(result, blocks=False)
    text = {
        "github-action-benchmark": lambda: github_action_json(found, way),
        "bencher": lambda: bencher_json(found),
        "csv": lambda: csv_rows(found),
    }[form]()
    if form == "github-action-benchmark":
        other = "bigger" if way == "smaller" else "smaller"
        click.echo(f"This is for custom{way.capitalize()}IsBetter; --better {other} gives the other figures.", err=True)
    if path:
        write_text(path, text)
    else:
        click.echo(text, nl=False)
