"""Rows and records of every metric, with plausible numbers."""

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
from made_results import (
    DURABLE,
    RABBITMQ,
    REDIS,
    SQS,
    Made,
    drift_of,
    estimate,
    histogram_of,
    percentiles_of,
)

from bench.records.figures import (
    Capacity,
    Cost,
    Estimate,
    PayloadLimit,
    Percentiles,
    Phase,
    PhaseFigure,
    Ratio,
    Row,
    Scaling,
)
from bench.records.turns import Layer, Place
from bench.report.pictures.sweeps import scaled_rate

LOADS, IDLE_S, CONCURRENCIES, PAYLOADS = (0.25, 0.5, 0.8), (0.1, 1, 10, 60), (1, 2, 4, 8, 16, 32), (0, 1024, 65536)
MADE = (REDIS, RABBITMQ, SQS, *DURABLE)
METRICS: list[str] = [
    "enqueue",
    "throughput",
    "latency",
    "capacity",
    "wakeup",
    "first-publish",
    "phases",
    "cost",
    "payload-limit",
]
_SPEED: dict[Layer, float] = {"raw": 3.1, "kombu": 1.7, "memory": 1.35}
PHASES: dict[Phase, float] = {
    "serialise": 0.18,
    "publish": 0.3,
    "queue wait": 0.9,
    "prefetch wait": 0.25,
    "run": 0.06,
    "acknowledge": 0.15,
}


def make_ceilings(rows: Sequence[Row]) -> list[Row]:
    """Make the ceilings that each subject can have; RabbitMQ has none in memory here."""
    return [
        _ceiling(row, layer, speed)
        for row in rows
        for layer, speed in _SPEED.items()
        if not (row.subject.startswith("rabbitmq") and layer == "memory")
    ]


def _ceiling(row: Row, layer: Layer, speed: float) -> Row:
    def times(factor: float) -> dict[str, Estimate | None]:
        names = ("median_ns", "p95_ns", "p99_ns", "p999_ns")
        return {name: _times(getattr(row, name), factor) for name in names}

    update = {
        "layer": layer,
        "ratio": None,
        "share": Estimate(value=1 / speed, low=0.97 / speed, high=1.03 / speed),
        "per_second": _times(row.per_second, speed),
        "histogram": None,
        "drift": [],
        **times(1 / speed),
    }
    return row.model_copy(update=update)


def _times(one: Estimate | None, factor: float) -> Estimate | None:
    if one is None or one.low is None or one.high is None:
        return one
    return Estimate(value=one.value * factor, low=one.low * factor, high=one.high * factor)


def make_latencies() -> list[Row]:
    return [make_latency(made, {"load": load}, load * 0.9 * made.tasks_per_s) for load in LOADS for made in MADE]


def make_latency(made: Made, at: Place, intended_per_s: float) -> Row:
    load, reference = min(0.95, intended_per_s / made.tasks_per_s / 0.9), _reference(made)
    typical = (1e9 / made.tasks_per_s + 2.2 * made.call_ns) / (1 - load) ** 1.3
    samples = _samples(f"{made.label}{at}", round(min(24_000, 60 * intended_per_s)), typical, 0.35 + load / 2)
    void = "91.4 % of the intended rate was achieved" if made is DURABLE[1] and load > 0.75 else None
    return Row(
        **_base(made, "latency", at, samples, 24),
        per_second=estimate((0.914 if void else 0.9995) * intended_per_s, 400),
        ratio=_ratio(made, typical, (1e9 / reference.tasks_per_s + 2.2 * reference.call_ns) / (1 - load) ** 1.3),
        apart=_apart(samples, made),
        intended_per_s=intended_per_s,
        dropped=312 if void else 0,
        void=void,
    )


def _apart(samples: list[int], made: Made) -> dict[str, Percentiles]:
    service = _samples(made.label, len(samples), 1.1e5, 0.2)
    lag = _samples(f"lag{made.label}", len(samples), 0.2 * made.call_ns, 0.9)
    parts = {
        "start": [round(one * 0.93) for one in samples],
        "service": service,
        "schedule lag": lag,
        "generator lag": [round(one * 0.02) for one in lag],
    }
    return {name: _percentiles(part, 24) for name, part in parts.items()}


def make_wakeups() -> list[Row]:
    return [_wakeup(made, idle_s) for idle_s in IDLE_S for made in MADE]


def _wakeup(made: Made, idle_s: float) -> Row:
    typical = 3.1 * made.call_ns + (4e6 * idle_s**0.5 if made is SQS else 2e4 * idle_s)
    samples = _samples(f"{made.label}{idle_s}", 40, typical, 0.3)
    ratio = _ratio(made, typical, 3.1 * _reference(made).call_ns + 2e4 * idle_s)
    base = _base(made, "wakeup", {"idle_s": idle_s}, samples, 40)
    return Row(**base, mean_ns=estimate(typical, 6), ratio=ratio)


def make_first_publishes() -> list[Row]:
    return [_first_publish(made, *of) for of in (("process", 14, 12), ("thread", 6, 60)) for made in MADE]


def _first_publish(made: Made, of: str, calls: int, count: int) -> Row:
    samples = _samples(f"{of}{made.label}", count, calls * made.call_ns, 0.12)
    base = _base(made, "first-publish", {"of": of}, samples, 12)
    ratio = _ratio(made, made.call_ns, _reference(made).call_ns)
    return Row(**base, mean_ns=estimate(calls * made.call_ns, 9), ratio=ratio)


def make_limit(made: Made) -> PayloadLimit:
    fields: dict[str, Any] = {"subject": made.label, "tier": made.tier}
    if made is SQS:
        return PayloadLimit(**fields, largest_bytes=588_344, refused_bytes=588_345, reason="Message is too long.")
    return PayloadLimit(**fields, largest_bytes=64 * 1024 * 1024)


def make_scaled(fits: Sequence[Scaling], made: Made, concurrency: int) -> Row:
    noise = random.Random(f"{made.label}{concurrency}").uniform(0.97, 1.03)
    rates = {fit.subject: noise * scaled_rate(fit, concurrency) for fit in fits}
    ratio = _ratio(made, rates[made.label], rates[REDIS.label], more=True)
    base = _base(made, "throughput", {"concurrency": concurrency}, [], 12) | {"samples": 2256, "drift": []}
    return Row(**base, per_second=estimate(rates[made.label], 40), ratio=ratio)


def make_sent(made: Made, payload_bytes: float) -> Row:
    typical = made.call_ns * (1 + payload_bytes / 40_000)
    samples = _samples(f"sent{made.label}", 1200, typical, 0.3)
    ratio = _ratio(made, made.call_ns, REDIS.call_ns)
    base = _base(made, "enqueue", {"payload_bytes": payload_bytes}, samples, 60)
    return Row(**base, per_second=estimate(1e9 / typical, 60), ratio=ratio)


FIXED_TRIPS = {"redis": (400_000, 1.2), "rabbitmq": (1_100_000, 0.4), "sqs": (1_900_000, 2.0)}
"""The fixed nanoseconds and the round trips of a call; a task of a drain has four times as many of both."""


def make_distant(made: Made, metric: str, at: Place, *, fixed: float = 1.0) -> Row:
    """Make a row at a distance, whose time is round trips and a fixed part; that is multiplied by ``fixed``."""
    own, to = (_distant_ns(label, metric, at, fixed) for label in (made.label, REDIS.label))
    drains = metric == "throughput"
    noise = random.Random(f"{made.label}{metric}{at}").uniform(0.99, 1.01)
    samples = [] if drains else _samples(f"{made.label}{at}", 900, own * noise, 0.1)
    base = _base(made, metric, at, samples, 40) | {"samples": 900, "drift": []}
    if drains:
        return Row(**base, per_second=estimate(1e9 / own / noise, 40), ratio=_ratio(made, to, own * noise, more=True))
    base["median_ns"] = estimate(own * noise, 40)
    return Row(**base, per_second=estimate(1e9 / own, 40), ratio=_ratio(made, own * noise, to))


def _distant_ns(label: str, metric: str, at: Place, fixed: float) -> float:
    own, trips = FIXED_TRIPS[label]
    return (4 if metric == "throughput" else 1) * (fixed * own + trips * float(at["rtt_ns"]))


def make_pooled(made: Made, pool: str) -> Row:
    samples = _samples(f"{made.label}{pool}", 40, 3 * made.call_ns, 0.3)
    return Row(**_base(made, "wakeup", {"pool": pool}, samples, 40), ratio=_ratio(made, made.call_ns, REDIS.call_ns))


def _base(made: Made, metric: str, at: Place, samples: list[int], blocks: int) -> dict[str, Any]:
    return {
        "subject": made.label,
        "tier": made.tier,
        "metric": metric,
        "at": at,
        "blocks": blocks,
        "samples": len(samples),
        "histogram": histogram_of(samples),
        "drift": drift_of([float(np.median(part)) for part in np.array_split(np.asarray(samples), blocks)])
        if samples
        else [],
        **percentiles_of(samples, blocks),
    }


def _samples(seed: str, count: int, typical_ns: float, spread: float) -> list[int]:
    rng = np.random.default_rng([*seed.encode()])
    taken = typical_ns * (0.7 + 0.3 * rng.lognormal(0, 2 * spread, count))
    return [int(one) for one in np.round(taken, -3)]


def _percentiles(samples: list[int], blocks: int) -> Percentiles:
    return Percentiles(samples=len(samples), **percentiles_of(samples, blocks))


def _ratio(made: Made, own: float, other: float, *, more: bool = False) -> Ratio | None:
    """Compare with the first of the tier; an emulator is compared with nobody."""
    reference = _reference(made)
    if made is reference or made.emulator:
        return None
    value = own / other
    verdict = "equivalent" if abs(value - 1) < 0.02 else "improved" if (value < 1) != more else "regressed"
    ends = {"low": 0.97 * value, "high": 1.03 * value}
    return Ratio(to=reference.label, value=value, **ends, detectable=0.043, blocks=24, generations=6, verdict=verdict)


def _reference(made: Made) -> Made:
    return REDIS if made.tier == "fast" else DURABLE[0]


def make_capacity(made: Made) -> Capacity:
    rate = 0.9 * made.tasks_per_s
    fields: dict[str, Any] = {"subject": made.label, "tier": made.tier, "limit_ns": 250_000_000, "probes": 11}
    if made is DURABLE[0]:
        return Capacity(**fields, rate_per_s=rate, at_least=True, confirmed=1)
    if made is SQS:
        return Capacity(**fields, rate_per_s=None, failed_per_s=4)
    return Capacity(**fields, rate_per_s=rate, failed_per_s=1.06 * rate, confirmed=2)


def make_phase(made: Made, phase: Phase) -> PhaseFigure:
    mean = PHASES[phase] * 2.5 * made.call_ns
    negative = 0 if phase != "queue wait" else 37
    fields: dict[str, Any] = {"subject": made.label, "tier": made.tier, "phase": phase, "samples": 2000}
    if made is RABBITMQ and phase == "queue wait":
        return PhaseFigure(**fields, negative=1204, mean_ns=-0.04 * mean, median_ns=-0.09 * mean, p95_ns=mean)
    return PhaseFigure(**fields, negative=negative, mean_ns=mean, median_ns=0.8 * mean, p95_ns=2.1 * mean)


def make_cost(made: Made) -> Cost:
    amqp, sqs = made.software == "rabbitmq", made is SQS
    operations: dict[str, dict[str, float]] = {
        "enqueue": {"Basic.Publish": 1} if amqp else {"SendMessage": 1} if sqs else {"LPUSH": 1},
        "drain": {"Basic.Deliver": 1, "Basic.Ack": 1}
        if amqp
        else {"ReceiveMessage": 0.31, "DeleteMessage": 1}
        if sqs
        else {"BRPOP": 1, "ZADD": 1, "HSET": 1, "ZREM": 1, "HDEL": 1.0, "MULTI": 2.02},
    }
    return Cost(
        subject=made.label,
        tier=made.tier,
        tasks=20_000,
        operations=operations,
        round_trips={"enqueue": 0.02 if amqp else 1, "drain": 0.004 if amqp else 3.1},
        bytes_to_server=3140.5 if sqs else 1422.25,
        bytes_from_server=2210 if sqs else 897.5,
        connections_per_1000={"enqueue": 0.05, "drain": 0.15},
        channels_per_1000={"enqueue": 0.05, "drain": 0.1} if amqp else {},
        producer_cpu_ns=estimate(0.8 * made.call_ns, 12),
        worker_cpu_ns=estimate(1.1 * made.call_ns, 12),
        server_cpu_ns=None if sqs else estimate(0.21 * made.call_ns, 12),
        waiting_bytes=None if sqs else 1311.4,
        grown_bytes_per_100k=Estimate(value=120_000, low=-310_000, high=550_000),
    )


def make_scaling(
    made: Made, alpha: float, beta: float, peak: float | None = None, why_not: str | None = None
) -> Scaling:
    return Scaling(
        subject=made.label,
        tier=made.tier,
        per_second=estimate(made.tasks_per_s, 40),
        alpha=Estimate(value=alpha, low=0.8 * alpha, high=1.2 * alpha),
        beta=Estimate(value=beta, low=0.7 * beta, high=1.3 * beta),
        peak_concurrency=peak,
        why_not=why_not,
    )
