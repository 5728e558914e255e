"""What of a user's own limits a figure is named beside it, and only if the figure or the record shows it."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from commands import brokerbench
from made_results import REDIS, make_result
from rich.console import Console

from bench.ab.question import Answer
from bench.compare.request import Comparison
from bench.compare.run import compare
from bench.engine.observer import Silent
from bench.figures.limits import Limit, Measured, limits_of, measured_row
from bench.processes.subject import label_subjects
from bench.records.figures import Capacity
from bench.records.own_code import OwnCodeTime
from bench.records.provenance import Counts, OwnLimit, SubjectRecord
from bench.records.result import Result, read_result
from bench.records.workload import Workload
from bench.records.writer import Unwritten
from bench.report.ab.files import ab_markdown
from bench.report.html import html
from bench.report.markdown import markdown
from bench.report.terminal import print_result
from brokers import split_subject

RATE = OwnLimit(kind="rate", name="rate_limit", value=10)
CHILD = OwnLimit(kind="child", name="worker_max_tasks_per_child", value=1)
CALL = OwnLimit(kind="call", name="shop.Base.apply_async")
APP = """
import time
from celery import Celery, Task

app = Celery("shop", broker="redis://:elsewhere@127.0.0.1:1/0")

class Once(Task):
    seen = set()

    def apply_async(self, args=None, *others, **options):
        if repr(args) not in self.seen:
            self.seen.add(repr(args))
            return super().apply_async(args, *others, **options)

class Never(Task):
    def __call__(self, *args, **options):
        return None

class Twice(Task):
    def apply_async(self, *args, **options):
        super().apply_async(*args, **options)
        return super().apply_async(*args, **options)

@app.task(base=Once)
def once():
    pass

@app.task(base=Never)
def never():
    pass

@app.task(base=Twice)
def twice():
    pass

@app.task(rate_limit="10/s")
def rated():
    pass

@app.task(rate_limit="10000/s")
def hardly_rated():
    pass

@app.task
def slow():
    time.sleep(0.05)

@app.task(time_limit=1)
def ended():
    time.sleep(30)

@app.task(soft_time_limit=1)
def asked():
    time.sleep(30)
"""


def named(metric: str, *limits: OwnLimit, **given: Any) -> str:
    return "; ".join(limit.text for limit in found(metric, *limits, **given))


def found(
    metric: str, *limits: OwnLimit, counts: Counts | None = None, repeated: int = 0, **figures: Any
) -> list[Limit]:
    subject = SubjectRecord(
        label="redis",
        broker="redis",
        profile="default",
        tier="fast",
        own_limits=list(limits),
        counts=counts or Counts(),
        repeated=repeated,
    )
    return limits_of(Measured(subject=subject, metric=metric, **figures))


@pytest.mark.parametrize(
    ("per_second", "words"),
    [
        (9.92, "limited by your rate_limit of 10/s"),
        (6, "perhaps limited by your rate_limit of 10/s"),
        (3, ""),
        (40, ""),
    ],
)
def test_a_rate_limit_is_named_if_the_figure_is_near_it(per_second: float, words: str) -> None:
    assert named("throughput", RATE, per_second=per_second) == words
    assert named("capacity", RATE, per_second=per_second) == words
    assert named("enqueue", RATE, per_second=per_second) == ""


@pytest.mark.parametrize(("value", "text"), [(10, "10/s"), (0.1, "6/m"), (1 / 1200, "3/h")])
def test_a_rate_is_written_as_its_user_wrote_it(value: float, text: str) -> None:
    limit = OwnLimit(kind="rate", name="task_default_rate_limit", value=value)
    assert named("throughput", limit, per_second=value) == f"limited by your task_default_rate_limit of {text}"


def test_a_tasks_own_duration_is_named_if_its_worker_is_always_busy() -> None:
    assert named("throughput", per_second=37, run_ns=50e6, concurrency=2) == (
        "limited by the task's own 50 ms, 2 at a time"
    )
    assert named("throughput", per_second=18, run_ns=50e6, concurrency=2) == ""


def test_fresh_processes_are_named_if_the_record_shows_them() -> None:
    words = "limited by your worker_max_tasks_per_child of 1: a fresh process for each task"
    assert named("throughput", CHILD, counts=Counts(started=24, processes=24), per_second=3) == words
    assert named("throughput", CHILD, counts=Counts(started=2400, processes=24), per_second=3) == ""
    assert named("throughput", counts=Counts(started=24, processes=24), per_second=3) == ""


def test_what_ended_or_repeated_tasks_is_named() -> None:
    soft = OwnLimit(kind="soft_time_limit", name="task_soft_time_limit", value=1)
    ended = Counts(limited={"soft_time_limit": 12})
    assert named("throughput", soft, counts=ended) == "your task_soft_time_limit of 1 s ended 12 tasks"
    one = Counts(limited={"soft_time_limit": 1})
    assert named("throughput", soft, counts=one) == "your task_soft_time_limit of 1 s ended 1 task"
    assert named("throughput", CALL, repeated=30) == (
        "30 messages more than calls were sent: your shop.Base.apply_async may repeat calls"
    )


def test_code_around_a_call_is_named_beside_the_figures_that_it_is_in() -> None:
    run = OwnLimit(kind="run", name="shop.Base.__call__")
    assert named("enqueue", CALL, run) == "includes your shop.Base.apply_async"
    assert named("throughput", CALL, run) == "includes your shop.Base.__call__"


def test_a_limits_share_of_the_time_is_known_where_it_can_be() -> None:
    shares = {
        limit.kind: limit.share
        for limit in [
            *found("throughput", RATE, per_second=9),
            *found("throughput", per_second=36, run_ns=50e6, concurrency=2),
            *found("throughput", CHILD, counts=Counts(started=24, processes=24), per_second=3),
            *found("enqueue", CALL, per_second=100, own_ns={"call": 2e6, "run": 9e6}),
        ]
    }
    assert shares == {
        "rate": 0.9,
        "duration": pytest.approx(0.9),
        "fresh processes": None,
        "code around": pytest.approx(0.2),
    }
    assert found("enqueue", CALL, per_second=100)[0].share is None
    assert found("latency", CALL, per_second=100, own_ns={"call": 2e6})[0].share is None


def test_the_users_own_code_of_a_rows_place_is_found() -> None:
    result = make_result()
    row = next(row for row in result.summary if row.metric == "throughput" and row.layer == "celery")
    subject = next(one for one in result.subjects if one.label == row.subject)
    own = OwnCodeTime(subject=row.subject, tier=subject.tier, around="run", samples=9, mean_ns=5e6)
    elsewhere = own.model_copy(update={"at": {"concurrency": 99}, "mean_ns": 1.0})
    measured = measured_row(row, subject, result.workload, [own, elsewhere])
    assert (measured.metric, measured.own_ns) == ("throughput", {"run": 5e6})


def test_another_concurrency_than_the_users_is_named() -> None:
    own = OwnLimit(kind="concurrency", name="worker_concurrency", value=8)
    assert named("throughput", own, per_second=500, concurrency=1) == (
        "measured with concurrency 1, not with your worker_concurrency of 8: see --concurrency"
    )
    assert named("throughput", own, per_second=500, concurrency=8) == ""


def limited_result() -> Result:
    result = make_result(REDIS, replace(REDIS, label="redis#2"))
    words = ["limited by your rate_limit of 10/s"]
    rows = [
        row.model_copy(update={"limited_by": words}) if row.metric == "throughput" else row for row in result.summary
    ]
    capacity = Capacity(subject="redis", tier="fast", limit_ns=10**8, rate_per_s=9.9, limited_by=words)
    return result.model_copy(update={"summary": rows, "capacities": [capacity]})


def test_every_output_names_a_limit_beside_the_figure() -> None:
    result, console = limited_result(), Console(file=io.StringIO(), width=80)
    print_result(result, console, None, details=True)
    assert isinstance(console.file, io.StringIO)
    outputs = [console.file.getvalue(), markdown(result), html(result), result.model_dump_json()]
    for output in outputs:
        assert " ".join(output.split()).count("limited by your rate_limit of 10/s") >= 3, output
    assert "sustained 9.9 tasks a second" in " ".join(markdown(result).replace("\\", "").split())
    assert "limited by your rate_limit of 10/s" in ab_markdown(Answer(result, [], 0.05), inconclusive_passes=False)


@pytest.fixture
def workload(tmp_path: Path) -> Workload:
    (tmp_path / "shop.py").write_text(APP)
    return Workload(name="own", app="shop:app", app_dir=str(tmp_path), task="shop.once")


def test_calls_that_send_nothing_are_no_figure_and_their_reason_is_named(workload: Workload) -> None:
    subjects = label_subjects([split_subject("redis")])
    asked = Comparison(subjects=subjects, workload=workload, metrics=["enqueue"], budget_s=8, seed=1)
    result = compare(asked, Unwritten(), Silent(), lambda *_: None)
    assert result.subjects[0].failure == (
        "25 calls of apply_async sent 1 message, so no figure of them is the broker's: "
        "your shop.Once.apply_async may drop calls"
    )
    assert not any(row.blocks for row in result.summary)


@pytest.mark.long
@pytest.mark.parametrize(
    ("task", "words"),
    [
        ("rated", "limited by your rate_limit of 10/s"),
        ("hardly_rated", ""),
        ("slow", "limited by the task's own 5"),
        ("asked", "your soft_time_limit of 1 s ended"),
        ("twice", "messages more than calls were sent: your shop.Twice.apply_async may repeat calls"),
        ("never", "tasks sent, 0 finished, and no progress for 30 s; your shop.Never.__call__ did not let"),
        ("ended", "your time_limit of 1 s ended"),
    ],
)
def test_what_limits_a_real_worker_is_named(task: str, words: str, workload: Workload, tmp_path: Path) -> None:
    options = ["--app", "shop:app", "--app-dir", str(tmp_path), "--task", f"shop.{task}", "--budget", "60s"]
    run = brokerbench("compare", "redis", *options, "--metric", "throughput", "--out", "out", cwd=tmp_path)
    assert run.returncode in (0, 3), run.stderr
    result = read_result(tmp_path / "out" / "result.json")
    rows = [row for row in result.summary if row.blocks]
    found = result.subjects[0].failure or "; ".join(rows[0].limited_by)
    assert words in found if words else not found
    if task == "rated":
        assert rows[0].per_second is not None
        assert rows[0].per_second.value == pytest.approx(10, rel=0.2)
    report = (tmp_path / "out" / "report.md").read_text().replace("\\", "")
    assert words.partition(";")[0] in " ".join(report.split())
