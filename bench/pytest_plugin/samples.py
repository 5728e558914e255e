"""The part of a comparison that a pytest benchmark uses: one subject's turns and figures."""

from dataclasses import dataclass
from typing import Any

from bench.metrics.enqueue import EnqueueTurn
from bench.metrics.registry import find_metric
from bench.metrics.throughput import DrainTurn
from bench.records.figures import Row
from bench.records.provenance import SubjectRecord
from bench.records.result import Result
from bench.records.turns import Turn

__all__ = ["Measured"]


@dataclass(frozen=True)
class Measured:
    """One subject of a result."""

    result: Result
    subject: SubjectRecord

    def enqueue_turns(self) -> list[EnqueueTurn]:
        """Return its turns of ``enqueue``, without warm-up."""
        return [turn for turn in self.turns("enqueue") if isinstance(turn, EnqueueTurn)]

    def drain_turns(self) -> list[DrainTurn]:
        """Return its turns of ``throughput``, without warm-up."""
        return [turn for turn in self.turns("throughput") if isinstance(turn, DrainTurn)]

    def turns(self, metric: str) -> list[Turn]:
        """Return its turns of a metric, without warm-up."""
        blocks = [block for block in self.result.blocks if block.metric == metric and not block.warmup]
        return [
            turn
            for block in blocks
            for turn in block.turns
            if turn.subject == self.subject.label and turn.layer == "celery"
        ]

    def extra_info(self, metric: str) -> dict[str, Any]:
        """Return what pytest-benchmark has no column for: percentiles, rate, ratio, and what was measured and how."""
        row = self._row(metric)
        server = self.subject.server
        rate = f"{find_metric(metric).words.samples}_per_second"
        figures = row.model_dump(include={"median_ns", "p95_ns", "p99_ns", "ratio"}, exclude_none=True) if row else {}
        per_second = row.per_second if row else None
        drains = [turn for turn in self.turns(metric)[:1] if isinstance(turn, DrainTurn)]
        return {
            "tier": self.subject.tier,
            "server": f"{server.software} {server.version}" if server else None,
            "emulator": bool(server and server.emulator),
            rate: per_second.value if per_second else None,
            f"{rate}_95": [per_second.low, per_second.high] if per_second else None,
            **figures,
            "tasks_per_round": drains[0].tasks if drains else None,
            "workload": self.result.workload.name,
            "dry": self.result.workload.dry,
            "seed": self.result.seed,
        }

    def _row(self, metric: str) -> Row | None:
        """Return its row, or None if no block was measured."""
        own = (self.subject.label, metric, "celery")
        return next((row for row in self.result.summary if (row.subject, row.metric, row.layer) == own), None)
