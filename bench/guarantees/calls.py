"""How long calls of ``apply_async`` took and how they ended, from the ledger."""

from collections.abc import Iterable

from bench.guarantees.attempt import Attempt
from bench.guarantees.ledger import Ledger
from bench.subject.recorder import CALLED, PUBLISHED, REFUSED

__all__ = ["calls_in_words", "durations_s"]


def durations_s(ledger: Ledger, numbers: Iterable[int]) -> list[float]:
    """Return the durations of those of these calls that returned or raised, in order."""
    found = []
    for number in numbers:
        ends = ledger.of(PUBLISHED, number) or ledger.of(REFUSED, number)
        if ends:
            found.append((ends[0].at_ns - ledger.of(CALLED, number)[0].at_ns) / 1e9)
    return found


def calls_in_words(attempt: Attempt, numbers: Iterable[int], patience_s: float) -> str:
    """Return, in words, how each of these calls ended and how long it took, without calls that were never made."""
    ledger = attempt.ledger()
    raised = {refusal.number: refusal.error.partition(":")[0] for refusal in attempt.refusals}
    endings = []
    for number in numbers:
        if number in ledger.unanswered:
            endings.append(f"no answer within {patience_s:.0f} s")
        elif number in ledger.refused:
            endings.append(f"{raised.get(number, 'an exception')} after {_seconds(ledger, number)}")
        elif number in ledger.accepted:
            endings.append(f"accepted after {_seconds(ledger, number)}")
    return ", ".join(endings)


def _seconds(ledger: Ledger, number: int) -> str:
    (duration_s,) = durations_s(ledger, [number])
    return f"{duration_s:.2f} s" if duration_s < 1 else f"{duration_s:.1f} s"
