"""Finds the pauses of a worker: the gaps in which no task ran although tasks waited, from its own record."""

import numpy as np
from numpy.typing import NDArray

from bench.processes.events import Events
from bench.records.effort import Pauses
from bench.subject.recorder import FINISHED, STARTED

__all__ = ["pauses"]

_Times = NDArray[np.int64]
_NEVER_NS, _LATEST_NS = -1, np.iinfo(np.int64).max


def pauses(events: Events, from_ns: int, until_ns: int, sent_ns: _Times | None = None) -> Pauses | None:
    """Return the pauses between two moments; None if some task ran, or none waited, all the time.

    ``sent_ns`` has when each of the tasks was sent, in the order of their numbers; without it, tasks wait all the time.
    A task that ran twice is taken to have run in between as well, one without a start from the beginning, and one
    without an end to the end.
    """
    starts_ns, ends_ns = _runs(events, from_ns, until_ns)
    begins_ns, stops_ns = _idle(starts_ns, ends_ns, sent_ns)
    begins_ns, stops_ns = np.maximum(begins_ns, from_ns), np.minimum(stops_ns, until_ns)
    real = stops_ns > begins_ns
    begins_ns, lengths_ns = begins_ns[real], (stops_ns - begins_ns)[real]
    if not len(lengths_ns):
        return None
    long = lengths_ns >= _middle(lengths_ns) / 2
    typical_ns = np.median(lengths_ns[long])
    return Pauses(
        span_ns=until_ns - from_ns,
        idle_ns=int(lengths_ns.sum()),
        count=int(long.sum()),
        total_ns=int(lengths_ns[long].sum()),
        typical_ns=round(typical_ns),
        scatter_ns=round(np.median(np.abs(lengths_ns[long] - typical_ns))),
        tasks_between=_tasks_between(begins_ns[long], np.sort(ends_ns), from_ns),
    )


def _runs(events: Events, from_ns: int, until_ns: int) -> tuple[_Times, _Times]:
    """Return when each task started for the first time and ended for the last time, in the order of their numbers."""
    of_tasks = np.isin(events.kinds, (STARTED, FINISHED))
    numbers, places = np.unique(events.numbers[of_tasks], return_inverse=True)
    kinds, at_ns = events.kinds[of_tasks], events.at_ns[of_tasks]
    starts_ns, ends_ns = np.full(len(numbers), _LATEST_NS), np.full(len(numbers), _NEVER_NS)
    np.minimum.at(starts_ns, places[kinds == STARTED], at_ns[kinds == STARTED])
    np.maximum.at(ends_ns, places[kinds == FINISHED], at_ns[kinds == FINISHED])
    starts_ns[starts_ns == _LATEST_NS] = from_ns
    ends_ns[ends_ns == _NEVER_NS] = until_ns
    return starts_ns, np.maximum(starts_ns, ends_ns)


def _idle(starts_ns: _Times, ends_ns: _Times, sent_ns: _Times | None) -> tuple[_Times, _Times]:
    """Return when each gap began and stopped."""
    waiting = [] if sent_ns is None else [(np.minimum(sent_ns, starts_ns), (0, 1)), (starts_ns, (0, -1))]
    changes = [(starts_ns, (1, 0)), (ends_ns, (-1, 0)), *waiting]
    at_ns = np.concatenate([times for times, _ in changes])
    by = np.concatenate([np.tile(change, (len(times), 1)) for times, change in changes])
    moments_ns, places = np.unique(at_ns, return_inverse=True)
    each = np.zeros((len(moments_ns), 2), dtype=np.int64)
    np.add.at(each, places.ravel(), by)
    running, waits = each.cumsum(axis=0).T
    is_idle = (running == 0) & ((waits > 0) | (sent_ns is None))
    edges = np.flatnonzero(np.diff(is_idle[:-1].astype(np.int8), prepend=0, append=0))
    return moments_ns[edges[::2]], moments_ns[edges[1::2]]


def _middle(lengths_ns: _Times) -> int:
    """Return the length of which half of all time is spent in gaps at least as long."""
    longest_first = np.sort(lengths_ns)[::-1]
    return int(longest_first[np.searchsorted(longest_first.cumsum(), longest_first.sum() / 2)])


def _tasks_between(begins_ns: _Times, ends_ns: _Times, from_ns: int) -> float:
    """Return the median number of tasks that ended between two pauses; all that ended, if there is only one."""
    ended = np.searchsorted(ends_ns, begins_ns, side="right")
    before = np.searchsorted(ends_ns, from_ns, side="right")
    return float(np.median(np.diff(ended)) if len(ended) > 1 else len(ends_ns) - before)
