"""A judge says what is certain of blocks whose truth is known."""

import random

import pytest
from sides import made_side, made_subjects

from bench.ab.judge import Finding, Judge
from bench.ab.question import Answer, engine_metrics
from bench.figures.tally import Tally
from bench.metrics.cost_turn import CostTurn, Spent
from bench.metrics.enqueue import EnqueueTurn
from bench.metrics.sides import A, B
from bench.metrics.throughput import DrainTurn
from bench.records.turns import Block
from bench.stats.intervals import PairedRatio

GENERATIONS = 8


def tally_of(*blocks: Block) -> Tally:
    tally = Tally()
    for block in blocks:
        tally.add(block)
    return tally


def enqueues(b_over_a: float, generations: int = GENERATIONS, luck: float = 0.01) -> list[Block]:
    rng = random.Random(1)
    made = []
    for generation in range(generations):
        lucky = {A: rng.gauss(1, luck), B: rng.gauss(1, luck)}
        for _ in range(6):
            drift = rng.uniform(0.5, 2)
            each = {A: 1e6 * drift * lucky[A], B: 1e6 * b_over_a * drift * lucky[B]}
            turns = [
                EnqueueTurn(subject=label, warmup_ns=[], samples_ns=[round(own * rng.gauss(1, 0.01))] * 20)
                for label, own in each.items()
            ]
            made.append(
                Block(number=len(made), generation=generation, metric="enqueue", warmup=False, turns=list(turns))
            )
    return made


def drains(a_per_s: float, b_per_s: float, generations: int = GENERATIONS) -> list[Block]:
    rng = random.Random(2)
    made = []
    for generation in range(generations):
        turns = [
            DrainTurn(
                subject=label,
                warmup_tasks=4,
                tasks=100,
                duration_ns=round(100e9 / own * rng.gauss(1, 0.02)),
                span_ns=10**9,
            )
            for label, own in ((A, a_per_s), (B, b_per_s))
        ]
        made.append(
            Block(number=generation, generation=generation, metric="throughput", warmup=False, turns=list(turns))
        )
    return made


def costs(cpu: float, connections: int, generations: int = GENERATIONS) -> list[Block]:
    """Make turns of 100 tasks each, in which B takes that much more CPU time, and opens that many connections."""
    rng = random.Random(3)
    made = []
    for generation in range(generations):
        turns = [
            CostTurn(
                subject=label,
                tasks=100,
                enqueue=Spent(connections=opened, client_cpu_ns=round(1e7 * own * rng.gauss(1, 0.01))),
                drain=Spent(connections=0, client_cpu_ns=round(3e7 * own * rng.gauss(1, 0.01))),
            )
            for label, own, opened in ((A, 1.0, 0), (B, cpu, connections))
        ]
        made.append(Block(number=generation, generation=generation, metric="cost", warmup=False, turns=list(turns)))
    return made


def judged(metrics: list[str], *blocks: Block, planned: int = GENERATIONS) -> dict[str, Finding]:
    judge = Judge(metrics, 0.05, seed=1)
    done = 1 + max(block.generation for block in blocks)
    judge.look(tally_of(*blocks), done, planned)
    return {finding.metric: finding for finding in judge.findings()}


def outcomes(metrics: list[str], *blocks: Block, planned: int = GENERATIONS) -> dict[str, str]:
    return {name: finding.outcome for name, finding in judged(metrics, *blocks, planned=planned).items()}


def test_equal_sides_keep_within_the_limit() -> None:
    blocks = [*enqueues(1.0), *drains(300, 300), *costs(1.0, 0)]
    assert set(outcomes(["enqueue", "throughput", "cpu", "connections"], *blocks).values()) == {"within"}


def test_each_metric_that_is_worse_is_found() -> None:
    blocks = [*enqueues(1.2), *drains(300, 240), *costs(1.2, 90)]
    assert set(outcomes(["enqueue", "throughput", "cpu", "connections"], *blocks).values()) == {"regressed"}


def test_what_is_better_keeps_within_the_limit() -> None:
    assert set(outcomes(["enqueue", "throughput"], *enqueues(0.7), *drains(300, 500)).values()) == {"within"}


def test_a_worker_that_hardly_moves_is_found_as_soon_as_there_may_be_a_look() -> None:
    judge = Judge(["throughput"], 0.05, seed=1)
    assert not judge.look(tally_of(*drains(330, 4, generations=1)), 1, GENERATIONS)
    assert judge.look(tally_of(*drains(330, 4, generations=2)), 2, GENERATIONS)
    (finding,) = judge.findings()
    assert (finding.outcome, finding.looks) == ("regressed", 1)
    assert judge.regressed == [finding]


def spells(*speeds: tuple[tuple[int, float], tuple[int, float]]) -> list[Block]:
    """Make a generation of one block for each pair of A's and B's (tasks, seconds)."""
    return [
        Block(
            number=number,
            generation=number,
            metric="throughput",
            warmup=False,
            turns=[
                DrainTurn(subject=label, warmup_tasks=4, tasks=tasks, duration_ns=round(own_s * 1e9), span_ns=10**10)
                for label, (tasks, own_s) in zip((A, B), each, strict=True)
            ],
        )
        for number, each in enumerate(speeds)
    ]


SLOW, FAST, BRISK = (4, 1.0), (4, 0.021), (86, 0.5)


def test_a_worker_that_waits_in_most_of_its_time_is_slower_although_some_of_its_drains_are_fast() -> None:
    blocks = spells(*((one, BRISK) for one in (SLOW, SLOW, FAST, SLOW, FAST, SLOW, SLOW, FAST)))
    finding = judged(["throughput"], *blocks)["throughput"]
    assert finding.outcome == "within"
    assert finding.ratio is not None
    assert finding.ratio.value == pytest.approx(172 / (32 / 5.063), rel=0.01)
    assert finding.ratio.low is not None
    assert finding.ratio.low > 10


def test_a_worker_that_waits_in_most_of_its_time_has_regressed() -> None:
    blocks = spells(*((BRISK, one) for one in (SLOW, SLOW, FAST, SLOW, FAST, SLOW, SLOW, FAST)))
    assert outcomes(["throughput"], *blocks) == {"throughput": "regressed"}


def cut_off(blocks: list[Block], *labels: str) -> list[Block]:
    """Return the blocks with drains of these sides cut off before the prefetched tasks were finished."""
    return [
        block.model_copy(
            update={
                "turns": [
                    turn.model_copy(update={"warmup_tasks": 0}) if turn.subject in labels else turn
                    for turn in block.turns
                ]
            }
        )
        for block in blocks
    ]


@pytest.mark.parametrize(("a_per_s", "b_per_s"), [(6, 6), (6, 3), (3, 6)])
def test_two_sides_that_were_cut_off_have_no_ratio(a_per_s: float, b_per_s: float) -> None:
    finding = judged(["throughput"], *cut_off(drains(a_per_s, b_per_s), A, B))["throughput"]
    assert (finding.outcome, finding.ratio, finding.measured, finding.short) == ("inconclusive", None, False, False)
    assert needed_s(Judge(["throughput"], 0.05, seed=1), finding) is None


def test_a_side_that_was_cut_off_is_believed_to_be_worse_and_not_to_be_better() -> None:
    found = {
        (a_per_s, label): outcomes(["throughput"], *cut_off(drains(a_per_s, 30), label))["throughput"]
        for a_per_s in (10, 90)
        for label in (A, B)
    }
    assert found == {
        (10, A): "within",
        (10, B): "inconclusive",
        (90, A): "inconclusive",
        (90, B): "regressed",
    }


def test_what_is_near_the_limit_is_not_certain() -> None:
    assert outcomes(["enqueue"], *enqueues(1.05)) == {"enqueue": "inconclusive"}


def test_of_two_generations_a_small_difference_is_not_certain() -> None:
    blocks = enqueues(1.2, generations=2, luck=0.03)
    assert outcomes(["enqueue"], *blocks, planned=20) == {"enqueue": "inconclusive"}


def test_of_one_generation_nothing_is_certain() -> None:
    found = judged(["enqueue", "cpu", "connections"], *enqueues(1.5, generations=1), *costs(1.5, 90, generations=1))
    assert {finding.outcome for finding in found.values()} == {"inconclusive"}
    assert not any(finding.measured for finding in found.values())
    assert found["enqueue"].ratio is not None  # it is shown, as in the tables


def needed_s(judge: Judge, finding: Finding, budget_s: float = 60) -> float | None:
    return judge.needed_s(finding, budget_s)


def test_the_budget_that_is_named_would_settle_it() -> None:
    judge, few = Judge(["enqueue"], 0.05, seed=1), enqueues(1.1, generations=5, luck=0.03)
    judge.look(tally_of(*few), 5, 5)
    (finding,) = judge.findings()
    assert finding.outcome == "inconclusive"
    needed = needed_s(judge, finding)
    assert needed is not None
    many = enqueues(1.1, generations=round(5 * needed / 60), luck=0.03)
    assert outcomes(["enqueue"], *many) == {"enqueue": "regressed"}


def test_no_budget_settles_what_is_at_the_limit() -> None:
    at_the_limit = Finding("enqueue", ratio=PairedRatio(1.05, 1, 1.1, 0.03, error=0.02, freedom=7, generations=8))
    assert needed_s(Judge(["enqueue"], 0.05, seed=1), at_the_limit) is None


def test_a_run_with_too_few_generations_needs_room_for_more() -> None:
    judge = Judge(["throughput", "connections"], 0.05, seed=1)
    judge.look(tally_of(*drains(300, 290, generations=1), *costs(1, 0, generations=1)), 1, 1)
    throughput, connections = judge.findings()
    assert needed_s(judge, throughput, 20) == 60  # one drain has no interval
    assert needed_s(judge, connections, 20) == 60
    assert needed_s(judge, Finding("cpu"), 6) == 18


def test_no_budget_settles_figures_that_are_only_bounds() -> None:
    cut_off = Finding("throughput", ratio=PairedRatio(1.0, 1.0, 1.0, 0.0, error=0.0, freedom=3, generations=4))
    assert needed_s(Judge(["throughput"], 0.05, seed=1), cut_off) is None


def test_connections_need_as_many_tasks_as_make_their_counts_certain() -> None:
    judge = Judge(["connections"], 0.05, seed=1)
    judge.look(tally_of(*costs(1, 1, generations=4)), 4, 4)
    (finding,) = judge.findings()
    assert finding.outcome == "inconclusive"
    needed = needed_s(judge, finding)
    assert needed is not None
    assert needed < 300


def test_the_last_look_has_all_of_the_error_that_is_left() -> None:
    blocks = enqueues(1.075, generations=5, luck=0.007)
    early = Judge(["enqueue"], 0.05, seed=1)
    assert not early.look(tally_of(*blocks), 5, 20)
    assert [finding.outcome for finding in early.findings(ended_early=True)] == ["inconclusive"]
    assert [finding.outcome for finding in early.findings()] == ["regressed"]


def test_what_was_certain_once_stays() -> None:
    judge = Judge(["throughput", "enqueue"], 0.05, seed=1)
    first = tally_of(*drains(300, 100, generations=5), *enqueues(1.05, generations=5))
    assert not judge.look(first, 5, GENERATIONS)
    assert not judge.look(tally_of(*drains(300, 300), *enqueues(1.05)), GENERATIONS, GENERATIONS)
    assert [finding.outcome for finding in judge.findings()] == ["regressed", "inconclusive"]


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        (["within", "within"], "within"),
        (["within", "regressed", "inconclusive"], "regressed"),
        (["within", "inconclusive"], "inconclusive"),
        (["within", "inconclusive", "nothing"], "not measured"),
        (["regressed", "nothing"], "regressed"),
    ],
)
def test_what_came_of_all_is_within_only_where_everything_was_measured(found: list[str], outcome: str) -> None:
    ratio = PairedRatio(1, 1, 1, 0.01, error=0.01, freedom=7, generations=8)
    findings = [
        Finding("enqueue") if one == "nothing" else Finding("enqueue", one, ratio)  # type: ignore[arg-type]
        for one in found
    ]
    assert Answer(made_side(), findings, 0.05).outcome == outcome


def test_a_side_that_failed_is_not_within() -> None:
    ratio = PairedRatio(1, 1, 1, 0.01, error=0.01, freedom=7, generations=8)
    failed = made_side(subjects=made_subjects("redis", failure="its worker ended"))
    assert Answer(failed, [Finding("enqueue", "within", ratio)], 0.05).outcome == "not measured"


def test_the_engine_measures_what_the_metrics_need() -> None:
    assert engine_metrics(["connections", "cpu"]) == ["cost"]
    assert engine_metrics(["latency"]) == ["throughput", "latency"]
    assert engine_metrics(["cpu", "throughput", "enqueue"]) == ["enqueue", "throughput", "cost"]
