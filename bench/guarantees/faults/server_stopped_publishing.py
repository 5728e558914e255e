"""The server is stopped for three seconds (SIGSTOP) while a producer sends fifty tasks of 16 KiB a second.

During a garbage collection, on a slow disk, or under back pressure in a burst, sent tasks wait in a socket's buffers.
py-amqp asks Linux to give up a connection on which nothing moves for one second (`TCP_USER_TIMEOUT`), and the contents
of its buffers are lost. Celery reconnects and continues, so only publisher confirms reveal the loss. Source:
`DEFAULT_SOCKET_SETTINGS` in py-amqp's `transport.py`, tcp(7).
"""

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault, Observation

__all__ = ["FAULTS"]

_TASKS = 250
_INTERVAL_S = 0.02
_PAYLOAD_BYTES = 16 * 1024  # a few of these fill the window of a stopped reader
_STOPPED_S = 3.0
_DRAINING_S = 15.0


def _run(attempt: Attempt) -> Observation:
    attempt.worker()
    attempt.begin_to_send(_TASKS, "tasks.echo", payload_bytes=_PAYLOAD_BYTES, interval_s=_INTERVAL_S)
    attempt.scene.pause(1.0)
    attempt.stop_server_for(_STOPPED_S)
    attempt.end_sending(_TASKS * _INTERVAL_S + _STOPPED_S)
    attempt.recover(within_s=30)
    attempt.settle(_DRAINING_S)
    return Observation(attempt.raised())


FAULTS = (
    Fault(
        name="server-stopped-publishing",
        group="server",
        title="The server is stopped for 3 s (SIGSTOP) while a producer sends 50 tasks of 16 KiB a second",
        about=__doc__ or "",
        run=_run,
        breaks="server",
        typical_s=60,
    ),
)
