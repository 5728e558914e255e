"""What was found of two sides, in a sentence for each metric, and then the table."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from bench.ab.judge import Finding
from bench.ab.question import Answer
from bench.ab.spec import Spec
from bench.metrics.registry import find_metric, side_metrics
from bench.metrics.sides import A, B
from bench.records.figures import Ratio
from bench.records.result import Result
from bench.report.terminal import print_notes, print_tables
from bench.stats.counts import CountRatio
from bench.stats.intervals import PairedRatio
from bench.text.cleaning import clean, first_line, terminal_text
from bench.text.numbers import MISSING, Figure, limit_text, number, percent, ratio_figure

__all__ = [
    "conclusion",
    "failures",
    "figure",
    "print_answer",
    "print_sides",
    "ratio_of",
    "sentence",
    "sentences",
    "visible_of",
]

_THOUSAND = 1000


def print_sides(specs: Sequence[Spec], differing: Sequence[str], console: Console) -> None:
    """Print what each side is, and what their environments differ in."""
    for label, spec in zip((A, B), specs, strict=True):
        console.print(terminal_text(f"{label}: {spec.shown}", console), soft_wrap=True)
    if differing:
        console.print(terminal_text(f"Installed: {', '.join(differing)}", console), soft_wrap=True)


def print_answer(answer: Answer, console: Console, directory: Path | None, *, inconclusive_passes: bool) -> None:
    """Print the sentences, the tables, notes, where the reports are, and what came of all."""
    for text in sentences(answer):
        console.print(terminal_text(text, console, "bold"), soft_wrap=True)
    print_tables(answer.result, console)
    print_notes(answer.result, console, directory)
    said = conclusion(answer, inconclusive_passes=inconclusive_passes)
    console.print(terminal_text(said, console, "bold"), soft_wrap=True)


def conclusion(answer: Answer, *, inconclusive_passes: bool) -> str:
    """Return in one sentence what came of all."""
    limit = limit_text(answer.limit)
    if answer.outcome == "regressed":
        return f"Regressed by more than {limit}: {_named(answer, 'regressed')}."
    if answer.outcome == "not measured":
        missing = [f"side {label}" for label in answer.failed]
        missing += [finding.metric for finding in answer.findings if not finding.measured]
        return f"Not measured, or not to the end: {', '.join(missing)}."
    if answer.outcome == "inconclusive":
        passes = ", which passes" if inconclusive_passes else ""
        advice = "" if inconclusive_passes else " Give it more time by --budget, or a larger limit."
        return f"Inconclusive{passes}: {_named(answer, 'inconclusive')}.{advice}"
    return f"Within {limit}: {_named(answer, 'within')}."


def _named(answer: Answer, outcome: str) -> str:
    return ", ".join(finding.metric for finding in answer.findings if finding.outcome == outcome)


def sentences(answer: Answer) -> list[str]:
    """Return what was found: a sentence for each metric, and one for each side that could not be measured."""
    return list(failures(answer).values()) + [sentence(finding, answer) for finding in answer.findings]


def failures(answer: Answer) -> dict[str, str]:
    """Return of each side that could not be measured, by its label, why."""
    return {
        subject.label: f"{subject.label} could not be measured: {first_line(subject.failure).rstrip('.')}."
        for subject in answer.result.subjects
        if subject.failure
    }


def sentence(finding: Finding, answer: Answer) -> str:
    """Return a metric's ratio, its interval, both figures, what they mean, and what could have been seen."""
    a, b = (figure(finding.metric, label, answer.result) for label in (A, B))
    if finding.counted is not None:
        said = side_metrics()[finding.metric].said.format(a=a, b=b)
        return f"{said}: {_meaning(finding, answer.limit)}; it could have seen {visible_of(finding)} for 1,000 tasks."
    if finding.ratio is None:
        return f"{finding.metric.capitalize()}: inconclusive: {_why_not(finding, answer.result)}."
    printed = ratio_of(finding)
    said = side_metrics()[finding.metric].said.format(ratio=printed.text)
    interval = f"95 % interval {printed.interval}; " if printed.interval else ""
    could_see = f"; this run could have seen {visible_of(finding)}"
    return f"{said} ({interval}{b} against {a}): {_meaning(finding, answer.limit)}{could_see}."


def ratio_of(finding: Finding) -> Figure:
    """Print B's figure over A's with its interval; of connections, only where both sides opened some."""
    found: PairedRatio | CountRatio | None = finding.ratio or finding.counted
    if found is None or found.value is None:
        return Figure(MISSING)
    return ratio_figure(Ratio(to=A, value=found.value, low=found.low, high=found.high, blocks=1, generations=1))


def visible_of(finding: Finding) -> str:
    """Print the smallest difference that could have been seen; of connections, in how many for 1,000 tasks."""
    if finding.counted is not None:
        return number(_THOUSAND * finding.counted.visible)
    return percent(finding.ratio.detectable if finding.ratio else None)


def _meaning(finding: Finding, limit: float) -> str:
    if finding.outcome == "within":
        return f"within {percent(limit)}"
    if finding.outcome == "regressed":
        return f"regressed by more than {percent(limit)}"
    if _is_worse(finding):
        return f"inconclusive: it is worse, and not certainly by more than {percent(limit)} or by less"
    return f"inconclusive: it may be worse by more than {percent(limit)}, and may not"


def _is_worse(finding: Finding) -> bool:
    found: PairedRatio | CountRatio | None = finding.ratio or finding.counted
    if found is None or found.low is None or found.high is None:
        return False
    return found.high < 1 if side_metrics()[finding.metric].better == "more" else found.low > 1


def _why_not(finding: Finding, result: Result) -> str:
    """Return why a metric has no ratio."""
    rows = [row for row in result.summary if row.metric == finding.metric]
    if void := next((row.void for row in rows if row.void), None):
        return f"its figures are void: {clean(void).rstrip('.')}"
    engine = side_metrics()[finding.metric].measured[-1]
    for subject in result.subjects:
        if why := subject.why_not(engine):
            return f"{subject.label} was not measured ({first_line(why).rstrip('.')})"
    if not find_metric(engine).in_rows and not finding.looks:
        return "there was no time for four sets of fresh processes, or nothing could be read"
    return "there was no time for four sets of fresh processes: give it more by --budget"


def figure(metric: str, label: str, result: Result) -> str:
    """Print a side's figure: a duration, tasks a second, or connections for 1,000 tasks."""
    return side_metrics()[metric].figure(result, label)
