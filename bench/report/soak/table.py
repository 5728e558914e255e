"""The tables of a soak: what was held at the beginning and at the end, and what happened to the tasks."""

from bench.guarantees.soak.quantities import quantity_named
from bench.records.soak import Drift, Soak, SoakRun
from bench.report.soak.sentences import change_figure, level
from bench.text.cleaning import clean
from bench.text.numbers import number
from bench.text.table import Table

__all__ = ["HEAD", "row_of_drift", "table_of_drifts", "table_of_tasks"]

HEAD = ["quantity", "first", "last", "change", ""]
_WORDS = {"drifts": "drifts", "steady": "", "unclear": "?"}


def row_of_drift(drift: Drift) -> list[str]:
    """Return a quantity's name, its first and last value, its change for 1,000 tasks, and whether it drifts."""
    quantity = quantity_named(drift.quantity)
    ends = (level(drift.first, quantity), level(drift.last, quantity))
    each = " a reconnect" if drift.per == "reconnect" else ""
    change = "" if drift.slope is None else f"{change_figure(drift)}{each}"
    return [quantity.short, *ends, change, _WORDS[drift.verdict]]


def table_of_drifts(soak: Soak) -> Table:
    """Return a row for each quantity of each subject."""
    rows = [[clean(run.subject), *row_of_drift(drift)] for run in soak.runs for drift in run.drifts]
    return Table(["subject", *HEAD], rows, names=2)


def table_of_tasks(soak: Soak) -> Table:
    """Return a row for each subject: its outcome and its ledger."""
    head = ["subject", "outcome", "accepted", "finished", "lost", "ran again", "tasks/s", "capacity/s", "reconnects"]
    return Table(head, [_row_of_tasks(run) for run in soak.runs])


def _row_of_tasks(run: SoakRun) -> list[str]:
    rates = ["" if rate is None else number(rate) for rate in (run.rate_per_s, run.capacity_per_s)]
    counts = [f"{count:,}" for count in (run.accepted, run.finished, run.lost, run.duplicated)]
    return [clean(run.subject), run.outcome, *counts, *rates, f"{run.reconnects:,}"]
