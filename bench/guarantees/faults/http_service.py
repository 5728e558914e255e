"""An HTTP service has a bad moment: 503 once or ten times, throttling, no answer, an answer that breaks off.

SQS is reached by HTTP, and such moments belong to every service. Each is played on sending (`SendMessage`), receiving
(`ReceiveMessage`) and acknowledging (`DeleteMessage`) a task. Without an answer and with half an answer the server has
done its work: what was sent is sent, what was received is out of sight until the visibility timeout. Botocore tries
most requests up to five times; kombu receives without it. Workers that never received again after one bad answer are
known for as long as Celery has SQS. Source: issues 931 and 1127 and pull requests 1064 and 2488 of kombu, "Retries"
in boto3's guide, and "Interpreting Amazon SQS JSON API responses" in the SQS developer guide.
"""

from collections.abc import Callable
from functools import partial

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault, Observation
from bench.guarantees.http_faults import HttpFault, HttpFaults
from bench.guarantees.setup import Role
from brokers.protocol import Broker, Profile, Settings

__all__ = ["FAULTS"]

_POLL: Settings = {"wait_time_seconds": 1}
_IMPATIENT: Settings = {**_POLL, "client-config": {"read_timeout": 2}}
_DEFAULT_POLL = "an empty receive is answered after 10 s"
_DEFAULT_PATIENCE = "an answer is waited for 60 s"
_REDELIVERY_S = 9.0  # a visibility timeout of 5 s, an empty receive of 1 s with a pause of 1 s, and some
_MEETING_S = 20.0
_PATIENCE_S = 30.0
_MOST_CALLS = 4
_MEETING_OF_ONE_S = 20.0


def _refusal(broker: Broker, profile: Profile) -> str:
    wire = broker.wire(broker.local_url()) if broker.spans_processes else None
    return "" if wire and wire.protocol == "http" else f"{broker.name} does not speak HTTP"


def _play(attempt: Attempt, action: str, role: Role, fault: HttpFault, times: int) -> Observation:
    attempt.warm_up()
    http = attempt.scene.relays[role].http
    attempt.break_by(f"the next {action}: {fault}, {times} times", lambda: http.plan(action, fault, times))
    _have_met(attempt, http, action)
    http.forget()
    attempt.healed_ns = attempt.note(f"{len(http.met_ns)} of {times} were met")
    attempt.recover(_PATIENCE_S)
    attempt.settle(linger=True)
    return Observation(_in_words(attempt, http, times))


def _have_met(attempt: Attempt, http: HttpFaults, action: str) -> None:
    """Have requests made until all bad answers were given."""
    if action == "ReceiveMessage":  # the worker makes them by itself; one of them is to be for a task
        _wait(attempt, lambda: bool(http.met_ns))
        attempt.send(1)
        _wait(attempt, lambda: not http.left)
        return
    for _ in range(_MOST_CALLS):
        attempt.begin_to_send(1)
        attempt.end_sending_within(_PATIENCE_S)
        if _wait(attempt, lambda: not http.left, 0 if action == "SendMessage" else _MEETING_OF_ONE_S):
            return


def _wait(attempt: Attempt, condition: Callable[[], bool], within_s: float = _MEETING_S) -> bool:
    return attempt.until(lambda _: condition() or not attempt.scene.workers[-1].alive, within_s) and condition()


def _in_words(attempt: Attempt, http: HttpFaults, times: int) -> str:
    told = [f"{len(http.met_ns)} of {times} bad answers were given", attempt.raised()]
    return "; ".join(text for text in told if text)


_ON: dict[str, tuple[str, Role]] = {
    "send": ("SendMessage", "sender"),
    "receive": ("ReceiveMessage", "worker"),
    "delete": ("DeleteMessage", "worker"),
}
_KINDS: dict[str, tuple[str, HttpFault, int]] = {
    "503": ("One 503", "503", 1),
    "503-ten": ("Ten 503s", "503", 10),
    "throttled": ("One throttling answer", "throttled", 1),
    "timeout": ("One answer that never comes", "timeout", 1),
    "truncated": ("One answer that breaks off", "truncated", 1),
}


def _fault(kind: str, on: str) -> Fault:
    action, role = _ON[on]
    title, fault, times = _KINDS[kind]
    is_timed = kind == "timeout" and on != "receive"  # which kombu waits for for ever
    return Fault(
        name=f"http-{kind}-{on}",
        group="network",
        title=f"{title} to {action}",
        about=__doc__ or "",
        play=partial(_play, action=action, role=role, fault=fault, times=times),
        breaks="relay",
        settings={"broker_transport_options": _IMPATIENT if is_timed else _POLL},
        by_default="; ".join([_DEFAULT_POLL, _DEFAULT_PATIENCE] if is_timed else [_DEFAULT_POLL]),
        redelivery_s=_REDELIVERY_S,
        through=(role,),
        refusal=_refusal,
        typical_s=40,
    )


FAULTS = tuple(_fault(kind, on) for kind in _KINDS for on in _ON)
