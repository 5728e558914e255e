"""An HTTP service gives bad answers: 503 once or ten times, throttling, no answer, an answer that breaks off.

Every service that is reached by HTTP does this at times, and so does SQS. Each bad answer is given to sending,
receiving and acknowledging (on SQS: deleting) a task. Without an answer, or with half of one, the server has still
processed the request: what was sent is sent, and what was received is invisible until the visibility timeout. Botocore
tries most requests up to five times, but kombu receives messages without botocore. Workers that never receive again
after one bad answer have been reported for as long as Celery has supported SQS. Source: issues 931 and 1127 and pull
requests 1064 and 2488 of kombu, "Retries" in boto3's guide, and "Interpreting Amazon SQS JSON API responses" in the SQS
developer guide.
"""

from collections.abc import Callable
from functools import partial
from typing import Literal

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault, Observation
from bench.guarantees.setup import Role
from bench.processes.errors import SubjectFailed
from bench.relay.http_faults import HttpFault, HttpFaults
from brokers.protocol import Broker, Profile

__all__ = ["FAULTS"]

_MEETING_S = 20.0
_PATIENCE_S = 30.0
_MOST_CALLS = 4
_MEETING_OF_ONE_S = 20.0


def _refusal(broker: Broker, profile: Profile) -> str:
    wire = broker.wire(broker.local_url()) if broker.http else None
    return "" if wire and wire.protocol else f"{broker.name} does not speak HTTP"


def _run(attempt: Attempt, on: "_Moment", fault: HttpFault, times: int) -> Observation:
    attempt.warm_up()
    action, http = _action(attempt, on), attempt.scene.relays[_ROLES[on]].http
    attempt.break_by(f"the next {action}: {fault}, {times} times", lambda: http.plan(action, fault, times))
    _have_met(attempt, http, on)
    http.forget()
    attempt.healed_ns = attempt.note(f"{len(http.met_ns)} of {times} bad answers were given")
    attempt.recover(_PATIENCE_S)
    attempt.settle(linger=True)
    return Observation(_in_words(attempt, http, times))


def _action(attempt: Attempt, on: "_Moment") -> str:
    """Return the service's name for the request."""
    service = attempt.scene.subject.broker.http
    if service is None:
        raise SubjectFailed("its service does not use HTTP")
    return {"send": service.send, "receive": service.receive, "delete": service.acknowledge}[on]


def _have_met(attempt: Attempt, http: HttpFaults, on: "_Moment") -> None:
    """Cause requests until all bad answers are given."""
    if on == "receive":  # the worker makes these by itself; one should receive a task
        _wait(attempt, lambda: bool(http.met_ns))
        attempt.send(1)
        _wait(attempt, lambda: not http.left)
        return
    for _ in range(_MOST_CALLS):
        attempt.begin_to_send(1)
        attempt.end_sending_within(_PATIENCE_S)
        if _wait(attempt, lambda: not http.left, 0 if on == "send" else _MEETING_OF_ONE_S):
            return


def _wait(attempt: Attempt, condition: Callable[[], bool], within_s: float = _MEETING_S) -> bool:
    return attempt.until(lambda _: condition() or not attempt.scene.workers[-1].alive, within_s) and condition()


def _in_words(attempt: Attempt, http: HttpFaults, times: int) -> str:
    parts = [f"{len(http.met_ns)} of {times} bad answers were given", attempt.raised()]
    return "; ".join(text for text in parts if text)


_Moment = Literal["send", "receive", "delete"]
_ROLES: dict[_Moment, Role] = {"send": "sender", "receive": "worker", "delete": "worker"}
_TITLES: dict[_Moment, str] = {"send": "sending", "receive": "receiving", "delete": "acknowledging"}
_KINDS: dict[str, tuple[str, HttpFault, int]] = {
    "503": ("One 503", "503", 1),
    "503-ten": ("Ten 503s", "503", 10),
    "throttled": ("One throttling answer", "throttled", 1),
    "timeout": ("One answer that never comes", "timeout", 1),
    "truncated": ("One answer that breaks off", "truncated", 1),
}


def _fault(kind: str, on: _Moment) -> Fault:
    title, fault, times = _KINDS[kind]
    return Fault(
        name=f"http-{kind}-{on}",
        group="network",
        title=f"{title} on {_TITLES[on]}",
        about=__doc__ or "",
        run=partial(_run, on=on, fault=fault, times=times),
        breaks="relay",
        looks_often=True,
        impatient=kind == "timeout" and on != "receive",  # kombu waits for ever for an answer to receiving
        through=(_ROLES[on],),
        refusal=_refusal,
        typical_s=40,
    )


FAULTS = tuple(_fault(kind, on) for kind in _KINDS for on in _ROLES)
