"""What a gate prints and writes."""

import io
import re
from xml.etree import ElementTree

import pytest
from rich.console import Console
from sides import made_environment, made_side

from bench.gate.judging import Gate, judge
from bench.gate.limits import Limits
from bench.records.figures import Capacity
from bench.report.gate.files import gate_junit, gate_markdown
from bench.report.gate.sentences import conclusion, failures, print_gate, row_sentence

LABELS = ("redis", "sqs")
HOSTILE = "red|is</td><script>\x1b[31m"


def mixed_gate(**changes: object) -> Gate:
    """Compare results in which Redis's enqueue regressed and all else did not."""
    capacity = [Capacity(subject="redis", tier="fast", limit_ns=10**8, rate_per_s=rate) for rate in (1000, 900)]
    old = made_side(rng=1, labels=LABELS, capacities=capacity[:1])
    slow = made_side({"redis": 1.2}, rng=2, labels=LABELS)
    usual = made_side(rng=2, labels=LABELS, capacities=capacity[1:], **changes)
    pairs = zip(slow.blocks, usual.blocks, strict=True)
    blocks = [one if one.metric == "enqueue" else other for one, other in pairs]
    return judge(old, usual.model_copy(update={"blocks": blocks}), Limits(default=0.05))


def hostile_gate() -> Gate:
    sides = [made_side(factor, rng=rng, labels=(HOSTILE,)) for factor, rng in ((1.0, 1), (1.3, 2))]
    return judge(*sides, Limits())


def printed(gate: Gate, encoding: str = "utf-8") -> str:
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    print_gate(gate, Console(file=file, width=80), inconclusive_passes=False)
    file.seek(0)
    return file.read()


def test_a_sentence_has_ratio_interval_verdict_limit_and_what_could_be_seen() -> None:
    sentences = [row_sentence(row) for row in mixed_gate().rows]
    assert sentences[0].startswith("redis's enqueue takes 1.203x the time of the baseline's (95 % interval 1.1")
    assert ": regressed; limit 5 %, these runs cannot detect less than " in sentences[0]
    assert sentences[2].startswith("A worker on redis drains 0.994x as many tasks a second as in the baseline (95 %")
    assert ": equivalent within 5 %; limit 5 %" in sentences[2]
    assert sentences[4] == (
        "redis sustains 0.90x the rate of the baseline: not gated, because a run measures it in one set of processes."
    )


def test_what_is_not_certain_has_the_budget_that_would_settle_it_in_every_output() -> None:
    gate = judge(made_side(rng=1, luck=0.03), made_side(1.03, rng=2, luck=0.03), Limits(default=0.01))
    assert gate.outcome == "inconclusive"
    assert all(row.needed_s and row.needed_s > 60 for row in gate.unsure)
    for text in (printed(gate), *(write(gate, inconclusive_passes=False) for write in (gate_markdown, gate_junit))):
        assert re.search(r"a budget of about \d+[sm] for both runs would probably settle it", " ".join(text.split()))
    assert re.search(r"Measure both for \d+[sm], or use a larger limit\.", conclusion(gate, inconclusive_passes=False))


def test_runs_with_too_few_generations_have_the_budget_for_more() -> None:
    gate = judge(made_side(rng=1, generations=2), made_side(rng=2, generations=2), Limits())
    needed_s = pytest.approx(60 * 2 * 1.1**8)  # twice what makes two generations four
    assert [row.needed_s for row in gate.rows] == [needed_s, needed_s]


def test_a_limit_that_the_runs_cannot_hold_is_said() -> None:
    gate = judge(made_side(rng=1, luck=0.03), made_side(rng=2, luck=0.03), Limits(default=0.001))
    assert "limit 0.1 %, but these runs cannot detect less than" in row_sentence(gate.rows[0])


def test_a_place_stands_before_what_is_said_of_it() -> None:
    at = {"idle_s": 5.0}
    gate = judge(made_side(metrics=("wakeup",), at=at), made_side(rng=2, metrics=("wakeup",), at=at), Limits())
    assert row_sentence(gate.rows[0]).startswith("After 5 s of idleness, a task on redis starts 1.")


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
@pytest.mark.parametrize("gate", [mixed_gate, hostile_gate], ids=["mixed", "hostile"])
def test_the_terminal_shows_every_sentence_in_80_columns(gate: object, encoding: str) -> None:
    text = printed(gate(), encoding)  # type: ignore[operator]
    assert all(len(line) <= 80 for line in text.splitlines())
    assert "\x1b" not in text
    assert "SLOWER" in text


def test_what_is_not_gated_is_one_sentence_for_each_reason() -> None:
    text = " ".join(printed(mixed_gate()).split())
    assert (
        "- Not gated, because a run measures it in one set of processes. redis's capacity: 0.90x. Regressed: 1" in text
    )


def test_a_limit_that_could_not_be_held_is_in_the_conclusion_too() -> None:
    gate = judge(made_side(rng=1), made_side(rng=2), Limits(default=0.001))
    assert conclusion(gate, inconclusive_passes=False) == (
        "Within limits: 2 figures. "
        "2 of them were checked only against what these runs can detect, not against the limit."
    )


def test_the_conclusion_is_the_last_line() -> None:
    assert printed(mixed_gate()).splitlines()[0] == "Regressed: 1 of 4 figures."
    equal = judge(made_side(rng=1), made_side(rng=2), Limits())
    assert conclusion(equal, inconclusive_passes=False) == "Within limits: 2 figures."
    unsure = judge(made_side(rng=1), made_side(rng=2, generations=2, blocks=24), Limits())
    assert conclusion(unsure, inconclusive_passes=False).startswith("Inconclusive: 2 of 2 figures could be worse")
    assert conclusion(unsure, inconclusive_passes=True).startswith("Inconclusive, which passes: 2 of 2")
    nothing = judge(made_side(metrics=("enqueue",)), made_side(metrics=("throughput",)), Limits())
    assert conclusion(nothing, inconclusive_passes=True).startswith("Not comparable")


def test_markdown_says_first_what_regressed_and_then_everything() -> None:
    text = gate_markdown(mixed_gate(environment=made_environment(cpu_model="Example CPU")), inconclusive_passes=False)
    lines = text.splitlines()
    assert lines[0] == "### Brokerbench gate"
    assert lines[2] == "**Regressed: 1 of 4 figures.**"
    assert lines[4].startswith("- redis's enqueue takes 1.203x")
    assert "| redis's enqueue | 400 us | 400 us | 1.203x (1.1" in text
    assert "| redis's capacity | 1,000 /s | 900 /s | 0.90x |" in text


def test_markdown_makes_no_html_of_what_others_wrote() -> None:
    text = gate_markdown(hostile_gate(), inconclusive_passes=False)
    assert "<script>" not in text
    assert "\x1b" not in text
    assert r"red\|is" in text


def test_junit_counts_failures_errors_and_what_was_skipped() -> None:
    gate = mixed_gate(environment=made_environment(), seed=8)
    barred = ElementTree.fromstring(gate_junit(gate, inconclusive_passes=False))
    (suite,) = barred
    assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["6", "0", "5", "1"]
    (suite,) = ElementTree.fromstring(gate_junit(mixed_gate(), inconclusive_passes=False))
    assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["5", "1", "0", "1"]
    (failure,) = suite.findall("testcase/failure")
    assert failure.get("message", "").startswith("redis's enqueue takes 1.203x")
    names = [(case.get("classname"), case.get("name")) for case in suite.findall("testcase")]
    assert names[0] == ("brokerbench.enqueue", "redis's enqueue")


def test_junit_takes_an_inconclusive_figure_as_it_was_asked_to() -> None:
    unsure = judge(made_side(rng=1), made_side(rng=2, generations=2, blocks=24), Limits())
    counts = [ElementTree.fromstring(gate_junit(unsure, inconclusive_passes=passes))[0] for passes in (False, True)]
    assert [(suite.get("errors"), suite.get("skipped")) for suite in counts] == [("2", "0"), ("0", "2")]


def test_junit_stays_xml_whatever_others_wrote() -> None:
    (suite,) = ElementTree.fromstring(gate_junit(hostile_gate(), inconclusive_passes=False))
    assert suite.get("failures") == "2"


def test_a_benchmark_fails_by_its_own_figures_alone() -> None:
    gate = mixed_gate()
    (sentence,) = failures(gate, "redis", "enqueue", inconclusive_passes=False)
    assert sentence == row_sentence(gate.rows[0])
    assert failures(gate, "redis", "throughput", inconclusive_passes=False) == []
    assert failures(gate, "sqs", "enqueue", inconclusive_passes=False) == []


def test_a_benchmark_fails_where_the_baseline_has_none_of_it() -> None:
    gate = judge(made_side(metrics=("enqueue",)), made_side(rng=2), Limits())
    (sentence,) = failures(gate, "redis", "throughput", inconclusive_passes=True)
    assert sentence == "missing: the baseline has no throughput (to allow it: --allow missing)"
    assert failures(gate, "redis", "enqueue", inconclusive_passes=True) == []


def test_a_doubt_fails_a_benchmark_unless_it_passes() -> None:
    gate = judge(made_side(rng=1), made_side(rng=2, generations=2, blocks=24), Limits())
    assert len(failures(gate, "redis", "enqueue", inconclusive_passes=False)) == 1
    assert failures(gate, "redis", "enqueue", inconclusive_passes=True) == []
