"""The overview: a row for each subject, and a column for each metric that was measured."""

from typing import Any

import pytest
from made_results import DURABLE, RABBITMQ, REDIS, SQS, failed_result, make_result, single_result
from rich_results import EVERY_KIND, rate_result, rich_result, sweep_result

from bench.records.figures import Capacity
from bench.records.result import Result
from bench.report.html import html
from bench.report.markdown import markdown
from bench.report.overview import MARKS, OverviewCell, legend, overview


def cell(result: Result, subject: str, column: str, at: str = "") -> OverviewCell | None:
    found = overview(result)
    (row,) = (row for row in found.rows if row.subject == subject and row.at == at)
    return row.cells[found.columns.index(column)]


def test_a_ratio_of_times_is_inverted_and_a_ratio_of_rates_is_not() -> None:
    result = make_result(REDIS, RABBITMQ)
    ratios = {row.metric: row.ratio for row in result.summary if row.ratio}
    enqueue, throughput = (cell(result, "rabbitmq", metric) for metric in ("enqueue", "throughput"))
    assert enqueue
    assert throughput
    assert float(enqueue.ratio[:-1]) == pytest.approx(1 / ratios["enqueue"].value, abs=0.001)
    assert float(throughput.ratio[:-1]) == pytest.approx(ratios["throughput"].value, abs=0.01)
    assert (enqueue.verdict, throughput.verdict) == ("faster", "slower")
    low, high = map(float, enqueue.interval.split(" to "))
    assert 1 < low < float(enqueue.ratio[:-1]) < high


def test_the_first_of_a_tier_is_the_reference_of_the_others() -> None:
    result = make_result(REDIS, RABBITMQ, *DURABLE)
    for name in ("redis", "redis:durable"):
        found = cell(result, name, "enqueue")
        assert found
        assert (found.ratio, found.verdict) == ("1x", "reference")


def test_a_subject_alone_in_its_tier_has_no_ratio() -> None:
    assert cell(single_result(), "redis", "enqueue") == OverviewCell(value="402 us", verdict="reference")


def test_an_emulator_is_not_ranked() -> None:
    found = cell(make_result(REDIS, SQS), "sqs (ministack)", "enqueue")
    assert found
    assert (found.ratio, found.verdict) == ("", "not ranked")


def test_an_emulator_that_is_measured_alone_is_no_exception_to_anything() -> None:
    found = cell(make_result(SQS), "sqs (ministack)", "enqueue")
    assert found
    assert found.verdict == "reference"


@pytest.mark.parametrize(
    ("column", "ratio"), [("p99 at 50 %", "0.99x"), ("capacity", "0.59x"), ("CPU a task", "1.23x")]
)
def test_a_figure_without_a_test_has_a_ratio_and_no_verdict(column: str, ratio: str) -> None:
    found = cell(rich_result(), "rabbitmq", column)
    assert found
    assert (found.ratio, found.interval, found.verdict) == (ratio, "", "not judged")


def test_a_capacity_that_is_only_a_bound_has_no_ratio() -> None:
    fields = {"tier": "fast", "limit_ns": 10**8}
    capacities = [
        Capacity(subject="redis", rate_per_s=500, at_least=True, **fields),
        Capacity(subject="rabbitmq", rate_per_s=250, **fields),
    ]
    result = make_result(REDIS, RABBITMQ, capacities=capacities)
    assert cell(result, "redis", "capacity") == OverviewCell(value=">=500 /s", verdict="reference")
    assert cell(result, "rabbitmq", "capacity") == OverviewCell(value="250 /s", verdict="not judged")


def test_a_figure_of_another_task_is_not_compared() -> None:
    found = rich_result()
    others = [
        one.model_copy(update={"workload": found.workload.model_copy(update={"task": "tasks.echo"})})
        if one.label == "rabbitmq"
        else one
        for one in found.subjects
    ]
    compared = cell(found.model_copy(update={"subjects": others}), "rabbitmq", "capacity")
    assert compared
    assert (compared.ratio, compared.verdict) == ("", "reference")


def test_a_metric_that_was_not_measured_has_no_column() -> None:
    assert overview(make_result()).columns == ["enqueue", "throughput"]
    assert overview(rate_result()).columns == ["p99 at 200/s"]


def test_the_series_of_a_metric_is_shown_at_one_place_and_named() -> None:
    assert overview(rich_result()).columns == [
        "enqueue",
        "throughput",
        "p99 at 50 %",
        "capacity",
        "wakeup idle 60 s",
        "first publish",
        "CPU a task",
        "payload",
    ]


def test_a_void_figure_is_void_and_nothing_is_compared_with_it() -> None:
    result = make_result(REDIS, RABBITMQ)
    rows = [row.model_copy(update={"void": "late"}) if row.subject == "redis" else row for row in result.summary]
    void = result.model_copy(update={"summary": rows})
    redis, rabbitmq = (cell(void, name, "enqueue") for name in ("redis", "rabbitmq"))
    assert redis
    assert rabbitmq
    assert (redis.ratio, redis.verdict) == ("void", "void")
    assert (rabbitmq.ratio, rabbitmq.interval, rabbitmq.verdict) == ("", "", "not judged")


def test_each_point_of_a_sweep_has_its_rows() -> None:
    found = cell(sweep_result(), "rabbitmq", "throughput", at="concurrency 4")
    assert found
    assert found.verdict == "slower"
    assert cell(sweep_result(), "rabbitmq", "enqueue", at="concurrency 4") is None


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_every_row_has_a_cell_for_every_column(kind: str) -> None:
    found = overview(EVERY_KIND[kind]())
    assert all(len(row.cells) == len(found.columns) for row in found.rows)


def test_a_subject_that_failed_has_a_row_and_its_reason_below() -> None:
    found = overview(failed_result())
    assert [row.cells for row in found.rows if row.subject == "rabbitmq"] == [[None, None]]
    assert found.notes == [
        "rabbitmq: failed: rabbitmq-server did not come up within 60 s: look at its log, or set RABBITMQ_URL.",
        "sqs (ministack): failed: 200 tasks sent, 199 finished.",
    ]


def test_void_figures_are_named_in_one_sentence() -> None:
    assert overview(rich_result()).notes == [
        "void: rabbitmq:durable's latency at 80 %: 91.4 % of the intended rate was achieved."
    ]


def test_the_legend_explains_the_marks_that_occur_and_no_others() -> None:
    result = make_result(REDIS, RABBITMQ)
    assert legend(result, overview(result), MARKS) == (
        "Ratio (95 % interval): to the first of the tier, above 1x is better. ▲ faster, ▼ slower."
    )
    assert legend(single_result(), overview(single_result()), MARKS) == ""


def test_tasks_that_are_not_compared_have_no_common_reference_and_lack_nothing_that_nobody_asked_for() -> None:
    whole = make_result(REDIS, RABBITMQ)
    tasks = [whole.workload.model_copy(update={"name": name}) for name in ("add", "mul")]
    subjects = [
        one.model_copy(update={"workload": task, "metrics": ["enqueue"]})
        for one, task in zip(whole.subjects, tasks, strict=True)
    ]
    rows = [row.model_copy(update={"ratio": None}) for row in whole.summary if row.metric == "enqueue"]
    found = overview(whole.model_copy(update={"subjects": subjects, "summary": rows}))
    assert [cell and (cell.ratio, cell.verdict) for row in found.rows for cell in row.cells] == [("", "reference")] * 2
    assert found.notes == []


def test_a_doubt_beside_an_interval_that_excludes_1_is_explained_in_every_report() -> None:
    one_set = _doubted(generations=1)
    said = "A ? although the interval excludes 1: only one set of processes was measured"
    assert said in legend(one_set, overview(one_set), MARKS)
    assert said in markdown(one_set).replace("\\", "")
    assert said in html(one_set)
    several = _doubted(generations=3)
    assert "verdicts hold for all ratios of the run together" in legend(several, overview(several), MARKS)
    close = _doubted(generations=1, low=0.9)
    assert "although" not in legend(close, overview(close), MARKS)


def _doubted(**changes: Any) -> Result:
    """Measure two subjects whose ratio is not certain."""
    result = make_result(REDIS, RABBITMQ)
    doubt = {"verdict": "inconclusive", "value": 1.2, "low": 1.1, "high": 1.3} | changes
    rows = [
        row.model_copy(update={"ratio": row.ratio and row.ratio.model_copy(update=doubt)}) for row in result.summary
    ]
    return result.model_copy(update={"summary": rows})
