"""What was found of two sides, in a sentence a metric."""

import io
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from distant_results import way, with_ways
from made_results import HOSTILE, REDIS, Made, make_result
from rich.console import Console

from bench.ab.judge import Finding
from bench.ab.question import Answer
from bench.ab.sides import Sides
from bench.ab.spec import read_spec
from bench.records.figures import Cost, Estimate
from bench.report.ab.files import ab_junit, ab_markdown
from bench.report.ab.sentences import conclusion, print_answer, print_sides, sentences
from bench.report.facts import subject_table
from bench.stats.counts import compared_counts
from bench.stats.intervals import PairedRatio

A = Made(label="A", call_ns=400_000, tasks_per_s=330)
B = Made(label="B", call_ns=500_000, tasks_per_s=4)


def ratio(value: float, low: float, high: float, detectable: float = 0.011) -> PairedRatio:
    return PairedRatio(value, low, high, detectable, error=0.01, freedom=7, generations=8)


def said(*findings: Finding, **changes: object) -> list[str]:
    return sentences(Answer(make_result(A, B, **changes), list(findings), 0.05))  # type: ignore[arg-type]


def test_a_sentence_has_the_ratio_the_interval_both_figures_the_verdict_and_what_could_be_seen() -> None:
    (sentence,) = said(Finding("enqueue", "regressed", ratio(1.25, 1.22, 1.28)))
    assert sentence.startswith("Enqueue: B takes 1.25x the time of A (95 % interval 1.22 to 1.28; 5")
    assert sentence.endswith(" us): regressed by more than 5.0 %; this run could detect 1.1 %.")


def test_a_worker_that_hardly_moves_is_told_by_both_rates() -> None:
    (sentence,) = said(Finding("throughput", "regressed", ratio(0.0121, 0.0119, 0.0123)))
    assert "tasks/s against 33" in sentence
    assert "B drains 0.012x the tasks a second of A" in sentence


def test_what_is_not_certain_says_what_is() -> None:
    worse, open_ = said(
        Finding("enqueue", "inconclusive", ratio(1.06, 1.02, 1.10)),
        Finding("throughput", "inconclusive", ratio(0.97, 0.92, 1.02)),
    )
    assert "inconclusive: it is worse, but it is uncertain whether by more than 5.0 %" in worse
    assert "inconclusive: it may or may not be worse by more than 5.0 %" in open_


def costs(connections: float) -> list[Cost]:
    return [
        Cost(
            subject=label,
            tier="fast",
            tasks=1000,
            connections_per_1000={"enqueue": opened, "drain": 0.0},
            producer_cpu_ns=Estimate(value=400_000),
            worker_cpu_ns=Estimate(value=600_000),
        )
        for label, opened in (("A", 0.0), ("B", connections))
    ]


def test_cpu_and_connections_are_of_a_tasks_costs() -> None:
    cpu, connections = said(
        Finding("cpu", "within", ratio(1.0, 0.99, 1.01)),
        Finding("connections", "regressed", counted=compared_counts((0, 1000), (900, 1000), 0.05)),
        costs=costs(900),
    )
    assert "CPU: a task of B takes 1.00x the CPU time of one of A" in cpu
    assert "1 ms against 1 ms" in cpu
    assert connections.startswith("Connections: B opens 900 for 1,000 tasks, and A 0: regressed by more than 5.0 %")


def test_a_side_that_failed_says_so_first() -> None:
    failed = Made(label="B", failure="its worker ended with code 1: no module named x", fails_at=0)
    answer = Answer(make_result(Made(label="A"), failed), [Finding("enqueue")], 0.05)
    first, second = sentences(answer)
    assert first == "B could not be measured: its worker ended with code 1: no module named x."
    assert second.startswith("Enqueue: inconclusive: B was not measured (its worker ended with code 1")


def test_too_little_time_has_its_remedy() -> None:
    (sentence,) = said(Finding("throughput", needed_s=30))
    assert sentence == (
        "Throughput: inconclusive: nothing was measured on both sides, or nothing could be read: use --budget 30s."
    )
    assert REDIS.label not in sentence


def test_what_is_not_certain_has_the_budget_that_would_settle_it() -> None:
    settled, near = sentences(answered(UNSURE, NEAR))
    assert settled.endswith("this run could detect 1.1 %; a budget of about 9m would probably settle it.")
    assert near.endswith("this run could detect 1.1 %; no budget of up to 60m would probably settle it.")
    (certain,) = sentences(answered(REGRESSED))
    assert "settle" not in certain


def test_a_run_that_was_too_short_has_the_same_ratio_in_every_output() -> None:
    answer = answered(SHORT)
    terminal = io.StringIO()
    print_answer(answer, Console(file=terminal, width=200), None, inconclusive_passes=False)
    (sentence,) = sentences(answer)
    assert "B drains 1.01x the tasks a second of A (95 % interval 0.69 to 1.47; " in sentence
    assert "inconclusive: only one set of fresh processes was measured" in sentence
    markdown = ab_markdown(answer, inconclusive_passes=False)
    (row,) = re.findall(r"^\| throughput .*$", markdown, re.MULTILINE)
    assert row.strip("| ").split(" | ")[3:] == ["1.01x (0.69 to 1.47)", "5 %", "68 %", "inconclusive"]
    for text in (terminal.getvalue(), markdown, ab_junit(answer, inconclusive_passes=False)):
        assert sentence in text
    assert tags(answer, passes=True) == {"throughput": "error"}  # nothing was judged


def test_what_was_open_when_another_metric_had_regressed_says_so() -> None:
    answer = replace(answered(REGRESSED, UNSURE, Finding("cpu")), ended_by=["enqueue"])
    _, unsure, missing = sentences(answer)
    ended = "; the run ended when enqueue had regressed: use --metric"
    assert unsure.endswith(f"this run could detect 1.1 %{ended} throughput.")
    assert missing == f"Cpu: inconclusive: not measured yet{ended} cpu."


def asked(answer: Answer, a: str, b: str) -> Answer:
    """Return the answer as one of two sides of redis, with what these were asked to be."""
    specs = {"A": a, "B": b}
    subjects = [one.model_copy(update={"broker": "redis", "spec": specs[one.label]}) for one in answer.result.subjects]
    return replace(answer, result=answer.result.model_copy(update={"subjects": subjects}))


def answered(*findings: Finding, **changes: object) -> Answer:
    result = make_result(A, replace(B, version="7.2.1"), **changes)  # type: ignore[arg-type]
    return asked(Answer(result, list(findings), 0.05, ["kombu 5.3.1 against 5.3.2"]), "as it is", "kombu==5.3.2")


REGRESSED = Finding("enqueue", "regressed", ratio(1.25, 1.22, 1.28))
UNSURE = Finding("throughput", "inconclusive", ratio(0.97, 0.92, 1.02), needed_s=500)
NEAR = Finding("enqueue", "inconclusive", ratio(1.05, 1.04, 1.06))
SHORT = Finding("throughput", ratio=replace(ratio(1.01, 0.69, 1.47, 0.68), generations=1), short=True, needed_s=50)


def test_the_markdown_has_the_verdict_the_sentences_a_table_and_what_the_sides_are() -> None:
    text = ab_markdown(answered(REGRESSED, UNSURE), inconclusive_passes=False)
    assert text.startswith(
        "### Brokerbench: redis, B against A\n\n**Regressed by more than 5 %: enqueue.**\n\n- Enqueue"
    )
    (row,) = re.findall(r"^\| enqueue .*$", text, re.MULTILINE)
    cells = row.strip("| ").split(" | ")
    assert cells[3:] == ["1.25x (1.22 to 1.28)", "5 %", "1.1 %", "regressed"]
    assert "- A: as it is\n- B: kombu==5.3.2\n- Installed differently: kombu 5.3.1 against 5.3.2\n" in text


def test_what_others_wrote_is_no_markdown() -> None:
    text = ab_markdown(asked(answered(REGRESSED), "as it is", HOSTILE), inconclusive_passes=False)
    assert "<script>" not in text
    assert "[a](javascript:b)" not in text


@pytest.mark.parametrize(
    ("findings", "passes", "said"),
    [
        ([UNSURE], False, "Inconclusive: throughput. Use --budget 9m, or a larger limit."),
        (
            [UNSURE, NEAR],
            False,
            "Inconclusive: throughput, enqueue. "
            "Use --budget 9m, or a larger limit. No reasonable budget would settle enqueue.",
        ),
        ([NEAR], False, "Inconclusive: enqueue. No reasonable budget would settle it: use a larger limit."),
        ([UNSURE], True, "Inconclusive, which passes: throughput."),
        ([UNSURE, Finding("cpu")], True, "Not measured, not to the end, or void: cpu."),
        ([SHORT], True, "Not measured, not to the end, or void: throughput. Use --budget 50s, or a larger limit."),
        ([Finding("cpu", "within", ratio(1, 0.99, 1.01))], False, "Within 5 %: cpu."),
    ],
)
def test_the_verdict_is_one_sentence(findings: list[Finding], passes: bool, said: str) -> None:
    assert conclusion(answered(*findings), inconclusive_passes=passes) == said


def tags(answer: Answer, *, passes: bool) -> dict[str, str]:
    (suite,) = ElementTree.fromstring(ab_junit(answer, inconclusive_passes=passes))
    assert suite.get("tests") == str(len(suite))
    return {str(case.get("classname")).partition(".")[2]: case[0].tag for case in suite}


def test_the_junit_file_has_a_case_for_each_metric() -> None:
    answer = answered(REGRESSED, UNSURE, Finding("cpu"), Finding("latency", "within", ratio(1, 0.99, 1.01)))
    found = {"enqueue": "failure", "throughput": "error", "cpu": "error", "latency": "system-out"}
    assert tags(answer, passes=False) == found
    assert tags(answer, passes=True) == found | {"throughput": "skipped"}


def test_the_junit_file_has_a_case_for_a_side_that_failed() -> None:
    failed = make_result(A, Made(label="B", failure="its worker ended with code 1", fails_at=0))
    assert tags(Answer(failed, [Finding("enqueue")], 0.05), passes=True) == {"sides": "error", "enqueue": "error"}


def test_the_reports_of_two_sides_say_what_was_asked_for_and_others_do_not() -> None:
    assert "spec" not in subject_table(make_result(A, B)).head
    table = subject_table(answered(REGRESSED).result)
    assert [row[table.head.index("spec")] for row in table.rows] == ["as it is", "kombu==5.3.2"]


def test_a_password_in_a_spec_is_not_printed() -> None:
    printed = io.StringIO()
    spec = read_spec("'kombu @ https://me:hunter2@index.example/kombu.whl'")
    print_sides((read_spec(""), spec), Sides([], ["kombu 1 against 2"]), Console(file=printed))
    assert "hunter2" not in printed.getvalue()
    assert printed.getvalue().startswith("A: as it is\nB: ")
    assert printed.getvalue().endswith("Installed: kombu 1 against 2\n")


def test_the_distance_of_both_sides_is_told_and_so_is_one_that_was_missed() -> None:
    answer = answered(REGRESSED)
    far = {one.label: [way(500_000, None if one.label == "A" else 900_000)] for one in answer.result.subjects}
    text = ab_markdown(replace(answer, result=with_ways(answer.result, far)), inconclusive_passes=False)
    assert "A relay put them 0.5 ms away: round trips of the raw client took 0.51 ms and 0.9 ms more" in text
    assert "- The distance of B was not kept (round trips took 0.9 ms longer instead of 0.5 ms)" in text
