"""Goals are read in the user's notation, and compare two sides by the engine's figures."""

from typing import Any

import numpy as np
import pytest
from made_results import make_result

from bench.figures.tally import Tally
from bench.metrics.cost_turn import CostTurn, Spent
from bench.metrics.enqueue import EnqueueTurn
from bench.metrics.latency import LatencyTurn
from bench.metrics.throughput import DrainTurn
from bench.records.figures import Cost, Estimate, Row
from bench.records.turns import Block, HistogramRecord, Turn
from bench.tune.goal import Goal, read_goal
from brokers.errors import UsageError


def turns_of(metric: str, label: str, times: float) -> Turn:
    """Make a turn that is that many times better than the usual one."""
    if metric == "enqueue":
        return EnqueueTurn(subject=label, warmup_ns=[], samples_ns=[round(1e6 / times)] * 3)
    if metric == "throughput":
        return DrainTurn(subject=label, warmup_tasks=4, tasks=100, duration_ns=round(1e8 / times), span_ns=10**8)
    if metric == "cost":
        spent = Spent(client_cpu_ns=round(1e6 / times), connections=1, operations={"SendMessage": round(40 / times)})
        return CostTurn(subject=label, layer="metered", tasks=10, enqueue=spent, drain=spent)
    slow, ones = round(1e9 / times), HistogramRecord.of([1] * 300)
    response = HistogramRecord.of([10**6] * 290 + [slow] * 10)
    return LatencyTurn(
        subject=label,
        rate_per_s=100.0,
        warmup_tasks=0,
        sent=300,
        sending_ns=3 * 10**9,
        start=response,
        response=response,
        service=ones,
        schedule_lag=ones,
        generator_lag=ones,
        backlog_per_s=(0.0, -1.0, 1.0),
    )


def measured(**times: float) -> Tally:
    """Return what was measured in three generations if the side B is that many times better in each metric."""
    tally, number = Tally(), 0
    for generation in range(3):
        for metric, gain in times.items():
            turns = [turns_of(metric, "A", 1.0), turns_of(metric, "B", gain)]
            at: dict[str, Any] = {"rate_per_s": 100.0} if metric == "latency" else {}
            tally.add(Block(number=number, generation=generation, metric=metric, at=at, warmup=False, turns=turns))
            number += 1
    return tally


@pytest.mark.parametrize(
    ("text", "metric"),
    [("enqueue", "enqueue"), ("throughput", "throughput"), ("latency@100", "latency"), ("cpu", "cost")],
)
def test_better_is_above_one_for_times_and_for_rates(text: str, metric: str) -> None:
    goal = read_goal(text)
    assert goal.metrics == [metric]
    ratio = goal.ratio(measured(**{metric: 2.0}), "B", "A", 1)
    assert ratio
    assert ratio.value == pytest.approx(2.0)
    assert ratio.generations == 3
    assert goal.ratio(measured(**{metric: 2.0}), "C", "A", 1) is None


def test_dollars_are_the_requests_of_a_task_at_their_price() -> None:
    goal = read_goal("dollars", price=0.4)
    ratio = goal.ratio(measured(cost=2.0), "B", "A", 1)
    assert ratio
    assert ratio.value == pytest.approx(2.0)
    cost = Cost(subject="A", tier="fast", tasks=10, operations={"enqueue": {"SendMessage": 1}, "drain": {"Receive": 2}})
    (figure,) = goal.figures(make_result(blocks=2, drains=2, costs=[cost]), "A", "B")
    assert figure.present
    assert figure.present.value == pytest.approx(3 * 0.4)
    assert figure.tuned is None
    with pytest.raises(UsageError, match="charges for requests"):
        read_goal("dollars")


def test_several_goals_are_joined_by_their_weights() -> None:
    goal = read_goal("throughput=2, enqueue")
    assert goal.metrics == ["enqueue", "throughput"]
    ratio = goal.ratio(measured(throughput=2.0, enqueue=0.5), "B", "A", 1)
    assert ratio
    assert ratio.value == pytest.approx(np.exp((2 * np.log(2) + np.log(0.5)) / 3))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("speed", "enqueue, throughput"),
        ("enqueue=0", "weight"),
        ("enqueue,enqueue=2", "twice"),
        ("throughput@5", "no rate"),
        ("latency@0", "not a rate"),
    ],
)
def test_what_is_not_a_goal_is_refused_with_a_remedy(text: str, named: str) -> None:
    with pytest.raises(UsageError, match=named):
        read_goal(text)


@pytest.mark.parametrize(
    "text",
    [
        "p99 enqueue",
        "p98 enqueue under 5ms",
        "p99 cpu under 1s",
        "p99 enqueue under 5",
        "p99 latency@1.2.3 under 5ms",
        "p99 latency@. under 5ms",
    ],
)
def test_what_is_not_a_limit_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="use for example"):
        read_goal("throughput", [text])


def test_a_latency_has_one_rate() -> None:
    assert read_goal("latency@100", ["p95 latency@100 under 1s"]).rates_per_s == (100.0,)
    assert read_goal("latency").metrics == ["throughput", "latency"]
    with pytest.raises(UsageError, match="one rate"):
        read_goal("latency@100", ["p95 latency@200 under 1s"])


def limited(low_ms: float, high_ms: float, **changes: Any) -> tuple[Goal, Any]:
    estimate = Estimate(value=1e6 * (low_ms + high_ms) / 2, low=1e6 * low_ms, high=1e6 * high_ms)
    fields: dict[str, Any] = {"blocks": 5, "samples": 5000, "p99_ns": estimate} | changes
    row = Row(subject="redis", tier="fast", metric="enqueue", **fields)
    return read_goal("throughput", ["p99 enqueue under 5ms"]), make_result(blocks=2, drains=2, summary=[row])


@pytest.mark.parametrize(("low_ms", "high_ms", "verdict"), [(3, 4, "kept"), (6, 7, "broken"), (4, 6, "unclear")])
def test_a_limit_is_kept_or_broken_only_if_that_is_certain(low_ms: float, high_ms: float, verdict: str) -> None:
    goal, result = limited(low_ms, high_ms)
    assert goal.metrics == ["enqueue", "throughput"]
    (check,) = goal.checks(result, "redis", "redis")
    assert check.verdict == verdict
    assert bool(goal.breaks(result, "redis")) == (verdict == "broken")


def test_a_void_figure_keeps_no_limit() -> None:
    goal, result = limited(3, 4, void="the generator was late")
    assert goal.checks(result, "redis", "redis")[0].verdict == "not measured"
    assert "late" in read_goal("enqueue").why_void(result, ["redis"])
