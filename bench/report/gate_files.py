"""What a gate found, for a pull request (Markdown) and for a CI system (JUnit XML)."""

from xml.etree import ElementTree

from bench.gate.judging import Gate, Judged
from bench.records.figures import Estimate
from bench.report.cleaning import clean
from bench.report.facts import Table
from bench.report.figures import MISSING, duration, number, percent, ratio_figure
from bench.report.gate import MARKS, conclusion, difference_said, figure_name, limit_text, said
from bench.report.markdown_parts import bullets, escaped, table_of

__all__ = ["gate_junit", "gate_markdown"]

_HEAD = ["figure", "baseline", "now", "ratio", "limit", "could see", "found"]
_RATES = ("throughput", "capacity")


def gate_markdown(gate: Gate, *, inconclusive_passes: bool) -> str:
    """Give what a reviewer must know first, and a table of all figures."""
    said_first = [said(row) for row in gate.rows if row.outcome in ("regressed", "inconclusive")]
    parts = [
        "### Brokerbench gate",
        f"**{escaped(conclusion(gate, inconclusive_passes=inconclusive_passes))}**",
        bullets(said_first),
        bullets([difference_said(one, gate) for one in gate.differences]),
        table_of(Table(_HEAD, [_cells(row) for row in gate.rows])) if gate.rows else "",
        escaped(_compared(gate)),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _cells(row: Judged) -> list[str]:
    ratio = str(ratio_figure(row.ratio))
    seen = percent(row.ratio.detectable) if row.ratio else MISSING
    found = MARKS[row.outcome] if row.outcome != "told" else "not gated"
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
    if estimate is None:
        return MISSING
    return f"{number(estimate.value)} /s" if row.metric in _RATES else duration(estimate.value)


def _compared(gate: Gate) -> str:
    old, new = gate.baseline, gate.current
    return (
        f"Baseline of {old.started_at:%Y-%m-%d %H:%M} UTC, now {new.started_at:%Y-%m-%d %H:%M} UTC; "
        f"workload {clean(new.workload.name)}. The two are different runs: what the machine did to one of them alone "
        "is in the ratios, and in no interval."
    )


def gate_junit(gate: Gate, *, inconclusive_passes: bool) -> str:
    """Give a test case for each figure, and one for each kind of difference between the results.

    What regressed is a failure; what cannot be compared or told is an error, unless that passes; what is not gated is
    skipped.
    """
    suite = ElementTree.Element(
        "testsuite", name="brokerbench gate", timestamp=f"{gate.current.started_at:%Y-%m-%dT%H:%M:%S}"
    )
    for difference in gate.differences:
        case = _case(suite, "checks", f"{difference.kind}: {clean(str(difference))}")
        tag = "skipped" if difference.kind in gate.allowed else "error"
        _outcome(case, tag, difference_said(difference, gate))
    for row in gate.rows:
        case = _case(suite, row.metric, figure_name(row))
        _outcome(case, _tag(row, inconclusive_passes), said(row))
    for plural, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(plural, str(len(suite.findall(f"testcase/{tag}"))))
    suite.set("tests", str(len(suite.findall("testcase"))))
    whole = ElementTree.Element("testsuites")
    whole.append(suite)
    ElementTree.indent(whole)
    written: bytes = ElementTree.tostring(whole, encoding="utf-8", xml_declaration=True)
    return f"{written.decode()}\n"


def _case(suite: ElementTree.Element, group: str, name: str) -> ElementTree.Element:
    return ElementTree.SubElement(suite, "testcase", classname=f"brokerbench.{group}", name=name, time="0")


def _tag(row: Judged, inconclusive_passes: bool) -> str:
    if row.outcome == "inconclusive":
        return "skipped" if inconclusive_passes else "error"
    return {"regressed": "failure", "not comparable": "error", "told": "skipped"}.get(row.outcome, "system-out")


def _outcome(case: ElementTree.Element, tag: str, text: str) -> None:
    if tag == "system-out":
        ElementTree.SubElement(case, tag).text = text
    else:
        ElementTree.SubElement(case, tag, message=text)
