"""`apply_async` is called twice, with Celery's own retries, while the server refuses connections; then it is back.

A broker restarts while the website keeps running. By default Celery tries to publish four times within a second, and
then raises; some versions waited for ever, or did so from the second call on. A refused task must not run later.
Source: `task_publish_retry_policy` in Celery's configuration reference; issues 4296, 4383 and 4556 of Celery.
"""

from bench.guarantees.attempt import Attempt
from bench.guarantees.calls import calls_in_words
from bench.guarantees.fault import Fault, Observation

__all__ = ["FAULTS"]

_CALLS = 2
_PATIENCE_S = 60.0
_WATCHING_S = 2.0


def _run(attempt: Attempt) -> Observation:
    attempt.warm_up()
    relay = attempt.scene.relays["sender"]
    attempt.break_by("the sender's connections are reset, and new ones are refused", relay.refuse)
    calls = [_call(attempt) for _ in range(_CALLS)]
    attempt.heal_by("connections are accepted again", relay.admit)
    attempt.recover(within_s=30)
    attempt.scene.pause(_WATCHING_S)
    attempt.settle()
    return Observation(calls_in_words(attempt, calls, _PATIENCE_S))


def _call(attempt: Attempt) -> int:
    (number,) = attempt.begin_to_send(1)
    attempt.end_sending_within(_PATIENCE_S)
    return number


FAULTS = (
    Fault(
        name="server-down",
        group="producer",
        title="The server refuses connections during apply_async, then is back",
        about=__doc__ or "",
        run=_run,
        breaks="relay",
        quick=True,
        through=("sender",),
        typical_s=60,
    ),
)
