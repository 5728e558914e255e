"""A self-check in the terminal."""

from rich import box
from rich.console import Console
from rich.table import Table

from bench.records.result import Estimate
from bench.records.selfcheck import SelfCheck
from bench.report.cleaning import clean, terminal_text
from bench.report.figures import MISSING, percent, time_left

__all__ = ["print_selfcheck"]

_HEADS = ("metric", "time", "runs", "bias (95 % interval)", "spread", "false alarms", "sees")
_LEGEND = (
    "Equal subjects were compared. Bias: the typical ratio less 1. Spread: the standard deviation of the ratio between "
    "runs. False alarms: runs that were called faster or slower. Sees: the smallest difference that a run of this time "
    "can see, in 80 of 100 runs."
)


def print_selfcheck(check: SelfCheck, console: Console) -> None:
    """Print a row for each metric and budget, and how to read it."""
    table = Table(box=box.HORIZONTALS, padding=(0, 1, 0, 0))
    for head in _HEADS:
        table.add_column(head, justify="left" if head == "metric" else "right")
    for row in check.rows:
        alarms = f"{row.false_alarms} of {row.runs}"
        figures = (percent(row.spread), alarms, percent(row.detectable))
        table.add_row(row.metric, time_left(row.budget_s), str(row.runs), _signed(row.bias), *figures)
    console.print(terminal_text(f"{clean(check.subject.label)} against itself, {clean(check.workload.name)}", console))
    console.print(table)
    console.print(terminal_text(_LEGEND, console, "dim"))


def _signed(bias: Estimate) -> str:
    """Print shares with their sign: ``+0.12 % (-0.30 to +0.54)``."""
    value = f"{100 * bias.value:+.2f} %"
    if bias.low is None or bias.high is None:
        return f"{value} ({MISSING})"
    return f"{value} ({100 * bias.low:+.2f} to {100 * bias.high:+.2f})"
