"""Whole comparisons on real servers, short ones."""

import os
import signal
from pathlib import Path

import pytest
from commands import brokerbench, leftovers, programs_of, start_brokerbench
from support import eventually

from bench.compare.request import Comparison, chosen_metrics, with_ceilings
from bench.compare.run import compare
from bench.engine.observer import Silent
from bench.metrics.latency import LatencyTurn
from bench.processes.subject import label_subjects
from bench.records.result import Result, read_result
from bench.records.selfcheck import read_selfcheck
from bench.records.turns import Block
from bench.records.workload import Workload, load_workload
from bench.records.writer import ResultWriter, Unwritten
from brokers import split_subject


def measured(directory: Path) -> Result:
    return read_result(directory / "out" / "result.json")


def test_two_equal_subjects_are_measured_in_each_block_paired_and_counted(tmp_path: Path) -> None:
    run = brokerbench("compare", "redis", "redis", "--budget", "25s", "--out", "out", "--seed", "7", cwd=tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr
    result = measured(tmp_path)
    assert result.status == "finished"
    assert [subject.label for subject in result.subjects] == ["redis", "redis#2"]
    for subject in result.subjects:
        assert subject.counts.sent == subject.counts.started == subject.counts.finished > 0
        assert subject.counts.duplicated == 0
        assert subject.server is not None
        assert {"celery", "kombu", "redis"} <= subject.versions.keys()
        assert subject.settings["worker_prefetch_multiplier"] == 4
    for block in result.blocks:
        assert sorted(turn.subject for turn in block.turns) == ["redis", "redis#2"]
    assert [(row.metric, row.subject) for row in result.summary] == [
        (metric, label)
        for metric in ("enqueue", "throughput", "first-publish", "first-publish")
        for label in ("redis", "redis#2")
    ]
    for row in result.summary:
        assert row.blocks > 1 or row.metric == "first-publish"  # it has one for each set of processes
        assert row.per_second is not None or row.metric == "first-publish"
        assert row.mean_ns is not None or row.metric != "first-publish"
    ratio = result.summary[1].ratio
    assert ratio is not None
    assert ratio.blocks == result.summary[1].blocks
    assert {"result.json", "report.md", "report.html"} <= {path.name for path in (tmp_path / "out").iterdir()}
    assert all(len(line) <= 80 for line in run.stdout.splitlines())
    assert not leftovers(tmp_path)


class Small(Unwritten):
    """Takes a few blocks and says then that it is full."""

    blocks = 0

    def append(self, block: Block) -> None:
        self.blocks += 1

    def has_room(self) -> bool:
        return self.blocks < 5


def test_a_run_whose_result_is_full_ends_early_and_says_so() -> None:
    writer, subjects = Small(), label_subjects([split_subject("memory")])
    asked = Comparison(subjects=subjects, workload=load_workload("noop"), metrics=["enqueue"], budget_s=60, seed=1)
    result = compare(asked, writer, Silent(), lambda *_: None)
    assert result.status == "finished"
    assert writer.blocks == 5
    assert result.duration_s < 60
    assert "the measurement ended early: its result has no room for more blocks" in result.warnings


def test_what_was_measured_of_a_server_before_the_run_is_in_its_record(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.compare.run.ping_ns", lambda broker, server: 7)
    monkeypatch.setattr("bench.compare.run.sync_ns", lambda directory: pytest.fail("it has no durable subject"))
    subjects = label_subjects([split_subject("memory")])
    asked = Comparison(subjects=subjects, workload=load_workload("noop"), metrics=["enqueue"], budget_s=60, seed=1)
    (subject,) = compare(asked, Small(), Silent(), lambda *_: None).subjects
    assert subject.server is not None
    assert (subject.server.ping_ns, subject.server.sync_ns) == (7, None)


def test_a_subject_that_cannot_be_had_has_its_reason_and_the_others_go_on(tmp_path: Path) -> None:
    options = ("--server", "rabbitmq=amqp://me:secret@127.0.0.1:1", "--metric", "enqueue", "--budget", "20s")
    run = brokerbench("compare", "redis", "rabbitmq", *options, "--out", "out", cwd=tmp_path, REDIS_URL="")
    assert run.returncode == 3
    assert run.stderr == ""
    assert "rabbitmq failed: rabbitmq at amqp://127.0.0.1:1 does not answer" in run.stdout
    assert "or fix or leave out --server" in run.stdout
    redis, rabbitmq = measured(tmp_path).subjects
    assert redis.failure is None
    assert rabbitmq.failure is not None
    assert "does not answer" in rabbitmq.failure
    written = run.stdout + run.stderr + "".join(path.read_text() for path in (tmp_path / "out").iterdir())
    assert "secret" not in written


def test_when_nothing_can_be_measured_there_is_one_line_and_no_result(tmp_path: Path) -> None:
    run = brokerbench("compare", "redis", "--out", "out", cwd=tmp_path, REDIS_URL="redis://:secret@127.0.0.1:1/0")
    assert run.returncode == 3
    assert run.stderr.count("\n") == 1
    assert "does not answer" in run.stderr
    assert "fix or unset REDIS_URL" in run.stderr
    assert "secret" not in run.stdout + run.stderr
    assert not (tmp_path / "out").exists()


def test_memory_is_measured_where_it_can_be_and_says_where_not(tmp_path: Path) -> None:
    run = brokerbench("compare", "memory", "--budget", "12s", "--out", "out", cwd=tmp_path)
    assert run.returncode == 3
    result = measured(tmp_path)
    assert result.subjects[0].not_measured.keys() == {"throughput"}
    assert {row.metric for row in result.summary} == {"enqueue", "first-publish"}
    assert result.summary[0].median_ns is not None


def test_latency_at_a_rate_counts_every_task_that_was_sent(tmp_path: Path) -> None:
    options = ("--metric", "latency", "--rate", "50", "--budget", "18s", "--out", "out")
    run = brokerbench("compare", "redis", *options, cwd=tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr
    result = measured(tmp_path)
    (row,) = result.summary
    turns = [turn for block in result.blocks for turn in block.turns if isinstance(turn, LatencyTurn)]
    sent = sum(one.sent for turn in turns for one in (turn, *turn.void))  # a busy machine may make a try void
    counts = result.subjects[0].counts
    assert counts.sent == counts.started == counts.finished == sent > 0
    assert (row.metric, row.at, row.intended_per_s, row.dropped) == ("latency", {"rate_per_s": 50.0}, 50.0, 0)
    assert 0 < row.samples <= sum(turn.sent - turn.warmup_tasks for turn in turns)
    assert row.median_ns is not None
    assert set(row.apart) == {"start", "service", "schedule lag", "generator lag"}
    assert result.capacities == []
    assert not leftovers(tmp_path)


@pytest.mark.long
def test_a_capacity_is_found_and_latency_measured_at_shares_of_it(tmp_path: Path) -> None:
    options = ("--metric", "latency", "--metric", "capacity", "--budget", "28s", "--out", "out")
    run = brokerbench("compare", "redis", *options, cwd=tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr
    result = measured(tmp_path)
    (capacity,) = result.capacities
    assert capacity.probes > 0
    assert capacity.limit_ns == 100_000_000
    assert {row.at["load"] for row in result.summary} <= {0.25, 0.5, 0.75, 0.9}
    base_per_s = capacity.rate_per_s or 0.5 * (capacity.failed_per_s or 0)
    for row in result.summary:
        assert row.intended_per_s == pytest.approx(float(row.at["load"]) * base_per_s, rel=1e-4)
    counts = result.subjects[0].counts
    assert counts.sent == counts.finished > 0


@pytest.mark.long
def test_ceilings_are_rows_beside_their_subject_with_its_share_of_them(tmp_path: Path) -> None:
    options = ("--metric", "enqueue", "--metric", "throughput", "--ceilings", "--budget", "28s", "--out", "out")
    run = brokerbench("compare", "redis", *options, cwd=tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr
    rows = measured(tmp_path).summary
    assert [(row.metric, row.layer) for row in rows] == [
        ("enqueue", "celery"),
        ("enqueue", "kombu"),
        ("enqueue", "raw"),
        ("enqueue", "memory"),
        ("throughput", "celery"),
        ("throughput", "kombu"),
        ("throughput", "raw"),
    ]
    assert {row.subject for row in rows} == {"redis"}
    for row in rows:
        assert (row.share is None) == (row.layer == "celery")
        assert row.ratio is None
    assert not leftovers(tmp_path)


@pytest.mark.long
def test_a_sweep_has_rows_at_each_of_its_points_in_their_order(tmp_path: Path) -> None:
    sweep = 'name = "sweep"\ntask = "tasks.echo"\n[sweep]\npayload_bytes = [2000, 10, 500]\n'
    (tmp_path / "sweep.toml").write_text(sweep)
    options = ("--workload", "sweep.toml", "--metric", "enqueue", "--budget", "18s", "--out", "out")
    run = brokerbench("compare", "redis", *options, cwd=tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr
    result = measured(tmp_path)
    assert [row.at for row in result.summary] == [{"payload_bytes": size} for size in (2000, 10, 500)]
    generations = {block.generation: block.at["payload_bytes"] for block in result.blocks}
    each = [list(generations.values()).count(size) for size in (2000, 10, 500)]
    assert max(each) - min(each) <= 1
    assert not leftovers(tmp_path)


@pytest.mark.long
def test_a_sweep_over_the_distance_tells_round_trips_and_who_is_faster_where(tmp_path: Path) -> None:
    sweep = 'name = "sweep"\n[sweep]\nrtt = ["0", "2ms", "5ms", "10ms"]\n'
    (tmp_path / "sweep.toml").write_text(sweep)
    options = ("--workload", "sweep.toml", "--metric", "enqueue", "--budget", "80s", "--out", "out")
    run = brokerbench("compare", "redis", "rabbitmq", *options, cwd=tmp_path, timeout_s=180)
    assert run.returncode == 0, run.stdout + run.stderr
    result = measured(tmp_path)
    places = [{"rtt_ns": rtt_ns} for rtt_ns in (0, 2_000_000, 5_000_000, 10_000_000)]
    assert [row.at for row in result.summary] == [at for at in places for _ in range(2)]
    medians = [row.median_ns.value for row in result.summary if row.subject == "redis" and row.median_ns]
    assert medians[-1] > medians[0] + 8_000_000  # a call waits for a round trip, or for more than one
    void = [row.at for row in result.summary if row.void]  # on a busy machine, a distance may not be kept
    if len(void) == 0:
        assert {one.subject for one in result.round_trips} == {"redis", "rabbitmq"}
        assert [(one.subject, one.to) for one in result.crossings] == [("rabbitmq", "redis")]
        assert "Round trips, and the rest of the time" in run.stdout
    assert all(len(line) <= 80 for line in run.stdout.splitlines())
    assert not leftovers(tmp_path)


@pytest.mark.long
def test_the_self_check_of_this_machine_is_carried_in_the_result(tmp_path: Path) -> None:
    run = brokerbench("selfcheck", "redis", "--runs", "2", "--budget", "20s", "--out", "check.json", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    options = ("--metric", "enqueue", "--selfcheck", "check.json", "--budget", "25s", "--out", "out")
    run = brokerbench("compare", "redis", *options, cwd=tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr
    assert measured(tmp_path).selfcheck == read_selfcheck(tmp_path / "check.json")


def test_what_was_measured_is_in_the_file_and_not_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    comparison = Comparison(
        subjects=label_subjects([split_subject("memory")]),
        workload=load_workload("noop"),
        metrics=["enqueue"],
        budget_s=8,
        seed=3,
    )
    with ResultWriter(tmp_path / "out") as writer:
        result = compare(comparison, writer, Silent(), lambda subjects, servers: None)
    written = read_result(writer.path)
    assert result.blocks == []
    assert len(written.blocks) > 10
    assert written.model_copy(update={"blocks": []}) == result
    assert sum(row.blocks for row in written.summary) == sum(not block.warmup for block in written.blocks)


@pytest.mark.parametrize(
    ("asked", "own", "budget_s", "metrics"),
    [
        (["latency"], ["enqueue"], 600, ["latency"]),
        (["cost", "enqueue", "cost"], [], 600, ["cost", "enqueue"]),
        ([], ["throughput"], 600, ["throughput"]),
        ([], [], 600, ["enqueue", "throughput", "latency", "first-publish", "phases", "cost"]),
        ([], [], 55, ["enqueue", "throughput", "first-publish"]),
    ],
)
def test_metrics_are_those_asked_for_or_the_workloads_or_those_that_there_is_time_for(
    asked: list[str], own: list[str], budget_s: float, metrics: list[str]
) -> None:
    assert chosen_metrics(asked, Workload(name="own", metrics=own), budget_s) == metrics


@pytest.mark.parametrize(
    ("asked", "metrics", "own", "budget_s", "wanted"),
    [
        (True, ["enqueue"], [], 10, True),
        (False, [], [], 600, False),
        (None, [], [], 600, True),
        (None, [], [], 55, False),
        (None, ["enqueue"], [], 600, False),
        (None, [], ["enqueue"], 600, False),
    ],
)
def test_ceilings_are_measured_where_asked_for_or_where_everything_is(
    asked: bool | None, metrics: list[str], own: list[str], budget_s: float, wanted: bool
) -> None:
    assert with_ceilings(asked, metrics, Workload(name="own", metrics=own), budget_s) is wanted


def test_a_server_that_dies_on_the_way_leaves_what_was_measured(tmp_path: Path) -> None:
    run = start_brokerbench("compare", "redis", "sqs", "--budget", "27s", "--out", "out", cwd=tmp_path)
    assert eventually(lambda: blocks_on_disk(tmp_path) >= 10, 60)
    programs_of(tmp_path)["redis-server"].kill()
    output, _ = run.communicate(timeout=90)
    assert run.returncode == 3, output
    redis, sqs = measured(tmp_path).subjects
    assert redis.failure is not None
    assert sqs.failure is None
    assert "Traceback" not in output.replace(redis.failure, "")
    rows = {row.subject: row.blocks for row in measured(tmp_path).summary if row.metric == "enqueue"}
    assert 0 < rows["redis"] < rows["sqs"]
    assert not leftovers(tmp_path)


def test_ctrl_c_keeps_what_was_measured_and_leaves_nothing_behind(tmp_path: Path) -> None:
    run = start_brokerbench("compare", "redis", "redis", "--budget", "60s", "--out", "out", cwd=tmp_path)
    assert eventually(lambda: blocks_on_disk(tmp_path) >= 10, 60)
    run.send_signal(signal.SIGINT)
    output, _ = run.communicate(timeout=30)
    assert run.returncode == 130, output
    assert measured(tmp_path).status == "interrupted"
    assert measured(tmp_path).summary[0].per_second is not None
    assert (tmp_path / "out" / "report.html").exists()
    assert not leftovers(tmp_path)


def test_ctrl_c_while_booting_leaves_nothing_at_all(tmp_path: Path) -> None:
    run = start_brokerbench("compare", "rabbitmq", "--out", "out", cwd=tmp_path)
    assert eventually(lambda: any("beam" in name for name in programs_of(tmp_path)), 30)
    run.send_signal(signal.SIGINT)
    output, _ = run.communicate(timeout=30)
    assert run.returncode == 130
    assert "Traceback" not in output
    assert not (tmp_path / "out" / "result.json").exists()
    assert eventually(lambda: not leftovers(tmp_path), 10), leftovers(tmp_path)


@pytest.mark.parametrize(
    "whole_group",
    [pytest.param(False, id="the harness"), pytest.param(True, id="its whole process group", marks=pytest.mark.long)],
)
def test_kill_9_leaves_a_whole_result_and_nothing_else(tmp_path: Path, whole_group: bool) -> None:
    run = start_brokerbench("compare", "redis", "rabbitmq", "--budget", "60s", "--out", "out", cwd=tmp_path)
    assert eventually(lambda: blocks_on_disk(tmp_path) >= 10, 60)
    if whole_group:
        os.killpg(run.pid, signal.SIGKILL)
    else:
        run.kill()
    run.communicate()
    assert eventually(lambda: not leftovers(tmp_path), 20), leftovers(tmp_path)
    result = measured(tmp_path)
    assert result.status == "running"
    assert len(result.blocks) >= 10


def blocks_on_disk(directory: Path) -> int:
    path = directory / "out" / "result.json"
    return path.read_text().count('"metric":"') if path.exists() else 0
