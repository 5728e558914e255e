"""The sentences say what the figures say, and no more."""

from typing import Any

import pytest
from made_results import RABBITMQ, REDIS, SQS, Made, failed_result, make_result, single_result, warmup_result
from rich_results import bare_rich_result, rate_result, rich_result, sweep_result

from bench.records.figures import Ratio, Row
from bench.records.result import Result
from bench.report.answers import answers
from bench.report.sections import sections
from bench.stats.verdicts import Verdict


def said(result: Result, metric: str = "enqueue") -> list[str]:
    section = next(section for section in sections(result) if section.metric == metric)
    return [answer.text for answer in answers(section, result)]


def judged(verdict: Verdict, **figures: Any) -> Ratio:
    return Ratio(**{"to": "redis", "blocks": 9, "generations": 5, "verdict": verdict} | figures)


def compared(metric: str, ratio: Ratio) -> str:
    """Return the sentence on RabbitMQ in a result with this ratio to Redis."""
    result = make_result(REDIS, RABBITMQ, blocks=9)
    rows = [row if row.ratio is None else row.model_copy(update={"ratio": ratio}) for row in result.summary]
    (sentence,) = said(result.model_copy(update={"summary": rows}), metric)
    return sentence


def test_a_call_takes_so_many_times_the_time() -> None:
    ratio = judged("improved", value=0.81, low=0.80, high=0.822, detectable=0.009)
    assert compared("enqueue", ratio) == (
        "rabbitmq's enqueue takes 0.81x the time of redis's (95 % interval 0.80 to 0.82): "
        "faster; this run could detect 0.9 %."
    )


def test_a_worker_drains_so_many_times_as_many_tasks_a_second() -> None:
    ratio = judged("improved", value=1.73, low=1.70, high=1.76, detectable=0.02)
    assert compared("throughput", ratio) == (
        "A worker on rabbitmq drains 1.73x as many tasks a second as one on redis "
        "(95 % interval 1.70 to 1.76): faster; this run could detect 2.0 %."
    )


def test_an_inconclusive_ratio_says_which_budget_would_settle_it() -> None:
    ratio = judged("inconclusive", value=1.01, low=0.99, high=1.03, detectable=0.03, needed_s=200)
    assert compared("enqueue", ratio).endswith("; a budget of about 4m would probably settle it.")


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
def test_the_verdict_is_said_in_words(metric: str, verdict: Verdict, words: str) -> None:
    ratio = judged(verdict, value=1.01, low=0.99, high=1.03, detectable=0.03)
    assert f"1.03): {words}; this run could detect 3.0 %." in compared(metric, ratio)


def test_one_set_of_processes_is_the_reason_for_no_verdict() -> None:
    ratio = judged("inconclusive", value=1.5, low=1.4, high=1.6, detectable=0.03, generations=1)
    assert "inconclusive, because only one set of fresh processes was measured" in compared("enqueue", ratio)
    two = ratio.model_copy(update={"generations": 2})
    assert "): inconclusive; this run" in compared("enqueue", two)


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
        "slower; this run could detect 10 %."
    ]


def test_a_subject_without_a_figure_gets_the_reason() -> None:
    assert "rabbitmq failed: rabbitmq-server did not come up" in " ".join(said(failed_result()))
    assert said(warmup_result())[0] == "redis has no figure: no block was measured (raise --budget)."


def test_a_place_comes_before_what_is_said_there() -> None:
    assert said(rich_result(), "latency")[1] == (
        "At 50 % of its own capacity, a task on rabbitmq ends 1.13x as late as one on redis "
        "(95 % interval 1.09 to 1.16): slower; this run could detect 4.3 %."
    )
    assert said(rate_result(), "latency")[-1].startswith("At 200 tasks/s, a task on rabbitmq ends ")
    assert said(rich_result(), "wakeup")[0].startswith("After 0.1 s of idleness, a task on rabbitmq starts 0.81x")
    assert said(sweep_result(), "wakeup")[0].startswith("With pool prefork, a task on rabbitmq starts ")
    assert said(sweep_result())[1].startswith("With a payload of 1 KiB, rabbitmq's enqueue takes 0.81x")
    assert said(sweep_result(), "latency")[0].startswith(
        "With a payload of 0 bytes, at 25 % of its own capacity, a task"
    )


def test_a_first_publish_is_compared_by_its_time() -> None:
    assert said(rich_result(), "first-publish")[0].startswith(
        "In a fresh process, rabbitmq's first publish takes 0.81x the time of redis's"
    )


def test_in_a_series_an_emulator_is_stamped_once() -> None:
    sentences = said(rich_result(), "latency")
    assert len(sentences) == 4
    assert sentences[-1] == "sqs (ministack) ran on an emulator, which is not ranked: its figures are in the table."


def test_a_void_figure_is_no_answer_and_what_it_is_compared_with_neither() -> None:
    result = rich_result()
    (section,) = (one for one in sections(result) if (one.metric, one.tier) == ("latency", "durable"))
    assert str(answers(section, result)[-1]) == "At 80 % of its own capacity, rabbitmq:durable's latency is void."
    rows = [_void_if(row, row.subject == "redis") for row in result.summary]
    assert said(result.model_copy(update={"summary": rows}), "latency")[:2] == [
        "At 25 % of its own capacity, rabbitmq's latency is not compared, because redis's is void.",
        "At 50 % of its own capacity, rabbitmq's latency is not compared, because redis's is void.",
    ]


def test_a_capacity_is_said_with_its_limit_and_what_failed() -> None:
    assert said(rich_result(), "capacity") == [
        "redis sustained 1,800 tasks a second, 99 % of which ended within 250 ms; 1,908 a second failed.",
        "rabbitmq sustained 1,071 tasks a second, 99 % of which ended within 250 ms; 1,135 a second failed.",
        "sqs (ministack) sustained no rate, down to 4 tasks a second, on an emulator, which is not ranked.",
    ]
    assert "redis has no figure: no rate was tried (raise --budget)." in said(bare_rich_result(), "capacity")


def test_a_capacity_that_only_the_generator_limits_is_at_least_so_much() -> None:
    result = rich_result()
    (section,) = (one for one in sections(result) if (one.metric, one.tier) == ("capacity", "durable"))
    assert str(answers(section, result)[0]) == (
        "redis:durable sustained at least 549 tasks a second, 99 % of which ended within 250 ms; "
        "the generator cannot send faster."
    )


def test_costs_and_phases_are_said_in_a_sentence() -> None:
    result = rich_result()
    assert said(result, "cost")[0] == (
        "A task on redis costs 8.02 operations, 4.1 round trips, 1.39 KiB to the server, 898 bytes from it."
    )
    assert said(result, "phases")[0] == "A mean task on redis spends 900 us of 1.69 ms in queue wait."
    assert said(bare_rich_result(), "cost")[0] == "A task on redis costs an amount that could not be read."
    assert said(bare_rich_result(), "cost")[1] == "rabbitmq has no figure: no block was measured (raise --budget)."


def test_verdicts_go_with_their_sentences() -> None:
    result = rich_result()
    verdicts = [answer.verdict for section in sections(result) for answer in answers(section, result)]
    assert verdicts.count("improved") == 8
    assert verdicts.count("regressed") == 13


def _void_if(row: Row, void: bool) -> Row:
    return row.model_copy(update={"void": "the generator was late" if void else None})


def _with_ratio(row: Row, ratio: Ratio) -> Row:
    return row.model_copy(update={"ratio": ratio})
