"""The sentences say what the figures say, and no more."""

from typing import Any

import pytest
from results import RABBITMQ, REDIS, SQS, Made, alike_result, failed_result, make_result, single_result, warmup_result

from bench.records.result import Metric, Ratio, Result, Row
from bench.report.sections import sections
from bench.report.wording import answers, method, notes, title
from bench.stats.verdicts import Verdict


def said(result: Result, metric: Metric = "enqueue") -> list[str]:
    return answers(next(section for section in sections(result) if section.metric == metric), result.margin)


def judged(verdict: Verdict, **figures: Any) -> Ratio:
    return Ratio(**{"to": "redis", "blocks": 9, "generations": 5, "verdict": verdict} | figures)


def compared(metric: Metric, ratio: Ratio) -> str:
    """Give the sentence on RabbitMQ in a result with this ratio to Redis."""
    result = make_result(REDIS, RABBITMQ, blocks=9)
    rows = [row if row.ratio is None else row.model_copy(update={"ratio": ratio}) for row in result.summary]
    (sentence,) = said(result.model_copy(update={"summary": rows}), metric)
    return sentence


def test_a_call_takes_so_many_times_the_time() -> None:
    ratio = judged("improved", value=0.81, low=0.80, high=0.822, detectable=0.009)
    assert compared("enqueue", ratio) == (
        "rabbitmq's enqueue takes 0.81x the time of redis's (95 % interval 0.80 to 0.82): "
        "faster; this run could have seen 0.9 %."
    )


def test_a_worker_drains_so_many_times_as_many_tasks_a_second() -> None:
    ratio = judged("improved", value=1.73, low=1.70, high=1.76, detectable=0.02)
    assert compared("throughput", ratio) == (
        "A worker on rabbitmq drains 1.73x as many tasks a second as one on redis "
        "(95 % interval 1.70 to 1.76): faster; this run could have seen 2.0 %."
    )


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("improved", "faster"),
        ("regressed", "slower"),
        ("equivalent", "equal within 2.0 %"),
        ("inconclusive", "inconclusive"),
    ],
)
@pytest.mark.parametrize("metric", ["enqueue", "throughput"])
def test_the_verdict_is_said_in_words(metric: Metric, verdict: Verdict, words: str) -> None:
    ratio = judged(verdict, value=1.01, low=0.99, high=1.03, detectable=0.03)
    assert f"1.03): {words}; this run could have seen 3.0 %." in compared(metric, ratio)


def test_too_few_fresh_processes_are_the_reason_for_no_verdict() -> None:
    ratio = judged("inconclusive", value=1.5, low=1.4, high=1.6, detectable=0.03, generations=3)
    assert "inconclusive, because fewer than 4 sets of fresh processes were measured" in compared("enqueue", ratio)


def test_a_ratio_without_an_interval_claims_nothing_about_it() -> None:
    sentence = compared("enqueue", Ratio(to="redis", value=1.01, blocks=2))
    assert sentence.startswith("rabbitmq's enqueue takes 1.01x the time of redis's (too few blocks for an interval): ")
    assert "inconclusive" in sentence


def test_a_subject_alone_gets_its_figure_and_nobody_is_compared() -> None:
    assert said(single_result()) == ["A median enqueue on redis takes 402 us (95 % interval 396 to 408)."]
    assert said(single_result(), "throughput")[0].startswith("A worker on redis drains 2,011 tasks a second (95 %")


def test_an_emulator_gets_its_figure_and_no_rank() -> None:
    sentence = said(make_result(REDIS, RABBITMQ, SQS))[-1]
    assert sentence.startswith("A median enqueue on sqs (ministack) takes 2.11 ms")
    assert sentence.endswith("on an emulator, which is not ranked.")


def test_two_subjects_on_one_emulator_are_compared_with_each_other() -> None:
    result = make_result(SQS, Made(label="sqs#2", software="ministack", emulator=True))
    ratio = judged("regressed", to="sqs", value=1.2, low=1.1, high=1.3, detectable=0.1)
    rows = [_with_ratio(row, ratio) if row.subject == "sqs#2" else row for row in result.summary]
    assert said(result.model_copy(update={"summary": rows})) == [
        "sqs#2 (ministack)'s enqueue takes 1.20x the time of sqs's (95 % interval 1.10 to 1.30): "
        "slower; this run could have seen 10 %."
    ]


def test_a_subject_without_a_figure_gets_the_reason() -> None:
    assert "rabbitmq failed: rabbitmq-server did not come up" in " ".join(said(failed_result()))
    assert said(warmup_result())[0] == "redis has no figure: no block was measured."


def test_the_method_names_the_task_and_counts_the_blocks_that_were_run() -> None:
    assert "20 closed-loop calls that enqueue tasks.noop" in method("enqueue", make_result())
    assert "In each of 1 block," in method("throughput", make_result(drains=1))


def test_a_finished_result_without_warnings_has_no_notes() -> None:
    assert notes(make_result()) == []


def test_the_title_lists_the_subjects() -> None:
    assert title(alike_result()) == "redis and redis#2"
    assert title(single_result()) == "redis"
    assert title(make_result().model_copy(update={"subjects": []})) == "no subject"


def _with_ratio(row: Row, ratio: Ratio) -> Row:
    return row.model_copy(update={"ratio": ratio})
