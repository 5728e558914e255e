"""Prints a self-check in the terminal."""

from rich import box
from rich.console import Console
from rich.table import Table

from bench.records.selfcheck import SelfCheck, SelfCheckRow
from bench.report.facts import selfcheck_open, selfcheck_row
from bench.report.wording import joined
from bench.text.cleaning import clean, terminal_text
from bench.text.numbers import percent, plural, time_left

__all__ = ["print_selfcheck"]

_HEADS = ("metric", "time", "runs", "bias (95 % interval)", "spread", "false alarms", "sees")
_LEGEND = (
    "A subject was compared with itself. Bias: the typical ratio minus 1. Spread: the standard deviation of the ratio "
    "between runs. False alarms: runs with the verdict faster or slower. Sees: the smallest difference that 80 of 100 "
    "runs of this length would detect."
)


def print_selfcheck(check: SelfCheck, console: Console) -> None:
    """Print what this machine can tell apart, a row for each metric and budget, and how to read it."""
    for sentence in answer(check):
        console.print(terminal_text(sentence, console, "bold"))
    table = Table(box=box.HORIZONTALS, padding=(0, 1, 0, 0))
    for head in _HEADS:
        table.add_column(head, justify="left" if head == "metric" else "right")
    for row in check.rows:
        table.add_row(row.metric, *selfcheck_row(row))
    console.print(table)
    for row in check.rows:
        if open_runs := selfcheck_open(row):
            text = f"{row.metric}, {time_left(row.budget_s)}: inconclusive in {open_runs}"
            console.print(terminal_text(text, console))
    if warning := check.workload.dry_warning:
        console.print(terminal_text(f"! {warning}", console))
    console.print(terminal_text(_LEGEND, console, "dim"))


def answer(check: SelfCheck) -> list[str]:
    """Return a sentence for each length of a run: which differences it can detect, and how often it was wrong."""
    lengths: dict[float, list[SelfCheckRow]] = {}
    for row in check.rows:
        lengths.setdefault(row.budget_s, []).append(row)
    about = f"{clean(check.subject.label)} against itself, {clean(check.workload.name)}"
    return [f"{about}: {_sentence(budget_s, rows)}" for budget_s, rows in lengths.items()]


def _sentence(budget_s: float, rows: list[SelfCheckRow]) -> str:
    seen = joined([f"{percent(row.detectable)} in {row.metric}" for row in rows if row.detectable is not None])
    alarms, runs = sum(row.false_alarms for row in rows), sum(row.runs for row in rows)
    what = f"a run of {time_left(budget_s)} can detect a difference of {seen or 'nothing that is known'}"
    return f"{what}; {alarms} of {plural(runs, 'comparison')} raised a false alarm."
