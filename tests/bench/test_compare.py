"""Whole comparisons on real servers, short ones."""

import os
import signal
from pathlib import Path

import pytest
from commands import brokerbench, leftovers, processes_of, start_brokerbench
from support import eventually

from bench.records.result import Result, read_result


def measured(directory: Path) -> Result:
    return read_result(directory / "out" / "result.json")


def test_two_equal_subjects_are_measured_paired_and_counted(tmp_path: Path) -> None:
    run = brokerbench("compare", "redis", "redis", "--budget", "15s", "--out", "out", "--seed", "7", cwd=tmp_path)
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
    for row in result.summary:
        assert row.blocks > 1
        assert row.per_second is not None
    ratio = result.summary[1].ratio
    assert ratio is not None
    assert ratio.blocks == result.summary[1].blocks
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"result.json", "report.md", "report.html"}
    assert all(len(line) <= 80 for line in run.stdout.splitlines())
    assert not leftovers(tmp_path)


def test_every_block_has_every_subject_once(tmp_path: Path) -> None:
    brokerbench("compare", "redis", "redis:durable", "--budget", "12s", "--out", "out", cwd=tmp_path)
    for block in measured(tmp_path).blocks:
        assert sorted(turn.subject for turn in block.turns) == ["redis", "redis:durable"]


def test_a_subject_that_cannot_be_had_has_its_reason_and_the_others_go_on(tmp_path: Path) -> None:
    nowhere = {"RABBITMQ_URL": "amqp://me:secret@127.0.0.1:1//"}
    run = brokerbench("compare", "redis", "rabbitmq", "--budget", "12s", "--out", "out", cwd=tmp_path, **nowhere)
    assert run.returncode == 3
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
    assert "mend or unset REDIS_URL" in run.stderr
    assert "secret" not in run.stdout + run.stderr
    assert not (tmp_path / "out").exists()


def test_memory_is_measured_where_it_can_be_and_says_where_not(tmp_path: Path) -> None:
    run = brokerbench("compare", "memory", "--budget", "8s", "--out", "out", cwd=tmp_path)
    assert run.returncode == 3
    result = measured(tmp_path)
    assert result.subjects[0].not_measured.keys() == {"throughput"}
    assert result.summary[0].median_ns is not None
    assert brokerbench("compare", "memory", "--metric", "enqueue", "--budget", "8s", cwd=tmp_path).returncode == 0


def test_a_server_that_dies_on_the_way_leaves_what_was_measured(tmp_path: Path) -> None:
    run = start_brokerbench("compare", "redis", "sqs", "--budget", "60s", "--out", "out", cwd=tmp_path)
    assert eventually(lambda: blocks_on_disk(tmp_path) >= 10, 60)
    next(process for process in processes_of(tmp_path) if process.name() == "redis-server").kill()
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
    assert eventually(lambda: any("beam" in process.name() for process in processes_of(tmp_path)), 30)
    run.send_signal(signal.SIGINT)
    output, _ = run.communicate(timeout=30)
    assert run.returncode == 130
    assert "Traceback" not in output
    assert not (tmp_path / "out" / "result.json").exists()
    assert eventually(lambda: not leftovers(tmp_path), 10), leftovers(tmp_path)


@pytest.mark.parametrize("whole_group", [False, True], ids=["the harness", "its whole process group"])
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
