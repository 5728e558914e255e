"""The server is killed with SIGKILL while a producer sends fifty tasks a second, and is started again a second later.

`apply_async` may raise, or wait until it can connect again and then send. Accepted tasks should run, and refused tasks
should not. Without publisher confirms, a task can be written to a socket that nothing reads any longer: it counts as
accepted, and is gone. Source: "Publisher confirms" in RabbitMQ's documentation, `broker_transport_options` in kombu's
py-amqp transport.
"""

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault, Observation

__all__ = ["FAULTS"]

_TASKS = 200
_INTERVAL_S = 0.02
_DOWN_S = 1.0
_MOST_S = 60.0
_DRAINING_S = 15.0


def _run(attempt: Attempt) -> Observation:
    attempt.worker()
    attempt.begin_to_send(_TASKS, interval_s=_INTERVAL_S)
    attempt.scene.pause(_TASKS * _INTERVAL_S / 4)
    attempt.kill_server()
    attempt.scene.pause(_DOWN_S)
    attempt.start_server()
    attempt.end_sending(_MOST_S)
    attempt.recover(within_s=30)
    attempt.settle(_DRAINING_S)
    return Observation(attempt.raised())


FAULTS = (
    Fault(
        name="server-killed-publishing",
        group="server",
        title="SIGKILL and restart of the server while a producer sends 50 tasks a second",
        about=__doc__ or "",
        run=_run,
        breaks="server",
        typical_s=100,
    ),
)
