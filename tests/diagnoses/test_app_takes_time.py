"""What of the app's own takes most of the time is named, where it was measured or the figure shows it."""

from typing import Any

import pytest
from made_results import Made
from seeing import made_evidence, made_pauses, seen

from bench.diagnoses.app import TakesAppsTime
from bench.diagnoses.diagnosis import Found
from bench.records.own_code import OwnCodeTime
from bench.records.provenance import Counts, OwnLimit
from bench.records.workload import Workload

MILLISECOND = 1_000_000
RATE = OwnLimit(kind="rate", name="rate_limit", value=50)
CHILD = OwnLimit(kind="child", name="worker_max_tasks_per_child", value=1)
HANDLER = OwnLimit(kind="run", name="shop.audit (task_prerun)")
METHOD = OwnLimit(kind="call", name="shop.Base.apply_async")
IDLE = {"worker": 0.2, "busiest child": 0.1, "child": 0.1}


def found(  # noqa: PLR0913 - each is what one test varies
    metric: str = "throughput",
    limits: tuple[OwnLimit, ...] = (),
    *,
    tasks_per_s: float = 48,
    run_ns: float | None = None,
    counts: Counts = Counts(started=20, processes=20),  # noqa: B008 - frozen
    cores: dict[str, float] | None = None,
    pauses: Any = None,
    known: dict[str, Any] | None = None,
    **changes: Any,
) -> Found | None:
    evidence = made_evidence(cores=cores or IDLE, pauses=pauses)
    subject = {"own_limits": [one.model_dump() for one in limits], "counts": counts.model_dump()} | (known or {})
    made = Made(label="redis", tasks_per_s=tasks_per_s, call_ns=2 * MILLISECOND)
    one = seen(metric, evidence, made=made, subject=subject, **changes)
    row = one.row.model_copy(update={"run_ns": run_ns})
    return TakesAppsTime().find(type(one)(subject=one.subject, row=row, evidence=evidence, result=one.result))


def test_a_rate_limit_that_was_reached_is_named_with_what_lifts_it() -> None:
    one = found(limits=(RATE,))
    assert one is not None
    assert one.text.startswith("your rate_limit of 50/s holds the worker back: it ran at 9")
    assert one.settings == {"worker_disable_rate_limits": True}


@pytest.mark.parametrize(
    ("tasks_per_s", "cores"),
    [(30, IDLE), (48, {"worker": 0.6, "busiest child": 0.36, "child": 0.36}), (48, {"harness": 1.0})],
    ids=["not reached", "a worker that computes", "unknown CPU times"],
)
def test_a_rate_limit_may_be_chance_otherwise(tasks_per_s: float, cores: dict[str, float]) -> None:
    assert found(limits=(RATE,), tasks_per_s=tasks_per_s, cores=cores) is None


def test_a_task_that_itself_takes_most_of_the_time_is_named() -> None:
    one = found(run_ns=15 * MILLISECOND)
    assert one is not None
    assert one.text.startswith("the task itself runs for 15 ms: 7")
    assert found(run_ns=5 * MILLISECOND) is None


@pytest.mark.parametrize(("pool", "is_named"), [(0.2, True), (0.9, False)])
def test_tasks_that_take_each_others_core_do_not_run_for_that_long_by_themselves(pool: float, is_named: bool) -> None:
    cores = {"worker": 0.05, "busiest child": pool / 4, "child": pool}
    one = found(run_ns=60 * MILLISECOND, cores=cores, workload=Workload(name="four", concurrency=4))
    assert (one is not None) == is_named


def test_pauses_as_often_as_processes_are_replaced_are_the_replacement() -> None:
    pauses = made_pauses(tasks_between=1)
    one = found(limits=(CHILD,), pauses=pauses)
    assert one is not None
    assert one.text == (
        "your worker_max_tasks_per_child of 1 starts a fresh process for each task, and the worker paused meanwhile, "
        "10 times for 1 s: 91 % of the time"
    )
    assert one.settings == {"worker_max_tasks_per_child": None}
    assert found(limits=(CHILD,), pauses=made_pauses(tasks_between=4)), "several were replaced at once"
    assert found(limits=(CHILD,), pauses=pauses, counts=Counts(started=200, processes=1)) is None
    assert found(limits=(CHILD,), pauses=pauses, counts=Counts(started=200, processes=40)) is None


def test_pauses_as_long_as_the_brokers_timer_are_no_replacement() -> None:
    known = {"broker": "sqs", "versions": {"kombu": "5.7.0"}}
    assert found(limits=(CHILD,), pauses=made_pauses(), known=known) is None
    assert found(limits=(CHILD,), pauses=made_pauses(typical_ns=5_000_000_000), known=known)


@pytest.mark.parametrize(
    ("metric", "limit", "around", "text"),
    [
        ("throughput", HANDLER, "run", "your own code around each task takes 15 ms, 7"),
        ("enqueue", METHOD, "call", "your own code around each call takes 15 ms, 100 % of the time: shop.Base"),
    ],
)
def test_code_around_a_task_is_named_where_its_time_was_measured(
    metric: str, limit: OwnLimit, around: Any, text: str
) -> None:
    took = OwnCodeTime(subject="redis", tier="fast", around=around, samples=100, mean_ns=15 * MILLISECOND)
    one = found(metric, (limit,), own_code=[took])
    assert one is not None
    assert one.text.startswith(text)
    assert found(metric, (limit,)) is None


def test_of_several_what_takes_most_is_named() -> None:
    took = OwnCodeTime(subject="redis", tier="fast", around="run", samples=100, mean_ns=2 * MILLISECOND)
    one = found(limits=(HANDLER,), own_code=[took], run_ns=15 * MILLISECOND)
    assert one is not None
    assert one.text.startswith("the task itself")
