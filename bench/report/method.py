"""How each metric was measured in this run, and how its figures are read."""

from bench.metrics.registry import catalogue, find_metric
from bench.records.result import Result
from bench.text.places import place_key

__all__ = ["CEILINGS", "READING", "count_blocks", "how", "measured_blocks", "method", "reading"]

READING = (
    "A median, p95, p99 and p99.9 are of single calls or tasks: half, 95 %, 99 % and 99.9 % of them took at most so "
    "long. A percentile is shown only where at least ten samples lie beyond it.",
    "In brackets or in small print: the 95 % interval, from the spread between processes and blocks. "
    "Every subject had fresh processes several times in the run, because a process has luck of its own; "
    "of 100 such runs, about 95 would give an interval that holds the true value.",
    "A ratio compares a subject with the first one of its tier, block by block. "
    "Enqueue, latency, wakeup and first publish compare times: below 1x is faster. "
    "Throughput compares rates: above 1x is faster. "
    "Equal is said where the ratio is shown to lie within the margin, faster or slower where a difference is certain; "
    "all else is inconclusive. All verdicts hold over all ratios of the run together (Holm), "
    "so an interval may just miss 1 without a verdict.",
    "Could see: the smallest difference that this run was able to show; 80 of 100 such runs would find it.",
    "Tiers promise different things and are never compared: in the fast tier an accepted task may be lost; "
    "in the durable tier it survives a killed broker or worker.",
    "An emulator stands in for a service that cannot run here. "
    "Its figures say nothing about the speed of that service.",
)
CEILINGS = (
    "A ceiling is what the same moves cost without Celery: by kombu alone, or by the raw client of the broker; "
    "Celery on broker memory does without a server instead. "
    "A share of 60 % says that Celery on this broker has 60 % of that ceiling's speed, paired by block."
)


def reading(result: Result) -> list[str]:
    """Return how to read this result: what holds for all, and what for its metrics."""
    metrics = {row.metric for row in result.summary} | {*result.metrics}
    ceilings = [CEILINGS] if any(row.layer != "celery" for row in result.summary) else []
    return [
        *READING,
        *(one.words.reading for name, one in catalogue().items() if name in metrics and one.words.reading),
        *ceilings,
    ]


def method(metric: str, result: Result) -> str:
    """Return how a metric was measured in this run."""
    said = find_metric(metric).words.method(result)
    if not (blocks := measured_blocks(result, metric)):
        return said
    some_less = " One that is far slower than the others sat some out." if _some_sat_out(metric, result) else ""
    return f"{said} In each of {count_blocks(blocks)}, the subjects had one turn each, in a random order.{some_less}"


def how(metric: str, result: Result) -> str:
    """Return in short how a metric was measured; ``method`` says it at length."""
    turns = find_metric(metric).words.how(result)
    return f"Measured in {turns}, in {count_blocks(measured_blocks(result, metric))}"


def measured_blocks(result: Result, metric: str) -> int:
    """Count the blocks that figures come from: at each place, those of the subject that has most."""
    most: dict[object, int] = {}
    for row in result.summary:
        if row.metric == metric:
            most[place_key(row.at)] = max(row.blocks, most.get(place_key(row.at), 0))
    return sum(most.values())


def _some_sat_out(metric: str, result: Result) -> bool:
    """Return whether one subject had fewer blocks than another at some place."""
    own = [row for row in result.summary if row.metric == metric and row.layer == "celery" and row.blocks]
    counts: dict[object, set[int]] = {}
    for row in own:
        counts.setdefault(place_key(row.at), set()).add(row.blocks)
    return any(len(found) > 1 for found in counts.values())


def count_blocks(count: int) -> str:
    """Return ``1 block`` or ``1,204 blocks``."""
    return "1 block" if count == 1 else f"{count:,} blocks"
