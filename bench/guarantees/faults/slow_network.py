"""The network is slow: 50 ms each way, give or take 20, or no more than 32 KiB/s each way, for sender and worker.

Another region, a VPN, a telephone. Nothing breaks, so nothing may be lost or repeated: only later, and each round trip
counts. Ten tasks are sent, of 8 KiB each where the network is narrow. Source: `tc-netem(8)` delays and narrows real
networks so.
"""

from functools import partial
from statistics import median
from typing import Any

from bench.guarantees.attempt import Attempt
from bench.guarantees.calls import durations_s
from bench.guarantees.fault import Fault, Observation
from bench.subject.recorder import CALLED, FINISHED

__all__ = ["FAULTS"]

_TASKS = 10
_LATENCY_S, _JITTER_S = 0.05, 0.02
_BYTES_PER_S = 32 * 1024
_PAYLOAD_BYTES = 8 * 1024
_PATIENCE_S = 60.0


def _play(attempt: Attempt, slowness: dict[str, float], how: dict[str, Any]) -> Observation:
    attempt.warm_up()
    attempt.break_by("the network is slow", lambda: _slow_down(attempt, **slowness))
    tasks = attempt.begin_to_send(_TASKS, **how)
    attempt.end_sending(_PATIENCE_S)
    attempt.finished(tasks, _PATIENCE_S)
    attempt.heal_by("the network is as fast as ever", lambda: _slow_down(attempt))
    attempt.recover(within_s=30)
    attempt.settle()
    return _finding(attempt, tasks)


def _slow_down(attempt: Attempt, **slowness: float) -> None:
    for relay in attempt.scene.relays.values():
        relay.slow_down(**slowness)


def _finding(attempt: Attempt, tasks: range) -> Observation:
    ledger = attempt.ledger()
    calls_s = durations_s(ledger, tasks)
    ends_ns = [event.at_ns for task in tasks for event in ledger.of(FINISHED, task)[:1]]
    all_s = (max(ends_ns) - ledger.of(CALLED, tasks[0])[0].at_ns) / 1e9 if ends_ns else 0.0
    if not calls_s:
        return Observation("no call was answered")
    figures = {"call_median_s": median(calls_s), "call_most_s": max(calls_s), "all_s": all_s}
    words = f"a call takes {figures['call_median_s']:.2f} s (median; {figures['call_most_s']:.2f} s at most)"
    return Observation(f"{words}; {len(ends_ns)} of {len(tasks)} tasks finish, after {all_s:.1f} s", figures=figures)


def _fault(name: str, title: str, slowness: dict[str, float], how: dict[str, Any]) -> Fault:
    return Fault(
        name=name,
        group="network",
        title=title,
        about=__doc__ or "",
        play=partial(_play, slowness=slowness, how=how),
        breaks="relay",
        through=("sender", "worker"),
        typical_s=30,
    )


FAULTS = (
    _fault(
        "slow-network",
        "50 ms each way, give or take 20, for sender and worker",
        {"latency_s": _LATENCY_S, "jitter_s": _JITTER_S},
        {},
    ),
    _fault(
        "narrow-network",
        "32 KiB/s each way for sender and worker, and ten tasks of 8 KiB",
        {"bytes_per_s": _BYTES_PER_S},
        {"task": "tasks.echo", "payload_bytes": _PAYLOAD_BYTES},
    ),
)
