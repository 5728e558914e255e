"""``capacity``: the highest rate that a subject sustains."""

from collections.abc import Iterator, Sequence
from typing import Any

from bench.metrics.highlights import Highlight, Highlights
from bench.metrics.latency import LatencyTurn
from bench.metrics.metric import ExportedFigure, Found, Metric, UngatedFigure
from bench.metrics.telling import RateMark, RateMarks, ReportLine, SmallTable, Words
from bench.processes.running import Needs
from bench.records.figures import Capacity, Estimate
from bench.records.result import Result
from bench.text.cleaning import clean
from bench.text.numbers import duration, number, rate
from bench.text.places import place_key, sentence
from bench.text.table import Table, Titled

__all__ = ["HighestRate"]


def _method(result: Result) -> str:
    limits = " or ".join(dict.fromkeys(duration(one.limit_ns) for one in result.capacities)) or "the limit"
    return (
        "Tasks were sent in an open loop at one rate after another. "
        f"A rate was sustained if 99 % of its tasks ended within {limits} of their intended time "
        "and the backlog did not grow; the highest such rate was tried again. "
        "A search has no interval: the lowest rate that failed shows how precise it is."
    )


class HighestRate(Metric):
    """The result of a search (``bench.engine.search``), whose blocks are open-loop turns at one rate after another."""

    name = "capacity"
    order = 4
    turn = LatencyTurn
    when = "search"
    needs = Needs(worker=True)
    in_rows = False
    better = "more"
    unit = "1/s"
    words = Words(
        method=_method,
        since="{name} sustains {ratio} the rate of the baseline",
        what="tasks a second",
        trying=lambda turn: f"tried {rate(turn.rate_per_s)}",
    )

    def records(self, found: Found) -> dict[str, list[Any]]:
        """Return the capacities that the searches found."""
        return {"capacities": list(found.capacities)}

    def recorded(self, result: Result) -> Sequence[Capacity]:
        """Return the capacities."""
        return result.capacities

    def ungated(self, baseline: Result, current: Result) -> Iterator[UngatedFigure]:
        """Return the rates of subjects and places that both results have."""
        known = {(one.subject, place_key(one.at)): one for one in current.capacities}
        for old in baseline.capacities:
            new = known.get((old.subject, place_key(old.at)))
            if new is None or old.void or new.void:
                continue
            if old.rate_per_s and new.rate_per_s:
                before, now = Estimate(value=old.rate_per_s), Estimate(value=new.rate_per_s)
                yield UngatedFigure(subject=old.subject, at=old.at, before=before, now=now)

    def exported(self, record: Capacity) -> Iterator[ExportedFigure]:
        """Return the rate, with the lowest rate that failed as its upper end."""
        if record.rate_per_s is not None:
            highest = Estimate(value=record.rate_per_s, high=record.failed_per_s)
            yield ExportedFigure(
                figure="per_second",
                estimate=highest,
                unit="1/s",
                better="more",
                measure="throughput",
                samples=record.probes,
                is_interval=False,
            )

    def highlights(self, result: Result) -> Highlights:
        """Return the rates; a search has no interval, so they are not judged."""
        return Highlights(head="capacity", figures=[_highlight(one) for one in result.capacities])

    def sentences(self, line: ReportLine, result: Result) -> list[str]:
        """Return a sentence for each rate that a subject sustained."""
        return [
            sentence(one.at, f"{line.name}'s capacity is void") if one.void else _sentence(line, one)
            for one in _own(line, result)
        ]

    def tables(self, lines: Sequence[ReportLine], result: Result) -> list[Titled]:
        """Return a row for each subject and place."""
        table = Table(["subject", "tasks/s", "lowest that failed", "confirmed", "limit", "rates tried"])
        for line in lines:
            own = [[line.name_at(one.at), *_cells(one)] for one in _own(line, result)]
            table.rows.extend(own or [[line.name, line.note(), "", "", "", ""]])
        return [Titled("", table)]

    def small_table(self, lines: Sequence[ReportLine], result: Result) -> SmallTable:
        """Return the same table without the number of rates tried; the title has what limits the rates."""
        head = ("subject", "tasks/s", "failed", "confirmed", "limit")
        rows = [row[: len(head)] for one in self.tables(lines, result) for row in one.table.rows]
        own = [(line, one) for line in lines for one in _own(line, result) if one.limited_by]
        limited = [f"{line.name}: {clean('; '.join(one.limited_by))}" for line, one in own]
        title = "; ".join(["Capacity: the highest sustained rate", *limited])
        return SmallTable(title, head, rows)

    def picture(self, lines: Sequence[ReportLine], result: Result) -> RateMarks:
        """Return a mark for each rate."""
        marks = [
            RateMark(
                line=line,
                name=line.name_at(one.at),
                per_second=one.rate_per_s,
                failed_per_s=one.failed_per_s,
                text=_cells(one)[0],
                row=[line.name, *_cells(one)[:3]],
            )
            for line in lines
            for one in _own(line, result)
            if one.rate_per_s
        ]
        return RateMarks(
            what="highest sustained rate",
            head=["subject", "tasks/s", "lowest that failed", "confirmed"],
            marks=marks,
            method=(
                "Measured by search. The line ends at the lowest rate that failed: the capacity lies between the two."
            ),
        )


def _own(line: ReportLine, result: Result) -> list[Capacity]:
    return [one for one in result.capacities if one.subject == line.subject.label]


def _cells(found: Capacity) -> list[str]:
    """Return the rate, the lowest that failed, the confirmations, the limit and the number of trials, as text."""
    least = "at least " if found.at_least else ""
    none = "not tried" if _is_untried(found) else "none"
    rate = none if found.rate_per_s is None else f"{least}{number(found.rate_per_s)}"
    failed = "none" if found.failed_per_s is None else number(found.failed_per_s)
    times = "once" if found.confirmed == 1 else f"{found.confirmed} times"
    return [rate, failed, times if found.confirmed else "no", duration(found.limit_ns), str(found.probes)]


def _highlight(found: Capacity) -> Highlight:
    least = ">=" if found.at_least else ""
    return Highlight(
        subject=found.subject,
        point=found.at,
        text="none" if found.rate_per_s is None else f"{least}{rate(found.rate_per_s)}",
        value=None if found.at_least else found.rate_per_s,
        limits=found.limited_by,
        void=found.void is not None,
    )


def _is_untried(found: Capacity) -> bool:
    return found.rate_per_s is None and found.failed_per_s is None and not found.probes


def _sentence(line: ReportLine, found: Capacity) -> str:
    if _is_untried(found):
        return sentence(found.at, f"{line.name} has no figure: no rate was tried (raise --budget){line.unranked}")
    if found.rate_per_s is None:
        down_to = f", down to {number(found.failed_per_s)} tasks a second" if found.failed_per_s is not None else ""
        return sentence(found.at, f"{line.name} sustained no rate{down_to}{line.unranked}")
    least = "at least " if found.at_least else ""
    sustained = f"{line.name} sustained {least}{number(found.rate_per_s)} tasks a second"
    limit = f"99 % of which ended within {duration(found.limit_ns)}"
    if found.at_least:
        limit += "; the generator cannot send faster"
    elif found.failed_per_s is not None:
        limit += f"; {number(found.failed_per_s)} a second failed"
    limits = f" - {clean('; '.join(found.limited_by))}" if found.limited_by else ""
    return sentence(found.at, f"{sustained}, {limit}{line.unranked}{limits}")
