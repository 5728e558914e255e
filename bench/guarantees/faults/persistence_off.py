"""The server is killed with SIGKILL while fifty tasks wait in its queue, and it is configured to keep none of them.

This shows what a durable profile is worth if somebody turns off persistence: Redis without its append-only file,
RabbitMQ with transient messages (`task_default_delivery_mode` 1). Compare it with `server-killed`. Source: "Redis
persistence" and `task_default_delivery_mode` in Celery's configuration reference.
"""

from contextlib import nullcontext

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault
from bench.guarantees.faults.server_killed import kill_with_waiting_tasks

__all__ = ["FAULTS"]


def _run(attempt: Attempt) -> None:
    scene = attempt.scene
    with scene.subject.broker.deprive(scene.server, "persistence") or nullcontext():
        kill_with_waiting_tasks(attempt)


FAULTS = (
    Fault(
        name="persistence-off",
        group="server",
        title="SIGKILL and restart of a server that keeps nothing on disk",
        about=__doc__ or "",
        run=_run,
        breaks="server",
        settings={"task_default_delivery_mode": 1},
        promised=False,
        typical_s=90,
    ),
)
