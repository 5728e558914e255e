"""A worker rests only when its main process knows which tasks have ended: it does not take the rest for their time."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import psutil
import pytest
from support import Servers
from taking import needs

from bench.processes.hearing import Hearing
from bench.processes.launcher import Launcher
from bench.processes.platform import CAN_STOP, CorePlan
from bench.processes.running_subject import RunningSubject
from bench.processes.subject import label_subjects
from bench.records.workload import Workload
from bench.subject.recorder import FINISHED, HEARD
from brokers import split_subject
from brokers.workspace import Workspace

LIMIT_S = 1
APP = """
import time
from celery import Celery, signals
from kombu.asynchronous import get_event_loop

app = Celery("slow_to_hear", broker="redis://:elsewhere@127.0.0.1:1/0")

@app.task(time_limit=1)
def work():
    time.sleep(0.3)

@signals.worker_ready.connect
def be_busy(**_):
    hub = get_event_loop()

    def busy():
        time.sleep(0.2)
        hub.call_soon(busy)

    hub.call_soon(busy)
"""
"""Its worker's main process hears of an end after up to 0.2 s, and looks at the time limits before."""


@pytest.fixture
def running(servers: Servers, workspace: Workspace, tmp_path: Path) -> Iterator[RunningSubject]:
    (tmp_path / "slow_to_hear.py").write_text(APP)
    workload = Workload(
        name="own", app="slow_to_hear:app", app_dir=str(tmp_path), task="slow_to_hear.work", pool="prefork"
    )
    (subject,) = label_subjects([split_subject("redis")])
    launcher = Launcher(subject, servers.private("redis"), workload, workspace, CorePlan(), 1, str(tmp_path))
    with ExitStack() as ends:
        ends.callback(launcher.end)
        one = RunningSubject(launcher, needs("throughput"))
        one.start()
        one.wait_until_ready()
        yield one


def children(running: RunningSubject) -> set[int]:
    assert running._pair is not None
    return {child.pid for child in psutil.Process(running._pair.worker.pid).children()}


@pytest.mark.slow
@pytest.mark.skipif(not CAN_STOP, reason="this system cannot stop a process")
def test_a_rest_beyond_a_time_limit_kills_no_process(running: RunningSubject) -> None:
    before = children(running)
    for _ in range(2):
        running.drain(5)
        time.sleep(LIMIT_S + 0.2)
    running.wake()
    time.sleep(0.5)
    assert children(running) == before
    assert running.record(None).counts.limited == {}


@pytest.fixture
def hearing() -> Hearing:
    hearing = Hearing()
    hearing.is_recorded = True
    return hearing


def test_every_end_so_far_is_waited_for(hearing: Hearing) -> None:
    looks = iter([[FINISHED, FINISHED], [HEARD], [FINISHED], [HEARD], [HEARD]])
    hearing.wait(lambda: hearing.add(np.array(next(looks)), 0))
    assert list(looks) == [[HEARD]]  # that end came during the wait


def test_an_end_that_is_never_heard_of_is_waited_for_once(hearing: Hearing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.processes.hearing._LONGEST_S", 0.05)
    hearing.add(np.array([FINISHED, FINISHED, HEARD]), 0)
    for most_s, least_s in ((1.0, 0.05), (0.04, 0.0)):
        begin_s = time.monotonic()
        hearing.wait(lambda: None)
        assert least_s <= time.monotonic() - begin_s <= most_s


def test_a_task_that_the_main_process_ended_itself_counts_as_an_end(hearing: Hearing) -> None:
    hearing.add(np.array([HEARD, FINISHED]), 1)
    looks: list[None] = []
    hearing.wait(lambda: hearing.add(np.array([HEARD]), 0) if len(looks) else looks.append(None))
    assert looks == [None]


def test_what_a_worker_does_not_record_is_not_waited_for() -> None:
    hearing = Hearing()
    hearing.add(np.array([FINISHED]), 0)
    hearing.wait(lambda: pytest.fail("it looks"))
