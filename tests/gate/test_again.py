from pathlib import Path
from typing import Any

import pytest
from sides import made_environment, made_side, made_subjects

from bench.compare.progress import Measurement
from bench.compare.request import Comparison
from bench.gate.again import Guard, judge_now, same_again
from bench.gate.judging import Gate
from bench.gate.limits import Limits
from bench.records.result import Result
from bench.records.workload import Workload
from brokers.errors import UsageError

LABELS = ("redis", "rabbitmq:durable")


class Fake:
    """Return made-up results instead of measuring, and keep what was asked for."""

    def __init__(self, *results: Result) -> None:
        self._results = list(results)
        self.asked: list[tuple[Comparison, bool]] = []

    def __call__(self, comparison: Comparison, again: bool) -> Result:
        self.asked.append((comparison, again))
        return self._results.pop(0)


def judged(*results: Result) -> tuple[Gate, Fake]:
    baseline = made_side(rng=1, labels=LABELS)
    fake = Fake(*results)
    guard = Guard(baseline=baseline, limits=Limits(default=0.05), allowed=frozenset())
    return judge_now(guard, same_again(baseline), fake), fake


def test_what_a_baseline_measured_is_measured_as_it_was() -> None:
    changes: dict[str, Any] = {"budget_s": 90.0, "seed": 11, "workload": Workload(name="own", concurrency=2)}
    baseline = made_side(labels=("redis", "redis#2", "rabbitmq:durable"), metrics=("enqueue",), **changes)
    comparison = same_again(baseline)
    assert [subject.label for subject in comparison.subjects] == ["redis", "redis#2", "rabbitmq:durable"]
    assert (comparison.metrics, comparison.budget_s, comparison.seed) == (["enqueue"], 90.0, 11)
    assert comparison.workload.concurrency == 2


def test_a_baseline_is_measured_again_by_the_interpreter_that_is_named() -> None:
    comparison = same_again(made_side(labels=LABELS), "/elsewhere/bin/python")
    assert [subject.interpreter for subject in comparison.subjects] == ["/elsewhere/bin/python"] * 2


def test_a_subject_with_its_own_workload_is_measured_with_it_again() -> None:
    own = {"workload": Workload(name="add(2)", task="shop.add", args=[2]), "metrics": ["enqueue"]}
    subjects = [subject.model_copy(update=own) for subject in made_subjects("redis add(2)")]
    subjects = [subject.model_copy(update={"broker": "redis"}) for subject in subjects]
    (subject,) = same_again(made_side(labels=("redis add(2)",), subjects=subjects)).subjects
    assert (subject.label, subject.workload, subject.metrics) == ("redis add(2)", own["workload"], ("enqueue",))


def test_latency_is_measured_at_the_baselines_rates() -> None:
    baseline = made_side(metrics=("wakeup",), at={"rate_per_s": 200.0})
    rows = [row.model_copy(update={"metric": "latency"}) for row in baseline.summary]
    found = same_again(baseline.model_copy(update={"summary": rows, "metrics": ["latency"]}))
    assert found.rates_per_s == (200.0,)


def test_an_app_that_is_not_here_is_an_error_with_the_remedy(tmp_path: Path) -> None:
    workload = Workload(name="own", app_dir=str(tmp_path / "gone"))
    with pytest.raises(UsageError, match="not here: measure with 'brokerbench compare', and pass both results"):
        same_again(made_side(workload=workload))


def test_what_is_within_limits_is_measured_once() -> None:
    gate, fake = judged(made_side(rng=2, labels=LABELS))
    assert gate.outcome == "within"
    assert [again for _, again in fake.asked] == [False]


def test_what_seems_to_have_regressed_is_measured_again_by_itself_and_then_said() -> None:
    slow = {"redis": 1.3}
    gate, fake = judged(made_side(slow, rng=2, labels=LABELS), made_side(slow, rng=3))
    (first, _), (second, again) = fake.asked
    assert again
    assert (first.confirms, second.confirms) == (False, True)
    results = [Measurement(one, made_environment(), []).result("finished") for one in (first, second)]
    assert [result.confirms for result in results] == [False, True]  # so that a history knows
    assert [subject.label for subject in second.subjects] == ["redis"]
    assert (second.metrics, second.budget_s) == (first.metrics, first.budget_s)
    assert gate.outcome == "regressed"
    assert {row.confirmed for row in gate.regressed} == {True}
    assert len(gate.rows) == 4


def test_only_the_metric_that_seems_to_have_regressed_is_measured_again() -> None:
    slow, usual = made_side(1.3, rng=2, labels=LABELS), made_side(rng=2, labels=LABELS)
    mixed = [
        block if block.metric == "enqueue" else other for block, other in zip(slow.blocks, usual.blocks, strict=True)
    ]
    _, fake = judged(slow.model_copy(update={"blocks": mixed}), made_side(1.3, rng=3, labels=LABELS))
    assert fake.asked[1][0].metrics == ["enqueue"]


def test_what_a_second_run_does_not_find_is_no_regression() -> None:
    gate, _ = judged(made_side(1.3, rng=2, labels=LABELS), made_side(rng=3, labels=LABELS))
    assert gate.outcome == "within"
    assert {row.why for row in gate.rows} == {"a first run found it regressed, but a second run did not"}


def test_what_a_second_run_cannot_tell_is_inconclusive() -> None:
    unsure = made_side(1.3, rng=3, labels=LABELS, generations=2)
    gate, _ = judged(made_side(1.3, rng=2, labels=LABELS), unsure)
    assert gate.outcome == "inconclusive"


def test_a_subject_that_fails_in_the_second_run_is_inconclusive() -> None:
    gate, _ = judged(made_side(1.3, rng=2, labels=LABELS), made_side(1.3, rng=3, labels=("redis",)))
    outcomes = {row.subject: row.outcome for row in gate.rows}
    assert outcomes == {"redis": "regressed", "rabbitmq:durable": "inconclusive"}


def test_after_an_interrupted_run_nothing_more_is_measured() -> None:
    gate, fake = judged(made_side(1.3, rng=2, labels=LABELS, status="interrupted"))
    assert gate.outcome == "regressed"
    assert len(fake.asked) == 1


def test_a_limit_of_an_unknown_subject_is_refused_before_anything_is_measured() -> None:
    baseline = made_side()
    guard = Guard(baseline=baseline, limits=Limits(subjects={"sqs": {"enqueue": 0.1}}), allowed=frozenset())
    fake = Fake()
    with pytest.raises(UsageError, match="a limit is for 'sqs'"):
        judge_now(guard, same_again(baseline), fake)
    assert not fake.asked


def test_a_baseline_of_two_sides_is_refused_because_it_is_measured_by_another_command() -> None:
    baseline = made_side(subjects=made_subjects("redis", spec="as it is"))
    with pytest.raises(UsageError, match="measure with 'brokerbench ab'"):
        same_again(baseline)
