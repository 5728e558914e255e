"""Judges the readings of a soak: which quantities drift, and how the run ended."""

from collections.abc import Sequence

from bench.guarantees.soak.quantities import QUANTITIES, Quantity
from bench.records.soak import Drift, Reading, SoakOutcome, SoakRun
from bench.stats.drift import growth_with
from brokers.protocol import Tier

__all__ = ["drifts_in", "outcome_of"]


def drifts_in(readings: Sequence[Reading]) -> list[Drift]:
    """Return how each quantity changed that was read at all."""
    found = (_drift(quantity, readings) for quantity in QUANTITIES)
    return [drift for drift in found if drift]


def _drift(quantity: Quantity, readings: Sequence[Reading]) -> Drift | None:
    known = [(one, value) for one in readings if (value := one.value(quantity.name)) is not None]
    if not known:
        return None
    values = [value for _, value in known]
    growth = growth_with([one.tasks for one, _ in known], values)
    if growth is None:
        return Drift(quantity=quantity.name, verdict="unclear", first=values[0], last=values[-1])
    drifts = growth.drifts(quantity.least_change(growth.first), falls=quantity.falls)
    return Drift(
        quantity=quantity.name,
        verdict="drifts" if drifts else "steady",
        first=growth.first,
        last=growth.last,
        a_task=growth.slope,
        low=growth.low,
        high=growth.high,
        a_reconnect=_a_reconnect(growth.judged, readings) if quantity.by_reconnect else None,
    )


def _a_reconnect(judged: float, readings: Sequence[Reading]) -> float | None:
    """Return the change in the judged half for each of its reconnects; None without one."""
    reconnects = readings[-1].reconnects - readings[len(readings) // 2].reconnects
    return judged / reconnects if reconnects else None


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
    return "steady" if any(drift.verdict == "steady" for drift in run.drifts) else "too short"
