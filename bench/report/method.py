"""Explains how each metric was measured in this run, and how to read its figures."""

from bench.metrics.registry import catalogue, find_metric
from bench.records.result import Result
from bench.text.places import place_key

__all__ = ["CEILINGS", "DISTANCE", "READING", "count_blocks", "how", "measured_blocks", "method", "reading"]

READING = (
    "The median, p95, p99 and p99.9 are of single calls or tasks: 50 %, 95 %, 99 % and 99.9 % of them took at most "
    "this long. A percentile is shown only if at least ten samples lie beyond it.",
    "In brackets or in small print: the 95 % interval, from the spread between processes and blocks. "
    "Every subject ran in fresh processes several times, because each process is a little faster or slower; "
    "in about 95 of 100 such runs, the interval would contain the true value.",
    "A ratio compares a subject with the first one of its tier, block by block. "
    "Enqueue, latency, wakeup and first publish compare times: below 1x is faster. "
    "Throughput compares rates: above 1x is faster. "
    "The verdict is equal if the ratio is shown to lie within the margin, faster or slower if a difference is certain, "
    "and otherwise inconclusive. All verdicts hold for all ratios of the run together (Holm), "
    "so an interval can just miss 1 without a verdict.",
    "Could see: the smallest difference that this run could detect; 80 of 100 such runs would find it.",
    "Tiers promise different things and are never compared: in the fast tier an accepted task may be lost; "
    "in the durable tier it survives a killed broker or worker.",
    "An emulator replaces a service that cannot run here. Its figures say nothing about the speed of that service.",
)
CEILINGS = (
    "A ceiling is the speed of the same operations without Celery, with kombu alone or with the broker's raw client; "
    "the ceiling of Celery on memory is the speed without a server. "
    "A share of 60 % means that Celery on this broker reaches 60 % of that ceiling's speed, paired by block."
)
DISTANCE = (
    "At a distance, which is the round trip after the @ of a name, a relay in a process of its own delays whatever "
    "passes between a subject and its server, half of it each way. Opening a connection takes a round trip, too."
)


def reading(result: Result) -> list[str]:
    """Return how to read this result: sentences for all results, and those of its metrics."""
    metrics = {row.metric for row in result.summary} | {*result.metrics}
    ceilings = [CEILINGS] if any(row.layer != "celery" for row in result.summary) else []
    distance = [DISTANCE] if any(one.ways for one in result.subjects) else []
    return [
        *READING,
        *distance,
        *(one.words.reading for name, one in catalogue().items() if name in metrics and one.words.reading),
        *ceilings,
    ]


def method(metric: str, result: Result) -> str:
    """Return how a metric was measured in this run."""
    text = find_metric(metric).words.method(result)
    if not (blocks := measured_blocks(result, metric)):
        return text
    some_less = " One that is far slower than the others skipped some." if _some_sat_out(metric, result) else ""
    return f"{text} In each of {count_blocks(blocks)}, the subjects had one turn each, in a random order.{some_less}"


def how(metric: str, result: Result) -> str:
    """Return briefly how a metric was measured; ``method`` is the long form."""
    turns = find_metric(metric).words.how(result)
    return f"Measured in {turns}, in {count_blocks(measured_blocks(result, metric))}"


def measured_blocks(result: Result, metric: str) -> int:
    """Return the number of blocks behind the figures: at each place, those of the subject with the most."""
    most: dict[object, int] = {}
    for row in result.summary:
        if row.metric == metric:
            most[place_key(row.at)] = max(row.blocks, most.get(place_key(row.at), 0))
    return sum(most.values())


def _some_sat_out(metric: str, result: Result) -> bool:
    """Return True if one subject had fewer blocks than another at the same place."""
    own = [row for row in result.summary if row.metric == metric and row.layer == "celery" and row.blocks]
    counts: dict[object, set[int]] = {}
    for row in own:
        counts.setdefault(place_key(row.at), set()).add(row.blocks)
    return any(len(found) > 1 for found in counts.values())


def count_blocks(count: int) -> str:
    """Return ``1 block`` or ``1,204 blocks``."""
    return "1 block" if count == 1 else f"{count:,} blocks"
