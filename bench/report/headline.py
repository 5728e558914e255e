"""The answer of a result in at most five sentences: what is faster, by how much, how sure; and what to know first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bench.records.figures import Ratio
from bench.records.provenance import SubjectRecord
from bench.records.result import Result
from bench.report.answers import answers
from bench.report.caveats import caveats
from bench.report.crossings import crossing_sentences, moving_sentences
from bench.report.fitted import emulated_sentences
from bench.report.overview import Column, columns_of, speed
from bench.report.sections import sections, subject_name
from bench.text.cleaning import clean
from bench.text.numbers import budget_text, limit_text, ratio_bounds, ratio_figure, ratio_text

__all__ = ["headline"]

_MOST_ANSWERS, _MOST_COLUMNS, _MOST_NAMED = 3, 2, 6
_LEAST_ROUNDED = 0.1  # two decimals are enough from here on
_CERTAIN = ("improved", "regressed", "equivalent")


@dataclass(frozen=True, kw_only=True)
class _Found:
    """What a subject does, and its ratios as speeds: one, or one for each point of a sweep."""

    does: str
    ratios: list[Ratio]
    points: int
    """The points at which the metric was measured, with those that are void."""


@dataclass(frozen=True, kw_only=True)
class _Comparison:
    """A subject, the one that it is compared with, and what was found: not all metrics need have the same one."""

    subject: SubjectRecord
    to: str
    found: list[_Found]


def headline(result: Result) -> list[str]:
    """Return the sentences: at most three answers, then at most two of what a reader must know before believing it."""
    columns = [column for column in columns_of(result) if column.shown.judged and column.shown.does]
    told = list(_comparisons(result, columns[:_MOST_COLUMNS]))
    compared = _over_distance(result) or _compared(told, result.margin)
    emulated = emulated_sentences(result) if _over_distance(result) else []
    found = [*compared, *moving_sentences(result), *emulated, *_budget(told)][:_MOST_ANSWERS] or _alone(result)
    return [*found, *caveats(result)]


def _over_distance(result: Result) -> list[str]:
    """Return who is faster at which distances, a sentence for each metric, if nothing but the distance is swept."""
    crossings = [one for one in result.crossings if not one.at]
    metrics = dict.fromkeys(one.metric for one in crossings)
    return [sentence for metric in metrics for sentence in crossing_sentences(result, metric, crossings)]


def _comparisons(result: Result, columns: list[Column]) -> Iterator[_Comparison]:
    """Yield one for each pair of subjects: where the first of a tier was not measured, another takes its place."""
    for subject in result.subjects:
        ratios = {column.shown.does: _ratios(column, subject.label) for column in columns}
        points = {column.shown.does: len({str(one.point) for one in column.shown.figures}) for column in columns}
        for to in dict.fromkeys(ratio.to for own in ratios.values() for ratio in own):
            alike = {does: [ratio for ratio in own if ratio.to == to] for does, own in ratios.items()}
            found = [_Found(does=does, ratios=own, points=points[does]) for does, own in alike.items() if own]
            yield _Comparison(subject=subject, to=clean(to), found=found)


def _ratios(column: Column, label: str) -> list[Ratio]:
    """Return the ratios of one subject, without those to or of a void figure."""
    void = {(one.subject, str(one.point)) for one in column.shown.figures if one.void}
    own = [one for one in column.shown.figures if one.subject == label and one.ratio]
    known = [one.ratio for one in own if one.ratio and not void & {(x, str(one.point)) for x in (label, one.ratio.to)}]
    return [speed(ratio, column.better) for ratio in known]


def _compared(told: list[_Comparison], margin: float) -> list[str]:
    """Return a sentence for each comparison; if they are too many, one for each subject that is compared with."""
    if len(told) <= _MOST_ANSWERS:
        return [_sentence(one, margin, intervals=len(told) == 1) for one in told]
    groups: dict[str, list[_Comparison]] = {}
    for one in told:
        groups.setdefault(one.to, []).append(one)
    sentences = [_many(to, group) for to, group in groups.items()]
    if len(sentences) <= _MOST_ANSWERS:
        return sentences
    rest = len(sentences) - _MOST_ANSWERS + 1
    return [*sentences[: _MOST_ANSWERS - 1], f"What is compared with {rest} other subjects is in the table."]


def _sentence(told: _Comparison, margin: float, *, intervals: bool) -> str:
    """Return ``rabbitmq enqueues 1.61x and drains 2.45x as fast as redis: certain.``."""
    sure = [_how_sure(one, margin) for one in told.found]
    alike = len({*sure}) == 1 and sure[0] != ""
    parts = []
    for one, how in zip(told.found, sure, strict=True):
        notes = filter(None, ("" if alike else how, _detail(one, intervals=intervals)))
        note = ": ".join(notes)
        parts.append(f"{one.does} {_times(one.ratios, intervals=intervals)}{f' ({note})' if note else ''}")
    last = f": {sure[0]}" if alike else ""
    return f"{subject_name(told.subject)} {' and '.join(parts)} as fast as {told.to}{last}."


def _times(ratios: Sequence[Ratio], *, intervals: bool = False) -> str:
    """Return ``1.61x``, or ``1.2x to 1.61x`` over the points of a sweep; with an interval, as precise as that."""
    if len(ratios) == 1 and intervals:
        return ratio_figure(ratios[0]).text
    low, high = (_rounded(one(ratios, key=lambda ratio: ratio.value)) for one in (min, max))
    return low if low == high else f"{low} to {high}"


def _rounded(ratio: Ratio) -> str:
    return ratio_text(ratio.value) if ratio.value >= _LEAST_ROUNDED else ratio_figure(ratio).text


def _how_sure(found: _Found, margin: float) -> str:
    """Return how sure a ratio is; nothing for a sweep that is not certain at all points, whose detail says it."""
    if found.points > 1:
        certain = len(found.ratios) == found.points and all(ratio.verdict in _CERTAIN for ratio in found.ratios)
        return "certain" if certain else ""
    (ratio,) = found.ratios
    words = {"improved": "certain", "regressed": "certain", "equivalent": f"equal within {limit_text(margin)}"}
    return words.get(ratio.verdict) or _doubt(ratio)


def _detail(found: _Found, *, intervals: bool) -> str:
    """Return the interval of a ratio, or how the points of a sweep differ."""
    return _over_points(found) if found.points > 1 else ratio_figure(found.ratios[0]).interval if intervals else ""


def _doubt(ratio: Ratio) -> str:
    if ratio.generations == 1:
        return "not certain with one set of processes"
    bounds = ratio_bounds(ratio)
    if bounds is None:
        return "not certain after so few blocks"
    return "too close to call" if bounds[0] <= 1 <= bounds[1] else "probably, but not certain"


def _over_points(found: _Found) -> str:
    """Return at how many points of a sweep a subject is faster, slower, equal, or neither for certain, or not known."""
    words = {"improved": "faster", "regressed": "slower", "equivalent": "equal", "inconclusive": "not certain"}
    counts = {word: sum(ratio.verdict == verdict for ratio in found.ratios) for verdict, word in words.items()}
    counts["void or not measured"] = found.points - len(found.ratios)
    parts = [f"{word} at {count}" for word, count in counts.items() if count]
    if len(parts) == 1:
        return f"{parts[0].removesuffix(str(found.points))}all {found.points} points"
    return f"{', '.join(parts)} of {found.points} points"


def _many(to: str, group: list[_Comparison]) -> str:
    """Return one sentence for many subjects, the fastest first; ``?`` marks what is not certain.

    What a subject does is said of the first one, and of those that do not do the same.
    """
    ordered = sorted(group, key=lambda one: -one.found[0].ratios[0].value)
    named = ordered if len(ordered) <= _MOST_NAMED else [*ordered[: _MOST_NAMED - 2], ordered[-1]]
    rest = f", and {len(ordered) - len(named)} others (see the table)" if len(named) < len(ordered) else ""
    common = [one.does for one in named[0].found]
    first = f"{_brief(named[0], does=True)} as fast"
    others = [_brief(one, does=[found.does for found in one.found] != common) for one in named[1:]]
    doubts = any(ratio.verdict not in _CERTAIN for one in named for each in one.found for ratio in each.ratios)
    return f"Compared with {to}, {', '.join([first, *others])}{rest}{' (?: not certain)' if doubts else ''}."


def _brief(told: _Comparison, *, does: bool) -> str:
    parts = [f"{one.does if does else ''} {_times(one.ratios)}{_mark(one.ratios)}".strip() for one in told.found]
    return f"{subject_name(told.subject)} {' and '.join(parts)}"


def _mark(ratios: Sequence[Ratio]) -> str:
    return "" if all(ratio.verdict in _CERTAIN for ratio in ratios) else "?"


def _budget(told: list[_Comparison]) -> list[str]:
    """Return a sentence about the budget that would probably settle what is inconclusive."""
    ratios = [ratio for one in told for found in one.found for ratio in found.ratios]
    open_ones = [ratio for ratio in ratios if ratio.verdict not in _CERTAIN]
    needed = [ratio.needed_s for ratio in open_ones if ratio.needed_s]
    if not needed:
        return []
    which = "it" if len(open_ones) == 1 else "all of it" if len(needed) == len(open_ones) else "some of it"
    return [f"A budget of about {budget_text(max(needed))} would probably settle {which}."]


def _alone(result: Result) -> list[str]:
    """Return what was measured of a subject that is compared with none, a sentence for each of the first metrics."""
    found, void = [], False
    for section in sections(result):
        known = [line for line in section.lines if line.measured and not line.void]
        void = void or any(line.void for line in section.lines)
        if known and (said := answers(replace(section, lines=known), result)):
            found.append(str(said[0]))
    return found[:_MOST_ANSWERS] or ["Every figure is void." if void else "Nothing was measured."]
