"""The sentences that reports say of a sweep over the distance."""

import json
import re
from typing import Any

import pytest
from made_results import RABBITMQ, REDIS, SQS, make_result
from rich_results import swept_distance_result
from rich_rows import make_distant, make_first_publishes

from bench.figures.crossings import round_trips
from bench.records.figures import Again, Crossing, Estimate, Ratio, Standing
from bench.records.result import Result
from bench.report.answers import answers
from bench.report.crossings import crossing_sentences, moving_sentences
from bench.report.fitted import emulated_sentences
from bench.report.headline import headline
from bench.report.remarks import remarks
from bench.report.sections import sections

FLIP = Estimate(value=800_000, low=610_000, high=1_100_000)


def crossing(verdict: str, near: str, far: str, **more: Any) -> Crossing:
    fields = {"metric": "enqueue", "tier": "fast", "subject": "rabbitmq", "to": "redis", "is_line": True}
    ends = {"nearest_ns": 0, "farthest_ns": 30_000_000}
    return Crossing(**fields | ends | {"verdict": verdict, "near": near, "far": far} | more)


def standings(**at_ms: str) -> list[Standing]:
    """Return what a subject is at distances: ``standings(faster="0 0.3", void="1")``."""
    found = [Standing(rtt_ns=round(1e6 * float(one)), ahead=ahead) for ahead, ms in at_ms.items() for one in ms.split()]
    return sorted(found, key=lambda one: one.rtt_ns)


def again(rtt_ns: int, value: float) -> Again:
    """Return what a second run measured: a ratio of times, with its interval."""
    ratio = Ratio(to="redis", value=value, low=value * 0.96, high=value * 1.04, blocks=9)
    return Again(rtt_ns=rtt_ns, ratio=ratio)


def told(*found: Crossing) -> list[str]:
    return crossing_sentences(make_result(REDIS, RABBITMQ), "enqueue", found)


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (
            crossing("faster", "faster", "faster"),
            "rabbitmq enqueues faster than redis at every distance from 0 to 30 ms.",
        ),
        (
            crossing("equal", "equal", "equal"),
            "rabbitmq enqueues as fast as redis at every distance from 0 to 30 ms (equal within 2 %).",
        ),
        (
            crossing("flips", "slower", "faster", flip_ns=FLIP),
            "rabbitmq enqueues slower than redis up to 0.8 ms (0.61 to 1.1) and faster beyond, not measured again.",
        ),
        (
            crossing("flips", "slower", "faster", flip_ns=FLIP, again=[again(610_000, 1.2), again(800_000, 1.01)]),
            "rabbitmq enqueues slower than redis up to 0.8 ms (0.61 to 1.1) and faster beyond: "
            "measured again there, 0.99x (0.95 to 1.03) as fast.",
        ),
        (
            crossing("flips", "slower", "faster", flip_ns=FLIP, again=[again(610_000, 0.5)], contradicted=True),
            "rabbitmq enqueues slower than redis up to 0.8 ms (0.61 to 1.1) by the fit, but do not rely on it: "
            "measured again, it was 2.00x (1.92 to 2.08) as fast at 0.61 ms.",
        ),
    ],
    ids=lambda found: found.verdict if isinstance(found, Crossing) else "",
)
def test_who_is_faster_at_which_distance_is_one_sentence(found: Crossing, sentence: str) -> None:
    assert told(found) == [sentence]


@pytest.mark.parametrize(
    ("at_ms", "sentence"),
    [
        (
            {"faster": "0 0.3 3 10", "unclear": "30", "void": "1"},
            "rabbitmq enqueues faster than redis at 0, 0.3, 3 and 10 ms; at 30 ms it is not certain; at 1 ms void.",
        ),
        (
            {"slower": "0 10", "faster": "1", "equal": "3"},
            "rabbitmq enqueues slower than redis at 0 and 10 ms, faster at 1 ms and equal within 2 % at 3 ms.",
        ),
        (
            {"equal": "0.05 0.09", "slower": "0.3"},
            "rabbitmq enqueues as fast as redis (equal within 2 %) at 50 and 90 us and slower at 0.3 ms.",
        ),
        (
            {"unclear": "0 10 30", "void": "1"},
            "It is not certain at any measured distance from 0 to 30 ms whether rabbitmq enqueues faster or slower "
            "than redis; at 1 ms void.",
        ),
        (
            {"faster": "0 1 2 3 4 5 6 7", "unclear": "0.05"},
            "rabbitmq enqueues faster than redis at 8 of the 9 measured distances, from 0 to 7 ms; at 50 us it is not "
            "certain.",
        ),
        ({"faster": "0 1 30"}, "rabbitmq enqueues faster than redis at 0, 1 and 30 ms."),
    ],
    ids=["one is not certain", "several signs", "equal first", "none is certain", "many", "no fit"],
)
def test_without_a_fit_each_measured_distance_is_told_by_its_own_verdict(at_ms: dict[str, str], sentence: str) -> None:
    verdict = "faster" if [*at_ms] == ["faster"] else "unclear"
    assert told(crossing(verdict, "unclear", "unclear", is_line=False, measured=standings(**at_ms))) == [sentence]


@pytest.mark.parametrize(
    ("slower", "why"),
    [("0 0.3", "the times are not proportional to the distance"), ("0.3", "a fit needs 4 distances")],
)
def test_a_flip_without_a_fit_is_between_the_distances_whose_verdicts_differ(slower: str, why: str) -> None:
    measured = standings(slower=slower, faster="1 30")
    found = crossing("flips", "slower", "faster", between_ns=(300_000, 1_000_000), is_line=False, measured=measured)
    (sentence,) = told(found)
    assert sentence.startswith("rabbitmq enqueues slower than redis at 0")
    assert sentence.endswith(
        f"0.3 ms and faster at 1 and 30 ms; where it flips between 0.3 and 1 ms is not known, because {why}."
    )


def test_a_fit_that_is_surer_than_a_verdict_says_so() -> None:
    found = crossing("faster", "faster", "faster", measured=standings(faster="0 0.3 1", unclear="30", void="3"))
    assert told(found) == [
        "rabbitmq enqueues faster than redis at every distance from 0 to 30 ms by the fit, although not certainly at "
        "30 ms alone; at 3 ms void."
    ]


def test_a_metric_without_a_verb_compares_figures() -> None:
    found = crossing("unclear", "faster", "unclear", metric="latency", measured=standings(faster="0", unclear="1"))
    assert crossing_sentences(make_result(REDIS, RABBITMQ), "latency", [found]) == [
        "rabbitmq's latency is faster than redis's at 0 ms; at 1 ms it is not certain."
    ]


def test_an_older_result_without_standings_is_read_and_told_by_its_rows() -> None:
    result = swept_distance_result()
    document = json.loads(result.model_dump_json())
    for one in document["crossings"]:
        del one["measured"]
        one |= {"verdict": "unclear", "flip_ns": None}
    older = Result.model_validate(document)
    assert headline(older)[0] == (
        "rabbitmq enqueues slower than redis at 0 and 0.3 ms and faster at 1, 3, 10 and 30 ms."
    )


def test_a_metric_in_a_sentence_has_words() -> None:
    rows = [
        row.model_copy(update={"void": "late"})
        for of in ("process", "thread")
        for row in make_result(REDIS, summary=make_first_publishes()).summary
        if row.subject == "redis" and row.at == {"of": of}
    ]
    result = make_result(REDIS, metrics=["first-publish"], summary=rows)
    assert remarks(result) == ["void: redis's first publish in a fresh process and in a fresh thread: late."]


def test_a_ratio_of_few_blocks_that_was_measured_again_is_told_without_an_interval() -> None:
    bare = again(800_000, 1.01)
    bare = bare.model_copy(update={"ratio": bare.ratio.model_copy(update={"low": None, "high": None})})
    (sentence,) = told(crossing("flips", "slower", "faster", flip_ns=FLIP, again=[bare]))
    assert sentence.endswith(": measured again there, 0.99x as fast (too few blocks for an interval).")


def test_several_subjects_are_each_compared_with_the_reference_in_one_sentence() -> None:
    others = [crossing("faster", "faster", "faster", subject=name) for name in ("rabbitmq", "valkey")]
    (sentence,) = told(*others)
    assert sentence == (
        "rabbitmq enqueues faster than redis at every distance from 0 to 30 ms; "
        "valkey enqueues faster than redis at every distance from 0 to 30 ms."
    )
    (many,) = told(*others, *others)
    assert many.endswith("; what is compared with 1 other subject is in the table.")


def test_a_headline_has_the_flips_of_each_metric_and_which_part_of_an_emulator_s_figure_is_round_trips() -> None:
    said = headline(swept_distance_result())
    assert len(said) <= 5
    assert re.match(r"rabbitmq enqueues slower than redis up to 0\.8\d+ ms \(.*\) and faster beyond", said[0])
    assert said[1].startswith("rabbitmq drains slower than redis up to ")
    assert re.fullmatch(
        r"Of the 2\d(\.\d)? ms of a call on sqs \(ministack\) at 10 ms \(enqueue\), (19|20)(\.\d)? ms are [12]\.\d+ "
        r"round trips, which a real service needs too; [12]\.\d+ ms are the emulator's and Celery's own\.",
        said[2],
    )


def test_emulators_are_not_ranked_by_distance_either() -> None:
    assert {one.subject for one in swept_distance_result().crossings} == {"rabbitmq"}
    assert {one.subject for one in swept_distance_result().round_trips} == {"redis", "rabbitmq", "sqs"}
    assert not emulated_sentences(make_result(REDIS, RABBITMQ))


def test_a_part_of_a_time_is_never_larger_than_the_time() -> None:
    rows = [
        row.model_copy(update={"median_ns": Estimate(value=5e5 + 2 * rtt_ns)})
        for rtt_ns in (0, 1_000_000, 10_000_000, 30_000_000)
        for row in [make_distant(SQS, "enqueue", {"rtt_ns": rtt_ns})]
    ]
    lines = [one.model_copy(update={"round_trips": Estimate(value=7)}) for one in round_trips(rows)]
    (sentence,) = emulated_sentences(make_result(SQS, metrics=["enqueue"], summary=rows, round_trips=lines))
    assert "0 ns are the emulator's and Celery's own" in sentence


def test_answers_begin_with_the_distance_and_go_on_with_each_point() -> None:
    said = [str(one) for one in answers(sections(swept_distance_result())[0], swept_distance_result())]
    assert said[0].startswith("rabbitmq enqueues slower than redis up to ")
    assert any(one.startswith("At a distance of 0.3 ms, rabbitmq's enqueue takes ") for one in said)


def test_the_flips_of_a_fresh_process_and_of_a_fresh_thread_are_told_in_words() -> None:
    flips = [
        crossing("flips", "slower", "faster", metric="first-publish", at={"of": of}, flip_ns=Estimate(value=value))
        for of, value in (("thread", 2e6), ("process", 1e6))
    ]
    assert moving_sentences(make_result(REDIS, RABBITMQ).model_copy(update={"crossings": flips})) == [
        "The ranking of rabbitmq and redis in first publish flips at 1 ms (in a fresh process) and 2 ms (in a fresh "
        "thread)."
    ]
