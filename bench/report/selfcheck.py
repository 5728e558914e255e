"""Prints a self-check in the terminal."""

from rich import box
from rich.console import Console
from rich.table import Table

from bench.records.selfcheck import SelfCheck
from bench.report.facts import selfcheck_open, selfcheck_row
from bench.text.cleaning import clean, terminal_text
from bench.text.numbers import time_left

__all__ = ["print_selfcheck"]

_HEADS = ("metric", "time", "runs", "bias (95 % interval)", "spread", "false alarms", "sees")
_LEGEND = (
    "A subject was compared with itself. Bias: the typical ratio minus 1. Spread: the standard deviation of the ratio "
    "between runs. False alarms: runs with the verdict faster or slower. Sees: the smallest difference that 80 of 100 "
    "runs of this length would detect."
)


def print_selfcheck(check: SelfCheck, console: Console) -> None:
    """Print a row for each metric and budget, and how to read it."""
    table = Table(box=box.HORIZONTALS, padding=(0, 1, 0, 0))
    for head in _HEADS:
        table.add_column(head, justify="left" if head == "metric" else "right")
    for row in check.rows:
        table.add_row(row.metric, *selfcheck_row(row))
    console.print(terminal_text(f"{clean(check.subject.label)} against itself, {clean(check.workload.name)}", console))
    console.print(table)
    for row in check.rows:
        if open_runs := selfcheck_open(row):
            text = f"{row.metric}, {time_left(row.budget_s)}: inconclusive in {open_runs}"
            console.print(terminal_text(text, console))
    if warning := check.workload.dry_warning:
        console.print(terminal_text(f"! {warning}", console))
    console.print(terminal_text(_LEGEND, console, "dim"))
