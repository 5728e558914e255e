"""What is measured of a broker of known times is what is known."""

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from draws import SHAPES, Times
from known import Known, truths_workload
from kombu import Connection, Queue
from taking import drain, enqueue, needs, open_loop

from bench.processes.launcher import Launcher
from bench.processes.platform import plan_cores
from bench.processes.running_subject import RunningSubject
from bench.processes.subject import Subject, import_path
from bench.stats.histogram import Histogram
from bench.subject.recorder import task_id
from brokers import Server
from brokers.server import serve
from brokers.workspace import Workspace

SHARE = 0.02
LEAST_NS = 50_000
WARMUP, CALLS = 5, 220
RATE_PER_S, PACED = 100.0, 300
MS = 1_000_000


def make_known(shape: str = "constant", publish_ns: int = MS, delivery_ns: int = MS) -> Known:
    return Known(Times(shape, publish_ns, seed=1), Times(shape, delivery_ns, seed=2))


@pytest.fixture(scope="module")
def server(workspace: Workspace) -> Iterator[Server]:
    known = make_known()
    with serve(known, known.profiles["default"], workspace) as server:
        yield server


def running(known: Known, server: Server, workspace: Workspace, metrics: list, **workload: object) -> RunningSubject:
    own = truths_workload(warmup_calls=WARMUP, **workload)
    what = Subject(label="known", broker=known, profile=known.profiles["default"])
    apps = import_path(own, workspace.directory)
    subject = RunningSubject(Launcher(what, server, own, workspace, plan_cores(), 1, apps), needs(*metrics))
    subject.start()
    return subject


def measured_ns(known: Known, server: Server, workspace: Workspace) -> list[int]:
    """Return the calls of one turn of fresh processes, whose draws are always the same."""
    subject = running(known, server, workspace, ["enqueue"], calls=CALLS)
    try:
        subject.wait_until_ready()
        return enqueue(subject).samples_ns
    finally:
        subject.end()


def wrong_quantiles(samples_ns: list[int], truths_ns: list[int]) -> list[tuple[float, float, float]]:
    """Return the quantiles that are neither within 2 % nor within 50 us of their truth."""
    found = [(p, float(np.quantile(samples_ns, p)), float(np.quantile(truths_ns, p))) for p in (0.5, 0.95)]
    return [one for one in found if abs(one[1] - one[2]) > max(LEAST_NS, SHARE * one[2])]


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_calls_take_what_they_are_known_to_take(shape: str, server: Server, workspace: Workspace) -> None:
    known = make_known(shape, publish_ns=15 * MS)
    truths_ns = known.publish_durations_ns(WARMUP + CALLS)[WARMUP:]
    best_ns = measured_ns(known, server, workspace)
    assert all(sample >= truth for sample, truth in zip(best_ns, truths_ns, strict=True))
    for _ in range(2):  # where others use the machine a call may return late, and never early: take it again
        if wrong_quantiles(best_ns, truths_ns):
            best_ns = list(map(min, best_ns, measured_ns(known, server, workspace)))
    assert not wrong_quantiles(best_ns, truths_ns)


def latencies_ns(known: Known, server: Server, workspace: Workspace) -> Histogram:
    """Return the times from the intended send to the start, of one open-loop turn of fresh processes."""
    subject = running(known, server, workspace, ["latency"], pool="solo")
    try:
        subject.wait_until_ready()
        return open_loop(subject, RATE_PER_S, PACED).start.counted()
    finally:
        subject.end()


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_tasks_start_as_late_as_their_delivery_is_known_to_be(shape: str, server: Server, workspace: Workspace) -> None:
    known = make_known(shape, publish_ns=MS, delivery_ns=150 * MS)
    times_ns = np.add(known.publish_durations_ns(PACED), known.delivery_delays_ns(PACED))
    truths_ns = times_ns[PACED // 10 :]
    for _ in range(3):  # where others use the machine, once more
        found = latencies_ns(known, server, workspace)
        off = [abs(found.quantile(p) / np.quantile(truths_ns, p) - 1) for p in (0.5, 0.95)]
        if max(off) <= SHARE:
            return
    assert max(off) <= SHARE


def test_a_worker_runs_every_task_once(server: Server, workspace: Workspace) -> None:
    subject = running(make_known("pareto", MS // 5, 2 * MS), server, workspace, ["throughput"])
    try:
        subject.wait_until_ready()
        assert drain(subject, 50).tasks == 50 - subject.prefetch_tasks
        counts = subject.record(None).counts
    finally:
        subject.end()
    assert (counts.sent, counts.started, counts.finished, counts.duplicated) == (50, 50, 50, 0)


@pytest.fixture
def connection(server: Server) -> Iterator[Connection]:
    settings = make_known("pareto", 2 * MS, 10 * MS).settings(server.url, Known.profiles["default"])
    options = settings["broker_transport_options"]
    with Connection(server.url, transport="transport:Transport", transport_options=options) as connection:
        yield connection


def test_a_message_is_delivered_when_it_is_known_to_be(connection: Connection, queue: str) -> None:
    known, due_ns, late_ns, ends_ns = make_known("pareto", 2 * MS, 10 * MS), [], [], []

    def receive(_: object, message: Any) -> None:
        due_ns.append(message.properties["due_ns"])
        late_ns.append(time.monotonic_ns() - due_ns[-1])

    consumer = connection.Consumer([Queue(queue)], callbacks=[receive], no_ack=True)
    consumer.consume()
    for number in range(30):
        connection.Producer().publish(number, routing_key=queue, headers={"id": task_id(number)})
        ends_ns.append(time.monotonic_ns())
        connection.drain_events(timeout=5)
    published_ns = [due - delay for due, delay in zip(due_ns, known.delivery_delays_ns(30), strict=True)]
    assert min(late_ns) >= 0
    assert np.median(late_ns) < MS
    assert 0 <= np.median(np.subtract(ends_ns, published_ns)) < MS


def test_a_message_that_is_due_sooner_overtakes(connection: Connection, queue: str) -> None:
    delays = make_known("pareto", 2 * MS, 10 * MS).delivery_delays_ns(40)
    slowest, fastest = int(np.argmax(delays)), int(np.argmin(delays))
    came: list[int] = []
    consumer = connection.Consumer([Queue(queue)])
    consumer.register_callback(lambda body, message: (came.append(body), message.ack()))
    consumer.consume()
    for number in (slowest, fastest):
        connection.Producer().publish(number, routing_key=queue, headers={"id": task_id(number)})
    while len(came) < 2:
        connection.drain_events(timeout=5)
    assert came == [fastest, slowest]


def test_draws_do_not_depend_on_what_was_drawn_before() -> None:
    times = Times("pareto", 1000, seed=3)
    assert times.draw_ns(7) == times.draws_ns(10)[7]
    assert times.draws_ns(50) != Times("pareto", 1000, seed=4).draws_ns(50)
    assert len(set(times.draws_ns(50))) > 40
