"""Drains of a worker that hardly moves are cut, and what is left is drained in the next turn."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bench.processes.bounded import BoundedDrains
from bench.processes.drain import WorkerRecord
from bench.processes.errors import TasksLost
from bench.subject.recorder import FINISHED, STARTED, Recorder, task_id


class SlowPair:
    """Sends tasks into a list, and finishes as many as it is told to whenever it is let go."""

    def __init__(self, directory: Path, moves: list[int]) -> None:
        self.record = WorkerRecord(directory)
        self._recorder = Recorder(str(directory))
        self._moves = iter(moves)
        self._queue: list[int] = []

    def send(self, takes_s: float, *, do: str, count: int) -> tuple[int, dict[str, Any]]:
        first = self.record.sent
        self._queue += range(first, first + count)
        self.record.sent += count
        return first, {"done": []}

    @contextmanager
    def working(self) -> Iterator[None]:
        for _ in range(next(self._moves)):
            number = self._queue.pop(0)
            self._recorder.record(task_id(number), STARTED)
            self._recorder.record(task_id(number), FINISHED)
        yield

    def lost(self, **counts: Any) -> TasksLost:
        return TasksLost(**counts)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.processes.bounded._QUIET_S", 0.1)


def test_a_whole_drain_is_as_any_other(tmp_path: Path) -> None:
    pair: Any = SlowPair(tmp_path, [12])
    turn = BoundedDrains().drain(pair, 12, 4, 5.0)
    assert (turn.warmup_tasks, turn.tasks) == (4, 8)
    counts = pair.record.counts()
    assert (counts.sent, counts.started, counts.finished, counts.duplicated) == (12, 12, 12, 0)


def test_a_cut_drain_has_the_highest_rate_that_it_could_have_been(tmp_path: Path) -> None:
    pair: Any = SlowPair(tmp_path, [1, 0, 2])
    drains = BoundedDrains()
    turns = [drains.drain(pair, 12, 4, 0.2) for _ in range(3)]
    assert [turn.tasks for turn in turns] == [2, 1, 3]
    assert {turn.duration_ns for turn in turns} == {200_000_000}
    assert pair.record.counts().sent == 13  # there are always as many in the queue as a drain wants
    assert pair.record.counts().finished == 3


def test_what_is_left_of_a_cut_drain_is_drained_in_the_next(tmp_path: Path) -> None:
    pair: Any = SlowPair(tmp_path, [5, 12])
    drains = BoundedDrains()
    drains.drain(pair, 12, 4, 0.2)
    turn = drains.drain(pair, 12, 4, 0.2)
    assert (turn.warmup_tasks, turn.tasks) == (4, 8)
    assert pair.record.open_tasks == 0
    assert pair.record.counts().finished == pair.record.counts().sent == 17


def test_a_cut_drain_lasts_until_the_cut_however_fast_its_tasks_were(tmp_path: Path) -> None:
    pair: Any = SlowPair(tmp_path, [20])
    turn = BoundedDrains().drain(pair, 40, 4, 0.2)
    assert (turn.warmup_tasks, turn.tasks) == (4, 16)
    assert 0.15e9 < turn.duration_ns <= turn.span_ns == 200_000_000


def test_a_worker_that_does_nothing_at_all_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.processes.bounded._PATIENCE_S", 0.25)
    pair: Any = SlowPair(tmp_path, [0, 0, 0])
    drains = BoundedDrains()
    drains.drain(pair, 12, 4, 0.2)
    drains.drain(pair, 12, 4, 0.2)
    with pytest.raises(TasksLost, match="0 finished"):
        drains.drain(pair, 12, 4, 0.2)
