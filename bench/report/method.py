"""How each metric was measured in this run, and how its figures are read."""

from collections.abc import Callable

from bench.records.result import Result
from bench.records.turns import Metric
from bench.report.cleaning import clean
from bench.report.numbers import duration
from bench.report.places import place_key

__all__ = ["CEILINGS", "READING", "SCALING", "count_blocks", "how", "measured_blocks", "method", "reading"]

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
_OF: dict[Metric, str] = {
    "enqueue": "An enqueue is closed-loop: the next call waits for the one before, so it is no latency under load.",
    "latency": (
        "Latency is open-loop: it counts from the time at which a task was meant to be sent, "
        "so whatever holds up the sending counts, too. "
        "It is void, and not to be believed, where less than 99 % of the intended rate was achieved, "
        "or where the generator itself was late: by more at its p99 than 5 % of the latency's p99."
    ),
    "phases": (
        "Phases come from instrumented processes of their own, so no other figure holds the instruments' time. "
        "Their means add up; their percentiles do not."
    ),
    "cost": (
        "Costs were counted by a relay between the subject and its server, in processes of their own; "
        "no duration was taken through it."
    ),
}
_MEAN = "Samples are few, so the figure is a geometric mean."
CEILINGS = (
    "A ceiling is what the same moves cost without Celery: by kombu alone, or by the raw client of the broker; "
    "Celery on broker memory does without a server instead. "
    "A share of 60 % says that Celery on this broker has 60 % of that ceiling's speed, paired by block."
)
SCALING = (
    "Fitted is the Universal Scalability Law (Gunther 1993): contention is the share of the work that waits for its "
    "turn, coherency what each worker process pays for every other one. "
    "Beyond what was measured nothing is said, but for a peak that was found."
)


def reading(result: Result) -> list[str]:
    """Return how to read this result: what holds for all, and what for its metrics."""
    metrics = {row.metric for row in result.summary} | {*result.metrics}
    ceilings = [CEILINGS] if any(row.layer != "celery" for row in result.summary) else []
    return [*READING, *(said for metric, said in _OF.items() if metric in metrics), *ceilings]


def method(metric: Metric, result: Result) -> str:
    """Return how a metric was measured in this run."""
    said = _METHODS[metric](result)
    if not (blocks := measured_blocks(result, metric)):
        return said
    some_less = " One that is far slower than the others sat some out." if _some_sat_out(metric, result) else ""
    return f"{said} In each of {count_blocks(blocks)}, the subjects had one turn each, in a random order.{some_less}"


def how(metric: Metric, result: Result) -> str:
    """Return in short how a metric was measured; ``method`` says it at length."""
    turns = {
        "enqueue": f"turns of {result.workload.calls} closed-loop calls",
        "throughput": "turns of one drain of a preloaded queue",
        "latency": "turns of tasks sent in an open loop, each at its intended time",
        "wakeup": "turns of one task sent to an idle queue",
        "first-publish": "fresh processes and fresh threads, one call each",
    }[metric]
    return f"Measured in {turns}, in {count_blocks(measured_blocks(result, metric))}"


def measured_blocks(result: Result, metric: Metric) -> int:
    """Count the blocks that figures come from: at each place, those of the subject that has most."""
    most: dict[object, int] = {}
    for row in result.summary:
        if row.metric == metric:
            most[place_key(row.at)] = max(row.blocks, most.get(place_key(row.at), 0))
    return sum(most.values())


def _some_sat_out(metric: Metric, result: Result) -> bool:
    """Return whether one subject had fewer blocks than another at some place."""
    own = [row for row in result.summary if row.metric == metric and row.layer == "celery" and row.blocks]
    counts: dict[object, set[int]] = {}
    for row in own:
        counts.setdefault(place_key(row.at), set()).add(row.blocks)
    return any(len(found) > 1 for found in counts.values())


def count_blocks(count: int) -> str:
    """Return ``1 block`` or ``1,204 blocks``."""
    return "1 block" if count == 1 else f"{count:,} blocks"


def _enqueue(result: Result) -> str:
    workload = result.workload
    return (
        f"A turn is {workload.calls} closed-loop calls that enqueue {clean(workload.task)}, "
        f"timed in the subject's own process, after {workload.warmup_calls} of warm-up."
    )


def _throughput(result: Result) -> str:
    workload, rows = result.workload, (row for row in result.summary if row.metric == "throughput")
    concurrency = "several" if any("concurrency" in row.at for row in rows) else workload.concurrency
    return (
        f"A turn is one drain: at most {workload.tasks} times {clean(workload.task)} is enqueued while the worker "
        f"({workload.pool}, concurrency {concurrency}) is stopped; "
        "then it is let go, and its own record times the tasks."
    )


def _latency(_: Result) -> str:
    return (
        "Open loop: each task is sent at its intended time, whatever became of those before it, and at once when that "
        "time has passed. Latency counts from the intended time to the task's end, by the worker's own record. "
        "Start counts from the intended time, service from start to end; schedule lag is how late calls began, "
        "generator lag the part of it that was not spent in an earlier call."
    )


def _capacity(result: Result) -> str:
    limits = " or ".join(dict.fromkeys(duration(one.limit_ns) for one in result.capacities)) or "the limit"
    return (
        "Tasks were sent in an open loop at one rate after another. "
        f"A rate was sustained if 99 % of its tasks ended within {limits} of their intended time "
        "and the backlog did not grow; the highest such rate was tried again. "
        "A search has no interval: the lowest rate that failed says how close it came."
    )


def _wakeup(_: Result) -> str:
    return (
        "One task is sent to a worker whose queue was empty for so long. "
        f"The time counts from just before the call to the task's start, by the worker's own record. {_MEAN}"
    )


def _first_publish(_: Result) -> str:
    return (
        "The first call of a fresh process, which has to connect; and the only calls of fresh threads "
        f"of a process that has published before. {_MEAN}"
    )


def _phases(_: Result) -> str:
    return (
        "Each step of a task left a stamp, in instrumented processes of their own: no duration elsewhere holds it. "
        "A phase is negative where its end was stamped first: a task can be received before its call returned. "
        "A worker that acknowledges early does so while the task waits or runs, so acknowledge overlaps with other "
        "phases; only one that acknowledges late does so after the run."
    )


def _cost(_: Result) -> str:
    return (
        "Operations, round trips and bytes were counted by a relay that passes them on, "
        "in processes of their own: no duration elsewhere is affected. "
        "CPU times are those of whole process trees. What could not be read is left out."
    )


def _payload_limit(_: Result) -> str:
    return (
        "One task after another was sent to a running worker, each with an argument twice as large, until one was "
        "refused or did not arrive; then the limit was found to the byte."
    )


_METHODS: dict[Metric, Callable[[Result], str]] = {
    "enqueue": _enqueue,
    "throughput": _throughput,
    "latency": _latency,
    "capacity": _capacity,
    "wakeup": _wakeup,
    "first-publish": _first_publish,
    "phases": _phases,
    "cost": _cost,
    "payload-limit": _payload_limit,
}
