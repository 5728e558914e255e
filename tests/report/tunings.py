"""Tunings of each ending, for tests of the record, the reports and the command."""

from collections.abc import Callable
from typing import Any

from made_results import make_result

from bench.records.figures import Estimate
from bench.records.gain import Gain
from bench.records.provenance import SubjectRecord
from bench.records.tune import (
    AblationLine,
    Curve,
    CurvePoint,
    GoalFigure,
    GoalLimit,
    GoalPart,
    GoalRecord,
    LimitCheck,
    PromiseRecord,
    Setting,
    StageRecord,
    Tried,
    TuneLine,
    TuneRecord,
)

__all__ = ["EVERY_TUNING", "POLLING", "made_tuning"]

POLLING = Setting(name="broker_transport_options.polling_interval", value=0.1, before=1)


def made_tuning(**changes: Any) -> TuneRecord:
    """Make the record of a tuning of ``sqs`` in which the polling interval is what helps."""
    result = make_result(blocks=2, drains=2)
    searched = Gain(value=41.5, low=38.0, high=45.3, detectable=0.09, generations=3)
    confirmed = Gain(value=39.8, low=38.2, high=41.5, detectable=0.04, generations=4)
    tried = Tried(
        label="polling_interval=0.1",
        stage="screening",
        settings=[POLLING],
        gain=searched,
        generations=3,
        fate="kept",
    )
    useless = Setting(name="worker_prefetch_multiplier", value=16, before=4)
    dropped = Tried(
        label="worker_prefetch_multiplier=16",
        stage="screening",
        settings=[useless],
        gain=Gain(value=1.004),
        generations=1,
        fate="dropped",
        why="among the lower half, and no gain beyond the margin",
    )
    points = [CurvePoint(value=1, present=True), CurvePoint(value=0.1, gain=searched)]
    fields: dict[str, Any] = {
        "status": "finished",
        "started_at": result.started_at,
        "duration_s": 171.2,
        "budget_s": 180,
        "seed": 42,
        "margin": 0.02,
        "workload": result.workload,
        "environment": result.environment,
        "subject": SubjectRecord(label="sqs", broker="sqs", profile="default", tier="fast"),
        "goal": GoalRecord(parts=[GoalPart(name="throughput")]),
        "outcome": "helps",
        "stages": [StageRecord(name="screening", seed=42, budget_s=90, sides=["present", tried.label, dropped.label])],
        "tried": [tried, dropped],
        "curves": [Curve(setting=POLLING.name, points=points)],
        "found": tried,
        "ablated": [AblationLine(setting=POLLING, loss=searched, kept=True, why="it is the only one")],
        "lines": [TuneLine(setting=POLLING, does="how long to wait between polls", contribution=confirmed)],
        "searched": searched,
        "confirmed": confirmed,
        "figures": [
            GoalFigure(
                name="throughput",
                figure="tasks/s",
                present=Estimate(value=3.98, low=3.9, high=4.1),
                tuned=Estimate(value=158.4, low=151.0, high=166.0),
            )
        ],
    }
    return TuneRecord(**(fields | changes))


def _traded() -> TuneRecord:
    lost = PromiseRecord(
        fault="worker-killed-as-set",
        verdict="traded",
        before="nothing lost or repeated in 3 attempts",
        after="1 task lost in 3 of 3 attempts",
    )
    kept = PromiseRecord(fault="retries", verdict="kept", before="kept", after="kept")
    return made_tuning(promises=[lost, kept])


def _unclear() -> TuneRecord:
    return made_tuning(
        outcome="unclear",
        why="a gain of polling_interval=0.1 is not certain; --budget 10m would probably settle it",
        lines=[],
        confirmed=Gain(value=1.4, low=0.9, high=2.2, generations=6),
    )


def _broken() -> TuneRecord:
    limit = GoalLimit(name="enqueue", figure="p99", most=5e6, text="p99 enqueue under 5ms")
    check = LimitCheck(limit=limit, present=Estimate(value=3e6), tuned=Estimate(value=9e6), verdict="broken")
    return made_tuning(outcome="breaks a limit", why="it does not keep it", lines=[], limits=[check])


def _nothing() -> TuneRecord:
    none: dict[str, Any] = {"lines": [], "confirmed": None, "searched": None, "found": None, "figures": []}
    return made_tuning(outcome="nothing helps", why="none of the 12 values tried seems to gain more than 2 %", **none)


def _interrupted() -> TuneRecord:
    none: dict[str, Any] = {"lines": [], "confirmed": None, "searched": None, "found": None, "figures": []}
    why = "it was interrupted before anything was confirmed"
    return made_tuning(status="interrupted", outcome="not measured", why=why, **none)


EVERY_TUNING: dict[str, Callable[[], TuneRecord]] = {
    "helps": made_tuning,
    "traded": _traded,
    "nothing helps": _nothing,
    "unclear": _unclear,
    "breaks a limit": _broken,
    "interrupted": _interrupted,
}
"""A tuning of each ending."""
