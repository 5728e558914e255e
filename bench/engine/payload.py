"""Finds the largest payload that a subject carries, by trying."""

from collections.abc import Callable

from bench.engine.running import RunningSubject
from bench.records.turns import PayloadLimitTurn

__all__ = ["largest_payload", "search_largest"]

_FIRST_BYTES = 64 * 1024
_MOST_BYTES = 64 * 1024 * 1024


def largest_payload(running: RunningSubject) -> PayloadLimitTurn:
    """Take the turn of ``payload-limit``: to the byte, if anything up to 64 MiB is refused."""
    running.wake()
    try:
        largest, refused, reason = search_largest(running.carries)
    finally:
        running.rest()
    return PayloadLimitTurn(subject=running.label, largest_bytes=largest, refused_bytes=refused, reason=reason)


def search_largest(refusal: Callable[[int], str | None], most_bytes: int = _MOST_BYTES) -> tuple[int, int | None, str]:
    """Return the largest size that is not refused, the next one, and why that is refused; doubles, then bisects."""
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
