"""While a task runs, the worker is asked which tasks it runs: `app.control.inspect().active()`.

Dashboards, health checks and careful deployments ask this. It needs remote control, which kombu supports on brokers
that can send one message to many queues; on others, no worker answers. Source: "Inspecting workers" in the "Workers
Guide" of Celery's user guide, and celery issue 3197.
"""

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault, Observation
from bench.subject.recorder import task_id

__all__ = ["FAULTS"]

_RUNNING_S, _LEAST_S = 3.0, 0.7


def _run(attempt: Attempt) -> Observation:
    attempt.worker()
    (running,) = attempt.send_long(_RUNNING_S, least_s=_LEAST_S)
    attempt.started([running])
    answer = attempt.command("inspect", what="active")
    attempt.settle()
    return Observation(_in_words(answer, task_id(running)), figures={"answers": float(answer["workers"])})


def _in_words(answer: dict[str, object], running: str) -> str:
    if answer["failure"]:
        return f"inspect raises {answer['failure']}"
    if not answer["workers"]:
        return "no worker answers"
    return f"the worker answers, and {'names' if running in str(answer['reply']) else 'does not name'} the running task"


FAULTS = (
    Fault(
        name="inspect",
        group="semantics",
        title="The worker is asked which tasks it runs",
        about=__doc__ or "",
        run=_run,
        breaks="nothing",
        promised=False,
        settings={"worker_enable_remote_control": True},
        typical_s=25,
    ),
)
