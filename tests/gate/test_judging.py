from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sides import made_environment, made_side, made_subjects

from bench.gate.judging import Gate, Judged, judge
from bench.gate.limits import Limits
from bench.records.figures import Capacity, Cost, Estimate
from bench.records.result import Result

LIMITS = Limits(default=0.05)


def judged(baseline: Result, current: Result, limits: Limits = LIMITS, **changes: Any) -> Gate:
    return judge(baseline, current, limits, **changes)


def row_of(gate: Gate, metric: str = "enqueue", subject: str = "redis") -> Judged:
    (row,) = (row for row in gate.rows if (row.metric, row.subject) == (metric, subject))
    return row


def test_a_result_against_itself_is_within_limits() -> None:
    result = made_side()
    gate = judged(result, result)
    assert gate.outcome == "within"
    assert [row.outcome for row in gate.rows] == ["within", "within"]
    for row in gate.rows:
        assert row.ratio is not None
        assert row.ratio.value == pytest.approx(1)


def test_an_equal_run_is_within_limits() -> None:
    assert judged(made_side(rng=1), made_side(rng=2)).outcome == "within"


@pytest.mark.parametrize("metric", ["enqueue", "throughput", "wakeup"])
def test_what_is_slower_than_allowed_regressed_whichever_way_is_worse(metric: Any) -> None:
    gate = judged(made_side(metrics=(metric,), rng=1), made_side(1.2, metrics=(metric,), rng=2))
    row = row_of(gate, metric)
    assert (row.outcome, gate.outcome) == ("regressed", "regressed")
    assert row.ratio is not None
    assert row.ratio.value == pytest.approx(1 / 1.2 if metric == "throughput" else 1.2, rel=0.02)
    assert row.ratio.verdict == "regressed"


@pytest.mark.parametrize("metric", ["enqueue", "throughput"])
def test_what_is_faster_is_within_limits(metric: Any) -> None:
    gate = judged(made_side(metrics=(metric,), rng=1), made_side(0.8, metrics=(metric,), rng=2))
    row = row_of(gate, metric)
    assert row.outcome == "within"
    assert row.ratio is not None
    assert row.ratio.verdict == "improved"


def test_a_certain_difference_below_the_limit_is_within_it() -> None:
    gate = judged(made_side(rng=1), made_side(1.05, rng=2), Limits(default=0.10))
    assert gate.outcome == "within"
    assert judged(made_side(rng=1), made_side(1.05, rng=2), Limits(default=0.01)).outcome == "regressed"


def test_a_difference_that_may_be_more_than_the_limit_is_inconclusive() -> None:
    gate = judged(made_side(rng=1, metrics=("enqueue",)), made_side(1.045, rng=2, metrics=("enqueue",)))
    (row,) = gate.rows
    assert row.ratio is not None
    assert row.ratio.value < 1.05 < row.ratio.high  # type: ignore[operator]
    assert gate.outcome == "inconclusive"


def test_the_limit_is_no_smaller_than_what_the_runs_can_see() -> None:
    gate = judged(made_side(rng=1, luck=0.03), made_side(rng=2, luck=0.03), Limits(default=0.001))
    for row in gate.rows:
        assert row.ratio is not None
        assert row.effective == row.ratio.detectable > 0.001  # type: ignore[operator]
    exact = judged(made_side(rng=1), made_side(rng=2), Limits(default=0.2))
    assert [row.effective for row in exact.rows] == [0.2, 0.2]


def test_runs_that_could_not_see_a_doubling_vouch_for_nothing() -> None:
    gate = judged(made_side(rng=1, luck=0.8), made_side(rng=1, luck=0.8))
    assert {row.outcome for row in gate.rows} == {"inconclusive"}
    assert "could not detect even a doubling" in gate.rows[0].why
    assert judged(made_side(rng=1, luck=0.8), made_side(90.0, rng=2, luck=0.8)).outcome == "regressed"


def test_limits_are_by_subject_and_metric() -> None:
    labels = ("redis", "sqs")
    limits = Limits(default=0.05, subjects={"sqs": {"enqueue": 0.5}})
    gate = judged(made_side(labels=labels, rng=1), made_side(1.2, labels=labels, rng=2), limits)
    assert row_of(gate, "enqueue", "redis").outcome == "regressed"
    assert row_of(gate, "enqueue", "sqs").outcome == "within"
    assert row_of(gate, "throughput", "sqs").outcome == "regressed"


def test_one_regressed_subject_does_not_make_the_others_so() -> None:
    labels = ("redis", "sqs")
    gate = judged(made_side(labels=labels, rng=1), made_side({"sqs": 1.3}, labels=labels, rng=2))
    assert {(row.subject, row.outcome) for row in gate.rows} == {("redis", "within"), ("sqs", "regressed")}


def test_fewer_than_four_sets_of_processes_give_no_verdict() -> None:
    gate = judged(made_side(rng=1), made_side(1.5, rng=2, generations=3, blocks=16))
    assert {row.outcome for row in gate.rows} == {"inconclusive"}
    assert "fewer than 4 sets of fresh processes" in gate.rows[0].why


def test_a_result_without_its_blocks_is_inconclusive() -> None:
    gate = judged(made_side(), made_side().model_copy(update={"blocks": []}))
    assert {(row.outcome, row.why) for row in gate.rows} == {("inconclusive", "its blocks are not in the result")}


def test_on_another_processor_nothing_is_judged_unless_it_is_allowed() -> None:
    old, new = made_side(rng=1), made_side(1.3, rng=2, environment=made_environment(cpu_model="Other"))
    gate = judged(old, new)
    assert gate.outcome == "not comparable"
    assert {row.outcome for row in gate.rows} == {"not comparable"}
    assert judged(old, new, allowed=frozenset({"cpu"})).outcome == "regressed"


def test_another_server_bars_its_own_subject_only() -> None:
    labels = ("redis", "sqs")
    subjects = made_subjects("redis") + made_subjects("sqs", version="8")
    gate = judged(made_side(labels=labels, rng=1), made_side(labels=labels, rng=2, subjects=subjects))
    assert gate.outcome == "not comparable"
    assert {(row.subject, row.outcome) for row in gate.rows} == {("redis", "within"), ("sqs", "not comparable")}


def test_a_missing_benchmark_fails_unless_it_is_allowed_and_what_is_there_is_judged() -> None:
    old, new = made_side(rng=1, labels=("redis", "sqs")), made_side(rng=2)
    gate = judged(old, new)
    assert gate.outcome == "not comparable"
    assert [one.kind for one in gate.refused] == ["missing"]
    assert {row.outcome for row in gate.rows} == {"within"}
    assert judged(old, new, allowed=frozenset({"missing"})).outcome == "within"


def test_a_regression_is_said_also_where_something_else_is_missing() -> None:
    assert judged(made_side(rng=1, labels=("redis", "sqs")), made_side(1.3, rng=2)).outcome == "regressed"


def test_nothing_in_common_is_not_comparable_whatever_is_allowed() -> None:
    gate = judged(made_side(metrics=("enqueue",)), made_side(metrics=("throughput",)), allowed=frozenset({"missing"}))
    assert gate.outcome == "not comparable"
    assert gate.gated == []


def test_void_figures_are_judged_by_nobody() -> None:
    new = made_side(1.5, rng=2)
    void = new.model_copy(update={"summary": [row.model_copy(update={"void": "late"}) for row in new.summary]})
    gate = judged(made_side(rng=1), void, allowed=frozenset({"void"}))
    assert {row.outcome for row in gate.rows} == {"not comparable"}
    assert gate.outcome == "not comparable"


def test_a_latency_at_a_share_of_each_runs_own_capacity_is_told_and_not_gated() -> None:
    sides = [made_side(factor, rng=rng, metrics=("wakeup",), at={"load": 0.5}) for factor, rng in ((1, 1), (1.5, 2))]
    gate = judged(*sides)
    assert [row.outcome for row in gate.rows] == ["not gated"]
    assert gate.outcome == "not comparable"


def test_places_of_a_series_are_compared_with_their_own() -> None:
    at = {"idle_s": 5.0}
    gate = judged(made_side(metrics=("wakeup",), at=at), made_side(metrics=("wakeup",), at=at, rng=2))
    assert [row.at for row in gate.rows] == [at]
    other = judged(made_side(metrics=("wakeup",), at=at), made_side(metrics=("wakeup",), at={"idle_s": 30.0}))
    assert other.rows == []
    assert [one.kind for one in other.differences] == ["missing", "missing"]


def test_capacity_and_cpu_time_are_told() -> None:
    def side(rate_per_s: float, cpu_ns: float, rng: int) -> Result:
        own: dict[str, Any] = {"subject": "redis", "tier": "fast"}
        return made_side(
            rng=rng,
            capacities=[Capacity(**own, limit_ns=10**8, rate_per_s=rate_per_s)],
            costs=[Cost(**own, tasks=100, worker_cpu_ns=Estimate(value=cpu_ns))],
        )

    gate = judged(side(1000, 2e5, 1), side(500, 4e5, 2))
    told = {row.metric: row for row in gate.rows if row.outcome == "not gated"}
    assert {metric: row.ratio.value for metric, row in told.items() if row.ratio} == {"capacity": 0.5, "cost": 2.0}
    assert gate.outcome == "within"


@settings(max_examples=30, deadline=None)
@given(st.floats(min_value=0.2, max_value=5), st.integers(min_value=0, max_value=99))
def test_the_ratio_is_the_factor_and_its_interval_holds_it(factor: float, rng: int) -> None:
    exact = {"luck": 0.0, "scatter": 0.001, "metrics": ("enqueue",)}
    there = row_of(judged(made_side(rng=rng, **exact), made_side(factor, rng=rng + 100, **exact)))  # type: ignore[arg-type]
    back = row_of(judged(made_side(factor, rng=rng + 100, **exact), made_side(rng=rng, **exact)))  # type: ignore[arg-type]
    assert there.ratio is not None
    assert back.ratio is not None
    assert there.ratio.value == pytest.approx(factor, rel=0.005)
    assert there.ratio.value * back.ratio.value == pytest.approx(1)
    assert there.ratio.low == pytest.approx(1 / back.ratio.high)  # type: ignore[operator]
