"""What a result says, in sentences."""

from bench.records.result import Metric, Ratio, Result
from bench.report.cleaning import clean
from bench.report.figures import duration_figure, percent, rate_figure, ratio_figure
from bench.report.sections import Line, Section, subject_name

__all__ = ["READING", "answers", "measured_blocks", "method", "notes", "title"]

READING = (
    "An enqueue's median, p95 and p99 are of single calls: half, 95 % and 99 % of them took at most so long. A "
    "percentile is shown only where enough samples lie beyond it.",
    "What stands in brackets or in small print is the 95 % interval, from the spread between blocks: of 100 such "
    "runs, about 95 would give an interval that holds the true value.",
    "A ratio compares a subject with the first one of its tier, block by block. In enqueue it is one of times, so less "
    "than 1x is faster; in throughput it is one of rates, so more than 1x is faster. If its interval holds 1, this "
    "run could not tell the two apart.",
    "'Could see' is the smallest difference that this run was able to show: 80 of 100 such runs would find it.",
    "Tiers promise different things, so they are never compared: in the fast tier an accepted task may be lost; "
    "in the durable tier it survives a killed broker or worker.",
    "An emulator stands in for a service that cannot run here. Its figures say nothing about that service's speed.",
)


def title(result: Result) -> str:
    """Name the comparison: ``redis, rabbitmq and sqs (ministack)``."""
    names = [subject_name(subject) for subject in result.subjects]
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]])) or "no subject"


def answers(section: Section) -> list[str]:
    """Say what the section found: a sentence for each subject that was compared, or could not be."""
    alone = all(line.row is None or line.row.ratio is None for line in section.lines)
    said = (_answer(line, section.metric) for line in section.lines if alone or not line.reference)
    return [sentence for sentence in said if sentence]


def method(metric: Metric, result: Result) -> str:
    """Say how a metric was measured in this run."""
    workload, blocks = result.workload, measured_blocks(result, metric)
    if metric == "enqueue":
        return (
            f"Each turn is {workload.calls} closed-loop calls of apply_async for {clean(workload.task)}, in the subject's "
            f"own process, after {workload.warmup_calls} of warm-up; every subject has one turn in each of {blocks} "
            "blocks, in a random order."
        )
    return (
        f"Each turn is one drain: at most {workload.tasks} tasks {clean(workload.task)} are enqueued while the worker "
        f"({workload.pool}, concurrency {workload.concurrency}) is stopped, then it is let go, and its own record "
        f"times them; every subject has one drain in each of {blocks} blocks, in a random order."
    )


def notes(result: Result) -> list[str]:
    """Say what a reader must know before he believes a figure: how it ended, warnings, what was lost here."""
    said = [_ending(result), *result.warnings, *result.environment.lost_here]
    return [clean(sentence) for sentence in said if sentence]


def measured_blocks(result: Result, metric: Metric) -> int:
    """Count the blocks that figures come from."""
    return sum(1 for block in result.blocks if block.metric == metric and not block.warmup)


def _ending(result: Result) -> str:
    if result.status == "finished":
        return ""
    blocks = sum(measured_blocks(result, metric) for metric in result.metrics)
    if result.status == "interrupted":
        return f"interrupted after {blocks} {_plural('block', blocks)}: the figures are of what was measured by then"
    return f"not finished: {blocks} {_plural('block', blocks)} so far, of a run that still goes on or was killed"


def _plural(noun: str, count: int) -> str:
    return noun if count == 1 else f"{noun}s"


def _answer(line: Line, metric: Metric) -> str:
    if not line.measured:
        return f"{line.name} has no figure: {line.note()}."
    if line.row and line.row.ratio and not line.emulated:
        return _compared(line.name, metric, line.row.ratio)
    ending = ", on an emulator, which is not ranked" if line.emulated else ""
    return f"{_absolute(line, metric)}{ending}."


def _absolute(line: Line, metric: Metric) -> str:
    if line.row is None or metric == "throughput":
        return f"A worker on {line.name} drains {_with_interval(rate_figure, line)} tasks a second"
    return f"{line.name}'s enqueue takes {_with_interval(duration_figure, line)}"
