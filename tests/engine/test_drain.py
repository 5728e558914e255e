import itertools
import os
import threading
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from disks import files_up_to

from bench.processes.drain import Drained, WorkerRecord
from bench.processes.errors import NoRoom, StillRunning, TasksLost
from bench.processes.events import Events, read_new_events
from bench.subject.recorder import FINISHED, SOFT_LIMITED, STARTED, TIME_LIMITED, Recorder, task_id

_OFTEN = {"sent", "started", "finished", "duplicated"}


def columns(*events: tuple[int, int, int]) -> Events:
    """Make events of (number, kind, nanoseconds) each."""
    return Events(*np.array(events, dtype=np.int64).reshape(-1, 3).T)


def rows(events: Events) -> list[tuple[int, int]]:
    """Return number and kind of each event."""
    return list(zip(events.numbers.tolist(), events.kinds.tolist(), strict=True))


def run_task(recorder: Recorder, number: int) -> None:
    recorder.record(task_id(number), STARTED)
    recorder.record(task_id(number), FINISHED)


def test_a_drain_counts_from_the_end_of_its_warm_up() -> None:
    starts = [(number, STARTED, 10 * number) for number in range(6)]
    ends = [(number, FINISHED, 10 * number + 5) for number in range(6)]
    turn = Drained.of(columns(*starts, *ends), warmup_tasks=2)
    assert (turn.tasks, turn.duration_ns, turn.span_ns) == (4, 40, 55)


def test_the_order_in_which_tasks_end_is_that_of_their_times_not_of_their_numbers() -> None:
    ends = [(number, FINISHED, 100 - 10 * number) for number in range(4)]
    turn = Drained.of(columns((0, STARTED, 0), *ends), warmup_tasks=1)
    assert (turn.tasks, turn.duration_ns, turn.span_ns) == (3, 30, 100)


def test_a_task_that_finishes_twice_counts_once() -> None:
    events = columns((0, STARTED, 0), (0, FINISHED, 5), (1, STARTED, 6), (1, FINISHED, 30), (1, FINISHED, 9))
    turn = Drained.of(events, warmup_tasks=1)
    assert (turn.tasks, turn.duration_ns) == (1, 4)


def test_the_first_time_of_each_kind_is_given_in_the_numbers_order() -> None:
    events = columns((2, STARTED, 7), (1, FINISHED, 9), (1, STARTED, 8), (2, STARTED, 6), (1, STARTED, 3))
    numbers, at_ns = events.first(STARTED)
    assert (numbers.tolist(), at_ns.tolist()) == ([1, 2], [3, 6])
    numbers, at_ns = events.first(FINISHED)
    assert (numbers.tolist(), at_ns.tolist()) == ([1], [9])


def test_no_events_joined_are_no_events() -> None:
    assert rows(Events.joined([])) == []
    assert rows(Events.joined([columns((1, STARTED, 2)), columns((3, FINISHED, 4))])) == [(1, STARTED), (3, FINISHED)]


def test_lost_tasks_are_an_error_with_both_numbers(tmp_path: Path) -> None:
    recorder, record = Recorder(str(tmp_path)), WorkerRecord(tmp_path)
    for number in range(7):
        run_task(recorder, number)
    record.sent = 10
    with pytest.raises(TasksLost, match="10 tasks sent, 7 finished") as caught:
        record.wait(0, 10, patience_s=0.2)
    assert (caught.value.sent, caught.value.finished) == (10, 7)
    assert record.counts().finished == 7


def test_a_task_that_runs_longer_than_the_patience_is_waited_for_and_not_lost(tmp_path: Path) -> None:
    recorder, record = Recorder(str(tmp_path)), WorkerRecord(tmp_path)
    record.sent = 1
    recorder.record(task_id(0), STARTED)
    worker = threading.Timer(0.5, lambda: recorder.record(task_id(0), FINISHED))
    worker.start()
    assert len(rows(record.wait(0, 1, patience_s=0.1))) == 2
    worker.join()


def test_a_task_that_runs_when_the_time_is_over_is_called_running_and_not_lost(tmp_path: Path) -> None:
    recorder, record = Recorder(str(tmp_path)), WorkerRecord(tmp_path, until_s=time.monotonic() + 0.3)
    record.sent = 3
    recorder.record(task_id(0), STARTED)
    time.sleep(0.05)
    recorder.record(task_id(0), FINISHED)
    recorder.record(task_id(1), STARTED)
    with pytest.raises(StillRunning, match=r"3 tasks sent, 1 finished, 0.05\d* s each, 1 still running: raise"):
        record.wait(0, 3, patience_s=5)


def test_a_task_that_was_killed_at_its_time_limit_is_not_running(tmp_path: Path) -> None:
    recorder, record = Recorder(str(tmp_path)), WorkerRecord(tmp_path)
    record.sent = 1
    recorder.record(task_id(0), STARTED)
    recorder.record(task_id(0), TIME_LIMITED)
    with pytest.raises(TasksLost):
        record.wait(0, 1, patience_s=0.1)


def test_a_limit_counts_only_for_a_task_that_it_ended_and_not_for_one_that_had_finished(tmp_path: Path) -> None:
    recorder, record = Recorder(str(tmp_path)), WorkerRecord(tmp_path)
    record.sent = 4
    run_task(recorder, 0)
    record.wait(0, 1, patience_s=0.1)
    run_task(recorder, 3)
    for finished, kind in itertools.product((0, 3), (TIME_LIMITED, SOFT_LIMITED)):
        recorder.record(task_id(finished), kind)  # the worker was stopped before it knew
    recorder.record(task_id(1), STARTED)
    recorder.record(task_id(1), SOFT_LIMITED)
    recorder.record(task_id(1), FINISHED)
    recorder.record(task_id(2), STARTED)
    recorder.record(task_id(2), TIME_LIMITED)
    with pytest.raises(TasksLost):
        record.wait(1, 3, patience_s=0.1)
    assert record.counts().limited == {"time_limit": 1, "soft_time_limit": 1}


def test_a_slow_worker_is_waited_for_as_long_as_something_happens(tmp_path: Path) -> None:
    recorder, record = Recorder(str(tmp_path)), WorkerRecord(tmp_path)

    def work() -> None:
        for number in range(5):
            time.sleep(0.1)
            run_task(recorder, number)

    worker = threading.Thread(target=work)
    worker.start()
    assert len(rows(record.wait(0, 5, patience_s=0.3))) == 10
    worker.join()


def test_a_worker_that_looks_seldom_is_waited_for_longer(tmp_path: Path) -> None:
    recorder, record = Recorder(str(tmp_path)), WorkerRecord(tmp_path, longest_poll_s=0.5)
    record.sent = 1
    worker = threading.Timer(0.3, lambda: run_task(recorder, 0))
    worker.start()
    assert len(rows(record.wait(0, 1, patience_s=0.1))) == 2
    worker.join()
    with pytest.raises(TasksLost) as caught:
        record.wait(1, 1, patience_s=0.1)
    assert caught.value.waited_s == pytest.approx(0.6)
    record.expect(2, 1)
    begin_s = time.monotonic()
    assert rows(record.watch(limit_s=0.1, quiet_s=0.1)) == []
    assert time.monotonic() - begin_s >= 0.6


def test_tasks_that_start_twice_are_counted_as_duplicated(tmp_path: Path) -> None:
    recorder, record = Recorder(str(tmp_path)), WorkerRecord(tmp_path)
    for number in (0, 1, 1):
        run_task(recorder, number)
    record.sent = 2
    record.wait(0, 2, patience_s=0.2)
    assert record.counts().model_dump(include=_OFTEN) == {"sent": 2, "started": 2, "finished": 2, "duplicated": 1}


def test_a_task_of_an_older_drain_that_starts_again_is_counted_as_duplicated_once(tmp_path: Path) -> None:
    recorder, record = Recorder(str(tmp_path)), WorkerRecord(tmp_path)
    run_task(recorder, 0)
    record.wait(0, 1, patience_s=0.2)
    for number in (0, 1, 0):
        run_task(recorder, number)
    record.sent = 2
    assert {number for number, _ in rows(record.wait(1, 1, patience_s=0.2))} == {1}
    assert record.counts().model_dump(include=_OFTEN) == {"sent": 2, "started": 2, "finished": 2, "duplicated": 1}


def test_each_drain_gets_its_own_events(tmp_path: Path) -> None:
    recorder, record = Recorder(str(tmp_path)), WorkerRecord(tmp_path)
    for first in (0, 3):
        for number in range(first, first + 3):
            run_task(recorder, number)
        assert {number for number, _ in rows(record.wait(first, 3, patience_s=0.2))} == set(range(first, first + 3))


def test_an_event_is_read_once_and_with_its_time(tmp_path: Path) -> None:
    recorder, read = Recorder(str(tmp_path)), Counter[Path]()
    before_ns = time.monotonic_ns()
    run_task(recorder, 5)
    events = read_new_events(tmp_path, read)
    assert rows(events) == [(5, STARTED), (5, FINISHED)]
    assert before_ns <= events.at_ns[0] <= events.at_ns[1] <= time.monotonic_ns()
    assert rows(read_new_events(tmp_path, read)) == []
    recorder.record(task_id(6), STARTED)
    assert rows(read_new_events(tmp_path, read)) == [(6, STARTED)]


def test_the_events_of_all_processes_of_a_worker_are_read(tmp_path: Path) -> None:
    one, other = Recorder(str(tmp_path)), Recorder(str(tmp_path))
    run_task(one, 1)
    (tmp_path / f"{os.getpid()}.events").rename(tmp_path / "1.events")
    run_task(other, 2)
    (tmp_path / "3.events").touch()  # a process that has no room for events yet
    assert sorted(rows(read_new_events(tmp_path, Counter()))) == [
        (1, STARTED),
        (1, FINISHED),
        (2, STARTED),
        (2, FINISHED),
    ]


def test_a_worker_that_has_no_room_for_its_record_is_told_at_once_and_not_as_lost_tasks(tmp_path: Path) -> None:
    recorder, record = Recorder(str(tmp_path)), WorkerRecord(tmp_path)
    record.expect(0, 5)
    with files_up_to(1000), pytest.raises(OSError, match="cannot record tasks"):
        run_task(recorder, 0)
    for wait in (lambda: record.wait(0, 5, patience_s=60), lambda: record.watch(limit_s=60, quiet_s=60)):
        with pytest.raises(NoRoom, match=f"cannot record their tasks in {tmp_path.parent}: free space there"):
            wait()
