"""Compares a matrix to expectations, in one line for each difference."""

from collections.abc import Iterator

from bench.guarantees.expecting import ExpectationsCheck, Mismatch
from bench.text.cleaning import clean
from bench.text.numbers import plural

__all__ = ["comparison_lines"]


def comparison_lines(compared: ExpectationsCheck, source: str) -> Iterator[str]:
    """Yield each difference with what to do, what was not compared, and how many cells are as expected."""
    for difference in compared.differences:
        yield _line(difference, source)
    for subject, fault in compared.failed:
        yield f"! {clean(subject)}, {clean(fault)}: not run, and {source} does not mention it"
    if compared.unknown:
        yield f"! {source} does not mention {', '.join(map(clean, compared.unknown))}: see --write-expectations"
    if compared.not_expected:
        yield f"! {source} does not mention {_named(compared.not_expected)}: see --write-expectations"
    if compared.not_run:
        yield f"! {source} has expectations for cells that were not requested: {_named(compared.not_run)}"
    good = compared.compared - len(compared.differences)
    yield f"{good} of {plural(compared.compared, 'cell')} as expected by {source}"


def _line(difference: Mismatch, source: str) -> str:
    cell = f"{clean(difference.subject)}, {clean(difference.fault)}"
    text = f"{cell}: expected {difference.expected}, found {clean(difference.found)}"
    if not difference.ran:
        return f"{text}: fix what is missing, or expect 'not run' in {source}"
    return f"{text}: use --explain {clean(difference.fault)} to see what happened, or change {source}"


def _named(places: list[tuple[str, str]]) -> str:
    """Return the names of cells, grouped by subject."""
    subjects: dict[str, list[str]] = {}
    for subject, fault in places:
        subjects.setdefault(clean(subject), []).append(clean(fault))
    return "; ".join(f"{subject}: {', '.join(faults)}" for subject, faults in subjects.items())
