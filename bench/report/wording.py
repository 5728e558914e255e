"""The title and the notes of a report: what was compared, and what may have disturbed it."""

from bench.records.result import Result
from bench.report.method import count_blocks, measured_blocks
from bench.report.sections import subject_name
from bench.text.cleaning import clean

__all__ = ["limit_lines", "notes", "title"]


def title(result: Result) -> str:
    """Return ``redis, rabbitmq and sqs (ministack)``, or ``redis: A (as it is) and B (kombu==5.6.0)``."""
    names = [subject_name(one) + (f" ({clean(one.spec)})" if one.spec else "") for one in result.subjects]
    brokers = sorted({one.broker for one in result.subjects if one.spec})
    compared = " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]])) or "no subject"
    return ": ".join([*brokers, compared])


def notes(result: Result) -> list[str]:
    """Return what to know before trusting the figures: how the run ended, warnings, and what this machine lacks."""
    sentences = [_ending(result), *result.warnings, *result.environment.lost_here]
    return [clean(sentence) for sentence in sentences if sentence]


def limit_lines(result: Result) -> list[str]:
    """Return what of the user's own limits which figure, for reports that do not show it beside each."""
    rows = [row for row in result.summary if row.limited_by]
    return [clean(f"{row.subject}, {row.metric}: {'; '.join(row.limited_by)}") for row in rows]


def _ending(result: Result) -> str:
    if result.status == "finished":
        return ""
    blocks = count_blocks(sum(measured_blocks(result, metric) for metric in result.metrics))
    if result.status == "interrupted":
        return f"interrupted after {blocks}: the figures cover what was measured until then"
    return f"not finished: {blocks} so far; the run is still going or was killed"
