"""A short calibration before a soak: the search for the highest rate that the subject sustains."""

import time
from dataclasses import dataclass

from bench.engine.observer import Silent
from bench.engine.plan import Plan, Point
from bench.engine.runner import Runner
from bench.engine.schedule import Schedule
from bench.engine.stage import Stage
from bench.guarantees.soak.crew import through_relay
from bench.metrics.registry import find_metric
from bench.processes.errors import SubjectFailed
from bench.processes.launcher import Launcher
from bench.processes.running_subject import RunningSubject
from bench.records.turns import Key

__all__ = ["Calibration", "calibrate"]

CALIBRATION_S = 20.0
_LOAD = 0.5
_LIMIT_NS = 1_000_000_000  # of the p99: what counts here is that the backlog does not grow
_METRIC = "capacity"


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """The capacity in tasks a second, None if no rate was sustained, and the rate at which to send."""

    capacity_per_s: float | None
    rate_per_s: float


def calibrate(launcher: Launcher, seconds: float = CALIBRATION_S) -> Calibration:
    """Search for the capacity through a relay like that of the soak, in its own processes.

    If no rate was sustained, the rate at which the search began stands for it: 0.7 of what the worker drained. Raises
    SubjectFailed if it cannot be tried.
    """
    with through_relay(launcher) as (behind, _):
        running = RunningSubject(behind, {_METRIC: find_metric(_METRIC).needs})
        key: Key = running.label, running.layer
        started_s = time.monotonic()
        schedule = Schedule.within(seconds, started_s, launcher.hash_seed)
        plan = Plan(metrics=[_METRIC], points=[Point({}, launcher.workload)], limit_ns=_LIMIT_NS)
        stage = Stage({key: running}, schedule, Silent(), lambda _: None, started_s)
        runner = Runner(stage, plan, [key], [], [], drain_s=1.0)
        try:
            runner.start()
            runner.sizing.search(until_s=time.monotonic() + seconds)
            if failure := stage.failures.get((key, stage.point)):
                raise SubjectFailed(failure)
            search = runner.sizing.searches[stage.point].get(key)
            if search is None:
                raise SubjectFailed("its worker was too slow to look for the rate that it sustains")
            found = search.result.rate_per_s
            return Calibration(capacity_per_s=found, rate_per_s=_LOAD * (found or search.first_rate_per_s))
        finally:
            running.end()
