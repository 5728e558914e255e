import threading
import time
from pathlib import Path

import pytest

from bench.engine.drain import WorkerRecord, drain_turn
from bench.errors import TasksLost
from bench.subject.recorder import FINISHED, STARTED, Recorder, task_id


def test_a_drain_counts_from_the_end_of_its_warm_up() -> None:
    events = [(number, STARTED, 10 * number) for number in range(6)]
    events += [(number, FINISHED, 10 * number + 5) for number in range(6)]
    turn = drain_turn("redis", events, warmup_tasks=2)
    assert (turn.tasks, turn.duration_ns, turn.span_ns) == (4, 40, 55)


def test_a_task_that_finishes_twice_counts_once() -> None:
    events = [(0, STARTED, 0), (0, FINISHED, 5), (1, STARTED, 6), (1, FINISHED, 9), (1, FINISHED, 30)]
    turn = drain_turn("redis", events, warmup_tasks=1)
    assert (turn.tasks, turn.duration_ns) == (1, 4)


def test_lost_tasks_are_an_error_with_both_numbers(tmp_path: Path) -> None:
    recorder, record = Recorder(str(tmp_path)), WorkerRecord(tmp_path)
    for number in range(7):
        recorder.started(task_id(number))
        recorder.finished(task_id(number))
    record.sent = 10
    with pytest.raises(TasksLost, match="10 tasks sent, 7 finished") as caught:
        record.wait(0, 10, patience_s=0.2)
    assert (caught.value.sent, caught.value.finished) == (10, 7)
    assert record.counts().finished == 7


def test_a_slow_worker_is_waited_for_as_long_as_something_happens(tmp_path: Path) -> None:
    recorder, record = Recorder(str(tmp_path)), WorkerRecord(tmp_path)

    def work() -> None:
        for number in range(5):
            time.sleep(0.1)
            recorder.started(task_id(number))
            recorder.finished(task_id(number))

    worker = threading.Thread(target=work)
    worker.start()
    assert len(record.wait(0, 5, patience_s=0.3)) == 10
    worker.join()


def test_tasks_that_start_twice_are_counted_as_duplicated(tmp_path: Path) -> None:
    recorder, record = Recorder(str(tmp_path)), WorkerRecord(tmp_path)
    for number in (0, 1, 1):
        recorder.started(task_id(number))
        recorder.finished(task_id(number))
    record.sent = 2
    record.wait(0, 2, patience_s=0.2)
    assert record.counts().model_dump() == {"sent": 2, "started": 2, "finished": 2, "duplicated": 1}


def test_each_drain_gets_its_own_events(tmp_path: Path) -> None:
    recorder, record = Recorder(str(tmp_path)), WorkerRecord(tmp_path)
    for first in (0, 3):
        for number in range(first, first + 3):
            recorder.started(task_id(number))
            recorder.finished(task_id(number))
        assert {number for number, _, _ in record.wait(first, 3, patience_s=0.2)} == set(range(first, first + 3))
