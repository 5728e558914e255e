"""The title and the notes of a report: what was compared, and what may have disturbed it."""

from collections.abc import Sequence

from bench.figures import disturbance
from bench.records.result import Result
from bench.records.workload import Workload
from bench.report.method import count_blocks, measured_blocks
from bench.report.sections import subject_name
from bench.stats.settling import LONGEST_S
from bench.text.cleaning import clean
from bench.text.numbers import budget_text

__all__ = [
    "ONE_GENERATION",
    "ending",
    "joined",
    "limit_lines",
    "notes",
    "settling_words",
    "title",
    "warnings",
    "with_dry",
]

ONE_GENERATION = "only one set of fresh processes was measured"


def joined(names: Sequence[str]) -> str:
    """Return ``redis, rabbitmq and sqs``."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def title(result: Result) -> str:
    """Return ``redis, rabbitmq and sqs (ministack)``, or ``redis: A (as it is) and B (kombu==5.6.0)``."""
    names = [subject_name(one) + (f" ({clean(one.spec)})" if one.spec else "") for one in result.subjects]
    brokers = sorted({one.broker for one in result.subjects if one.spec})
    compared = joined(names) or "no subject"
    return ": ".join([*brokers, compared])


def notes(result: Result) -> list[str]:
    """Return what to know before trusting the figures: how the run ended, and its warnings."""
    return [sentence for sentence in (ending(result), *warnings(result)) if sentence]


def warnings(result: Result) -> list[str]:
    """Return the warnings of the run that its headline does not have, and what this machine lacks."""
    told = disturbance.warning(result.disturbance, result.environment.cores_allowed)
    return [clean(one) for one in (*result.warnings, *result.environment.lost_here) if one != told]


def with_dry(conclusion: str, workload: Workload) -> str:
    """Return a conclusion, followed by a sentence about it if the tasks' bodies were not run."""
    warning = workload.dry_warning
    return f"{conclusion} {warning[:1].upper()}{warning[1:]}." if warning else conclusion


def settling_words(needed_s: float | None, whose: str = "") -> str:
    """Return which budget would probably settle an inconclusive verdict, to follow a sentence."""
    if needed_s is None:
        return f"; no budget of up to {budget_text(LONGEST_S)}{whose} would probably settle it"
    return f"; a budget of about {budget_text(needed_s)}{whose} would probably settle it"


def limit_lines(result: Result) -> list[str]:
    """Return what of the user's own limits which figure, for reports that do not show it beside each."""
    rows = [row for row in result.summary if row.limited_by]
    return [clean(f"{row.subject}, {row.metric}: {'; '.join(row.limited_by)}") for row in rows]


def ending(result: Result) -> str:
    """Return how a run ended that was not measured to its end; empty if it was."""
    if result.status == "finished":
        return ""
    blocks = count_blocks(sum(measured_blocks(result, metric) for metric in result.metrics))
    if result.status == "interrupted":
        return f"interrupted after {blocks}: the figures cover what was measured until then"
    return f"not finished: {blocks} so far; the run is still going or was killed"
