"""How each metric was measured is said for this run, and no more."""

import pytest
from made_results import make_result
from rich_results import bare_rich_result, rich_result, sweep_result

from bench.metrics.registry import catalogue
from bench.report.method import CEILINGS, READING, method, reading


def test_the_method_names_the_task_and_counts_the_blocks_that_were_run() -> None:
    assert "20 closed-loop calls that enqueue tasks.noop" in method("enqueue", make_result())
    assert "In each of 1 block," in method("throughput", make_result(drains=1))


def test_a_subject_that_sat_some_blocks_out_is_spoken_of() -> None:
    result = make_result()
    assert "skipped some" not in method("enqueue", result)
    assert "skipped some" not in method("latency", rich_result())
    rows = [row.model_copy(update={"blocks": 50}) if row.subject == "sqs" else row for row in result.summary]
    assert "skipped some" in method("enqueue", result.model_copy(update={"summary": rows}))


@pytest.mark.parametrize("metric", catalogue())
def test_every_metric_has_a_method(metric: str) -> None:
    for result in (rich_result(), bare_rich_result()):
        assert method(metric, result).endswith(".")


def test_a_sweep_has_several_concurrencies() -> None:
    assert "(prefork, concurrency several)" in method("throughput", sweep_result())
    assert "(prefork, concurrency 1)" in method("throughput", make_result())


def test_how_to_read_a_metric_is_said_where_it_was_measured() -> None:
    usual, rich = reading(make_result()), reading(rich_result())
    assert usual[: len(READING)] == rich[: len(READING)] == list(READING)
    assert "not a latency under load" in usual[-1]
    for words in ("open-loop", "less than 99 % of the intended rate", "than 5 % of the latency's p99"):
        assert words in " ".join(rich)
        assert words not in " ".join(usual)
    assert CEILINGS in rich
    assert CEILINGS not in usual


def test_what_could_disturb_other_figures_is_said_to_be_apart() -> None:
    assert "separate, instrumented processes" in method("phases", rich_result())
    assert "no duration elsewhere is affected" in method("cost", rich_result())
    assert "overlaps" in method("phases", rich_result())
