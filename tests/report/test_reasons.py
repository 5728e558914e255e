"""Reports say the reason of a figure in one line, with what a setting made of it."""

from typing import Any

from made_results import REDIS, SQS, make_result
from outside import assert_harmless
from rich.console import Console

from bench.records.diagnoses import Cure, Diagnosis
from bench.records.figures import Estimate, Ratio
from bench.records.result import Result
from bench.report.diagnoses import reason_sentences, reasons
from bench.report.html import html
from bench.report.markdown import markdown
from bench.report.sections import sections
from bench.report.terminal import print_result

SETTINGS = {"broker_transport_options.polling_interval": 0.1}
RATIO = Ratio(to="sqs", value=40, low=36, high=44, blocks=20, generations=4, verdict="improved")
MEASURED = Cure(settings=SETTINGS, figure=Estimate(value=172, low=160, high=184), ratio=RATIO)
PAUSED = "the worker paused, 10 times for 1 s: 91 % of the time"


def diagnosis(subject: str = "sqs", metric: str = "throughput", **fields: Any) -> Diagnosis:
    known: dict[str, Any] = {"kind": "timer", "tier": "fast", "share": 0.9, "text": PAUSED}
    return Diagnosis(subject=subject, metric=metric, **(known | fields))


def result_with(*diagnoses: Diagnosis) -> Result:
    return make_result(REDIS, SQS, diagnoses=list(diagnoses))


def test_a_reason_names_the_figure_the_setting_and_what_it_makes_of_it() -> None:
    assert reasons(result_with(diagnosis(cure=MEASURED))) == [
        "sqs (ministack), throughput: the worker paused, 10 times for 1 s: 91 % of the time; "
        "with broker_transport_options.polling_interval=0.1 it was 172 /s beside 4.3 /s, 40.0x (36.0 to 44.0) as much."
    ]


def test_a_cure_that_was_not_measured_says_why() -> None:
    cure = Cure(settings=SETTINGS, why_not="there was no time to measure it: use a longer budget")
    (text,) = reasons(result_with(diagnosis(cure=cure)))
    assert text.endswith(
        "; broker_transport_options.polling_interval=0.1 may change that, but there was no time to measure it: "
        "use a longer budget."
    )


def test_only_the_main_reason_of_a_figure_is_in_the_answer_and_all_are_in_its_chapter() -> None:
    result = result_with(diagnosis(), diagnosis(kind="core", text="a core was full", share=0.2))
    assert len(reasons(result)) == 1
    section = next(one for one in sections(result) if one.metric == "throughput")
    assert reason_sentences(section, result) == [
        f"sqs (ministack), throughput: {PAUSED}.",
        "sqs (ministack), throughput: a core was full.",
        "No reason was found for the throughput of redis.",
    ]


def test_of_many_places_the_answer_has_the_one_that_it_explains_best() -> None:
    result = result_with(diagnosis(at={"concurrency": 1}, share=0.5), diagnosis(at={"concurrency": 8}, share=0.8))
    assert reasons(result) == [f"sqs (ministack), throughput (concurrency 8): {PAUSED}."]


def test_many_reasons_are_cut_short() -> None:
    metrics = ("enqueue", "throughput", "latency", "wakeup")
    found = reasons(result_with(*(diagnosis(name, metric) for name in ("redis", "sqs") for metric in metrics)))
    assert len(found) == 7
    assert found[-1] == "The reasons of 2 more figures are in the reports."


def test_every_report_has_them_and_shows_text_from_outside_safely(capsys: Any) -> None:
    hostile = "</ul><script>alert(1)</script>\x1b[31m"
    result = result_with(diagnosis(text=hostile))
    page, text = html(result), markdown(result)
    assert "<script>alert(1)" not in page
    assert "Why these figures" in page
    assert "Why these figures" in text
    assert_harmless(text)
    print_result(result, Console(width=80), None)
    printed = capsys.readouterr().out
    assert "> sqs (ministack), throughput:" in printed
    assert "\x1b[31m" not in printed
