"""The findings of a gate in sentences, and in the terminal."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from bench.figures.disturbance import disturbed_share
from bench.gate.checks import BARRING, Difference
from bench.gate.judging import Gate, GateOutcome, Judged
from bench.metrics.registry import find_metric
from bench.report.wording import settling_words, with_dry
from bench.text.cleaning import clean, terminal_text
from bench.text.names import metric_words
from bench.text.numbers import budget_text, detectable, limit_text, percent, plural, ratio_figure
from bench.text.places import place_name, sentence

__all__ = [
    "MARKS",
    "beside",
    "conclusion",
    "difference_line",
    "failures",
    "figure_name",
    "print_gate",
    "row_sentence",
    "verdict_words",
]

MARKS: dict[GateOutcome, str] = {
    "regressed": "SLOWER",
    "inconclusive": "unsure",
    "not comparable": "unlike",
    "within": "ok",
    "not gated": "-",
}
_STYLES: dict[GateOutcome, str] = {
    "regressed": "bold red",
    "inconclusive": "yellow",
    "not comparable": "yellow",
    "not gated": "dim",
}
_WITHIN = {"equivalent": "equivalent within {}", "improved": "improved", "inconclusive": "no worse than {}"}


def row_sentence(row: Judged) -> str:
    """Return a sentence about a figure: ratio, interval, verdict, limit, and the smallest detectable difference."""
    if row.ratio is None:
        about = figure_name(row, place=False)
        return sentence(row.at, f"{about} is {_unjudged(row)}")
    figure = ratio_figure(row.ratio)
    text = find_metric(row.metric).words.since.format(name=clean(row.subject), ratio=figure.text, part=row.part)
    interval = f" (95 % interval {figure.interval})" if figure.low else f" ({figure.why})" if figure.why else ""
    settled = settling_words(row.needed_s, " for both runs") if row.outcome == "inconclusive" else ""
    return sentence(row.at, f"{text}{interval}: {verdict_words(row)}{_limits(row)}{settled}")


def figure_name(row: Judged, *, place: bool = True) -> str:
    """Return a figure's name: ``redis's latency, at 200/s``."""
    what = f"CPU time of the {row.part}" if row.part else metric_words(row.metric)
    where = place_name(row.at) if place else ""
    return f"{clean(row.subject)}'s {what}{', ' if where else ''}{where}"


def verdict_words(row: Judged) -> str:
    """Return a figure's outcome, and the reason if there is one."""
    why = clean(row.why).rstrip(".")
    if row.outcome == "not gated":
        return why
    if row.outcome == "regressed":
        return "regressed, which a second run confirmed" if row.confirmed else "regressed"
    if row.outcome == "within":
        verdict = row.ratio.verdict if row.ratio else "inconclusive"
        return f"{_WITHIN[verdict].format(limit_text(row.effective))}{f' ({why})' if why else ''}"
    return f"{row.outcome}{f', because {why}' if row.outcome == 'inconclusive' and why else ''}"


def _unjudged(row: Judged) -> str:
    why = clean(row.why).rstrip(".")
    return f"{row.outcome}: {why}" if why else row.outcome


def _limits(row: Judged) -> str:
    """Return the limit, and the smallest difference that the runs could detect."""
    seen = row.ratio.detectable if row.ratio else None
    if row.limit is None:
        return ""
    limit = f"; limit {limit_text(row.limit)}"
    if seen is None:
        return limit
    if detectable(seen) != percent(seen):
        return f"{limit}, but these runs can detect {detectable(seen)}"
    return f"{limit}, {'but ' if seen > row.limit else ''}these runs cannot detect less than {percent(seen)}"


def failures(gate: Gate, subject: str, metric: str, *, inconclusive_passes: bool) -> list[str]:
    """Return sentences about why a subject's metric does not pass; none if it does."""
    passing = {"within", "not gated"} | ({"inconclusive"} if inconclusive_passes else set())
    own = [row for row in gate.rows if row.is_of(subject, metric)]
    missing = [
        difference_line(one, gate)
        for one in gate.refused
        if one.kind not in BARRING
        and (not one.subjects or subject in one.subjects)
        and (one.benchmark is None or one.benchmark.metric == metric)
    ]
    return [row_sentence(row) for row in own if row.outcome not in passing] + missing


def difference_line(difference: Difference, gate: Gate) -> str:
    """Return a line about a difference between the results, and how to allow it, or that it is allowed."""
    text = f"{difference.kind}: {clean(str(difference))}"
    if difference.kind in gate.allowed:
        return f"{text} (allowed)"
    return f"{text} (to allow it: --allow {difference.kind})"


def beside(gate: Gate) -> str:
    """Return a sentence about the blocks that other programs disturbed in either run; empty if none is known."""
    shares = [disturbed_share(one) for one in (gate.baseline, gate.current)]
    if not any(shares):
        return ""
    old, new = ("an unknown share" if share is None else percent(share) for share in shares)
    return f"Other programs used the cores during {old} of the baseline's blocks and {new} of the current run's."


def conclusion(gate: Gate, *, inconclusive_passes: bool) -> str:
    """Return the overall outcome in one sentence, and in another one if the tasks' bodies were not run."""
    return with_dry(_conclusion(gate, inconclusive_passes=inconclusive_passes), gate.current.workload)


def _conclusion(gate: Gate, *, inconclusive_passes: bool) -> str:
    count = len(gate.gated)
    if gate.outcome == "regressed":
        return f"Regressed: {len(gate.regressed)} of {_figures(count)}."
    if gate.refused:
        return "Not comparable: the results differ in more than their figures."
    if gate.outcome == "not comparable":
        return "Not comparable: the results have no gated figure in common."
    if gate.outcome == "inconclusive":
        passes = ", which passes" if inconclusive_passes else ""
        advice = "" if inconclusive_passes else f" {_advice(gate)}"
        return f"Inconclusive{passes}: {len(gate.unsure)} of {_figures(count)} could be worse than allowed.{advice}"
    blind = sum(row.limit is not None and row.effective != row.limit for row in gate.gated)
    checked = f"{blind} of them were checked only against what these runs can detect, not against the limit"
    caveat = f" {checked}." if blind else ""
    return f"Within limits: {_figures(count)}.{caveat}"


def _advice(gate: Gate) -> str:
    """Return what to do about inconclusive figures: the longest of their budgets, or another limit."""
    budgets_s = [row.needed_s for row in gate.unsure if row.needed_s]
    if not budgets_s:
        return "No reasonable budget would settle it: use a larger limit."
    return f"Measure both for {budget_text(max(budgets_s))}, or use a larger limit."


def _figures(count: int) -> str:
    return plural(count, "figure")


def _not_gated(gate: Gate) -> Iterator[str]:
    """Yield a sentence for each reason why figures are not gated, with those figures."""
    reasons: dict[str, list[str]] = {}
    for row in gate.rows:
        if row.outcome == "not gated":
            reasons.setdefault(row.why, []).append(f"{figure_name(row)}: {ratio_figure(row.ratio).text}")
    for why, figures in reasons.items():
        yield f"{why[:1].upper()}{why[1:]}. {'; '.join(figures)}."


def print_gate(gate: Gate, console: Console, *, inconclusive_passes: bool) -> None:
    """Print the conclusion, each difference between the results, and a sentence for each figure."""
    console.print(terminal_text(conclusion(gate, inconclusive_passes=inconclusive_passes), console, "bold"))
    for difference in gate.differences:
        style = "" if difference.kind in gate.allowed else "yellow"
        console.print(terminal_text(f"! {difference_line(difference, gate)}", console, style))
    sentences = Table.grid(padding=(0, 1, 0, 0))
    lines: list[tuple[GateOutcome, str]] = [
        (row.outcome, row_sentence(row)) for row in gate.rows if row.outcome != "not gated"
    ]
    lines.sort(key=lambda line: list(MARKS).index(line[0]))
    lines += [("not gated", text) for text in _not_gated(gate)]
    for outcome, line in lines:
        style = _STYLES.get(outcome, "")
        sentences.add_row(*(terminal_text(text, console, style) for text in (MARKS[outcome], line)))
    if sentences.row_count:
        console.print(sentences)
    if disturbed := beside(gate):
        console.print(terminal_text(f"! {disturbed}", console))
