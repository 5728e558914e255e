"""How many cores other programs use, by counters that are made up, and beside a program that keeps a core busy."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from fakes import Clock, FakeRunning, make_stage
from taking import enqueue

from bench.processes.others import CoreTimes, Others, core_times, may_be_here
from bench.processes.platform import allowed_cores
from bench.processes.usage import cpu_ns
from bench.records.turns import Series


class Machine:
    """Two cores, of which this run and others use known parts."""

    def __init__(self) -> None:
        self.clock, self.spare_s, self.own_s = Clock(), 0.0, 0.0
        self.shows = True

    def work(self, seconds: float, *, own: float = 0.0, other: float = 0.0) -> None:
        """Let time pass in which this run and others use that many cores."""
        self.clock.sleep(seconds)
        self.spare_s += (2 - own - other) * seconds
        self.own_s += own * seconds

    def read(self, _: object) -> CoreTimes | None:
        return CoreTimes(counted_s=2 * self.clock.now_s, spare_s=self.spare_s) if self.shows else None

    def cpu_s(self) -> float:
        return self.own_s

    def look_again(self) -> None:
        pass

    def others(self) -> Others:
        found = Others([0, 1], self.read, self, self.clock.monotonic)  # type: ignore[arg-type]
        found.start_over()
        return found


def test_others_use_what_is_neither_spare_nor_the_runs_own() -> None:
    machine = Machine()
    found = machine.others()
    machine.work(2, own=1.2, other=0.5)
    assert found.since(0) == pytest.approx(0.5)
    machine.work(2, own=1.9)
    assert found.since(2) == 0


def test_a_short_block_is_judged_by_the_last_second() -> None:
    machine = Machine()
    found = machine.others()
    known = []
    for block in range(30):
        begin_s = machine.clock.now_s
        machine.work(0.1, own=1, other=0.8 if 12 <= block < 22 else 0)
        known.append(found.since(begin_s))
    assert known[:9] == [None] * 9
    assert known[10:12] == pytest.approx([0, 0])
    assert known[21] == pytest.approx(0.8, abs=0.1)
    assert [cores > 0.2 for cores in known[10:] if cores is not None].count(True) == pytest.approx(14, abs=1)


def test_nothing_is_told_before_a_second_has_passed_in_the_same_processes() -> None:
    machine = Machine()
    found = machine.others()
    machine.work(5, own=1)
    found.start_over()
    machine.work(0.9, other=2)
    assert found.since(5) is None
    machine.work(0.2, other=2)
    assert found.since(5.9) == pytest.approx(2)


@pytest.mark.parametrize("lost", ["hidden", "standing still", "own time gone"])
def test_nothing_is_told_where_the_counters_cannot_be_right(lost: str) -> None:
    machine = Machine()
    found = machine.others()
    machine.work(2, own=1)
    if lost == "hidden":
        machine.shows = False
    if lost == "standing still":
        found.read_cores = lambda _: CoreTimes(counted_s=0.1, spare_s=0.0)
    if lost == "own time gone":
        machine.own_s = -1
    assert found.since(0) is None


def test_a_stage_notes_in_each_block_what_others_used(clock: Clock) -> None:
    machine = Machine()
    machine.clock = clock
    stage, blocks = make_stage(clock, FakeRunning("a", clock, turn_s=0.0))
    stage.others = machine.others()
    for other in (0.5, 0.0):
        machine_work = lambda _, other=other: machine.work(2, own=1, other=other)  # noqa: E731
        stage.block(Series("enqueue"), lambda running, work=machine_work: (work(running), enqueue(running))[1])
    assert [block.other_cores for block in blocks] == pytest.approx([0.5, 0.0])


def test_cores_are_read_by_their_numbers_and_interrupts_are_spare(tmp_path: Path) -> None:
    (tmp_path / "stat").write_text(
        "cpu  9 9 9 9 9 9 9 9 9 9\ncpu0 100 0 0 900 0 0 0 0 0 0\ncpu3 100 50 50 500 100 60 40 100 70 0\nintr 1 2 3\n"
    )
    found = core_times([3], tmp_path / "stat")
    assert found is not None
    assert (found.counted_s, found.spare_s) == pytest.approx((10, 7))  # a guest's time is in the user's
    assert core_times([1], tmp_path / "stat") is None
    assert core_times([0], tmp_path / "missing") is None


def test_a_server_may_be_here_unless_its_url_names_another_machine() -> None:
    assert all(map(may_be_here, ("redis://localhost:1", "amqp://a:b@127.0.0.1//", "sqs://", "redis+socket:///x", "[")))
    assert not may_be_here("redis://192.0.2.7:6379/0")


@contextmanager
def spinning() -> Iterator[psutil.Process]:
    """Run a program that keeps a core busy, as far as the machine lets it."""
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        yield psutil.Process(process.pid)
        process.kill()


def used_beside(program: psutil.Process) -> tuple[float, float]:
    """Return how many cores others use, and how many of them the program itself used meanwhile."""
    found = Others(allowed_cores())
    found.start_over()
    begin_s, before_ns = time.monotonic(), cpu_ns(program)
    time.sleep(1.5)
    spun_ns, used = cpu_ns(program) - before_ns, found.since(begin_s)
    assert used is not None
    return used, spun_ns / 1e9 / (time.monotonic() - begin_s)


def test_a_program_that_spins_is_seen_and_one_of_the_runs_own_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    with spinning() as program:
        used, spun = used_beside(program)
        assert used <= len(allowed_cores()) - spun + 0.1
        monkeypatch.setattr(psutil.Process, "children", lambda self, recursive: [])
        used, spun = used_beside(program)
        assert used >= spun - 0.1
