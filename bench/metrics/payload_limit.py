"""``payload-limit``: the largest payload that goes through a broker to a worker, found by trying."""

from collections.abc import Callable, Sequence
from typing import Any

from bench.metrics.highlights import Highlight, Highlights
from bench.metrics.metric import Found, Metric, Order
from bench.metrics.telling import ReportLine, Words
from bench.processes.running import Needs, Running
from bench.records.bounds import Count, PositiveCount
from bench.records.figures import PayloadLimit
from bench.records.result import Result
from bench.records.turns import Turn
from bench.text.cleaning import first_line
from bench.text.numbers import size
from bench.text.table import Table, Titled

__all__ = ["LargestPayload", "PayloadLimitTurn", "search_largest"]

_FIRST_BYTES = 64 * 1024
_MOST_BYTES = 64 * 1024 * 1024


class PayloadLimitTurn(Turn):
    """The largest payload that went through the broker to the worker, and why one more byte did not.

    ``refused_bytes`` is None if nothing was refused up to the largest payload tried.
    """

    largest_bytes: Count
    refused_bytes: PositiveCount | None = None
    reason: str = ""


_OWN = PayloadLimit.model_fields.keys() & PayloadLimitTurn.model_fields.keys()


class LargestPayload(Metric):
    """The largest payload, to the byte, if anything up to 64 MiB is refused."""

    name = "payload-limit"
    order = 9
    turn = PayloadLimitTurn
    when = "last"
    needs = Needs(worker=True)
    in_rows = False
    better = "more"
    words = Words(
        method=lambda _: (
            "Tasks were sent to a running worker one after another, each with an argument twice as large, "
            "until one was refused or did not arrive; then the limit was found to the byte by bisection."
        )
    )

    def take(self, running: Running, order: Order) -> PayloadLimitTurn:
        """Search with the running worker."""
        running.wake()
        try:
            largest, refused, reason = search_largest(running.carries)
        finally:
            running.rest()
        return PayloadLimitTurn(subject=running.label, largest_bytes=largest, refused_bytes=refused, reason=reason)

    def records(self, found: Found) -> dict[str, list[Any]]:
        """Return the largest payload of each subject."""
        turns = {
            turn.subject: turn for block in found.blocks for turn in block.turns if isinstance(turn, PayloadLimitTurn)
        }
        limits = [
            PayloadLimit(tier=subject.tier, **turns[subject.label].model_dump(include=_OWN))
            for subject in found.subjects
            if subject.label in turns
        ]
        return {"limits": limits}

    def recorded(self, result: Result) -> Sequence[PayloadLimit]:
        """Return the limits."""
        return result.limits

    def highlights(self, result: Result) -> Highlights:
        """Return the sizes; they are exact, and not judged."""
        return Highlights(
            head="payload",
            figures=[
                Highlight(
                    subject=one.subject,
                    text=f"{'>=' if one.refused_bytes is None else ''}{size(one.largest_bytes)}",
                    value=None if one.refused_bytes is None else one.largest_bytes,
                )
                for one in result.limits
            ],
        )

    def sentences(self, line: ReportLine, result: Result) -> list[str]:
        """Return a sentence for the largest payload and why one more byte failed."""
        return [_sentence(line, one) for one in result.limits if one.subject == line.subject.label]

    def tables(self, lines: Sequence[ReportLine], result: Result) -> list[Titled]:
        """Return a row for each subject."""
        table = Table(["subject", "largest payload", "refused", "why"])
        for line in lines:
            for one in result.limits:
                if one.subject == line.subject.label:
                    refused = "none" if one.refused_bytes is None else f"{one.refused_bytes:,} bytes"
                    table.rows.append([line.name, f"{one.largest_bytes:,} bytes", refused, first_line(one.reason)])
        return [Titled("", table)]


def _sentence(line: ReportLine, found: PayloadLimit) -> str:
    if found.refused_bytes is None:
        return f"{line.name} carries every payload up to {size(found.largest_bytes)}; nothing larger was tried."
    return (
        f"{line.name} carries a payload of {found.largest_bytes:,} bytes, but not of {found.refused_bytes:,}: "
        f"{first_line(found.reason).rstrip('.')}."
    )


def search_largest(refusal: Callable[[int], str | None], most_bytes: int = _MOST_BYTES) -> tuple[int, int | None, str]:
    """Return the largest accepted size, the next size, and why that is refused; doubles, then bisects."""
    largest, size = 0, _FIRST_BYTES
    while size <= most_bytes:
        reason = refusal(size)
        if reason is not None:
            return _bisect(refusal, largest, size, reason)
        largest, size = size, 2 * size
    return largest, None, ""


def _bisect(refusal: Callable[[int], str | None], largest: int, refused: int, reason: str) -> tuple[int, int, str]:
    while refused - largest > 1:
        middle = (largest + refused) // 2
        found = refusal(middle)
        if found is None:
            largest = middle
        else:
            refused, reason = middle, found
    return largest, refused, reason
