"""A run of two sides ends when its answer is known, and says what was open then."""

import random
from collections.abc import Callable, Iterator

from sides import made_side

from bench.ab.question import Answer, Question, ask
from bench.ab.sides import Sides
from bench.compare.request import Comparison
from bench.compare.run import Enough
from bench.figures.tally import Tally
from bench.metrics.sides import A, B
from bench.metrics.throughput import DrainTurn
from bench.processes.subject import Subject
from bench.records.result import Result
from bench.records.turns import Block
from bench.records.workload import Workload
from brokers import split_subject

PLANNED = 20


def question(*metrics: str) -> Question:
    broker, profile = split_subject("redis")
    return Question(
        sides=Sides([Subject(label=label, broker=broker, profile=profile) for label in (A, B)], differing=[]),
        workload=Workload(name="own"),
        metrics=metrics,
        limit=0.05,
        budget_s=60,
        seed=1,
    )


def generations(a_per_s: float, b_per_s: float, tasks: int = 100, warmup_tasks: int = 4) -> Iterator[Block]:
    """Yield a block of one drain of each side for each generation."""
    rng = random.Random(3)
    for number in range(PLANNED):
        turns = [
            DrainTurn(
                subject=label,
                warmup_tasks=warmup_tasks,
                tasks=tasks,
                duration_ns=round(tasks * 1e9 / own * rng.gauss(1, 0.02)),
                span_ns=10**9,
            )
            for label, own in ((A, a_per_s), (B, b_per_s))
        ]
        yield Block(number=number, generation=number, metric="throughput", warmup=False, turns=turns)


def asked(metrics: tuple[str, ...], blocks: Iterator[Block]) -> tuple[Answer, int]:
    """Ask with a measurement of these blocks, and return the answer and how many generations it took."""
    used = 0

    def measure(comparison: Comparison, enough: Enough) -> Result:
        nonlocal used
        tally = Tally()
        for used, block in enumerate(blocks, start=1):
            tally.add(block)
            if enough(tally, used, PLANNED):
                break
        return made_side(summary=[])

    return ask(question(*metrics), measure), used


def outcome_of(answer: Answer) -> Callable[[str], str]:
    return {finding.metric: finding.outcome for finding in answer.findings}.__getitem__


def test_a_run_ends_once_a_metric_has_regressed_and_says_that_it_ended_the_run() -> None:
    answer, used = asked(("throughput", "enqueue"), generations(300, 100))
    assert 2 <= used <= 4
    assert answer.outcome == "regressed"
    assert answer.ended_by == ["throughput"]
    assert outcome_of(answer)("enqueue") == "inconclusive"


def test_a_run_that_settles_everything_was_ended_by_nothing() -> None:
    answer, used = asked(("throughput",), generations(300, 300))
    assert 4 < used < PLANNED
    assert (answer.outcome, answer.ended_by) == ("within", [])


def test_drains_of_hardly_any_task_on_both_sides_end_no_run() -> None:
    answer, used = asked(("throughput", "enqueue"), generations(3, 1, tasks=3, warmup_tasks=0))
    assert used == PLANNED
    assert answer.ended_by == []


def test_what_takes_long_is_measured_later_unless_nothing_else_was_asked_for() -> None:
    assert question("enqueue", "throughput", "latency", "cpu").comparison().soon == ["enqueue", "throughput"]
    assert question("latency").comparison().soon == []
