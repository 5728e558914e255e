"""Where the bodies of tasks were not run, every output says so: equal figures would mislead otherwise."""

import io
from pathlib import Path
from xml.etree import ElementTree

import pytest
from made_results import Made, make_result
from rich.console import Console
from sides import made_environment, made_side

from bench.ab.judge import Finding
from bench.ab.question import Answer
from bench.compare.progress import Measurement
from bench.compare.request import Comparison
from bench.gate.judging import judge
from bench.gate.limits import Limits
from bench.processes.subject import label_subjects
from bench.records.result import Result
from bench.records.workload import Workload
from bench.report.ab.files import ab_junit, ab_markdown
from bench.report.ab.sentences import print_answer
from bench.report.gate.files import gate_junit, gate_markdown
from bench.report.gate.sentences import print_gate
from bench.report.html import html
from bench.report.markdown import markdown
from bench.report.terminal import print_result
from bench.stats.intervals import PairedRatio
from brokers import split_subject

DRY, WHOLE = (Workload(name="mine", app="shop:app", app_dir=".", task="shop.add", dry=dry) for dry in (True, False))
SAID = "ask bodies were not run"
EQUAL = Finding("enqueue", "within", PairedRatio(1.0, 0.99, 1.01, 0.01, error=0.01, freedom=7, generations=8))


def measured(workload: Workload) -> Result:
    comparison = Comparison(
        subjects=label_subjects([split_subject("redis")]), workload=workload, metrics=["enqueue"], budget_s=9, seed=1
    )
    return Measurement(comparison, made_environment(), []).result("finished")


def printed(show: object) -> str:
    file = io.StringIO()
    show(Console(file=file, width=80))  # type: ignore[operator]
    return " ".join(file.getvalue().split())


def outputs_of_compare(workload: Workload) -> list[str]:
    result = make_result(warnings=measured(workload).warnings)
    terminal = printed(lambda console: print_result(result, console, None))
    return [terminal, markdown(result), html(result), measured(workload).model_dump_json()]


def outputs_of_ab(workload: Workload) -> list[str]:
    answer = Answer(make_result(Made(label="A"), Made(label="B"), workload=workload), [EQUAL], 0.05)
    terminal = printed(lambda console: print_answer(answer, console, None, inconclusive_passes=False))
    return [terminal, *(write(answer, inconclusive_passes=False) for write in (ab_markdown, ab_junit))]


def outputs_of_gate(workload: Workload) -> list[str]:
    gate = judge(made_side(rng=1, workload=workload), made_side(rng=2, workload=workload), Limits())
    terminal = printed(lambda console: print_gate(gate, console, inconclusive_passes=False))
    return [terminal, *(write(gate, inconclusive_passes=False) for write in (gate_markdown, gate_junit))]


@pytest.mark.parametrize("outputs", [outputs_of_compare, outputs_of_ab, outputs_of_gate])
def test_every_output_of_empty_tasks_says_so_and_no_other(outputs: object) -> None:
    assert [SAID in text for text in outputs(DRY)] == [True] * len(outputs(DRY))  # type: ignore[operator]
    assert not any(SAID in text for text in outputs(WHOLE))  # type: ignore[operator]


def test_a_ci_system_shows_it_as_a_skipped_case() -> None:
    _, _, junit = outputs_of_ab(DRY)
    (suite,) = ElementTree.fromstring(junit)
    (case,) = (case for case in suite if case.find("skipped") is not None)
    assert case.get("name") == "task bodies"


def test_no_example_of_the_pages_uses_it() -> None:
    root = Path(__file__).parents[2]
    examples = [line for page in ("README.md", "docs/ci.md") for line in (root / page).read_text().splitlines()]
    assert not [line for line in examples if ("--dry" in line and "brokerbench" in line) or line.strip() == "dry: true"]
