"""Plausible results of every metric: at loads, after idle times, over sweeps, with ceilings, phases and costs."""

from collections.abc import Callable
from functools import cache
from typing import Any

from distant_results import distant_result, missed_result, narrow_result
from made_results import (
    HOSTILE,
    RABBITMQ,
    REDIS,
    SEVEN,
    SQS,
    Made,
    alike_result,
    durable_result,
    empty_result,
    extreme_result,
    failed_result,
    hostile_result,
    interrupted_result,
    make_blocks,
    make_result,
    seven_result,
    single_result,
    warmup_result,
)
from rich_rows import (
    CONCURRENCIES,
    LOADS,
    MADE,
    METRICS,
    PAYLOADS,
    PHASES,
    make_capacity,
    make_ceilings,
    make_cost,
    make_distant,
    make_first_publishes,
    make_latencies,
    make_latency,
    make_limit,
    make_phase,
    make_pooled,
    make_scaled,
    make_scaling,
    make_sent,
    make_wakeups,
)

from bench.figures.crossings import crossings, round_trips
from bench.records.figures import (
    Capacity,
    Cost,
    Estimate,
    Percentiles,
    PhaseFigure,
    Row,
    Scaling,
)
from bench.records.result import Result
from bench.records.turns import Place
from bench.records.workload import Workload


@cache
def rich_result(**changes: Any) -> Result:
    """Measure every metric of five subjects: each has every record, and one of them is void at one load."""
    result = make_result(*MADE, blocks=60, drains=12)
    fields: dict[str, Any] = {
        "metrics": METRICS,
        "duration_s": 597.3,
        "budget_s": 600,
        "summary": [
            *result.summary,
            *make_ceilings(result.summary),
            *make_latencies(),
            *make_wakeups(),
            *make_first_publishes(),
        ],
        "capacities": [make_capacity(made) for made in MADE],
        "phases": [make_phase(made, phase) for made in MADE for phase in PHASES],
        "costs": [make_cost(made) for made in MADE],
        "limits": [make_limit(made) for made in MADE],
    }
    return result.model_copy(update=fields | changes)


@cache
def rate_result() -> Result:
    """Measure latencies at fixed rates, and nothing else."""
    rows = [make_latency(made, {"rate_per_s": rate}, rate) for rate in (50.0, 200.0) for made in (REDIS, RABBITMQ)]
    return make_result(REDIS, RABBITMQ, metrics=["latency"], summary=rows)


@cache
def sweep_result() -> Result:
    """Sweep concurrency for throughput, and payload for enqueue and for latency at two loads."""
    made = (REDIS, RABBITMQ, SQS)
    scaling = [
        make_scaling(REDIS, alpha=0.04, beta=0.0021, peak=21.4),
        make_scaling(RABBITMQ, alpha=0.09, beta=0.00002, why_not="throughput still rose at the highest concurrency"),
        make_scaling(SQS, alpha=0.02, beta=0.0, why_not="fewer than six concurrencies were measured"),
    ]
    rows = [
        *(make_scaled(scaling, one, concurrency) for concurrency in CONCURRENCIES for one in made),
        *(make_sent(one, payload) for payload in PAYLOADS for one in made),
        *(
            make_latency(one, {"payload_bytes": payload, "load": load}, load * 0.9 * one.tasks_per_s)
            for payload in PAYLOADS
            for load in LOADS[:2]
            for one in made
        ),
        *(make_pooled(one, pool) for pool in ("prefork", "threads") for one in made),
    ]
    metrics = ["enqueue", "throughput", "latency", "wakeup"]
    return make_result(*made, metrics=metrics, summary=rows, scaling=scaling)


def swept_distance_result() -> Result:
    """Sweep the distance: RabbitMQ needs fewer round trips than Redis and more time besides, so the ranking flips."""
    return _over_distance(Workload(name="sweep-rtt", sweep={"rtt": ["0", "0.3ms", "1ms", "3ms", "10ms", "30ms"]}))


def map_result() -> Result:
    """Sweep the distance and the payload, which makes RabbitMQ slower: the flip moves."""
    sweep = {"rtt": ["0", "0.3ms", "1ms", "3ms", "10ms"], "payload_bytes": [0, 1024, 65536]}
    return _over_distance(Workload(name="map", sweep=sweep))


def _over_distance(workload: Workload) -> Result:
    rows = [
        make_distant(one, metric, at, fixed=1 + 3 * float(at.get("payload_bytes", 0)) / 65536 * (one is RABBITMQ))
        for metric in ("enqueue", "throughput")
        for at, _ in workload.points()
        for one in (REDIS, RABBITMQ, SQS)
    ]
    lines = round_trips(rows)
    found = {"workload": workload, "summary": rows, "round_trips": lines, "crossings": crossings(rows, lines)}
    return make_result(REDIS, RABBITMQ, SQS, **found)


def hostile_rich_result() -> Result:
    """Put hostile words into every text of the new records."""
    hostile, fields = Made(label=HOSTILE), {"subject": HOSTILE, "tier": "fast"}
    place: Place = {HOSTILE: HOSTILE, "{0}": 3.0}
    rows = [
        make_latency(one, at, 100).model_copy(update={"void": HOSTILE, "apart": {HOSTILE: Percentiles(samples=3)}})
        for one in (REDIS, hostile)
        for at in (place, {"load": 0.5})
    ]
    nothing = Estimate(value=0)
    return make_result(
        REDIS,
        hostile,
        summary=rows,
        metrics=["latency"],
        capacities=[Capacity(**fields, at=place, limit_ns=1, rate_per_s=None)],
        scaling=[Scaling(**fields, per_second=nothing, alpha=nothing, beta=nothing, why_not=HOSTILE)],
        phases=[PhaseFigure(**fields, at=place, phase="run", samples=1, mean_ns=1, median_ns=1)],
        costs=[Cost(**fields, at=place, tasks=1, operations={"drain": {HOSTILE: 1}})],
    )


def bare_rich_result() -> Result:
    """Make a result whose new records lack all that they may lack."""
    fields: dict[str, Any] = {"subject": "redis", "tier": "fast"}
    return make_result(
        REDIS,
        RABBITMQ,
        metrics=METRICS,
        summary=[
            Row(**fields, metric=metric, blocks=1, samples=1) for metric in ("latency", "wakeup", "first-publish")
        ],
        capacities=[Capacity(**fields, limit_ns=100_000_000, rate_per_s=None)],
        phases=[PhaseFigure(**fields, phase="queue wait", samples=1, negative=1, mean_ns=-5e5, median_ns=-5e5)],
        costs=[Cost(**fields, tasks=1)],
    )


def timed(result: Result, *made: Made) -> Result:
    """Return the result with blocks of these subjects, one each second; others disturb every fifth."""
    blocks = [
        one.model_copy(update={"at_s": float(second), "other_cores": 0.9 if second % 5 == 0 else 0.1})
        for second, one in enumerate(make_blocks(*made, blocks=60))
    ]
    return result.model_copy(update={"blocks": blocks})


def timed_result() -> Result:
    """Make a result of seven subjects that has its blocks."""
    return timed(seven_result(), *SEVEN)


EVERY_KIND: dict[str, Callable[[], Result]] = {
    "usual": make_result,
    "durable": durable_result,
    "failed": failed_result,
    "interrupted": interrupted_result,
    "single": single_result,
    "only warm-up": warmup_result,
    "empty": empty_result,
    "seven": seven_result,
    "extreme": extreme_result,
    "alike": alike_result,
    "hostile": hostile_result,
    "rich": rich_result,
    "at rates": rate_result,
    "sweep": sweep_result,
    "hostile rich": hostile_rich_result,
    "bare rich": bare_rich_result,
    "timed": timed_result,
    "distant": distant_result,
    "narrow": narrow_result,
    "missed": missed_result,
    "over the distance": swept_distance_result,
    "map": map_result,
}
