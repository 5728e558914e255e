"""The ledger of a soak, from the records that a worker writes, and how its readings are spread."""

import os
from pathlib import Path

import pytest

from bench.guarantees.soak.course import batch_tasks
from bench.guarantees.soak.tally import SoakTally
from bench.processes.open_files import read_holdings
from bench.subject.recorder import EXPIRED, FINISHED, STARTED, Recorder, task_id


def test_every_task_is_counted_once_however_often_it_runs_and_is_read(tmp_path: Path) -> None:
    recorder, tally = Recorder(str(tmp_path)), SoakTally()
    tally.follow(tmp_path)
    tally.accept(range(10_000))
    for number in range(9_998):
        recorder.record(task_id(number), STARTED)
        recorder.record(task_id(number), FINISHED)
    recorder.record(task_id(9_998), EXPIRED)
    tally.update()
    assert (tally.accepted, tally.finished, tally.open) == (10_000, 9_999, 1)
    for kind in (STARTED, FINISHED):
        recorder.record(task_id(5), kind)
        recorder.record(task_id(20_000), kind)
    tally.update()
    tally.update()
    assert (tally.finished, tally.open, tally.duplicated, tally.uninvited) == (9_999, 1, 1, 1)
    assert tally.ended == 10_000


@pytest.mark.parametrize(
    ("tasks", "rate_per_s", "batch"),
    [(3000, 100, 47), (3000, 1000, 300), (100_000, 200, 1000), (50, 0.5, 1), (480, 2.7, 8)],
)
def test_readings_come_every_1000_tasks_or_more_often_in_a_short_run(tasks: int, rate_per_s: float, batch: int) -> None:
    assert batch_tasks(tasks, rate_per_s) == batch


def test_an_open_file_and_a_socket_of_this_process_are_counted_apart() -> None:
    import socket

    before = read_holdings(os.getpid())
    with open(os.devnull) as _, socket.socket() as _:
        during = read_holdings(os.getpid())
    assert before is not None
    assert during is not None
    assert (during.files - before.files, during.connections - before.connections) == (1, 1)
    assert during.main_bytes > 1 << 20
