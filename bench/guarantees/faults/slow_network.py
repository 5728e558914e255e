"""The network of sender and worker is slow: it delays by 50 ms plus or minus 20 each way, or passes 32 KiB/s each way.

The broker is in another region, or behind a VPN or a phone. Nothing breaks, so no task may be lost or repeated, only
delayed, and each round trip counts. Ten tasks are sent; at 32 KiB/s they have 8 KiB each. Source: `tc-netem(8)` delays
and limits real networks in this way.
"""

from functools import partial
from statistics import median
from typing import Any

from bench.guarantees.attempt import Attempt
from bench.guarantees.calls import durations_s
from bench.guarantees.fault import Fault, Observation
from bench.records.distance import NEAR, Distance
from bench.subject.recorder import CALLED, FINISHED

__all__ = ["FAULTS"]

_TASKS = 10
_WAY_NS, _JITTER_NS = 50_000_000, 20_000_000
_BYTES_PER_S = 32 * 1024
_PAYLOAD_BYTES = 8 * 1024
_PATIENCE_S = 60.0


def _run(attempt: Attempt, distance: Distance, how: dict[str, Any]) -> Observation:
    attempt.warm_up()
    attempt.break_by("the network is slow", lambda: _set_distance(attempt, distance))
    tasks = attempt.begin_to_send(_TASKS, **how)
    attempt.end_sending(_PATIENCE_S)
    attempt.finished(tasks, _PATIENCE_S)
    attempt.heal_by("the network is fast again", lambda: _set_distance(attempt, NEAR))
    attempt.recover(within_s=30)
    attempt.settle()
    return _finding(attempt, tasks)


def _set_distance(attempt: Attempt, distance: Distance) -> None:
    for relay in attempt.scene.relays.values():
        relay.set_distance(distance)


def _finding(attempt: Attempt, tasks: range) -> Observation:
    ledger = attempt.ledger()
    calls_s = durations_s(ledger, tasks)
    ends_ns = [event.at_ns for task in tasks for event in ledger.of(FINISHED, task)[:1]]
    all_s = (max(ends_ns) - ledger.of(CALLED, tasks[0])[0].at_ns) / 1e9 if ends_ns else 0.0
    if not calls_s:
        return Observation("no call was answered")
    figures = {"call_median_s": median(calls_s), "call_most_s": max(calls_s), "all_s": all_s}
    words = f"a call takes {figures['call_median_s']:.2f} s (median; at most {figures['call_most_s']:.2f} s)"
    return Observation(f"{words}; {len(ends_ns)} of {len(tasks)} tasks finish, after {all_s:.1f} s", figures=figures)


def _fault(name: str, title: str, distance: Distance, how: dict[str, Any]) -> Fault:
    return Fault(
        name=name,
        group="network",
        title=title,
        about=__doc__ or "",
        run=partial(_run, distance=distance, how=how),
        breaks="relay",
        through=("sender", "worker"),
        typical_s=30,
    )


FAULTS = (
    _fault(
        "slow-network",
        "A delay of 50 ms plus or minus 20 each way, for sender and worker",
        Distance(rtt_ns=2 * _WAY_NS, jitter_ns=2 * _JITTER_NS),
        {},
    ),
    _fault(
        "narrow-network",
        "At most 32 KiB/s each way for sender and worker, with ten tasks of 8 KiB",
        Distance(bytes_per_s=_BYTES_PER_S),
        {"task": "tasks.echo", "payload_bytes": _PAYLOAD_BYTES},
    ),
)
