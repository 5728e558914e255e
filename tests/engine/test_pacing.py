"""Turns of an open loop that are void, and how they are taken again."""

from typing import Any

import pytest
from fakes import Clock, FakeRunning, made_pace, run
from taking import Sizes

from bench.metrics.latency import LatencyTurn, turn_tasks
from bench.metrics.order import Order
from bench.metrics.pacing import Pacing
from bench.metrics.registry import find_metric
from bench.processes.drain import Paced
from bench.records.turns import Block


def taken(pacing: Pacing, *good: bool, too_fast: bool = False) -> list[tuple[float, int]]:
    """Take a turn whose tries are good or void as given, and return the share of the rate and the length of each."""
    left = list(good)
    tries = pacing.tries(lambda share, longer: (share, longer, left.pop(0)), lambda one: not one[2], lambda _: too_fast)
    assert not left
    return [(round(share, 2), longer) for share, longer, _ in tries]


def test_a_turn_that_is_not_void_is_taken_once() -> None:
    assert taken(Pacing(), True) == [(1, 1)]


def test_a_void_turn_is_taken_again_for_longer() -> None:
    assert taken(Pacing(), False, True) == [(1, 1), (1, 2)]


def test_the_rate_is_lowered_if_it_could_not_be_sent_and_stays_lower() -> None:
    pacing = Pacing()
    assert taken(pacing, False, False, True, too_fast=True) == [(1, 1), (1, 2), (0.8, 2)]
    assert taken(pacing, True) == [(0.8, 1)]


def test_a_lower_rate_that_is_void_too_changes_nothing_and_the_turn_at_the_full_rate_counts() -> None:
    pacing = Pacing()
    assert taken(pacing, False, False, False, too_fast=True) == [(0.8, 2), (1, 1), (1, 2)]
    assert taken(pacing, True) == [(1, 1)]


def test_a_generator_that_was_late_at_a_rate_that_it_sent_does_not_get_a_lower_one() -> None:
    assert taken(Pacing(), False, False) == [(1, 1), (1, 2)]


def test_a_rate_that_was_kept_once_is_not_lowered() -> None:
    pacing = Pacing()
    taken(pacing, True)
    assert taken(pacing, False, False, too_fast=True) == [(1, 1), (1, 2)]


def test_what_was_void_twice_however_it_was_taken_is_not_taken_again() -> None:
    pacing = Pacing()
    for _ in range(2):
        taken(pacing, False, False)
    assert taken(pacing, False) == [(1, 1)]


class Slow(FakeRunning):
    """Its generator sends at most ``most_per_s`` tasks a second, and is late at the turns that are given."""

    most_per_s = 1e9
    late_turns: tuple[int, ...] = ()

    def pace(self, tasks: int, rate_per_s: float) -> Paced:
        super().pace(tasks, rate_per_s)
        paced = made_pace(rate_per_s, tasks, achieved=0.9 if rate_per_s > self.most_per_s else 1.0)
        if len(self.rates_per_s) in self.late_turns:
            paced.generator_lags_ns[:] = [200_000] * tasks
        return paced


def latencies(clock: Clock, subject: FakeRunning, **how: Any) -> list[Block]:
    _, blocks = run(clock, subject, metrics=["latency"], **how)
    return [block for block in blocks if block.metric == "latency"]


def latency_of(block: Block) -> LatencyTurn:
    (turn,) = block.turns
    assert isinstance(turn, LatencyTurn)
    return turn


def test_a_void_try_is_kept_in_the_record_and_is_no_figure(clock: Clock) -> None:
    subject = Slow("a", clock)
    subject.late_turns = (1,)
    blocks = latencies(clock, subject, rates_per_s=(100.0,), deadline_s=60)
    first = latency_of(blocks[0])
    (void,) = first.void
    assert "the generator's lag is 20% of the latency" in str(void.void_reason())
    assert (first.sent, void.sent) == (2 * turn_tasks(100), turn_tasks(100))
    assert Block.model_validate_json(blocks[0].model_dump_json()) == blocks[0]


def test_a_rate_that_cannot_be_sent_is_lowered_only_if_it_is_a_share_of_the_capacity(clock: Clock) -> None:
    slow = Slow("a", clock)
    slow.most_per_s = 22
    for at, sides in (({"load": 0.5}, False), ({"load": 0.5}, True), ({"rate_per_s": 25.0}, False)):
        find_metric("latency").take(slow, Order(at, False, Sizes(sides=sides)))  # type: ignore[arg-type]
    assert slow.rates_per_s == pytest.approx([25, 25, 20, 25, 25, 25, 25])
