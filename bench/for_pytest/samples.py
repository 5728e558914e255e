"""The part of a comparison that a test gets: one subject's samples and figures, or why there are none."""

from dataclasses import dataclass
from typing import Any

from bench.for_pytest.request import AskedTest, Request
from bench.gate.judging import Gate
from bench.metrics.enqueue import EnqueueTurn
from bench.metrics.registry import find_metric
from bench.metrics.throughput import DrainTurn
from bench.records.figures import Row
from bench.records.provenance import SubjectRecord
from bench.records.result import Result
from bench.records.turns import Turn
from bench.report.gate.sentences import failures

__all__ = ["Measured", "outcome"]

_FIGURES = {"median_ns", "p95_ns", "p99_ns", "ratio", "void"}
_NO_TIME = (
    "the budget was used up before the first turn was measured: "
    "raise --brokers-budget (without a turn there is nothing to compare)"
)


def outcome(test: AskedTest, label: str, result: Result, gate: Gate | None, request: Request) -> dict[str, Any]:
    """Return a test's samples with the sentences of the gate that it does not pass, or why there are none."""
    subject = next(subject for subject in result.subjects if subject.label == label)
    if subject.failure:
        return {"failed" if subject.server else "unavailable": subject.failure}
    if why := subject.not_measured.get(test.metric):
        return {"skipped": why}
    own = Measured(result, subject)
    if not own.turns(test.metric) and not request.only_warms_up:
        return {"failed": _NO_TIME}
    passes = request.inconclusive == "pass"
    regressed = failures(gate, label, test.metric, inconclusive_passes=passes) if gate else []
    return {**own.samples(test.metric), "info": own.extra_info(test.metric), "regressed": regressed}


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

    def samples(self, metric: str) -> dict[str, Any]:
        """Return the duration of each round, in nanoseconds, and the number of tasks in a round."""
        if metric == "enqueue":
            durations_ns = [duration_ns for turn in self.enqueue_turns() for duration_ns in turn.samples_ns]
            return {"durations_ns": durations_ns, "iterations": 1}
        drains = self.drain_turns()
        return {
            "durations_ns": [turn.duration_ns for turn in drains],
            "iterations": drains[0].tasks if drains else 1,
        }

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
        server, workload = self.subject.server, self.subject.workload or self.result.workload
        rate = f"{find_metric(metric).words.samples}_per_second"
        figures = row.model_dump(include=_FIGURES, exclude_none=True) if row else {}
        per_second = row.per_second if row else None
        drains = [turn for turn in self.turns(metric)[:1] if isinstance(turn, DrainTurn)]
        return {
            "tier": self.subject.tier,
            "server": f"{server.software} {server.version}" if server else None,
            "emulator": bool(server and server.emulator),
            "rtt_ns": self.subject.rtt_ns,
            rate: per_second.value if per_second else None,
            f"{rate}_95": [per_second.low, per_second.high] if per_second else None,
            **figures,
            "tasks_per_round": drains[0].tasks if drains else None,
            "workload": workload.name,
            "task": workload.task,
            "concurrency": workload.concurrency,
            "dry": workload.dry,
            "seed": self.result.seed,
        }

    def _row(self, metric: str) -> Row | None:
        """Return its row, or None if no block was measured."""
        own = (self.subject.label, metric, "celery")
        return next((row for row in self.result.summary if (row.subject, row.metric, row.layer) == own), None)
