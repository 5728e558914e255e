import random
from collections import Counter

import pytest

from bench.engine.schedule import Schedule, budget_s, least_s, plan_generations
from bench.records.turns import Key, Series

KEYS: list[Key] = [("a", "celery"), ("b", "celery"), ("c", "celery")]


def series(*metrics: str) -> list[Series]:
    return [Series(metric) for metric in metrics]


def make_schedule(clock: list[float], deadline_s: float = 100) -> Schedule:
    return Schedule(deadline_s=deadline_s, rng=random.Random(1), clock_s=lambda: clock[0])


def play(schedule: Schedule, clock: list[float], cost_s: dict[Series, float], keep_s: float = 0.0) -> Counter[Series]:
    return Counter(played(schedule, clock, cost_s, keep_s))


def played(schedule: Schedule, clock: list[float], cost_s: dict[Series, float], keep_s: float = 0.0) -> list[Series]:
    """Take blocks of these durations until no further one fits."""
    taken = []
    while one := schedule.next_series(list(cost_s), keep_s):
        taken.append(one)
        clock[0] += cost_s[one]
        schedule.spent(one, cost_s[one])
    return taken


def test_the_time_is_shared_between_the_metrics_at_any_moment() -> None:
    clock, (enqueue, throughput) = [0.0], series("enqueue", "throughput")
    taken = played(make_schedule(clock), clock, {enqueue: 0.1, throughput: 2.0})
    for end in (len(taken) // 4, len(taken) // 2, len(taken)):
        spent = Counter(taken[:end])
        assert abs(spent[enqueue] * 0.1 / (spent[enqueue] * 0.1 + spent[throughput] * 2) - 0.4) < 0.1


def test_the_loads_of_a_latency_share_the_time_of_one_metric() -> None:
    loads = [Series("latency", (("load", load),)) for load in (0.25, 0.5, 0.75, 0.9)]
    (enqueue,) = series("enqueue")
    clock = [0.0]
    taken = play(make_schedule(clock, 700), clock, dict.fromkeys([enqueue, *loads], 1.0))
    assert taken[enqueue] == pytest.approx(200, abs=5)
    for load in loads:
        assert taken[load] == pytest.approx(125, abs=5)


def test_every_metric_that_can_be_measured_has_a_share_of_the_time() -> None:
    clock = [0.0]
    every = series("enqueue", "throughput", "latency", "wakeup", "cost", "phases")
    assert set(play(make_schedule(clock), clock, dict.fromkeys(every, 1.0))) == set(every)


def test_no_block_begins_that_would_not_fit() -> None:
    clock, (enqueue, throughput) = [0.0], series("enqueue", "throughput")
    play(make_schedule(clock, 20), clock, {enqueue: 0.3, throughput: 7.0})
    assert clock[0] <= 20


def test_a_wait_that_would_not_fit_does_not_begin_even_the_first_time() -> None:
    short, long = (Series("wakeup", (("idle_s", idle_s),)) for idle_s in (0.1, 30.0))
    clock = [0.0]
    taken = play(make_schedule(clock, 20), clock, {short: 0.2, long: 30.1})
    assert taken[long] == 0
    assert taken[short] > 90


def test_a_rate_so_low_that_its_tasks_take_too_long_is_not_begun() -> None:
    low, high = (Series("latency", (("rate_per_s", rate),)) for rate in (0.1, 100.0))
    assert (least_s(low), least_s(high), least_s(Series("enqueue"))) == (20, 3, 0)
    assert make_schedule([90.0]).next_series([low, high]) == high
    assert make_schedule([98.0]).next_series([low, high]) is None


def test_one_metric_gets_all_the_time() -> None:
    clock = [0.0]
    assert play(make_schedule(clock, 10), clock, {Series("throughput"): 1.0}).total() == 10


def test_nothing_is_measured_after_the_deadline() -> None:
    assert make_schedule([101.0]).next_series(series("enqueue")) is None


def test_without_series_there_is_nothing_to_measure() -> None:
    assert make_schedule([0.0]).next_series([]) is None


def test_every_block_has_every_subject_once_and_orders_differ() -> None:
    schedule = make_schedule([0.0])
    orders = [tuple(schedule.shuffled(KEYS)) for _ in range(60)]
    assert all(sorted(order) == KEYS for order in orders)
    assert len(set(orders)) == 6


def test_the_same_seed_gives_the_same_orders() -> None:
    one, other = make_schedule([0.0]), make_schedule([0.0])
    assert [one.shuffled(KEYS) for _ in range(20)] == [other.shuffled(KEYS) for _ in range(20)]


def test_fresh_processes_take_a_fifth_of_the_time_or_more_where_that_would_be_too_few_of_them() -> None:
    assert plan_generations(left_s=160, renewal_s=4) == 9
    assert plan_generations(left_s=600, renewal_s=1) == 12
    assert plan_generations(left_s=43, renewal_s=4) == 5
    assert plan_generations(left_s=43, renewal_s=5) == 3  # longer ones than four
    assert plan_generations(left_s=10, renewal_s=3) == 2
    assert plan_generations(left_s=10, renewal_s=60) == 1


def test_a_generation_is_long_enough_for_the_longest_block() -> None:
    assert plan_generations(left_s=160, renewal_s=4, block_s=30) == 4
    assert plan_generations(left_s=160, renewal_s=4, points=2, block_s=30) == 4
    assert plan_generations(left_s=20, renewal_s=4, block_s=30) == 1
    assert plan_generations(left_s=160, renewal_s=4, block_s=0.1) == 9


@pytest.mark.parametrize("points", [2, 3, 8])
@pytest.mark.parametrize("left_s", [0, 10, 60, 600, 6000])
def test_each_point_of_a_sweep_gets_as_many_generations_as_every_other(points: int, left_s: float) -> None:
    generations = plan_generations(left_s, renewal_s=4, points=points)
    assert generations % points == 0
    assert points <= generations <= 12 * points


def test_the_points_of_a_sweep_share_what_fresh_processes_may_take() -> None:
    assert plan_generations(left_s=160, renewal_s=4, points=1) == 9
    assert plan_generations(left_s=160, renewal_s=4, points=2) == 10
    assert plan_generations(left_s=600, renewal_s=4, points=3) == 30


def test_a_sweep_has_two_generations_at_each_point_where_half_of_the_time_affords_them() -> None:
    assert plan_generations(left_s=118, renewal_s=5, points=6) == 12
    assert plan_generations(left_s=100, renewal_s=5, points=6) == 6


def test_time_that_is_kept_for_later_is_not_used_now() -> None:
    clock, (enqueue,) = [0.0], series("enqueue")
    schedule = make_schedule(clock)
    play(schedule, clock, {enqueue: 7}, keep_s=60)
    assert 28 <= clock[0] <= 42
    assert schedule.next_series([enqueue]) == enqueue


def test_when_it_starts_over_what_was_spent_before_counts_no_more() -> None:
    clock, (enqueue, throughput) = [0.0], series("enqueue", "throughput")
    schedule = make_schedule(clock)
    play(schedule, clock, {enqueue: 1.0}, keep_s=50)
    schedule.start_over()
    taken = play(schedule, clock, {enqueue: 1.0, throughput: 1.0})
    assert taken[enqueue] == pytest.approx(20, abs=2)
    assert taken[throughput] == pytest.approx(30, abs=2)


@pytest.mark.parametrize(("text", "seconds"), [("quick", 55), ("90", 90), ("90s", 90), ("1.5m", 90), ("2 min", 120)])
def test_a_budget_is_a_name_or_a_time(text: str, seconds: float) -> None:
    assert budget_s(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "12h", "-5s", "1e3", "nan", "5 s m"])
def test_what_is_no_budget_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time: use seconds or minutes"):
        budget_s(text)


@pytest.mark.parametrize("text", ["9" * 400, "1441m", "86401"])
def test_a_budget_of_more_than_a_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is more than a day: use seconds or minutes"):
        budget_s(text)
