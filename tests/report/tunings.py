"""A tuning that found one setting, for tests of its record and reports."""

from typing import Any

from made_results import make_result

from bench.records.figures import Estimate
from bench.records.provenance import SubjectRecord
from bench.records.tune import (
    AblationLine,
    Curve,
    CurvePoint,
    Gain,
    GoalFigure,
    GoalPart,
    GoalRecord,
    Setting,
    StageRecord,
    Tried,
    TuneLine,
    TuneRecord,
)

__all__ = ["POLLING", "made_tuning"]

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
