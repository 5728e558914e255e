import pytest
from samples import small_result

from bench.records.result import Metric, Ratio, Result, Row
from bench.selfcheck import selfcheck_of
from bench.stats.verdicts import Verdict


def measured(ratio: float, verdict: Verdict, budget_s: float = 20) -> Result:
    metrics: list[Metric] = ["enqueue", "throughput"]
    found = Ratio(to="redis", value=ratio, detectable=0.01, blocks=9, generations=5, verdict=verdict)
    rows = [
        Row(subject="redis#2", tier="fast", metric=metric, blocks=9, samples=180, ratio=found) for metric in metrics
    ]
    return small_result(budget_s=budget_s, metrics=metrics, summary=rows)


def test_bias_spread_and_alarms_are_those_of_the_runs() -> None:
    verdicts: list[Verdict] = ["equivalent", "inconclusive", "regressed", "improved"]
    runs = [measured(ratio, verdict) for ratio, verdict in zip([1.02, 1.0, 1.04, 1.02], verdicts, strict=True)]
    row = selfcheck_of(runs).rows[0]
    assert (row.metric, row.runs, row.false_alarms, row.equivalent) == ("enqueue", 4, 2, 1)
    assert row.bias.value == pytest.approx(0.02, abs=1e-3)
    assert row.bias.low is not None
    assert row.bias.low < 0.02 < row.bias.high  # type: ignore[operator]
    assert row.spread == pytest.approx(0.016, abs=1e-3)
    assert row.detectable == 0.01


def test_each_budget_has_rows_of_its_own() -> None:
    rows = selfcheck_of([measured(1.0, "equivalent", budget_s) for budget_s in (40, 20, 40)]).rows
    assert [(row.metric, row.budget_s, row.runs) for row in rows] == [
        ("enqueue", 20, 1),
        ("enqueue", 40, 2),
        ("throughput", 20, 1),
        ("throughput", 40, 2),
    ]
    assert rows[0].bias.low is None
