"""A subject with its processes, on a real server; and what is known of it without any."""

import os
import signal
import time
from contextlib import ExitStack
from typing import Any

import psutil
import pytest
import redis
from starting import Started, make_launcher
from support import Servers, eventually, is_alive
from taking import drain, enqueue, first_publish, needs, open_loop, wakeup

from bench.metrics.registry import find_metric
from bench.processes.ceiling import RunningCeiling
from bench.processes.errors import SubjectFailed
from bench.processes.running_subject import RunningSubject
from bench.records.provenance import Counts
from bench.records.workload import Workload
from brokers import Server
from brokers.workspace import Workspace


def make_running(subject: str, metrics: tuple[str, ...] = ("enqueue", "throughput"), **workload: Any) -> RunningSubject:
    return RunningSubject(make_launcher(subject, **workload), needs(*metrics))


# Without processes


def test_a_workload_may_set_what_the_profile_leaves_open() -> None:
    running = make_running("rabbitmq", settings={"task_acks_late": True, "worker_prefetch_multiplier": 64})
    settings = running.launcher.settings("q")
    assert settings["task_acks_late"] is True
    assert running.prefetch_tasks == 64


def test_a_workload_cannot_break_the_profiles_promise() -> None:
    own = {"task_acks_late": False, "broker_transport_options": {"confirm_publish": False, "max_retries": 1}}
    settings = make_launcher("rabbitmq:durable", settings=own).settings("q")
    assert settings["task_acks_late"] is True
    assert settings["broker_transport_options"] == {"confirm_publish": True, "max_retries": 1}


def test_pool_and_concurrency_stand_among_the_effective_settings() -> None:
    server = Server(url="redis://h/0", software="made up", version="1")
    settings = make_launcher("redis", server, pool="threads", concurrency=3).settings("q")
    assert (settings["worker_pool"], settings["worker_concurrency"]) == ("threads", 3)


def test_from_the_next_start_on_it_does_what_it_is_told_to_use() -> None:
    running = make_running("redis")
    running.use(Workload(name="other", concurrency=3))
    assert running.workload.name == "other"
    assert running.prefetch_tasks == 12
    assert running.launcher.settings("q")["worker_concurrency"] == 3


def test_a_subject_that_never_started_still_has_a_record() -> None:
    record = make_running("redis").record("the server is gone")
    assert record.failure == "the server is gone"
    assert record.counts.sent == record.calls == 0
    assert record.server is not None
    assert record.server.software == "made up"


def test_a_broker_within_one_process_has_calls_and_no_worker() -> None:
    every: tuple[str, ...] = ("enqueue", "first-publish", "throughput", "latency", "wakeup", "capacity")
    running = make_running("memory", every)
    assert [metric for metric in every if running.measures(metric)] == ["enqueue", "first-publish"]
    assert running.not_measured().keys() == {"throughput", "latency", "wakeup", "capacity"}
    assert running.not_measured()["latency"] == "memory lives in one process, so no worker can drain it"
    assert make_running("redis", every).not_measured() == {}


def test_nobody_has_turns_of_what_was_not_asked_for() -> None:
    running = make_running("redis", ("throughput",))
    assert running.measures("throughput")
    assert not running.measures("enqueue")


def test_a_ceiling_has_calls_and_drains_only() -> None:
    every: list[str] = ["enqueue", "throughput", "latency", "wakeup", "first-publish"]
    ceiled = [metric for metric in every if find_metric(metric).ceiled]
    ceiling = RunningCeiling(make_launcher("redis"), needs(*ceiled), "raw")
    assert [metric for metric in every if ceiling.measures(metric)] == ["enqueue", "throughput"]
    assert not RunningCeiling(make_launcher("memory"), needs(*ceiled), "kombu").measures("throughput")


def test_a_turn_without_the_process_for_it_is_a_failure_and_no_crash() -> None:
    running = make_running("redis")
    for turn in (
        lambda: enqueue(running),
        lambda: first_publish(running),
        running.wake,
        lambda: drain(running, 20),
    ):
        with pytest.raises(SubjectFailed, match=r"it has no (producer|worker)"):
            turn()
    with pytest.raises(SubjectFailed, match="it was not started"):
        enqueue(RunningCeiling(make_launcher("redis"), needs("enqueue"), "raw"))


# On a real server


def test_only_the_processes_that_the_metrics_need_are_started(started: Started) -> None:
    calling, draining = started("enqueue"), started("throughput")
    assert len(enqueue(calling).samples_ns) == 20
    assert drain(draining, 20).tasks == 16
    with pytest.raises(SubjectFailed, match="it has no worker"):
        drain(calling, 20)
    with pytest.raises(SubjectFailed, match="it has no producer"):
        enqueue(draining)


def test_a_closed_loop_keeps_its_first_calls_apart(started: Started) -> None:
    running = started("enqueue", calls=7, warmup_calls=3)
    turn = enqueue(running)
    assert (len(turn.warmup_ns), len(turn.samples_ns)) == (3, 7)
    assert (turn.subject, turn.layer) == ("redis", "celery")
    assert running.record(None).calls == 10


def test_every_task_of_an_open_loop_is_sent_and_finished(started: Started) -> None:
    running = started("latency")
    turn = open_loop(running, 100.0, 60)
    assert (turn.sent, turn.dropped, turn.warmup_tasks, turn.rate_per_s) == (60, 0, 6, 100.0)
    for histogram in (turn.start, turn.response, turn.service, turn.schedule_lag, turn.generator_lag):
        assert histogram.counted().total == 54
    assert turn.service.counted().quantile(0.5) <= turn.response.counted().quantile(0.5)
    counts = running.record(None).counts
    assert counts.sent == counts.started == counts.finished == 60


def test_drains_and_open_loops_can_alternate(started: Started) -> None:
    running = started("throughput", "latency")
    drain(running, 20)
    open_loop(running, 200.0, 30)
    drain(running, 20)
    counts = running.record(None).counts
    assert counts == Counts(sent=70, started=70, finished=70, processes=counts.processes)


def test_a_worker_that_waits_is_woken_by_one_task(started: Started) -> None:
    running = started("wakeup")
    turns = []
    for _ in range(2):
        running.wake()
        time.sleep(0.1)  # this long the queue is idle
        turns.append(wakeup(running))
        running.rest()
    assert all(turn.start_ns > 0 for turn in turns)
    counts = running.record(None).counts
    assert counts.sent == counts.finished == 2


def test_a_worker_that_rests_takes_nothing(started: Started) -> None:
    running = started("wakeup")
    running.wake()
    wakeup(running)
    running.rest()
    (pid,) = worker_pids(running)
    assert eventually(lambda: psutil.Process(pid).status() == psutil.STATUS_STOPPED)


def worker_pids(running: RunningSubject) -> list[int]:
    assert running._pair is not None
    return [running._pair.worker.pid]


def test_the_first_publish_is_that_of_a_fresh_process_and_then_of_fresh_threads(started: Started) -> None:
    running = started("first-publish")
    turn = first_publish(running)
    assert turn.process_ns > 0
    assert len(turn.threads_ns) == 5
    assert all(duration_ns > 0 for duration_ns in turn.threads_ns)
    assert running.record(None).calls == 6


def test_so_many_tasks_wait_in_the_producers_queue_as_the_workload_says(started: Started, servers: Servers) -> None:
    with redis.Redis.from_url(servers.private("redis").url) as client:
        before = queue_lengths(client)
        running = started("enqueue", waiting_tasks=150, calls=10, warmup_calls=0)
        (queue,) = queue_lengths(client).keys() - before.keys()
        assert queue_lengths(client)[queue] == 150
        enqueue(running)
        assert queue_lengths(client)[queue] == 160


def queue_lengths(client: "redis.Redis[Any]") -> dict[str, int]:  # type: ignore[type-arg]
    names = [name for name in client.keys("brokerbench-*") if client.type(name) == b"list"]
    return {str(name): int(client.llen(name)) for name in names}


def test_a_worker_that_is_stopped_while_it_polls_in_a_transaction_holds_up_no_feeder(
    servers: Servers, workspace: Workspace
) -> None:
    """PostgreSQL's worker polls within a transaction, and the declaration of a queue waits for that to end."""
    with ExitStack() as ends:
        launcher = make_launcher("postgres", servers.private("postgres"), workspace, pool="solo")
        running = RunningSubject(launcher, needs("throughput"))
        ends.callback(running.end)
        running.start()
        running.wait_until_ready()
        running.wake()
        time.sleep(0.5)  # in which the worker begins to poll
        running.rest()
        assert drain(running, 20).tasks == 16


def test_it_can_be_started_again_and_counts_go_on(started: Started) -> None:
    running = started("throughput")
    drain(running, 20)
    (first,) = worker_pids(running)
    running.end()
    running.start()
    running.wait_until_ready()
    drain(running, 20)
    assert worker_pids(running) != [first]
    counts = running.record(None).counts
    assert counts.sent == counts.finished == 40


def test_when_it_ends_its_processes_and_on_a_users_server_its_queues_are_gone(
    started: Started, servers: Servers
) -> None:
    server = servers.as_users("redis")
    with redis.Redis.from_url(server.url) as client:
        keys = set(client.keys("*"))
        running = started("enqueue", "throughput", server=server)
        enqueue(running)
        drain(running, 20)
        processes = [psutil.Process(pid) for pid in worker_pids(running)]
        assert set(client.keys("*")) - keys
        running.end()
        assert not set(client.keys("*")) - keys
    assert not any(map(is_alive, processes))


def test_a_worker_that_dies_is_a_failure_that_names_it(started: Started) -> None:
    running = started("throughput")
    os.kill(worker_pids(running)[0], signal.SIGKILL)
    with pytest.raises(SubjectFailed, match="its worker ended"):
        drain(running, 20)


def test_a_call_that_fails_says_what_was_done_before(started: Started) -> None:
    running = started("enqueue", task="tasks.echo", args=["one", "too many"])
    with pytest.raises(SubjectFailed, match="enqueue failed after 0 calls: TypeError"):
        enqueue(running)


@pytest.mark.parametrize("layer", ["raw", "kombu"])
def test_a_ceiling_calls_and_drains_in_celerys_place(servers: Servers, workspace: Workspace, layer: Any) -> None:
    launcher = make_launcher("redis", servers.private("redis"), workspace)
    ceiling = RunningCeiling(launcher, needs("enqueue", "throughput"), layer)
    try:
        ceiling.start()
        ceiling.wait_until_ready()
        turn, drained = enqueue(ceiling), drain(ceiling, 30)
    finally:
        ceiling.end()
    assert (turn.subject, turn.layer, len(turn.samples_ns)) == ("redis", layer, 20)
    assert (drained.layer, drained.tasks, drained.warmup_tasks) == (layer, 30, 0)
