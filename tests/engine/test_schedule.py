import random
from collections import Counter

from bench.engine.schedule import Schedule, plan_generations


def make_schedule(clock: list[float], metrics: list[str], deadline_s: float = 100) -> Schedule:
    return Schedule(metrics=metrics, deadline_s=deadline_s, rng=random.Random(1), clock_s=lambda: clock[0])  # type: ignore[arg-type]


def play(schedule: Schedule, clock: list[float], cost_s: dict[str, float]) -> list[str]:
    played = []
    while metric := schedule.next_metric():
        played.append(metric)
        clock[0] += cost_s[metric]
        schedule.spent(metric, cost_s[metric])
    return played


def test_the_time_is_shared_between_the_metrics_at_any_moment() -> None:
    clock = [0.0]
    played = play(make_schedule(clock, ["enqueue", "throughput"]), clock, {"enqueue": 0.1, "throughput": 2.0})
    for end in (len(played) // 4, len(played) // 2, len(played)):
        spent = Counter(played[:end])
        assert abs(spent["enqueue"] * 0.1 / (spent["enqueue"] * 0.1 + spent["throughput"] * 2) - 0.4) < 0.1


def test_no_block_begins_that_would_not_fit() -> None:
    clock = [0.0]
    play(make_schedule(clock, ["enqueue", "throughput"], 20), clock, {"enqueue": 0.3, "throughput": 7.0})
    assert clock[0] <= 20


def test_one_metric_gets_all_the_time() -> None:
    clock = [0.0]
    assert len(play(make_schedule(clock, ["throughput"], 10), clock, {"throughput": 1.0})) == 10


def test_nothing_is_measured_after_the_deadline() -> None:
    assert make_schedule([101.0], ["enqueue"]).next_metric() is None


def test_every_block_has_every_subject_once_and_orders_differ() -> None:
    schedule = make_schedule([0.0], ["enqueue"])
    orders = [tuple(schedule.shuffled(["a", "b", "c"])) for _ in range(60)]
    assert all(sorted(order) == ["a", "b", "c"] for order in orders)
    assert len(set(orders)) == 6


def test_the_same_seed_gives_the_same_orders() -> None:
    one, other = make_schedule([0.0], ["enqueue"]), make_schedule([0.0], ["enqueue"])
    assert [one.shuffled(["a", "b"]) for _ in range(20)] == [other.shuffled(["a", "b"]) for _ in range(20)]


def test_fresh_processes_take_a_fifth_of_the_time_or_more_where_that_would_be_too_few_of_them() -> None:
    assert plan_generations(left_s=160, renewal_s=4) == 9
    assert plan_generations(left_s=600, renewal_s=1) == 12
    assert plan_generations(left_s=43, renewal_s=4) == 5
    assert plan_generations(left_s=10, renewal_s=3) == 2
    assert plan_generations(left_s=10, renewal_s=60) == 1


def test_time_that_is_kept_for_later_is_not_used_now() -> None:
    clock = [0.0]
    schedule = make_schedule(clock, ["enqueue"])
    while metric := schedule.next_metric(keep_s=60):
        clock[0] += 7
        schedule.spent(metric, 7)
    assert 28 <= clock[0] <= 42
    assert schedule.next_metric() == "enqueue"
