"""`apply_async` is called twice while the server refuses connections, with Celery's own retries; then it is back.

A broker that is restarted while the website is not. By default Celery tries a publish four times within a second and
raises; versions of it waited for ever, or did so from the second call on. What was refused must not run later. Source:
`task_publish_retry_policy` in Celery's configuration reference; issues 4296, 4383 and 4556 of Celery.
"""

from bench.guarantees.attempt import Attempt
from bench.guarantees.calls import calls_in_words
from bench.guarantees.fault import Fault, Observation

__all__ = ["FAULTS"]

_CALLS = 2
_PATIENCE_S = 60.0
_WATCHING_S = 2.0


def _play(attempt: Attempt) -> Observation:
    attempt.warm_up()
    relay = attempt.scene.relays["sender"]
    attempt.break_by("the sender's connections are reset, and new ones refused", relay.refuse)
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
        title="The server refuses connections at apply_async, then is back",
        about=__doc__ or "",
        play=_play,
        breaks="relay",
        quick=True,
        through=("sender",),
        typical_s=60,
    ),
)
