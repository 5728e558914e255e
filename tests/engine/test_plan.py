import pytest

from bench.engine.plan import Plan, Point
from bench.metrics.latency import LOADS
from bench.records.turns import Series
from bench.records.workload import Workload


def plan(*metrics: str, rates_per_s: tuple[float, ...] = ()) -> Plan:
    return Plan(metrics=list(metrics), points=[Point({}, Workload(name="own"))], rates_per_s=rates_per_s)


def test_metrics_without_a_place_are_one_series_each_in_a_fixed_order() -> None:
    assert plan("throughput", "enqueue").series() == [Series("enqueue"), Series("throughput")]


def test_latency_has_a_series_for_each_share_of_the_capacity() -> None:
    assert plan("latency").series() == [Series("latency", (("load", load),)) for load in LOADS]


def test_latency_at_given_rates_has_a_series_for_each_rate_and_needs_no_capacity() -> None:
    given = plan("latency", rates_per_s=(50.0, 200.0))
    assert [series.at for series in given.series()] == [{"rate_per_s": 50.0}, {"rate_per_s": 200.0}]
    assert not given.searches


def test_wakeup_has_a_series_for_each_idle_time() -> None:
    assert [series.at for series in plan("wakeup").series()] == [{"idle_s": 0.1}, {"idle_s": 5.0}, {"idle_s": 30.0}]


@pytest.mark.parametrize(
    ("metrics", "searches"),
    [(["latency"], True), (["capacity"], True), (["enqueue", "throughput", "wakeup", "first-publish"], False)],
)
def test_capacities_are_looked_for_where_a_metric_needs_them(metrics: list[str], searches: bool) -> None:
    assert plan(*metrics).searches is searches


def test_a_capacity_that_was_asked_for_is_looked_for_also_at_given_rates() -> None:
    assert plan("latency", "capacity", rates_per_s=(50.0,)).searches


def test_what_is_not_measured_in_blocks_is_no_series() -> None:
    assert plan("capacity", "first-publish", "cost", "phases", "payload-limit").series() == []


@pytest.mark.parametrize("metric", ["enqueue", "throughput", "latency", "wakeup", "first-publish"])
def test_what_has_blocks_is_repeated_in_fresh_processes(metric: str) -> None:
    assert plan(metric).repeats


@pytest.mark.parametrize("metric", ["capacity", "cost", "phases", "payload-limit"])
def test_what_has_none_is_not(metric: str) -> None:
    assert not plan(metric).repeats
