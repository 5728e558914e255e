"""The answer about two sides in sentences, one for each metric, and in the terminal."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from bench.ab.judge import Finding
from bench.ab.question import Answer
from bench.ab.sides import Sides
from bench.ab.spec import Spec
from bench.metrics.registry import side_metrics
from bench.metrics.sides import A, B
from bench.records.figures import Ratio
from bench.records.provenance import subject_name
from bench.records.result import Result
from bench.report.details import print_tables
from bench.report.terminal import print_notes, print_paths
from bench.report.ways import way_notes
from bench.report.wording import ONE_GENERATION, settling_words, with_dry
from bench.stats.counts import CountRatio
from bench.stats.intervals import PairedRatio
from bench.text.cleaning import clean, first_line, terminal_text
from bench.text.numbers import MISSING, Figure, budget_text, detectable, limit_text, number, percent, ratio_figure

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


def print_sides(specs: Sequence[Spec], sides: Sides, console: Console) -> None:
    """Print each side's spec, how their environments differ, and what else to know."""
    for label, spec in zip((A, B), specs, strict=True):
        console.print(terminal_text(f"{label}: {spec.shown}", console), soft_wrap=True)
    named = dict.fromkeys(
        subject_name(one.broker.name, one.profile.name, one.rtt_ns) for one in sides.subjects if one.rtt_ns
    )
    if named:
        console.print(terminal_text(f"At a distance: {', '.join(named)}", console), soft_wrap=True)
    if sides.differing:
        console.print(terminal_text(f"Installed: {', '.join(sides.differing)}", console), soft_wrap=True)
    for note in sides.notes:
        console.print(terminal_text(f"! {note}", console), soft_wrap=True)


def print_answer(answer: Answer, console: Console, directory: Path | None, *, inconclusive_passes: bool) -> None:
    """Print the conclusion, a sentence for each metric, the tables, notes, and the paths of the reports."""
    first = conclusion(answer, inconclusive_passes=inconclusive_passes)
    for text in [first, *sentences(answer)]:
        console.print(terminal_text(text, console, "bold" if text is first else ""), soft_wrap=True)
    print_tables(answer.result, console)
    for text in way_notes(answer.result):
        console.print(terminal_text(text, console))
    print_notes(answer.result, console)
    print_paths(directory, console)


def conclusion(answer: Answer, *, inconclusive_passes: bool) -> str:
    """Return the overall outcome in one sentence, and in another one if the tasks' bodies were not run."""
    return with_dry(_conclusion(answer, inconclusive_passes=inconclusive_passes), answer.result.workload)


def _conclusion(answer: Answer, *, inconclusive_passes: bool) -> str:
    limit = limit_text(answer.limit)
    if answer.outcome == "regressed":
        return f"Regressed by more than {limit}: {_named(answer, 'regressed')}."
    if answer.outcome == "not measured":
        missing = [f"side {label}" for label in answer.failed]
        missing += [finding.metric for finding in answer.findings if not finding.measured]
        no_time = any(one.short for one in answer.findings) and not any(row.void for row in answer.result.summary)
        advice = f" {_advice(answer)}" if no_time and not answer.failed else ""  # more time makes no distance right
        return f"Not measured, not to the end, or void: {', '.join(missing)}.{advice}"
    if answer.outcome == "inconclusive":
        passes = ", which passes" if inconclusive_passes else ""
        advice = "" if inconclusive_passes else f" {_advice(answer)}"
        return f"Inconclusive{passes}: {_named(answer, 'inconclusive')}.{advice}"
    return f"Within {limit}: {_named(answer, 'within')}."


def _advice(answer: Answer) -> str:
    """Return what to do about inconclusive findings: the longest of their budgets, or another limit."""
    open_ones = [finding for finding in answer.findings if finding.outcome == "inconclusive"]
    budgets_s = [finding.needed_s for finding in open_ones if finding.needed_s]
    hopeless = [finding.metric for finding in open_ones if not finding.needed_s]
    if not budgets_s:
        return "No reasonable budget would settle it: use a larger limit."
    advice = f"Use --budget {budget_text(max(budgets_s))}, or a larger limit."
    return f"{advice} No reasonable budget would settle {', '.join(hopeless)}." if hopeless else advice


def _named(answer: Answer, outcome: str) -> str:
    return ", ".join(finding.metric for finding in answer.findings if finding.outcome == outcome)


def sentences(answer: Answer) -> list[str]:
    """Return a sentence for each side that could not be measured, and one for each metric."""
    return list(failures(answer).values()) + [sentence(finding, answer) for finding in answer.findings]


def failures(answer: Answer) -> dict[str, str]:
    """Return the reason for each side that could not be measured, by label."""
    return {
        subject.label: f"{subject.label} could not be measured: {first_line(subject.failure).rstrip('.')}."
        for subject in answer.result.subjects
        if subject.failure
    }


def sentence(finding: Finding, answer: Answer) -> str:
    """Return a sentence with a metric's ratio, interval, figures, outcome and smallest detectable difference."""
    a, b = (figure(finding.metric, label, answer.result) for label in (A, B))
    settled = _settling(finding, answer) if finding.outcome == "inconclusive" else ""
    if finding.counted is not None:
        text = side_metrics()[finding.metric].sentence.format(a=a, b=b)
        visible = f"{visible_of(finding)} per 1,000 tasks"
        return f"{text}: {_meaning(finding, answer.limit)}; this run could detect {visible}{settled}."
    if finding.ratio is None:
        return f"{finding.metric.capitalize()}: inconclusive: {_why_not(finding, answer)}."
    printed = ratio_of(finding)
    text = side_metrics()[finding.metric].sentence.format(ratio=printed.text)
    interval = f"95 % interval {printed.interval}; " if printed.low else f"{printed.why}; " if printed.why else ""
    could_see = "" if finding.ratio.detectable is None else f"; this run could detect {visible_of(finding)}"
    return f"{text} ({interval}{b} against {a}): {_meaning(finding, answer.limit)}{could_see}{settled}."


def _settling(finding: Finding, answer: Answer) -> str:
    """Return what would settle an inconclusive finding, to follow a sentence."""
    if not answer.ended_by:
        return settling_words(finding.needed_s)
    return f"; the run ended when {' and '.join(answer.ended_by)} had regressed: use --metric {finding.metric}"


def ratio_of(finding: Finding) -> Figure:
    """Return B's figure over A's with its interval; for connections, only if both sides opened some."""
    found: PairedRatio | CountRatio | None = finding.ratio or finding.counted
    if found is None or found.value is None:
        return Figure(MISSING)
    return ratio_figure(Ratio(to=A, value=found.value, low=found.low, high=found.high, blocks=1, generations=1))


def visible_of(finding: Finding) -> str:
    """Return the smallest detectable difference; for connections, as a number per 1,000 tasks."""
    if finding.counted is not None:
        return number(_THOUSAND * finding.counted.visible)
    return detectable(finding.ratio.detectable if finding.ratio else None)


def _meaning(finding: Finding, limit: float) -> str:
    if finding.short:
        return f"inconclusive: {ONE_GENERATION}"
    if finding.outcome == "within":
        return f"within {percent(limit)}"
    if finding.outcome == "regressed":
        return f"regressed by more than {percent(limit)}"
    if _is_worse(finding):
        return f"inconclusive: it is worse, but it is uncertain whether by more than {percent(limit)}"
    return f"inconclusive: it may or may not be worse by more than {percent(limit)}"


def _is_worse(finding: Finding) -> bool:
    found: PairedRatio | CountRatio | None = finding.ratio or finding.counted
    if found is None or found.low is None or found.high is None:
        return False
    return found.high < 1 if side_metrics()[finding.metric].better == "more" else found.low > 1


def _why_not(finding: Finding, answer: Answer) -> str:
    """Return why a metric has no ratio."""
    result = answer.result
    rows = [row for row in result.summary if row.metric == finding.metric]
    if void := next((row.void for row in rows if row.void), None):
        return f"its figures are void: {clean(void).rstrip('.')}"
    if finding.bounds:
        return "both workers finished hardly a task in most drains, so their figures are only upper bounds"
    engine = side_metrics()[finding.metric].measured[-1]
    for subject in result.subjects:
        if why := subject.why_not(engine):
            return f"{subject.label} was not measured ({first_line(why).rstrip('.')})"
    if answer.ended_by:
        return f"not measured yet{_settling(finding, answer)}"
    why = "nothing was measured on both sides, or nothing could be read"
    return why if finding.needed_s is None else f"{why}: use --budget {budget_text(finding.needed_s)}"


def figure(metric: str, label: str, result: Result) -> str:
    """Return a side's figure as text: a duration, tasks per second, or connections per 1,000 tasks."""
    return side_metrics()[metric].figure(result, label)
