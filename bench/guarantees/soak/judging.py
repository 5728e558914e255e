"""Judges the readings of a soak: which quantities drift, and how the run ended."""

from collections.abc import Sequence
from statistics import median
from typing import Literal

from bench.guarantees.soak.quantities import QUANTITIES, Quantity
from bench.records.soak import Drift, Reading, SoakOutcome, SoakRun
from bench.stats.drift import growth_with
from brokers.protocol import Tier

__all__ = ["drifts_in", "fell_behind", "outcome_of"]


_FEW_WAITING, _LAST_SHARE = 20, 0.1


def drifts_in(readings: Sequence[Reading]) -> list[Drift]:
    """Return how each quantity changed that was read at all.

    If more and more tasks waited, what the server holds is unclear: they are in it.
    """
    behind = fell_behind(readings)
    found = [(quantity, drift) for quantity in QUANTITIES if (drift := _drift(quantity, readings))]
    return [
        drift.model_copy(update={"verdict": "unclear"}) if behind and quantity.of_server else drift
        for quantity, drift in found
    ]


def fell_behind(readings: Sequence[Reading]) -> bool:
    """Return whether over twice as many tasks waited at the end as in the first half, and 20 more."""
    waiting = [one.waiting_tasks or 0 for one in readings]
    if not waiting:
        return False
    last = waiting[-max(1, round(_LAST_SHARE * len(waiting))) :]
    return median(last) > 2 * median(waiting[: len(waiting) // 2 + 1]) + _FEW_WAITING


def _drift(quantity: Quantity, readings: Sequence[Reading]) -> Drift | None:
    known = [one for one in readings if one.value(quantity.name) is not None]
    if not known:
        return None
    by_task = _against(quantity, known, "task")
    if quantity.by_reconnect and by_task.verdict != "drifts":
        by_reconnect = _against(quantity, known, "reconnect")
        return by_reconnect if by_reconnect.verdict == "drifts" else by_task
    return by_task


def _against(quantity: Quantity, known: Sequence[Reading], per: Literal["task", "reconnect"]) -> Drift:
    """Return how the quantity changed with the tasks, or with the reconnects."""
    values = [one.value(quantity.name) or 0.0 for one in known]
    growth = growth_with([one.tasks if per == "task" else one.reconnects for one in known], values)
    if growth is None:
        return Drift(quantity=quantity.name, verdict="unclear", first=values[0], last=values[-1], per=per)
    drifts = growth.drifts(quantity.least_change(growth.first), falls=quantity.falls)
    return Drift(
        quantity=quantity.name,
        verdict="drifts" if drifts else "steady",
        first=growth.first,
        last=growth.last,
        per=per,
        slope=growth.slope,
        low=growth.low,
        high=growth.high,
    )


def outcome_of(run: SoakRun, tier: Tier, *, stopped: bool) -> SoakOutcome:
    """Return the outcome of a run that has everything else: first what is broken, then what drifts.

    With ``stopped``, the worker stopped consuming; any other reason in ``why`` means that the run failed.
    """
    if stopped or (run.lost and tier == "durable"):
        return "broken"
    if run.why:
        return "not run"
    if run.drifting:
        return "drifts"
    judged = any(drift.verdict == "steady" for drift in run.drifts)
    return "steady" if judged and not run.fell_behind else "unclear"
