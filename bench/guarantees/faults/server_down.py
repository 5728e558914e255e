"""`apply_async` is called twice while the server refuses connections, with Celery's own retries; then it is back.

A broker that is restarted while the website is not. By default Celery tries a publish four times within a second and
raises; versions of it waited for ever, or did so from the second call on. What was refused must not run later. Source:
`task_publish_retry_policy` in Celery's configuration reference; issues 4296, 4383 and 4556 of Celery.
"""

from bench.guarantees.calls import calls_in_words
from bench.guarantees.fault import Fault, Finding
from bench.guarantees.trial import Trial

__all__ = ["FAULTS"]

_CALLS = 2
_PATIENCE_S = 60.0
_WATCHING_S = 2.0


def _play(trial: Trial) -> Finding:
    trial.warm_up()
    relay = trial.scene.relays["sender"]
    trial.break_by("the sender's connections are reset, and new ones refused", relay.refuse)
    calls = [_call(trial) for _ in range(_CALLS)]
    trial.heal_by("connections are accepted again", relay.admit)
    trial.recover(within_s=30)
    trial.scene.pause(_WATCHING_S)
    trial.settle()
    return Finding(calls_in_words(trial, calls, _PATIENCE_S))


def _call(trial: Trial) -> int:
    (number,) = trial.begin_to_send(1)
    trial.end_sending_within(_PATIENCE_S)
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
