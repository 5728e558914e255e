"""The server is killed with SIGKILL while fifty tasks wait in its queue and no worker runs, and is started again.

The tasks have waited for a second, so that none is in flight: `server-killed-publishing` shows what is lost otherwise.

The power fails, the server crashes, or its node moves. What survives is what the server has on disk: nothing on Redis
without persistence, everything on Redis that syncs its append-only file at each write, and on RabbitMQ the persistent
messages in durable queues, once they are written. Source: "Redis persistence" and RabbitMQ's "Queues: Durability".
"""

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault

__all__ = ["FAULTS", "WRITING_S", "kill_with_waiting_tasks"]

_WAITING = 50
_DRAINING_S = 10.0
WRITING_S = 1.0
"""How long a server has to write what it accepted before it is killed."""


def kill_with_waiting_tasks(attempt: Attempt) -> None:
    """Kill the server with tasks in its queue, start it again, and let a worker run what is left."""
    attempt.scene.dismiss_workers()
    attempt.send(_WAITING)
    attempt.scene.pause(WRITING_S)
    attempt.kill_server()
    attempt.start_server()
    attempt.worker()
    attempt.recover(within_s=30)
    attempt.settle(_DRAINING_S)


FAULTS = (
    Fault(
        name="server-killed",
        group="server",
        title="SIGKILL and restart of the server with fifty tasks waiting",
        about=__doc__ or "",
        run=kill_with_waiting_tasks,
        breaks="server",
        quick=True,
        typical_s=90,
    ),
)
