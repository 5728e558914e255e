"""The benchmark suite as pytest-benchmark's users run it, in a process of its own."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from commands import environment_of, leftovers
from disks import unwritable_folder
from made import enqueue_blocks, made_subject, summary_of
from support import eventually

from bench.for_pytest.samples import Measured
from bench.metrics.enqueue import EnqueueTurn
from bench.records.result import Result, read_result
from bench.records.turns import Key
from bench.records.workload import Workload

ROOT = Path(__file__).parents[2]
UNREACHABLE = {"RABBITMQ_URL": "amqp://me:secret@127.0.0.1:1//"}


def run_benchmarks(directory: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    inherited = {name: value for name, value in os.environ.items() if name not in ("CI", "BROKER")}
    storage = f"--benchmark-storage=file://{directory}"
    return subprocess.run(
        [sys.executable, "-m", "pytest", str(ROOT / "bench"), "-p", "no:cacheprovider", storage, *arguments],
        cwd=ROOT,
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        timeout=220,
        check=False,
    )


def benchmarks(path: Path) -> dict[str, dict[str, Any]]:
    return {benchmark["name"]: benchmark for benchmark in json.loads(path.read_text())["benchmarks"]}


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Measure once, save as pytest-benchmark does, and leave the engine's own result beside it."""
    directory = tmp_path_factory.mktemp("face")
    run = run_benchmarks(
        directory,
        "--brokers=redis,redis:durable",
        "--brokers-budget=15s",
        f"--brokers-out={directory / 'out'}",
        f"--benchmark-json={directory / 'run.json'}",
        "--benchmark-save=first",
    )
    assert run.returncode == 0, run.stdout + run.stderr
    (directory / "table.txt").write_text(run.stdout)
    return directory


def test_brokers_stand_side_by_side_in_one_group_a_metric(saved: Path) -> None:
    found = benchmarks(saved / "run.json")
    assert {(name, found[name]["group"]) for name in found} == {
        ("test_enqueue_latency[redis]", "enqueue latency"),
        ("test_enqueue_latency[redis:durable]", "enqueue latency"),
        ("test_worker_throughput[redis]", "worker throughput (time a task)"),
        ("test_worker_throughput[redis:durable]", "worker throughput (time a task)"),
    }
    assert "benchmark 'enqueue latency': 2 tests" in (saved / "table.txt").read_text()


def test_the_samples_are_the_engines(saved: Path) -> None:
    result = read_result(saved / "out" / "result.json")
    engine = [
        duration_ns
        for block in result.blocks
        if block.metric == "enqueue" and not block.warmup
        for turn in block.turns
        if isinstance(turn, EnqueueTurn) and turn.subject == "redis"
        for duration_ns in turn.samples_ns
    ]
    table = benchmarks(saved / "run.json")["test_enqueue_latency[redis]"]["stats"]["data"]
    assert [round(second * 1e9) for second in table] == engine


def test_a_drain_is_many_iterations_and_its_rate_is_tasks_a_second(saved: Path) -> None:
    drain = benchmarks(saved / "run.json")["test_worker_throughput[redis]"]
    assert drain["stats"]["iterations"] == drain["extra_info"]["tasks_per_round"] > 1
    assert drain["extra_info"]["tasks_per_second"] == pytest.approx(drain["stats"]["ops"], rel=1e-6)
    assert drain["extra_info"]["server"].startswith("redis")


@pytest.mark.long  # the next one is compared, too
def test_a_later_run_is_compared_with_the_saved_one(saved: Path) -> None:
    run = compare_with(saved, "0001", "median:10000%")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "test_enqueue_latency[redis] (NOW)" in run.stdout


def test_a_later_run_fails_where_the_saved_one_was_far_faster(saved: Path) -> None:
    first = next(saved.glob("*/0001_*.json"))
    document = json.loads(first.read_text())
    for benchmark in document["benchmarks"]:
        benchmark["stats"] = {
            name: value / 100 if isinstance(value, float) else value for name, value in benchmark["stats"].items()
        }
    first.with_name("0002_faster.json").write_text(json.dumps(document))
    run = compare_with(saved, "0002", "median:50%")
    assert run.returncode != 0
    assert "Performance has regressed" in run.stdout + run.stderr


def test_a_budget_without_room_for_a_turn_fails_instead_of_comparing_nothing(saved: Path) -> None:
    run = compare_with(saved, "0001", "median:50%", budget="1s")
    assert run.returncode == pytest.ExitCode.TESTS_FAILED, run.stdout
    assert "raise --brokers-budget" in run.stdout


def compare_with(saved: Path, number: str, limit: str, budget: str = "15s") -> "subprocess.CompletedProcess[str]":
    return run_benchmarks(
        saved,
        "--brokers=redis",
        f"--brokers-budget={budget}",
        "-k",
        "enqueue",
        f"--benchmark-compare={number}",
        f"--benchmark-compare-fail={limit}",
    )


def test_a_broker_that_cannot_be_had_is_skipped_with_the_remedy_on_a_laptop(tmp_path: Path) -> None:
    options = ("--brokers=redis,rabbitmq", "--brokers-budget=15s", "-k", "enqueue")
    run = run_benchmarks(tmp_path, *options, **UNREACHABLE)
    assert run.returncode == 0, run.stdout
    assert "1 passed, 1 skipped" in run.stdout
    assert "unset RABBITMQ_URL" in run.stdout
    assert "secret" not in run.stdout


def test_a_broker_that_cannot_be_had_fails_in_ci(tmp_path: Path) -> None:
    run = run_benchmarks(tmp_path, "--brokers=rabbitmq", "--brokers-budget=8s", CI="true", **UNREACHABLE)
    assert run.returncode == 1
    assert "2 failed" in run.stdout


def test_an_unknown_broker_is_a_usage_error_of_one_line(tmp_path: Path) -> None:
    run = run_benchmarks(tmp_path, "--brokers=kafak")
    assert run.returncode == pytest.ExitCode.USAGE_ERROR
    assert (
        "ERROR: No broker named 'kafak'; installed: memory, postgres, rabbitmq, redis, sqs, valkey"
        in run.stdout + run.stderr
    )


def test_a_sweep_is_a_usage_error_that_names_the_command_for_it(tmp_path: Path) -> None:
    run = run_benchmarks(tmp_path, "--brokers=memory", "--brokers-workload=sweep-pool")
    assert run.returncode == pytest.ExitCode.USAGE_ERROR
    assert "'sweep-pool' varies pool: measure it with 'brokerbench compare'" in run.stdout + run.stderr


def test_the_brokers_can_come_from_the_environment(tmp_path: Path) -> None:
    run = run_benchmarks(tmp_path, "--collect-only", "-q", BROKER="memory,sqs:fifo")
    assert "test_enqueue_latency[memory]" in run.stdout
    assert "test_worker_throughput[sqs:fifo]" in run.stdout


@pytest.mark.parametrize(
    ("sent", "code"), [(signal.SIGINT, pytest.ExitCode.INTERRUPTED), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_when_pytest_is_ended_what_was_measured_is_kept_and_nothing_else(
    tmp_path: Path, sent: signal.Signals, code: int
) -> None:
    result = tmp_path / "out" / "result.json"
    options = ["--brokers=redis", "--brokers-budget=60s", f"--brokers-out={result.parent}"]
    run = subprocess.Popen(
        [sys.executable, "-m", "pytest", "bench", "-p", "no:cacheprovider", *options],
        cwd=ROOT,
        env=environment_of(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - a background job has it ignored
    )
    assert eventually(lambda: result.exists() and result.read_text().count('"metric":"') > 10, 60)
    run.send_signal(sent)
    output, _ = run.communicate(timeout=60)
    assert run.returncode == code, output
    assert read_result(result).status == "interrupted"
    assert not leftovers(tmp_path)


def test_disabled_benchmarks_run_the_warm_up_only(tmp_path: Path) -> None:
    run = run_benchmarks(tmp_path, "--brokers=redis", "--benchmark-disable")
    assert run.returncode == 0, run.stdout
    assert "2 passed" in run.stdout


def test_figures_are_the_subjects_own_and_not_those_of_its_ceilings() -> None:
    subjects = [made_subject("a"), made_subject("b")]
    own: dict[Key, float] = {("a", "raw"): 1e5, ("a", "celery"): 4e5, ("b", "celery"): 8e5}
    blocks = enqueue_blocks(own)
    workload = Workload(name="own")
    result = Result.model_construct(summary=summary_of(subjects, blocks), blocks=blocks, workload=workload, seed=1)
    measured = [Measured(result, subject) for subject in subjects]
    medians = [one.extra_info("enqueue")["median_ns"]["value"] for one in measured]
    assert medians == pytest.approx([4e5 * 1.25, 8e5 * 1.25], rel=0.1)
    assert [len(one.enqueue_turns()) for one in measured] == [60, 60]
    assert measured[0].extra_info("throughput")["tasks_per_second"] is None


def test_a_folder_that_nobody_can_write_to_is_wrong_use_in_one_line(tmp_path: Path) -> None:
    out = unwritable_folder() / "out"
    run = run_benchmarks(tmp_path, "--brokers=memory", f"--brokers-out={out}")
    assert run.returncode == pytest.ExitCode.USAGE_ERROR, run.stdout + run.stderr
    assert f"cannot write to {out} (" in run.stdout + run.stderr
    assert "Traceback" not in run.stdout + run.stderr
