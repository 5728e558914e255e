"""An HTTP service has a bad moment: 503 once or ten times, throttling, no answer, an answer that breaks off.

Such moments belong to every service that is reached by HTTP, as SQS is. Each is played on sending, receiving and
acknowledging (there: deleting) a task. Without an answer and with half an answer the server has done its work: what was
sent is sent, what was received is out of sight until the visibility timeout. Botocore tries most requests up to five
times; kombu receives without it. Workers that never received again after one bad answer are known for as long as Celery
has SQS. Source: issues 931 and 1127 and pull requests 1064 and 2488 of kombu, "Retries" in boto3's guide, and
"Interpreting Amazon SQS JSON API responses" in the SQS developer guide.
"""

from collections.abc import Callable
from functools import partial
from typing import Literal

from bench.guarantees.attempt import Attempt
from bench.guarantees.fault import Fault, Observation
from bench.guarantees.http_faults import HttpFault, HttpFaults
from bench.guarantees.setup import Role
from bench.processes.errors import SubjectFailed
from brokers.protocol import Broker, Profile

__all__ = ["FAULTS"]

_MEETING_S = 20.0
_PATIENCE_S = 30.0
_MOST_CALLS = 4
_MEETING_OF_ONE_S = 20.0


def _refusal(broker: Broker, profile: Profile) -> str:
    wire = broker.wire(broker.local_url()) if broker.http else None
    return "" if wire and wire.protocol else f"{broker.name} does not speak HTTP"


def _play(attempt: Attempt, on: "_Moment", fault: HttpFault, times: int) -> Observation:
    attempt.warm_up()
    action, http = _action(attempt, on), attempt.scene.relays[_ROLES[on]].http
    attempt.break_by(f"the next {action}: {fault}, {times} times", lambda: http.plan(action, fault, times))
    _have_met(attempt, http, on)
    http.forget()
    attempt.healed_ns = attempt.note(f"{len(http.met_ns)} of {times} were met")
    attempt.recover(_PATIENCE_S)
    attempt.settle(linger=True)
    return Observation(_in_words(attempt, http, times))


def _action(attempt: Attempt, on: "_Moment") -> str:
    """Return what the service calls that request."""
    service = attempt.scene.subject.broker.http
    if service is None:
        raise SubjectFailed("its service is not reached by HTTP")
    return {"send": service.send, "receive": service.receive, "delete": service.acknowledge}[on]


def _have_met(attempt: Attempt, http: HttpFaults, on: "_Moment") -> None:
    """Have requests made until all bad answers were given."""
    if on == "receive":  # the worker makes them by itself; one of them is to be for a task
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
    told = [f"{len(http.met_ns)} of {times} bad answers were given", attempt.raised()]
    return "; ".join(text for text in told if text)


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
        play=partial(_play, on=on, fault=fault, times=times),
        breaks="relay",
        looks_often=True,
        impatient=kind == "timeout" and on != "receive",  # kombu waits for the answer to that for ever
        through=(_ROLES[on],),
        refusal=_refusal,
        typical_s=40,
    )


FAULTS = tuple(_fault(kind, on) for kind in _KINDS for on in _ROLES)
