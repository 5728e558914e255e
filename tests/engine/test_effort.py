"""What a turn takes of the machine, read from processes that do a known thing."""

import base64
import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import pytest
import redis
from starting import Started, make_launcher
from support import Servers
from taking import drain, enqueue, needs

from bench.engine.observer import Silent
from bench.engine.schedule import Schedule
from bench.engine.stage import Stage
from bench.figures.tally import Tally
from bench.processes.disk import Disk, disk_of, written_bytes
from bench.processes.effort import EffortGauge, Roots
from bench.processes.family import Spent
from bench.processes.running_subject import RunningSubject
from bench.records.effort import Effort
from bench.records.turns import Key, Series
from brokers.workspace import Workspace

S = 1_000_000_000
KEY: Key = ("redis", "celery")
OBEYS = """
import os, signal, sys, time
def spin(seconds):
    end = time.process_time() + float(seconds)
    while time.process_time() < end: pass
def child(seconds):
    if not (pid := os.fork()):
        spin(seconds)
        os._exit(0)
    try:
        os.waitpid(pid, 0)
    except ChildProcessError: pass
def begin():
    global kept
    (theirs, ours), (mine, its) = os.pipe(), os.pipe()
    if not os.fork():
        os.close(ours)  # so it ends with its parent
        while command := os.read(theirs, 100).decode():
            spin(command) if command != "end" else os._exit(0)
            os.write(its, b"done")
    kept = ours, mine
def tell(command):
    os.write(kept[0], command.encode())
    os.read(kept[1], 100) if command != "end" else time.sleep(0.2)
def write(path):
    with open(path, "wb") as file:
        file.write(bytes(65536))
        file.flush()
        os.fsync(file.fileno())
    os.unlink(path)
def deaf(): signal.signal(signal.SIGCHLD, signal.SIG_IGN)
def wait(): os.wait()
for line in sys.stdin:
    name, *given = line.split()
    globals()[name](*given)
    print("done", flush=True)
"""
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the CPU times are exact on Linux alone")


class Obedient:
    """A process that does what it is told, and says when it is done."""

    def __init__(self, ends: ExitStack) -> None:
        pipe = subprocess.PIPE
        self._process = ends.enter_context(
            subprocess.Popen([sys.executable, "-c", OBEYS], stdin=pipe, stdout=pipe, text=True, bufsize=1)
        )
        self.pid = self._process.pid
        ends.callback(self._process.kill)
        self.do("spin 0")  # it has started

    def do(self, what: str) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(what + "\n")
        assert self._process.stdout.readline() == "done\n"


@contextmanager
def closing_subject(running: RunningSubject) -> Iterator[None]:
    running.start()
    try:
        running.wait_until_ready()
        yield
    finally:
        running.end()


@pytest.fixture
def obedient() -> Iterator[Callable[[], Obedient]]:
    with ExitStack() as ends:
        yield lambda: Obedient(ends)


def effort_of(roots: Roots, work: Callable[[], object]) -> Effort:
    gauge = EffortGauge()
    gauge.begin("enqueue", roots, None)
    work()
    effort = gauge.end(roots, None)
    assert effort is not None
    return effort


def test_each_roles_cpu_time_is_its_own(obedient: Callable[[], Obedient]) -> None:
    producer, server = obedient(), obedient()
    roots: Roots = {"producer": [producer.pid], "server": [server.pid], "worker": []}
    effort = effort_of(roots, lambda: producer.do("spin 0.1"))
    assert effort.cpu_ns["producer"] == pytest.approx(0.1 * S, abs=0.02 * S)
    assert effort.cpu_ns["server"] < 0.02 * S
    assert effort.cpu_ns["harness"] < 0.05 * S
    assert {*effort.cpu_ns} == {"producer", "server", "harness"}
    assert effort.wall_ns >= 0.1 * S


def test_a_pool_is_told_from_its_main_process(obedient: Callable[[], Obedient]) -> None:
    worker = obedient()
    worker.do("begin")

    def work() -> None:
        worker.do("tell 0.1")
        worker.do("spin 0.05")

    effort = effort_of({"worker": [worker.pid]}, work)
    assert effort.cpu_ns["worker"] == pytest.approx(0.05 * S, abs=0.02 * S)
    assert effort.cpu_ns["child"] == effort.cpu_ns["busiest child"] == pytest.approx(0.1 * S, abs=0.02 * S)


def test_a_process_that_shares_its_core_waits_for_it(obedient: Callable[[], Obedient]) -> None:
    producer, other = obedient(), obedient()
    (core, *_) = os.sched_getaffinity(0)
    for one in (producer, other):
        os.sched_setaffinity(one.pid, {core})

    def work() -> None:
        with ThreadPoolExecutor() as threads:
            list(threads.map(lambda one: one.do("spin 0.2"), (producer, other)))

    effort = effort_of({"producer": [producer.pid], "server": [other.pid]}, work)
    assert effort.ready_ns["producer"] > 0.05 * S
    assert {*effort.ready_ns} == {"producer"}


def test_children_that_ended_count(obedient: Callable[[], Obedient]) -> None:
    """One was there before and ended, one started and ended unseen, and one is there all the time."""
    worker = obedient()
    worker.do("begin")
    worker.do("tell 0.1")  # before the turn

    def work() -> None:
        worker.do("tell 0.05")
        worker.do("tell end")
        worker.do("wait")
        worker.do("begin")
        worker.do("child 0.1")

    effort = effort_of({"worker": [worker.pid]}, work)
    assert effort.cpu_ns["child"] == pytest.approx(0.15 * S, abs=0.03 * S)
    assert effort.cpu_ns["worker"] < 0.03 * S


def test_a_role_is_missing_if_nobody_knows_what_an_ended_process_did(obedient: Callable[[], Obedient]) -> None:
    worker = obedient()
    worker.do("deaf")
    worker.do("begin")
    worker.do("tell 0.1")

    def work() -> None:
        worker.do("tell end")
        worker.do("begin")  # another one, which would count as all that there is

    effort = effort_of({"worker": [worker.pid]}, work)
    assert "child" not in effort.cpu_ns
    assert "worker" in effort.cpu_ns


def test_a_server_that_ended_is_missing(obedient: Callable[[], Obedient]) -> None:
    with ExitStack() as ends:
        pid = Obedient(ends).pid
    assert {*effort_of({"server": [pid]}, lambda: None).cpu_ns} == {"harness"}


def test_a_metrics_turn_right_after_another_has_no_effort() -> None:
    gauge = EffortGauge()
    gauge.begin("enqueue", {}, None)
    gauge.begin_again({}, None)
    assert gauge.end({}, None)
    gauge.begin("enqueue", {}, None)
    gauge.begin_again({}, None)
    assert gauge.end({}, None) is None
    gauge.begin("throughput", {}, None)
    assert gauge.end({}, None)


def test_waits_for_the_disk_are_those_that_the_kernel_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    waits_ns = iter((5 * S, 7 * S))
    monkeypatch.setattr(
        "bench.processes.family.Families.spent", lambda self, pid: {pid: Spent(0, 0, disk_ns=next(waits_ns))}
    )
    gauge = EffortGauge(_counts_disk_waits=True)
    gauge.begin("enqueue", {"server": [1]}, None)
    effort = gauge.end({"server": [1]}, None)
    assert effort is not None
    assert effort.disk_ns == 2 * S


def test_the_syncs_of_a_disk_are_counted(tmp_path: Path) -> None:
    disk = disk_of(tmp_path)
    if disk is None or (before := disk.syncs()) is None:
        pytest.skip("the system does not show the disk of this folder")
    with (tmp_path / "file").open("wb") as file:
        for _ in range(3):
            file.write(b"more")
            file.flush()
            os.fsync(file.fileno())
    after = disk.syncs()
    assert after is not None
    assert after >= before + 3


def test_what_a_server_writes_to_a_disk_counts_and_what_it_keeps_in_memory_does_not(
    obedient: Callable[[], Obedient], tmp_path: Path
) -> None:
    server = obedient()
    if disk_of(tmp_path) is None or written_bytes([server.pid]) is None:
        pytest.skip("the system does not show the disk of this folder")
    in_memory = f"/dev/shm/{uuid.uuid4().hex}"
    on_disk, kept = (
        effort_of({"server": [server.pid]}, partial(server.do, f"write {path}")).written_bytes
        for path in (tmp_path / "file", in_memory)
    )
    assert (on_disk or 0) >= 65536
    assert kept == 0
    assert written_bytes([2**22]) is None


def test_a_disk_without_counts_or_without_any_flush_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "stat").write_text("1 " * 11)
    assert Disk((tmp_path,)).syncs() is None
    (tmp_path / "stat").write_text("1 " * 15 + "0 0")
    assert Disk((tmp_path,)).syncs() is None
    (tmp_path / "stat").write_text("1 " * 15 + "4 0")
    assert Disk((tmp_path,)).syncs() == 4


def test_the_disk_of_a_partition_in_a_volume_is_found(tmp_path: Path) -> None:
    number = tmp_path.stat().st_dev
    disk, volume, devices = tmp_path / "sda", tmp_path / "dm-0", tmp_path / "devices"
    for folder in (disk / "sda1", volume / "slaves", devices):
        folder.mkdir(parents=True)
    (disk / "sda1" / "partition").touch()
    (volume / "slaves" / "sda1").symlink_to(disk / "sda1")
    (devices / f"{os.major(number)}:{os.minor(number)}").symlink_to(volume)
    assert disk_of(tmp_path, devices) == Disk((disk,))
    assert disk_of(tmp_path, tmp_path / "none") is None


def test_the_effort_of_a_drain_is_that_of_the_worker(servers: Servers, workspace: Workspace) -> None:
    launcher = make_launcher("redis", servers.private("redis"), workspace, concurrency=2)
    running = RunningSubject(launcher, needs("throughput", "enqueue"))
    tally, series = Tally(), (Series("enqueue"), Series("throughput"))
    stage = Stage({KEY: running}, Schedule.within(60, time.monotonic(), 1), Silent(), tally.add, 0.0)
    with closing_subject(running):
        stage.present = [KEY]
        stage.block(series[0], enqueue)
        stage.block(series[1], lambda one: drain(one, 300))
        record = running.record(None)
    assert stage.failures == {}
    calls, drained = (tally.evidence.of(one, KEY) for one in series)
    assert calls is not None
    assert drained is not None
    assert {*drained.cpu_ns} == {"producer", "worker", "child", "busiest child", "server", "harness"}
    assert drained.cpu_ns["producer"] < 20_000_000 < drained.cpu_ns["worker"]  # filling the queue is not timed
    assert 0 < drained.cpu_ns["busiest child"] < drained.cpu_ns["child"]
    assert 0 < drained.cpu_ns["server"] < drained.wall_ns
    assert calls.cpu_ns["producer"] > calls.cpu_ns["worker"]
    assert drained.pauses is not None
    assert drained.pauses.idle_ns <= drained.pauses.span_ns == drained.counted_ns
    assert drained.message_bytes == calls.message_bytes
    assert record.server is not None
    assert record.server.filesystem


def test_the_size_of_a_message_is_that_of_its_body_and_headers(started: Started, servers: Servers) -> None:
    with ExitStack() as ends:
        client = ends.enter_context(redis.Redis.from_url(servers.private("redis").url))
        before = {*client.keys()}
        running = started("enqueue", payload_bytes=1_000, task="tasks.echo")
        assert running.message_bytes is not None
        enqueue(running)
        (queue,) = (key for key in {*client.keys()} - before if client.type(key) == b"list")
        message = json.loads(client.lindex(queue, 0))
        size = len(base64.b64decode(message["body"])) + len(json.dumps(message["headers"], separators=(",", ":")))
        assert running.message_bytes == pytest.approx(size, abs=60)  # names of this process
        assert running.message_bytes > 1_000
