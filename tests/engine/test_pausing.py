"""The pauses of a worker, from records whose pauses are known."""

import numpy as np

from bench.processes.drain import Drained
from bench.processes.events import Events
from bench.processes.pausing import pauses
from bench.records.effort import Pauses
from bench.subject.recorder import FINISHED, STARTED

MS, S = 1_000_000, 1_000_000_000


def record_of(*runs: tuple[int, int, int]) -> Events:
    """Make the events of tasks by (number, start, end)."""
    events = [one for number, start, end in runs for one in ((number, STARTED, start), (number, FINISHED, end))]
    return Events(*np.array(events, dtype=np.int64).reshape(-1, 3).T)


def worker_with_a_timer(rounds: int, tasks: int, pause_ns: int) -> Events:
    """Run bursts of tasks of 1 ms, 0.2 ms apart, and let the worker wait for a timer after each burst."""
    runs, now_ns = [], 0
    for number in range(rounds * tasks):
        runs.append((number, now_ns, now_ns + MS))
        now_ns += MS + (pause_ns if (number + 1) % tasks == 0 else MS // 5)
    return record_of(*runs)


def whole(events: Events) -> Pauses:
    found = pauses(events, int(events.at_ns.min()), int(events.at_ns.max()))
    assert found is not None
    return found


def test_the_pauses_of_a_timer_are_told_from_the_moments_between_tasks() -> None:
    found = Drained.of(worker_with_a_timer(12, 4, S), warmup_tasks=4).pauses
    assert found is not None
    assert (found.count, found.total_ns, found.typical_ns, found.scatter_ns) == (11, 11 * S, S, 0)
    assert found.tasks_between == 4
    assert found.idle_ns == 11 * S + 11 * 3 * MS // 5
    assert found.span_ns == found.idle_ns + 44 * MS


def test_a_few_stalls_do_not_hide_a_timer() -> None:
    runs, now_ns = [], 0
    for number in range(400):
        gap_ns = S if number % 40 == 39 else 30 * MS if number % 9 == 0 else MS // 5
        runs.append((number, now_ns, now_ns + MS))
        now_ns += MS + gap_ns
    found = whole(record_of(*runs))
    assert (found.count, found.typical_ns, found.scatter_ns) == (9, S, 0)


def test_without_a_timer_the_long_gaps_are_the_usual_ones() -> None:
    found = whole(worker_with_a_timer(50, 4, MS // 5))
    assert (found.count, found.typical_ns, found.tasks_between) == (199, MS // 5, 1)


def test_a_long_task_is_no_pause_and_neither_is_one_process_that_waits() -> None:
    assert pauses(record_of((0, 0, 5 * S), (1, 5 * S, 5 * S + MS)), 0, 5 * S + MS) is None
    overlapping = record_of((0, 0, 2 * S), (1, 0, MS), (2, S, 3 * S))
    assert pauses(overlapping, 0, 3 * S) is None


def test_what_cannot_be_told_is_no_pause() -> None:
    left_over = Events(*np.array([[0, FINISHED, 2 * S], [1, STARTED, 2 * S], [1, FINISHED, 3 * S]], dtype=np.int64).T)
    assert pauses(left_over, 0, 3 * S) is None
    unfinished = Events(*np.array([[0, STARTED, 0]], dtype=np.int64).T)
    assert pauses(unfinished, 0, 3 * S) is None
    again = record_of((0, 0, MS), (0, 2 * S, 2 * S + MS))
    assert pauses(again, 0, 2 * S + MS) is None


def test_a_pause_counts_only_within_the_time_that_is_asked_for() -> None:
    found = pauses(record_of((0, 0, MS), (1, S, S + MS)), S // 2, S + MS)
    assert found is not None
    assert (found.count, found.total_ns) == (1, S // 2)


def test_an_open_loop_pauses_only_while_a_task_waits() -> None:
    events = record_of((0, MS, 2 * MS), (1, S + 4 * MS, S + 5 * MS), (2, 2 * S - MS, 2 * S))
    sent_ns = np.array([0, S, 2 * S], dtype=np.int64)  # the last one started before its call returned
    found = pauses(events, 0, 2 * S, sent_ns)
    assert found is not None
    assert (found.count, found.idle_ns, found.typical_ns) == (1, 5 * MS, 4 * MS)
