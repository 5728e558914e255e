"""The answer about two sides, for a pull request (Markdown) and for a CI system (JUnit XML)."""

from bench.ab.judge import Finding
from bench.ab.question import Answer
from bench.metrics.registry import side_metrics
from bench.metrics.sides import A, B
from bench.report.ab.sentences import conclusion, failures, figure, ratio_of, sentence, sentences, visible_of
from bench.report.facts import library_table
from bench.report.junit_parts import add_case, add_dry_case, document_of, new_suite
from bench.report.markdown_parts import bullets, escaped, table_of
from bench.report.ways import way_notes
from bench.report.wording import limit_lines, notes
from bench.text.cleaning import clean
from bench.text.numbers import limit_text
from bench.text.table import Table

__all__ = ["ab_junit", "ab_markdown"]

_HEAD = ["metric", A, B, f"{B} / {A}", "limit", "could see", "found"]


def ab_markdown(answer: Answer, *, inconclusive_passes: bool) -> str:
    """Return the conclusion, a sentence for each metric, a table of all metrics, and a description of the sides."""
    parts = [
        f"### Brokerbench: {escaped(_title(answer))}",
        f"**{escaped(conclusion(answer, inconclusive_passes=inconclusive_passes))}**",
        bullets(sentences(answer)),
        table_of(Table(_HEAD, [_cells(finding, answer) for finding in answer.findings])),
        bullets(limit_lines(answer.result)),
        bullets([*_sides(answer), *map(clean, answer.notes)]),
        bullets([*way_notes(answer.result), *notes(answer.result)]),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _title(answer: Answer) -> str:
    """Return the title: ``redis, B against A``; if the sides have different profiles, with both."""
    named = dict.fromkeys(subject.named for subject in reversed(answer.result.subjects))
    return f"{clean(' and '.join(named))}, {B} against {A}"


def _cells(finding: Finding, answer: Answer) -> list[str]:
    a, b = (figure(finding.metric, label, answer.result) for label in (A, B))
    name = side_metrics()[finding.metric].head or finding.metric
    found = finding.outcome if finding.measured or finding.short else "not measured"
    return [name, a, b, str(ratio_of(finding)), limit_text(answer.limit), visible_of(finding), found]


def _sides(answer: Answer) -> list[str]:
    """Return sentences about each side's spec, differences between the installed packages, and the task."""
    specs = [f"{subject.label}: {clean(subject.spec)}" for subject in answer.result.subjects]
    rows = library_table(answer.result).rows
    differing = list(answer.differing) or [f"{row[0]} {' against '.join(row[1:])}" for row in rows]
    installed = f"Installed differently: {clean(', '.join(differing))}" if differing else "Installed: the same on both"
    workload = answer.result.workload
    return [*specs, installed, f"Task: {clean(f'{workload.task} of {workload.app}')}, workload {clean(workload.name)}"]


def ab_junit(answer: Answer, *, inconclusive_passes: bool) -> str:
    """Return a test case for each metric, and one for each side that could not be measured.

    A regression is a failure; an inconclusive metric is an error, unless that passes; an unmeasured one is an error.
    """
    suite = new_suite("brokerbench ab", answer.result.started_at)
    add_dry_case(suite, answer.result.workload)
    for label, text in failures(answer).items():
        add_case(suite, "sides", label, "error", text)
    for finding in answer.findings:
        tag = _tag(finding, inconclusive_passes)
        add_case(suite, finding.metric, f"{finding.metric} of {_title(answer)}", tag, sentence(finding, answer))
    return document_of(suite)


def _tag(finding: Finding, inconclusive_passes: bool) -> str:
    if finding.outcome == "inconclusive":
        return "skipped" if inconclusive_passes and finding.measured else "error"
    return {"regressed": "failure"}.get(finding.outcome, "system-out")
