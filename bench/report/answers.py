"""Answers a section in sentences: the ratio, its interval, the verdict, and the smallest detectable difference."""

from dataclasses import dataclass

from bench.metrics.registry import find_metric
from bench.records.figures import Ratio
from bench.records.result import Result
from bench.report.crossings import crossing_sentences
from bench.report.fitted import emulated_sentences
from bench.report.maps import is_map
from bench.report.sections import Line, Section
from bench.report.wording import ONE_GENERATION, settling_words
from bench.stats.verdicts import Verdict
from bench.text.cleaning import clean
from bench.text.names import metric_words
from bench.text.numbers import Figure, detectable, percent, ratio_bounds, ratio_figure
from bench.text.places import sentence

__all__ = ["Statement", "answers"]


@dataclass(frozen=True)
class Statement:
    """A sentence, and the verdict in it; None if nothing was judged."""

    text: str
    verdict: Verdict | None = None

    def __str__(self) -> str:
        return self.text


def answers(section: Section, result: Result) -> list[Statement]:
    """Return a sentence for each subject that was compared, or that could not be."""
    if not section.timed:
        return [Statement(text) for line in section.lines for text in _recorded(line, result)]
    alone = {line.at_key for line in section.lines} - {line.at_key for line in section.lines if _ratio(line)}
    lines = [line for line in section.lines if line.at_key in alone or not line.reference]
    over = _over_distance(section, result)
    if len(section.groups()) == 1:
        return [_answer(line, result.margin) for line in lines]
    stamped = {id(line): line.name for line in lines if _stamped(line) and line.at_key not in alone}
    told = [line for line in lines if not (_ratio(line) and is_map(result))]
    answered = [_answer(line, result.margin) for line in told if id(line) not in stamped]
    return (
        over
        + answered
        + [
            Statement(f"{name} ran on an emulator, which is not ranked: its figures are in the table.")
            for name in dict.fromkeys(stamped.values())
        ]
    )


def _over_distance(section: Section, result: Result) -> list[Statement]:
    """Return who is faster at which distances, and which part of an emulator's figures is round trips."""
    own = [one for one in result.crossings if one.tier == section.tier]
    emulated = emulated_sentences(result, section.metric) if any(line.emulated for line in section.lines) else []
    return [Statement(text) for text in [*crossing_sentences(result, section.metric, own), *emulated]]


def _answer(line: Line, margin: float) -> Statement:
    if line.void or line.void_reference or not line.measured:
        return Statement(sentence(line.at, _without_figure(line)))
    if ratio := _ratio(line):
        return Statement(sentence(line.at, _compared(line, ratio, margin)), ratio.verdict)
    return Statement(sentence(line.at, f"{_absolute(line)}{line.unranked}"))


def _stamped(line: Line) -> bool:
    """Return True if the only thing to say about a figure is that it is not ranked."""
    return line.measured and not line.void and bool(line.unranked) and _ratio(line) is None


def _without_figure(line: Line) -> str:
    if line.void:
        return f"{line.name}'s {metric_words(line.metric)} is void"
    if line.void_reference and (ratio := _ratio(line)):
        return f"{line.name}'s {metric_words(line.metric)} is not compared, because {clean(ratio.to)}'s is void"
    verb = "" if line.subject.why_not(line.metric) else "has no figure: "
    return f"{line.name} {verb}{line.note().rstrip('.')}"


def _absolute(line: Line) -> str:
    head, text = find_metric(line.metric).words.alone
    (figure,) = line.figures([head])
    return f"{text.format(name=line.name, figure=figure.text)}{_interval(figure)}{_limits(line)}"


def _compared(line: Line, ratio: Ratio, margin: float) -> str:
    figure = ratio_figure(ratio)
    text = find_metric(line.metric).words.compared.format(name=line.name, ratio=figure.text, to=clean(ratio.to))
    interval = _interval(figure) if ratio_bounds(ratio) else " (too few blocks for an interval)"
    settled = settling_words(ratio.needed_s) if ratio.needed_s else ""
    return f"{text}{interval}: {_verdict(ratio, margin)}{_could_see(ratio)}{settled}{_limits(line)}"


def _limits(line: Line) -> str:
    return f" - {line.limits}" if line.limits else ""


def _verdict(ratio: Ratio, margin: float) -> str:
    """Return the verdict as a comparison words it."""
    if ratio.verdict == "inconclusive" and ratio.generations == 1:
        return f"inconclusive, because {ONE_GENERATION}"
    words = {"improved": "faster", "regressed": "slower", "equivalent": f"equal within {percent(margin)}"}
    return words.get(ratio.verdict, ratio.verdict)


def _interval(figure: Figure) -> str:
    return f" (95 % interval {figure.interval})" if figure.interval else ""


def _could_see(ratio: Ratio) -> str:
    return "" if ratio.detectable is None else f"; this run could detect {detectable(ratio.detectable)}"


def _ratio(line: Line) -> Ratio | None:
    return line.row.ratio if line.row else None


def _recorded(line: Line, result: Result) -> list[str]:
    """Return the sentences about a subject's records that are not rows."""
    if not line.measured:
        return [f"{_without_figure(line)}."]
    return find_metric(line.metric).sentences(line, result)
