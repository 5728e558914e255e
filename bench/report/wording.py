"""What a reader must know before the figures: what was compared, and what may have spoilt it."""

from bench.records.result import Result
from bench.report.method import count_blocks, measured_blocks
from bench.report.sections import subject_name
from bench.text.cleaning import clean

__all__ = ["notes", "title"]


def title(result: Result) -> str:
    """Name the comparison: ``redis, rabbitmq and sqs (ministack)``, or ``redis: A (as it is) and B (kombu==5.6.0)``."""
    names = [subject_name(one) + (f" ({clean(one.spec)})" if one.spec else "") for one in result.subjects]
    brokers = sorted({one.broker for one in result.subjects if one.spec})
    said = " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]])) or "no subject"
    return ": ".join([*brokers, said])


def notes(result: Result) -> list[str]:
    """Return what a reader must know before believing a figure: how it ended, warnings, what was lost here."""
    said = [_ending(result), *result.warnings, *result.environment.lost_here]
    return [clean(sentence) for sentence in said if sentence]


def _ending(result: Result) -> str:
    if result.status == "finished":
        return ""
    blocks = count_blocks(sum(measured_blocks(result, metric) for metric in result.metrics))
    if result.status == "interrupted":
        return f"interrupted after {blocks}: the figures are of what was measured by then"
    return f"not finished: {blocks} so far, of a run that still goes on or was killed"
