"""What a message promises between a sender and a worker of different releases: plays each promise, and judges it."""

import json
import time
from dataclasses import dataclass
from typing import Any

from bench.guarantees.attempt import Attempt
from bench.guarantees.ledger import Ledger
from bench.processes.process import SubjectProcess

__all__ = ["Sent", "broken_promises", "play_promises", "send_by", "send_confirmed"]

_TASKS = 5
_RUNS = 2  # of the task that retries itself
_ARGS: list[Any] = ["Grüße", 1, None, [2.5, {"whole": True}]]
_KWARGS: dict[str, Any] = {"name": "Ørsted", "parts": {"list": [1, None, ""]}, "count": 3}
_NOTE = "sent as a header"
_COUNTDOWN_S, _EXPIRES_S, _REVOKED_S, _AFTER_S = 2.0, 1.0, 3.0, 1.5
_EARLY_S = 0.001  # an ETA has microseconds, and the wall clock decides
_RUNNING_S = 15.0
_WRONG = "ValueError"
"""What ``tasks.confirm`` raises if something else arrived."""


@dataclass(frozen=True)
class Sent:
    """The tasks that stand for a promise each, and whether arguments arrived otherwise than they were sent."""

    confirmed: range
    retried: range
    delayed: range
    expiring: range
    revoked: range
    wrong: bool = False


def send_by(attempt: Attempt, of: SubjectProcess, count: int, task: str, *args: Any, **how: Any) -> range:
    """Let that sender send tasks, and return their numbers; ``runs``, ``kwargs`` and ``options`` as in an attempt."""
    numbers = attempt.numbered(count, how.pop("runs", 1))
    name, arguments = attempt.scene.task(task, list(args))
    sent = {"kwargs": attempt.scene.keywords(task), "options": {}, **how}
    attempt.command("send", of, first=numbers.start, count=count, task=name, args=arguments, **sent)
    return numbers


def send_confirmed(attempt: Attempt, of: SubjectProcess, count: int) -> range:
    """Let that sender send tasks that raise unless their arguments and their header arrive as they are sent."""
    expected = json.dumps([_ARGS, _KWARGS, _NOTE], sort_keys=True)
    options = {"headers": {"note": _NOTE}}
    return send_by(attempt, of, count, "tasks.confirm", expected, *_ARGS, kwargs=_KWARGS, options=options)


def play_promises(attempt: Attempt, of: SubjectProcess) -> Sent:
    """Send the tasks of every promise to the worker that runs, and wait until each had its time."""
    begin_s, wrong_before = time.monotonic(), _wrong(attempt)
    confirmed = send_confirmed(attempt, of, _TASKS)
    retried = send_by(attempt, of, 1, "tasks.flaky", _RUNS - 1, 0.5, runs=_RUNS)
    delayed = send_by(attempt, of, 1, "tasks.noop", options={"countdown": _COUNTDOWN_S})
    late = {"countdown": _COUNTDOWN_S, "expires": _EXPIRES_S}
    expiring = send_by(attempt, of, 1, "tasks.noop", options=late, runs=0)
    revoked = send_by(attempt, of, 1, "tasks.noop", options={"countdown": _REVOKED_S}, runs=0)
    attempt.scene.pause(1.0)
    attempt.command("revoke", of, first=revoked.start, count=1)
    attempt.finished([*confirmed, *delayed], _RUNNING_S)
    attempt.until(lambda ledger: all(len(ledger.starts(one)) >= _RUNS for one in retried), _RUNNING_S)
    attempt.scene.pause(max(0.0, begin_s + _REVOKED_S + _AFTER_S - time.monotonic()))
    return Sent(confirmed, retried, delayed, expiring, revoked, wrong=_wrong(attempt) > wrong_before)


def _wrong(attempt: Attempt) -> int:
    return sum(1 for line in attempt.scene.raised() if line.startswith(_WRONG))


def broken_promises(ledger: Ledger, sent: Sent) -> list[str]:
    """Return the promises that were broken, in words. A task that its user's own limit ended breaks none."""
    limited = set(ledger.limited)
    early = [ledger.wait_ns(one) for one in sent.delayed]
    judged = {
        "tasks run": bool({*sent.confirmed, *sent.delayed} - ledger.finished - limited),
        "arguments and headers": sent.wrong,
        "retries": any(len(ledger.starts(one)) != _RUNS for one in sent.retried if one not in limited),
        "countdowns": any(wait is not None and wait / 1e9 < _COUNTDOWN_S - _EARLY_S for wait in early),
        "expiries": any(ledger.starts(one) for one in sent.expiring),
        "revokes": any(ledger.starts(one) for one in sent.revoked),
    }
    return [promise for promise, is_broken in judged.items() if is_broken]
