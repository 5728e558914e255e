"""Plausible results of every kind that a report must be able to tell."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from made_environment import make_environment

from bench.metrics.enqueue import EnqueueTurn
from bench.metrics.throughput import DrainTurn
from bench.records.figures import Estimate, Ratio, Row
from bench.records.provenance import Counts, ServerRecord, SubjectRecord
from bench.records.result import Result
from bench.records.turns import Block, HistogramRecord
from bench.records.workload import Workload
from brokers.protocol import Tier

HOSTILE = "</title><script>alert(1)</script>|`x`[a](javascript:b)\x1b[31m\u202e[red]"
PASSWORD = "hunter2"


@dataclass(frozen=True, kw_only=True)
class Made:
    """What a subject of a made-up result is like."""

    label: str
    tier: Tier = "fast"
    call_ns: float = 400_000
    tasks_per_s: float = 2000
    software: str = "redis"
    version: str = "7.0.15"
    emulator: bool = False
    failure: str | None = None
    fails_at: int = 10**9


REDIS = Made(label="redis")
RABBITMQ = Made(label="rabbitmq", call_ns=325_000, tasks_per_s=1190, software="rabbitmq", version="3.10.8")
SQS = Made(label="sqs", call_ns=2_100_000, tasks_per_s=340, software="ministack", version="1.5.2", emulator=True)
DURABLE = (
    Made(label="redis:durable", tier="durable", call_ns=1_400_000, tasks_per_s=610),
    Made(
        label="rabbitmq:durable",
        tier="durable",
        call_ns=1_900_000,
        tasks_per_s=880,
        software="rabbitmq",
        version="3.10.8",
    ),
)
SEVEN = (
    REDIS,
    RABBITMQ,
    SQS,
    *DURABLE,
    Made(label="rabbitmq:quorum", tier="durable", call_ns=2_600_000, tasks_per_s=430, software="rabbitmq"),
    Made(
        label="sqs:fifo",
        call_ns=10_500_000,
        tasks_per_s=32,
        software="moto",
        version="5.2.0",
        emulator=True,
    ),
)


def make_result(*made: Made, blocks: int = 200, drains: int = 12, **changes: Any) -> Result:
    """Measure made-up subjects in that many blocks of enqueue and of throughput. The blocks are not in the result."""
    made = made or (REDIS, RABBITMQ, SQS)
    taken = make_blocks(*made, blocks=blocks, drains=drains)
    fields = {
        "status": "finished",
        "started_at": datetime(2026, 3, 1, 12, 0, tzinfo=UTC),
        "duration_s": 161.2,
        "budget_s": 165,
        "seed": 42,
        "margin": 0.02,
        "metrics": ["enqueue", "throughput"],
        "workload": Workload(name="noop", summary="A task that does nothing."),
        "environment": make_environment(),
        "subjects": [_subject(one) for one in made],
        "summary": [_row(metric, one, made, taken) for metric in ("enqueue", "throughput") for one in made],
    }
    return Result(**(fields | changes))


def make_blocks(*made: Made, blocks: int = 200, drains: int = 12) -> list[Block]:
    """Make that many blocks of enqueue and of throughput, each with two more of warm-up."""
    made = made or (REDIS, RABBITMQ, SQS)
    return _alternating(_blocks("enqueue", blocks, made), _blocks("throughput", drains, made))


def failed_result() -> Result:
    """Make a result in which RabbitMQ never came up, and one in which SQS died half-way."""
    reason = (
        "rabbitmq-server did not come up within 60 s: look at its log, or set RABBITMQ_URL\n"
        f"  the log's last line, amqp://user:{PASSWORD}@localhost\n"
    )
    return make_result(
        REDIS,
        Made(label="rabbitmq", failure=reason, fails_at=0),
        Made(
            label="sqs",
            software="ministack",
            emulator=True,
            failure="200 tasks sent, 199 finished",
            fails_at=50,
        ),
    )


def interrupted_result() -> Result:
    return make_result(blocks=9, drains=1, status="interrupted")


def single_result() -> Result:
    return make_result(REDIS)


def warmup_result() -> Result:
    """Make a result of an interrupted run of which only the warm-up was measured."""
    return make_result(blocks=0, drains=0, status="interrupted")


def empty_result() -> Result:
    return make_result(status="running", blocks=0, drains=0, summary=[])


def durable_result() -> Result:
    return make_result(REDIS, RABBITMQ, SQS, *DURABLE)


def seven_result() -> Result:
    return make_result(*SEVEN)


def extreme_result() -> Result:
    """Make a result of a very fast and a very slow subject."""
    return make_result(
        Made(label="memory", call_ns=900, tasks_per_s=48_000),
        Made(label="sqs", call_ns=1_450_000_000, tasks_per_s=4.02, software="aws sqs", version="us-east-1"),
    )


def alike_result() -> Result:
    """Make an A/A result."""
    return make_result(REDIS, Made(label="redis#2"))


def hostile_result() -> Result:
    result = make_result(REDIS, Made(label=HOSTILE), Made(label=f"{HOSTILE}2", failure=HOSTILE, fails_at=0))
    settings = {HOSTILE: HOSTILE, "broker_url": f"redis://:{PASSWORD}@localhost"}
    subjects = [
        result.subjects[0],
        *(one.model_copy(update={"settings": settings}) for one in result.subjects[1:]),
    ]
    return result.model_copy(
        update={
            "warnings": [HOSTILE, f"cannot reach redis://user:{PASSWORD}@10.0.0.1:6379"],
            "environment": make_environment(cpu_model=HOSTILE, lost_here=[HOSTILE], git_commit=HOSTILE),
            "subjects": subjects,
        }
    )


def _subject(made: Made) -> SubjectRecord:
    broker, _, profile = made.label.partition(":")
    never = made.fails_at == 0
    server = ServerRecord(
        software=made.software,
        version=made.version,
        private=True,
        emulator=made.emulator,
        settings={"appendonly": "yes" if made.tier == "durable" else "no"},
    )
    return SubjectRecord(
        label=made.label,
        broker=broker,
        profile=profile or "default",
        tier=made.tier,
        server=None if never else server,
        python=None if never else "3.11.7",
        versions={} if never else {"celery": "5.7.0", "kombu": "5.7.0"},
        settings={} if never else _settings(made, broker),
        counts=Counts() if never else Counts(sent=2400, started=2400, finished=2400),
        calls=0 if never else 5000,
        failure=made.failure,
    )


def _settings(made: Made, broker: str) -> dict[str, Any]:
    return {
        "broker_url": f"{broker}://user:{PASSWORD}@127.0.0.1:6379/0",
        "result_backend": f"redis://:{PASSWORD}@127.0.0.1:6379/1",
        "broker_transport_options": {"password": PASSWORD, "visibility_timeout": 3600, "transport": broker},
        "task_acks_late": made.tier == "durable",
        "task_ignore_result": True,
    }


def _alternating(calls: list[Block], drains: list[Block]) -> list[Block]:
    """Spread the few drains evenly over the run, and number all blocks."""
    placed = [(place / len(blocks), block) for blocks in (calls, drains) for place, block in enumerate(blocks)]
    ordered = [block for _, block in sorted(placed, key=lambda one: one[0])]
    return [block.model_copy(update={"number": number}) for number, block in enumerate(ordered)]


def _blocks(metric: str, count: int, made: tuple[Made, ...]) -> list[Block]:
    rng = random.Random(f"{metric}{count}")
    blocks = []
    for place in range(count + 2):
        turns = [_turn(metric, one, rng) for one in rng.sample(made, len(made)) if place < one.fails_at]
        blocks.append(Block(number=place, metric=metric, warmup=place < 2, turns=turns))
    return blocks


def _turn(metric: str, made: Made, rng: random.Random) -> EnqueueTurn | DrainTurn:
    noise = rng.lognormvariate(0, 0.03)
    if metric == "throughput":
        duration_ns = round(188 / made.tasks_per_s * 1e9 * noise)
        return DrainTurn(
            subject=made.label, warmup_tasks=12, tasks=188, duration_ns=duration_ns, span_ns=duration_ns + 9
        )
    calls = [round(made.call_ns * noise * (0.9 + rng.lognormvariate(-2.3, 0.9))) for _ in range(25)]
    return EnqueueTurn(subject=made.label, warmup_ns=calls[:5], samples_ns=calls[5:])


def _row(metric: str, made: Made, all_made: tuple[Made, ...], blocks: list[Block]) -> Row:
    """Derive a row in the simplest way that looks right; the figures are not what is tested here."""
    figures = _figures(metric, made.label, blocks)
    like = [one for one in all_made if one.tier == made.tier and not one.emulator and one.fails_at]
    compared = bool(figures) and not made.emulator and made is not like[0]
    return Row(
        subject=made.label,
        tier=made.tier,
        metric=metric,
        blocks=len(figures),
        samples=len(figures) * (20 if metric == "enqueue" else 188),
        ratio=_ratio(figures, _figures(metric, like[0].label, blocks), like[0].label, less=metric == "enqueue")
        if compared
        else None,
        **(_estimates(metric, made.label, figures, blocks) if figures else {}),
    )


def _figures(metric: str, label: str, blocks: list[Block]) -> list[float]:
    turns = [
        turn
        for block in blocks
        if block.metric == metric and not block.warmup
        for turn in block.turns
        if turn.subject == label
    ]
    if metric == "throughput":
        return [turn.tasks / turn.duration_ns * 1e9 for turn in turns if isinstance(turn, DrainTurn)]
    return [float(np.median(turn.samples_ns)) for turn in turns if isinstance(turn, EnqueueTurn)]


def _estimates(metric: str, label: str, figures: list[float], blocks: list[Block]) -> dict[str, Any]:
    drift = drift_of(figures)
    if metric == "throughput":
        return {"per_second": estimate(float(np.mean(figures)), len(figures)), "drift": drift}
    samples = [
        sample
        for block in blocks
        if not block.warmup
        for turn in block.turns
        if isinstance(turn, EnqueueTurn) and turn.subject == label
        for sample in turn.samples_ns
    ]
    times = {"histogram": histogram_of(samples), **percentiles_of(samples, len(figures))}
    return times | {"per_second": estimate(1e9 / float(np.mean(samples)), len(figures)), "drift": drift}


def percentiles_of(samples: Sequence[int], blocks: int) -> dict[str, Estimate]:
    """Return those percentiles that there are enough samples for."""
    shares = {"median_ns": 0.5, "p95_ns": 0.95, "p99_ns": 0.99, "p999_ns": 0.999}
    shown = {name: share for name, share in shares.items() if len(samples) * (1 - share) >= 10}
    return {name: estimate(float(np.quantile(samples, share)), blocks) for name, share in shown.items()}


def histogram_of(samples: Sequence[int]) -> HistogramRecord | None:
    values, counts = np.unique(np.asarray(samples, dtype=np.int64), return_counts=True)
    return HistogramRecord(values_ns=values.tolist(), counts=counts.tolist()) if len(values) else None


def drift_of(figures: Sequence[float]) -> list[tuple[float, float]]:
    """Return the medians of at most forty spells of a run of 160 s."""
    spells = np.array_split(np.asarray(figures), min(40, len(figures)) or 1)
    wide_s = 156 / len(spells)
    return [(4 + wide_s * place, float(np.median(spell))) for place, spell in enumerate(spells) if len(spell)]


def estimate(value: float, blocks: int) -> Estimate:
    if blocks < 5:
        return Estimate(value=value)
    return Estimate(value=value, low=value * (1 - 0.2 / blocks**0.5), high=value * (1 + 0.2 / blocks**0.5))


def _ratio(figures: list[float], reference: list[float], to: str, *, less: bool) -> Ratio:
    value, half = float(np.median(figures) / np.median(reference)), 0.08 / len(figures) ** 0.5
    if len(figures) < 5:
        return Ratio(to=to, value=value, blocks=len(figures))
    return Ratio(
        to=to,
        value=value,
        low=value * (1 - half),
        high=value * (1 + half),
        detectable=1.4 * half,
        blocks=len(figures),
        generations=5,
        verdict="equivalent" if abs(value - 1) < 0.02 else "improved" if (value < 1) == less else "regressed",
    )
