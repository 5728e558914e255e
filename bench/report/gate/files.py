"""The findings of a gate, for a pull request (Markdown) and for a CI system (JUnit XML)."""

from bench.gate.judging import Gate, Judged
from bench.metrics.registry import find_metric
from bench.records.figures import Estimate
from bench.report.gate.sentences import MARKS, beside, conclusion, difference_line, figure_name, row_sentence
from bench.report.junit_parts import add_case, add_dry_case, document_of, new_suite
from bench.report.markdown_parts import bullets, escaped, table_of
from bench.report.wording import limit_lines
from bench.text.cleaning import clean
from bench.text.numbers import MISSING, detectable, limit_text, ratio_figure
from bench.text.table import Table

__all__ = ["gate_junit", "gate_markdown"]

_HEAD = ["figure", "baseline", "now", "ratio", "limit", "could see", "found"]


def gate_markdown(gate: Gate, *, inconclusive_passes: bool) -> str:
    """Return the conclusion, what regressed or is inconclusive, the differences, and a table of all figures."""
    first = [row_sentence(row) for row in gate.rows if row.outcome in ("regressed", "inconclusive")]
    parts = [
        "### Brokerbench gate",
        f"**{escaped(conclusion(gate, inconclusive_passes=inconclusive_passes))}**",
        bullets(first),
        bullets([difference_line(one, gate) for one in gate.differences]),
        table_of(Table(_HEAD, [_cells(row) for row in gate.rows])) if gate.rows else "",
        bullets(limit_lines(gate.current)),
        beside(gate),
        escaped(_compared(gate)),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _cells(row: Judged) -> list[str]:
    ratio = str(ratio_figure(row.ratio))
    seen = detectable(row.ratio.detectable) if row.ratio else MISSING
    found = "not gated" if row.outcome == "not gated" else MARKS[row.outcome]
    return [
        figure_name(row),
        _value(row, row.baseline),
        _value(row, row.current),
        ratio,
        limit_text(row.limit),
        seen,
        found,
    ]


def _value(row: Judged, estimate: Estimate | None) -> str:
    return find_metric(row.metric).text(estimate.value if estimate else None)


def _compared(gate: Gate) -> str:
    old, new = gate.baseline, gate.current
    return (
        f"Baseline of {old.started_at:%Y-%m-%d %H:%M} UTC, now {new.started_at:%Y-%m-%d %H:%M} UTC; "
        f"workload {clean(new.workload.name)}. These are two runs: anything that disturbed only one of them "
        "shows in the ratios, but not in the intervals."
    )


def gate_junit(gate: Gate, *, inconclusive_passes: bool) -> str:
    """Return a test case for each figure, and one for each difference between the results.

    A regression is a failure; a figure that is not comparable is an error, and so is an inconclusive one, unless that
    passes; a figure that is not gated is skipped.
    """
    suite = new_suite("brokerbench gate", gate.current.started_at)
    add_dry_case(suite, gate.current.workload)
    for difference in gate.differences:
        tag = "skipped" if difference.kind in gate.allowed else "error"
        name = f"{difference.kind}: {clean(str(difference))}"
        add_case(suite, "checks", name, tag, difference_line(difference, gate))
    for row in gate.rows:
        add_case(suite, row.metric, figure_name(row), _tag(row, inconclusive_passes), row_sentence(row))
    return document_of(suite)


def _tag(row: Judged, inconclusive_passes: bool) -> str:
    if row.outcome == "inconclusive":
        return "skipped" if inconclusive_passes else "error"
    return {"regressed": "failure", "not comparable": "error", "not gated": "skipped"}.get(row.outcome, "system-out")
