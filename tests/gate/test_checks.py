from typing import Any

import pytest
from sides import made_environment, made_side, made_subjects

from bench.gate.benchmarks import Side
from bench.gate.checks import Difference, allowed_kinds, differences
from bench.records.figures import Estimate
from bench.records.result import Result
from bench.records.workload import Workload
from brokers.errors import UsageError


def found(baseline: Result, current: Result) -> list[Difference]:
    return differences(Side(baseline), Side(current))


def test_equal_circumstances_have_no_difference() -> None:
    assert found(made_side(rng=1), made_side(rng=2)) == []


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"environment": made_environment(cpu_model="Other")}, "cpu: the processor was Example CPU and is Other"),
        (
            {"environment": made_environment(cores=4)},
            "cores: the number of cores was 2 (2 allowed, 1 for subjects) and is 4 (2 allowed, 1 for subjects)",
        ),
        (
            {"environment": made_environment(subject_cores=[])},
            "cores: the number of cores was 2 (2 allowed, 1 for subjects) and is 2 (2 allowed, not pinned)",
        ),
        ({"environment": made_environment(system="Darwin")}, "system: the operating system was Linux and is Darwin"),
        ({"seed": 8}, "seed: the seed (use the same one for both) was 7 and is 8"),
        (
            {"subjects": made_subjects("redis", version="7.2.0")},
            "server: the server was redis 7.0.15 and is redis 7.2.0 (redis)",
        ),
        ({"subjects": made_subjects("redis", python="3.12.1")}, "python: Python was 3.11.7 and is 3.12.1 (redis)"),
        (
            {"subjects": made_subjects("redis", versions={"celery": "5.6", "kombu": "5.7.0", "redis": "8.1.0"})},
            "celery: celery was 5.7.0 and is 5.6 (redis)",
        ),
        (
            {"subjects": made_subjects("redis", versions={"celery": "5.7.0", "kombu": "5.6", "redis": "8.1.0"})},
            "kombu: kombu was 5.7.0 and is 5.6 (redis)",
        ),
        (
            {"subjects": made_subjects("redis", versions={"celery": "5.7.0", "kombu": "5.7.0"})},
            "libraries: redis was 8.1.0 and is none (redis)",
        ),
        (
            {"subjects": made_subjects("redis", settings={"task_acks_late": True})},
            "settings: task_acks_late was none and is True (redis)",
        ),
        ({"workload": Workload(name="noop", concurrency=2)}, "workload: the workload's concurrency was 1 and is 2"),
        ({"status": "interrupted"}, "unfinished: the current result was interrupted"),
        ({"status": "running"}, "unfinished: the current result is still running or was killed"),
    ],
    ids=lambda value: value.partition(":")[0] if isinstance(value, str) else "",
)
def test_each_difference_is_named_in_one_line(changes: dict[str, Any], line: str) -> None:
    (difference,) = found(made_side(rng=1), made_side(rng=2, **changes))
    assert f"{difference.kind}: {difference}" == line


def test_a_workloads_name_and_summary_make_no_other_work() -> None:
    assert found(made_side(), made_side(workload=Workload(name="mine", summary="Nothing."))) == []


def test_the_names_of_queues_are_no_difference() -> None:
    sides = [
        made_side(
            subjects=made_subjects(
                "redis",
                settings={
                    "task_default_queue": queue,
                    "broker_transport_options": {"unacked_key": f"{queue}.unacked"},
                    "broker_url": f"redis://localhost/{queue}",
                },
            )
        )
        for queue in ("brokerbench-1", "brokerbench-2")
    ]
    assert found(*sides) == []


def test_what_all_subjects_have_in_common_is_one_line() -> None:
    labels = ("redis", "redis#2")
    old = made_side(labels=labels)
    (difference,) = found(old, old.model_copy(update={"subjects": made_subjects(*labels, python="3.12.1")}))
    assert str(difference) == "Python was 3.11.7 and is 3.12.1 (redis, redis#2)"


def test_a_missing_benchmark_is_named_on_either_side() -> None:
    both, one = made_side(labels=("redis", "sqs")), made_side(labels=("redis",), metrics=("enqueue",))
    expected = ["{} has no figures for sqs", "{} has no throughput"]
    assert sorted(str(d) for d in found(both, one)) == sorted(text.format("the current result") for text in expected)
    assert sorted(str(d) for d in found(one, both)) == sorted(text.format("the baseline") for text in expected)


def test_a_missing_subject_has_its_reason() -> None:
    failed = made_subjects("sqs", failure="ministack did not come up\nits log")
    new = made_side().model_copy(update={"subjects": made_subjects("redis") + failed})
    (difference,) = found(made_side(labels=("redis", "sqs")), new)
    assert str(difference) == "the current result has no figures for sqs: ministack did not come up"


def test_a_subject_that_failed_half_way_is_named() -> None:
    new = made_side(subjects=made_subjects("redis", failure="5 tasks sent, 4 finished"))
    (difference,) = found(made_side(), new)
    assert str(difference) == "redis was not measured to the end: 5 tasks sent, 4 finished"


def fewer_samples(result: Result, **factors: float) -> Result:
    """Return the result as if each subject's enqueues were slower by its factor, and all had a third of the samples."""
    rows = [
        row.model_copy(
            update={
                "samples": row.samples // 3,
                "median_ns": row.median_ns and Estimate(value=row.median_ns.value * factors[row.subject]),
            }
        )
        for row in result.summary
        if row.metric == "enqueue"
    ]
    return result.model_copy(update={"summary": rows})


def test_a_slower_task_has_fewer_samples_and_so_have_its_neighbours() -> None:
    labels = ("redis", "sqs")
    old = made_side(labels=labels, metrics=("enqueue",))
    assert found(old, fewer_samples(old, redis=6, sqs=1)) == []
    assert {one.kind for one in found(old, fewer_samples(old, redis=1, sqs=1))} == {"samples"}


def test_fewer_tasks_in_the_same_time_are_a_slower_worker() -> None:
    old = made_side(metrics=("throughput",), blocks=8)
    assert found(old, made_side(4.0, metrics=("throughput",), blocks=2)) == []


def test_a_much_lower_count_of_samples_is_named_and_a_usual_one_is_not() -> None:
    old = made_side(blocks=10, metrics=("enqueue",))
    assert found(old, made_side(blocks=6, metrics=("enqueue",))) == []
    (difference,) = found(old, made_side(blocks=4, metrics=("enqueue",)))
    assert f"{difference.kind}: {difference}" == "samples: redis's enqueue has 72 samples and had 180"


def test_void_figures_are_named() -> None:
    new = made_side(metrics=("enqueue",))
    rows = [row.model_copy(update={"void": "the rate was not kept"}) for row in new.summary]
    (difference,) = found(made_side(metrics=("enqueue",)), new.model_copy(update={"summary": rows}))
    assert str(difference) == "redis's enqueue is void: the rate was not kept"


def test_names_of_differences_are_read_with_commas_and_misspelt_ones_are_refused() -> None:
    assert allowed_kinds(["cpu, server", "missing"]) == {"cpu", "server", "missing"}
    assert allowed_kinds([]) == frozenset()
    with pytest.raises(UsageError, match="--allow has no 'servr': did you mean 'server'"):
        allowed_kinds(["servr"])
    with pytest.raises(UsageError, match="use one of celery, cores, cpu"):
        allowed_kinds(["xyz"])


def test_a_subject_with_its_own_workload_is_compared_by_that_and_not_by_the_results() -> None:
    def with_own(concurrency: int, shared: str) -> Result:
        own = Workload(name="add", task="shop.add", concurrency=concurrency)
        (plain, other) = made_subjects("redis", "sqs")
        subjects = [plain, other.model_copy(update={"workload": own})]
        return made_side(labels=("redis", "sqs"), subjects=subjects, workload=Workload(name=shared, task=shared))

    assert found(with_own(2, "noop"), with_own(2, "noop")) == []
    (of_shared,) = found(with_own(2, "noop"), with_own(2, "echo"))
    assert (str(of_shared), of_shared.subjects) == ("the workload's task was noop and is echo", ("redis",))
    (of_own,) = found(with_own(2, "noop"), with_own(4, "noop"))
    assert (str(of_own), of_own.subjects) == ("the workload's concurrency was 2 and is 4", ("sqs",))
