"""What is slowed by a known amount is found slower by that amount."""

import subprocess
from pathlib import Path

import pytest
from slowed import slowed_interpreter

from bench.compare.request import Comparison
from bench.compare.run import compare
from bench.engine.observer import Silent
from bench.metrics.throughput import DrainTurn
from bench.processes.subject import Subject
from bench.records.result import Result, read_result
from bench.records.workload import Workload, load_workload
from bench.records.writer import ResultWriter
from brokers import split_subject


def measured(
    folder: Path, subject: str, metric: str, interpreters: dict[str, str], budget_s: float, workload: Workload
) -> Result:
    broker, profile = split_subject(subject)
    comparison = Comparison(
        subjects=[
            Subject(label=label, broker=broker, profile=profile, interpreter=interpreter)
            for label, interpreter in interpreters.items()
        ],
        workload=workload,
        metrics=[metric],
        budget_s=budget_s,
        seed=1,
    )
    with ResultWriter(folder / "out") as writer:
        compare(comparison, writer, Silent(), lambda subjects, servers: None)
    return read_result(writer.path)


@pytest.mark.long  # other tests beside it make the wait longer
def test_calls_of_half_as_much_again_are_found_and_equal_ones_too(tmp_path: Path) -> None:
    plain = slowed_interpreter(tmp_path)
    interpreters = {"plain": plain, "equal": plain, "slow": slowed_interpreter(tmp_path, enqueue_factor=1.5)}
    result = measured(tmp_path, "memory", "enqueue", interpreters, 12, load_workload("noop"))
    ratios = {row.subject: row.ratio.value for row in result.summary if row.ratio}
    assert ratios["equal"] == pytest.approx(1, rel=0.1)
    assert 1.35 < ratios["slow"] < 1.9  # a wait cools the caches: on a busy machine the call after it takes longer


def test_a_worker_takes_longer_for_each_task(tmp_path: Path) -> None:
    interpreters = {"plain": slowed_interpreter(tmp_path), "slow": slowed_interpreter(tmp_path, task_ns=20_000_000)}
    result = measured(
        tmp_path, "redis", "throughput", interpreters, 10, Workload(name="short", task="tasks.noop", tasks=20)
    )
    turns = [turn for block in result.blocks for turn in block.turns if isinstance(turn, DrainTurn)]
    each_ns = {
        label: [turn.duration_ns / turn.tasks for turn in turns if turn.subject == label] for label in interpreters
    }
    assert min(each_ns["slow"]) >= 20_000_000
    assert min(each_ns["plain"]) < 20_000_000


def test_an_environments_own_sitecustomize_is_still_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sitecustomize.py").write_text("import builtins; builtins.own = 'here'")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    run = [
        slowed_interpreter(tmp_path),
        "-c",
        "from celery.app.task import Task; print(own, Task.apply_async.__name__)",
    ]
    assert subprocess.check_output(run, text=True) == "here slowed\n"
