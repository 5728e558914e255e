"""The headline: what is faster, by how much, how sure, and what to know before believing it."""

from typing import Any

import pytest
from made_results import (
    DURABLE,
    RABBITMQ,
    REDIS,
    SQS,
    Made,
    alike_result,
    failed_result,
    interrupted_result,
    make_result,
    single_result,
    warmup_result,
)
from rich_results import EVERY_KIND, rate_result, sweep_result

from bench.records.figures import Disturbance, Ratio
from bench.records.result import Result
from bench.report.caveats import caveats
from bench.report.headline import headline

ON_LOOPBACK = "All servers ran on this machine, so no network is in the figures."


def with_ratios(**of_metric: Ratio) -> Result:
    """Return a result of two subjects with these ratios, by metric."""
    result = make_result(REDIS, RABBITMQ)
    rows = [
        row if row.ratio is None else row.model_copy(update={"ratio": of_metric.get(row.metric)})
        for row in result.summary
    ]
    return result.model_copy(update={"summary": rows})


def judged(verdict: str, value: float, low: float | None, high: float | None, **more: Any) -> Ratio:
    fields = {"to": "redis", "blocks": 9, "generations": 5, "verdict": verdict}
    return Ratio(**fields | {"value": value, "low": low, "high": high} | more)


FASTER = judged("improved", 0.625, 0.614, 0.629)
DRAINS_FASTER = judged("improved", 2.45, 2.29, 2.62)


def test_a_time_is_told_as_a_speed_so_that_more_is_better_in_both() -> None:
    assert headline(with_ratios(enqueue=FASTER, throughput=DRAINS_FASTER)) == [
        "rabbitmq enqueues 1.60x (1.59 to 1.63) and drains 2.45x (2.29 to 2.62) as fast as redis: certain.",
        ON_LOOPBACK,
    ]


def test_ratios_to_different_subjects_are_told_in_different_sentences() -> None:
    to_another = DRAINS_FASTER.model_copy(update={"to": "valkey"})
    assert headline(with_ratios(enqueue=FASTER, throughput=to_another))[:2] == [
        "rabbitmq enqueues 1.60x as fast as redis: certain.",
        "rabbitmq drains 2.45x as fast as valkey: certain.",
    ]


def test_equal_subjects_are_said_to_be_equal_within_the_margin() -> None:
    assert headline(alike_result())[0] == (
        "redis#2 enqueues 0.996x (0.990 to 1.001) and drains 1.00x (0.97 to 1.02) as fast as redis: equal within 2 %."
    )


def test_what_is_not_certain_says_so_beside_what_is_and_what_would_settle_it() -> None:
    close = judged("inconclusive", 1.01, 0.97, 1.06, needed_s=230)
    assert headline(with_ratios(enqueue=FASTER, throughput=close))[:2] == [
        "rabbitmq enqueues 1.60x (certain: 1.59 to 1.63) and drains 1.01x (too close to call: 0.97 to 1.06) "
        "as fast as redis.",
        "A budget of about 4m would probably settle it.",
    ]


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        (judged("inconclusive", 1.05, 1.01, 1.09), "1.05x (1.01 to 1.09) as fast as redis: probably, but not certain."),
        (judged("inconclusive", 1.05, None, None), "1.05x as fast as redis: not certain after so few blocks."),
        (judged("inconclusive", 2, 1.9, 2.1, generations=1), "not certain with one set of processes."),
    ],
)
def test_a_doubt_has_its_reason(ratio: Ratio, words: str) -> None:
    assert headline(with_ratios(throughput=ratio))[0].endswith(words)


def test_two_or_three_comparisons_have_a_sentence_each_whose_intervals_are_in_the_table() -> None:
    result = make_result(REDIS, RABBITMQ, *DURABLE)
    first, second, *_ = headline(result)
    assert first == "rabbitmq enqueues 1.22x and drains 0.59x as fast as redis: certain."
    assert second.endswith("as fast as redis:durable: certain.")


def test_many_subjects_share_a_sentence_with_the_fastest_first() -> None:
    made = [Made(label=f"b{number}", call_ns=400_000 * number, tasks_per_s=2000 / number) for number in (1, 3, 2, 4, 5)]
    assert headline(make_result(*made))[0] == (
        "Compared with b1, b2 enqueues 0.50x and drains 0.50x as fast, b3 0.34x and 0.33x, b4 0.25x and 0.25x, "
        "b5 0.20x and 0.20x."
    )


def test_of_very_many_subjects_the_slowest_and_the_fastest_are_named() -> None:
    made = [Made(label=f"b{number}", call_ns=400_000 * number, tasks_per_s=2000) for number in range(1, 13)]
    (first, *_) = headline(make_result(*made))
    assert "b2 enqueues" in first
    assert "b12 " in first
    assert "b9 " not in first
    assert first.endswith("and 6 others (see the table).")


def test_a_subject_without_a_figure_has_no_ratio_that_reads_like_it() -> None:
    made = [Made(label=f"b{number}", call_ns=400_000 * number, tasks_per_s=2000 / number) for number in range(1, 6)]
    whole = make_result(*made)
    rows = [row for row in whole.summary if (row.subject, row.metric) != ("b3", "enqueue")]
    assert (
        "b2 enqueues 0.50x and drains 0.50x as fast, b3 drains 0.33x, b4 0.25x and 0.25x"
        in (headline(whole.model_copy(update={"summary": rows}))[0])
    )


def test_two_metrics_that_are_compared_with_different_subjects_are_told_apart() -> None:
    result = with_ratios(enqueue=FASTER, throughput=DRAINS_FASTER.model_copy(update={"to": "valkey"}))
    assert [one.partition(" (")[0] for one in headline(result)[:2]] == [
        "rabbitmq enqueues 1.60x as fast as redis: certain.",
        "rabbitmq drains 2.45x as fast as valkey: certain.",
    ]


def test_what_many_subjects_are_compared_with_is_not_a_sentence_each() -> None:
    result = make_result(*(Made(label=f"b{number}") for number in range(8)))
    pairs = [
        row.model_copy(update={"ratio": FASTER.model_copy(update={"to": f"b{int(row.subject[1:]) - 1}"})})
        for row in result.summary
        if row.ratio
    ]
    found = headline(result.model_copy(update={"summary": pairs}))
    assert len(found) == 4
    assert found[2] == "What is compared with 5 other subjects is in the table."


def test_a_sweep_is_told_from_its_slowest_point_to_its_fastest() -> None:
    assert headline(sweep_result())[0] == (
        "rabbitmq enqueues 1.23x (faster at all 3 points) and drains 0.51x to 0.68x (slower at all 6 points) "
        "as fast as redis: certain."
    )


def test_a_subject_that_is_compared_with_none_has_its_own_figures() -> None:
    assert headline(single_result())[:2] == [
        "A median enqueue on redis takes 402 us (95 % interval 396 to 408).",
        "A worker on redis drains 2,011 tasks a second (95 % interval 1,895 to 2,127).",
    ]


def test_without_a_metric_of_speed_the_sentences_are_those_of_the_metrics_measured() -> None:
    assert headline(rate_result())[0].startswith("At 50 tasks/s, a task on rabbitmq ends 1.13x as late as one on redis")


def test_nothing_measured_is_said_in_so_many_words() -> None:
    assert headline(warmup_result())[0] == "Nothing was measured."


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_no_result_has_more_than_five_sentences(kind: str) -> None:
    assert 1 <= len(headline(EVERY_KIND[kind]())) <= 5


def test_an_emulator_and_the_missing_network_are_told() -> None:
    assert caveats(make_result(REDIS, SQS)) == [
        "An emulator (ministack) stood in for sqs: its speed says nothing about the real service; "
        "all servers ran on this machine, so no network is in the figures."
    ]


def test_a_distance_that_only_some_servers_have_is_told() -> None:
    result = make_result(REDIS, RABBITMQ)
    server = result.subjects[0].server
    assert server
    own = result.subjects[0].model_copy(update={"server": server.model_copy(update={"private": False})})
    one = result.model_copy(update={"subjects": [own, result.subjects[1]]})
    assert caveats(one) == ["The distance to your server is in the figures of redis alone."]
    both = result.model_copy(update={"subjects": [own]})
    assert caveats(both) == ["The servers are yours, and the distance to them is in the figures."]


def test_what_went_wrong_comes_before_what_the_figures_leave_out() -> None:
    disturbance = Disturbance(blocks=100, disturbed=8, other_cores=0.6)
    result = interrupted_result().model_copy(update={"disturbance": disturbance})
    wrong, left_out = caveats(result)
    assert wrong == (
        "Interrupted after 10 blocks: the figures cover what was measured until then; "
        "other programs used 0.6 of 2 cores during 8.0 % of the blocks."
    )
    assert left_out.startswith("An emulator")


def test_a_failed_subject_is_named_before_the_figures_of_others_are_believed() -> None:
    assert caveats(failed_result())[0] == "Not measured, or not to the end: rabbitmq and sqs."
