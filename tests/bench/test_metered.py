"""What a task costs and where its time goes, from blocks whose truth is known."""

from typing import Any

import pytest

from bench.metrics.cost_figures import cost_figures
from bench.metrics.cost_turn import CostTurn, Spent
from bench.metrics.metric import Found
from bench.metrics.phases import Phases, PhaseTurn
from bench.records.figures import Cost, Estimate, Phase, PhaseFigure
from bench.records.provenance import SubjectRecord
from bench.records.turns import Block, HistogramRecord, Place, Turn

REDIS = SubjectRecord(label="redis", broker="redis", profile="default", tier="fast")
DURABLE = SubjectRecord(label="redis:durable", broker="redis", profile="durable", tier="durable")
UNREAD = Spent()


def phase_figures(subjects: list[SubjectRecord], blocks: list[Block]) -> list[PhaseFigure]:
    return Phases().records(Found(subjects, blocks))["phases"]


def enqueue(tasks: int, **changes: Any) -> Spent:
    return Spent(
        connections=1,
        channels=2,
        round_trips=tasks,
        bytes_to_server=900 * tasks,
        bytes_from_server=10 * tasks,
        operations={"LPUSH": tasks, "HELLO": 1},
        client_cpu_ns=400_000 * tasks,
        client_grown_bytes=10**6,
        server_cpu_ns=50_000 * tasks,
    ).model_copy(update=changes)


def drain(tasks: int, **changes: Any) -> Spent:
    return Spent(
        connections=0,
        channels=None,
        round_trips=3 * tasks,
        bytes_to_server=100 * tasks,
        bytes_from_server=990 * tasks,
        operations={"BRPOP": tasks + 1, "HDEL": tasks},
        client_cpu_ns=900_000 * tasks,
        client_grown_bytes=20 * tasks,
        server_cpu_ns=70_000 * tasks,
    ).model_copy(update=changes)


def cost(tasks: int = 200, *, subject: str = "redis", waiting_bytes: int | None = None, **changes: Any) -> CostTurn:
    ways = {"enqueue": enqueue(tasks), "drain": drain(tasks), **changes}
    return CostTurn(subject=subject, tasks=tasks, waiting_bytes=waiting_bytes, **ways)


def block(*turns: Turn, metric: str = "cost", **changes: Any) -> Block:
    return Block(**{"number": 0, "metric": metric, "warmup": False, "turns": list(turns), **changes})


def cost_of(*blocks: Block) -> Cost:
    (figure,) = cost_figures([REDIS], blocks)
    return figure


def test_every_figure_is_of_one_task_over_all_turns() -> None:
    figure = cost_of(block(cost(100)), block(cost(300)))
    assert figure == Cost(
        subject="redis",
        tier="fast",
        tasks=400,
        operations={
            "enqueue": {"LPUSH": 1, "HELLO": 2 / 400},
            "drain": {"BRPOP": 402 / 400, "HDEL": 1},
        },
        round_trips={"enqueue": 1, "drain": 3},
        bytes_to_server=1000,
        bytes_from_server=1000,
        connections_per_1000={"enqueue": 5, "drain": 0},
        channels_per_1000={"enqueue": 10},
        producer_cpu_ns=Estimate(value=400_000),
        worker_cpu_ns=Estimate(value=900_000),
        server_cpu_ns=Estimate(value=120_000),
    )


def test_the_most_frequent_operations_come_first() -> None:
    assert list(cost_of(block(cost())).operations["enqueue"]) == ["LPUSH", "HELLO"]


def test_cpu_times_have_an_interval_from_three_turns_on() -> None:
    turns = [cost(drain=drain(200, client_cpu_ns=200 * each)) for each in (90, 100, 110)]
    figure = cost_of(*map(block, turns))
    assert figure.worker_cpu_ns is not None
    assert figure.worker_cpu_ns.value == pytest.approx(100)
    assert figure.worker_cpu_ns.low == pytest.approx(100 - 4.3027 * 10 / 3**0.5, abs=1e-3)
    assert figure.worker_cpu_ns.high == pytest.approx(100 + 4.3027 * 10 / 3**0.5, abs=1e-3)


def test_the_memory_of_a_waiting_task_is_the_median_of_the_turns_that_know_it() -> None:
    known = [cost(100, waiting_bytes=each * 100) for each in (1030, 5500, 1020)]
    assert cost_of(*map(block, [cost(), *known])).waiting_bytes == 1030


def growing(*growths: int, tasks: int = 1000) -> list[CostTurn]:
    """Make turns of a worker that settles in the first two of them, by 1 MB each."""
    return [cost(tasks, drain=drain(tasks, client_grown_bytes=each)) for each in (10**6, 10**6, *growths)]


def test_a_workers_growth_is_that_of_100_000_tasks() -> None:
    figure = cost_of(*map(block, growing(3000, 3100, 2900, 3100, 2900, 3000)))
    assert figure.grown_bytes_per_100k is not None
    assert figure.grown_bytes_per_100k.value == pytest.approx(300_000, rel=0.02)
    assert figure.grown_bytes_per_100k.low is not None
    assert figure.grown_bytes_per_100k.high is not None
    assert figure.grown_bytes_per_100k.low < 300_000 < figure.grown_bytes_per_100k.high


def test_a_worker_that_does_not_grow_grows_by_nothing() -> None:
    figure = cost_of(*map(block, growing(0, 0, 0, 0, 0)))
    assert figure.grown_bytes_per_100k == Estimate(value=0, low=0, high=0)


def test_fresh_processes_settle_again() -> None:
    turns = [(number, turn) for number in (3, 4) for turn in growing(3000, 3000, 3000)]
    figure = cost_of(*(block(turn, generation=number) for number, turn in turns))
    assert figure.grown_bytes_per_100k is not None
    assert figure.grown_bytes_per_100k.value == pytest.approx(300_000)


@pytest.mark.parametrize("turns", [growing(3000, 3000, 3000, 3000), growing(*[1000] * 20, tasks=90)])
def test_few_turns_or_tasks_tell_no_growth(turns: list[CostTurn]) -> None:
    assert cost_of(*map(block, turns)).grown_bytes_per_100k is None


def test_what_could_never_be_read_is_none() -> None:
    assert cost_of(block(cost(enqueue=UNREAD, drain=UNREAD))) == Cost(subject="redis", tier="fast", tasks=200)


def test_what_could_be_read_in_some_turns_comes_from_those() -> None:
    figure = cost_of(block(cost(100)), block(cost(300, enqueue=UNREAD)))
    assert figure.tasks == 400
    assert figure.operations["enqueue"] == {"LPUSH": 1, "HELLO": 1 / 100}
    assert figure.operations["drain"]["BRPOP"] == 402 / 400
    assert (figure.bytes_to_server, figure.server_cpu_ns) == (1000, Estimate(value=120_000))


def test_the_warm_up_and_other_metrics_count_for_nothing() -> None:
    others = [block(cost(1), warmup=True), block(phases({"run": [1]}), metric="phases")]
    assert cost_of(*others, block(cost())).tasks == 200
    assert cost_figures([REDIS], others) == []
    assert phase_figures([REDIS], [block(phases({"run": [1]}), metric="phases", warmup=True)]) == []


def test_subjects_and_places_are_told_apart_in_their_order() -> None:
    places: list[Place] = [{"payload_bytes": 64}, {"payload_bytes": 1024}]
    blocks = [
        block(cost(tasks, subject="redis:durable"), cost(tasks + 1), at=at)
        for tasks, at in ((10, places[0]), (20, places[1]), (40, places[0]))
    ]
    figures = cost_figures([REDIS, DURABLE], blocks)
    assert [(figure.subject, figure.tier, figure.at, figure.tasks) for figure in figures] == [
        ("redis", "fast", places[0], 52),
        ("redis", "fast", places[1], 21),
        ("redis:durable", "durable", places[0], 50),
        ("redis:durable", "durable", places[1], 20),
    ]


def test_a_subject_that_had_no_turn_has_no_figure() -> None:
    assert [figure.subject for figure in cost_figures([DURABLE, REDIS], [block(cost())])] == ["redis"]


def phases(samples: dict[Phase, list[int]], tasks: int = 10) -> PhaseTurn:
    return PhaseTurn(
        subject="redis",
        tasks=tasks,
        phases={phase: HistogramRecord.of(durations_ns) for phase, durations_ns in samples.items()},
    )


def test_phases_come_from_the_added_counts_of_all_turns() -> None:
    turns = [phases({"run": [100] * 100, "publish": [7]}), phases({"run": [300] * 300})]
    publish, run = phase_figures([REDIS], [block(turn, metric="phases") for turn in turns])
    assert (publish.phase, publish.samples, publish.median_ns, publish.p95_ns) == ("publish", 1, 7, None)
    assert (run.phase, run.samples, run.mean_ns, run.median_ns, run.p95_ns) == ("run", 400, 250, 300, 300)
    assert (run.subject, run.tier, run.at, run.negative) == ("redis", "fast", {}, 0)


def test_what_took_less_than_nothing_is_counted_and_part_of_the_mean() -> None:
    (figure,) = phase_figures([REDIS], [block(phases({"queue wait": [-5, -3, 0, 20]}), metric="phases")])
    assert (figure.negative, figure.mean_ns, figure.median_ns) == (2, 3, -3)


def test_a_95th_percentile_needs_200_samples() -> None:
    for samples, shown in ((199, False), (200, True)):
        (figure,) = phase_figures([REDIS], [block(phases({"run": [9] * samples}), metric="phases")])
        assert (figure.p95_ns == 9) == shown


def test_phases_come_in_the_order_of_a_tasks_way() -> None:
    turn = phases({"acknowledge": [1], "run": [1], "serialise": [1], "queue wait": [1]})
    figures = phase_figures([REDIS], [block(turn, metric="phases")])
    assert [figure.phase for figure in figures] == ["serialise", "queue wait", "run", "acknowledge"]
