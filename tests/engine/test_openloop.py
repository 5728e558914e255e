from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.metrics.latency import LatencyTurn, latency_turn, turn_tasks
from bench.processes.drain import Paced
from bench.processes.events import Events
from bench.processes.running import Running
from bench.records.turns import HistogramRecord
from bench.subject.recorder import FINISHED, STARTED

START_NS = 1_000_000_000_000
INTERVAL_NS = 10_000_000


def paced(lags_ns: list[int], calls_ns: list[int], events: Events, generator_ns: list[int] | None = None) -> Paced:
    """Make what became of tasks that were sent."""
    return Paced(
        start_ns=START_NS,
        interval_ns=INTERVAL_NS,
        lags_ns=lags_ns,
        calls_ns=calls_ns,
        generator_lags_ns=generator_ns or [0] * len(lags_ns),
        events=events,
    )


def latency_of(found: Paced, tasks: int) -> LatencyTurn:
    return latency_turn(cast(Running, SimpleNamespace(label="redis", layer="celery")), found, tasks)


def events_of(starts_ns: list[int], ends_ns: list[int], first: int = 0) -> Events:
    """Make a worker's events of consecutive tasks: when each began and ended after its own intended time."""
    numbers = np.arange(first, first + len(starts_ns))
    intended_ns = START_NS + INTERVAL_NS * np.arange(len(starts_ns))
    return Events(
        np.tile(numbers, 2),
        np.repeat([STARTED, FINISHED], len(numbers)),
        np.concatenate([intended_ns + starts_ns, intended_ns + ends_ns]),
    )


def turn_of(
    lags_ns: list[int],
    starts_ns: list[int],
    ends_ns: list[int],
    *,
    generator_ns: list[int] | None = None,
    tasks: int | None = None,
    first: int = 0,
) -> LatencyTurn:
    events = events_of(starts_ns, ends_ns, first)
    return latency_of(paced(lags_ns, [100] * len(lags_ns), events, generator_ns), tasks or len(lags_ns))


def test_everything_counts_from_the_intended_time_however_late_the_call_began() -> None:
    turn = turn_of([0, 500, 0, 0], [1000, 1500, 1000, 1000], [1400, 1900, 1400, 1400], generator_ns=[0, 20, 0, 0])
    assert turn.start == HistogramRecord.of([1000, 1500, 1000, 1000])
    assert turn.response == HistogramRecord.of([1400, 1900, 1400, 1400])
    assert turn.service == HistogramRecord.of([400] * 4)
    assert turn.schedule_lag == HistogramRecord.of([0, 500, 0, 0])
    assert turn.generator_lag == HistogramRecord.of([0, 20, 0, 0])
    assert (turn.subject, turn.rate_per_s, turn.sent, turn.dropped) == ("redis", 100.0, 4, 0)


def test_the_first_tenth_is_warm_up_and_in_no_histogram() -> None:
    lags_ns = [2000] * 5 + [0] * 45
    turn = turn_of(lags_ns, [9000] * 5 + [1000] * 45, [9999] * 5 + [1400] * 45, generator_ns=lags_ns)
    assert (turn.warmup_tasks, turn.sent) == (5, 50)
    for histogram, value_ns in (
        (turn.start, 1000),
        (turn.response, 1400),
        (turn.service, 400),
        (turn.schedule_lag, 0),
        (turn.generator_lag, 0),
    ):
        assert histogram == HistogramRecord.of([value_ns] * 45)


def test_tasks_are_told_apart_by_their_numbers_wherever_the_first_one_is() -> None:
    turn = turn_of([0, 0, 0], [10, 20, 30], [15, 40, 90], first=1234)
    assert turn.service == HistogramRecord.of([5, 20, 60])


def test_the_order_of_events_and_a_second_run_of_a_task_change_nothing() -> None:
    events = events_of([10, 20, 30], [15, 40, 90])
    again = Events(np.array([1, 1]), np.array([STARTED, FINISHED]), np.array([START_NS + 10**9, START_NS + 2 * 10**9]))
    backwards = Events(*(np.flip(column) for column in (events.numbers, events.kinds, events.at_ns)))
    found = [
        latency_of(paced([0, 0, 0], [5, 5, 5], made), 3) for made in (events, backwards, Events.joined([again, events]))
    ]
    assert found[0].response == found[1].response == found[2].response == HistogramRecord.of([15, 40, 90])


def test_what_was_never_sent_is_counted() -> None:
    assert turn_of([0, 0, 0], [1, 1, 1], [2, 2, 2], tasks=10).dropped == 7


def test_sent_on_time_the_achieved_rate_is_the_intended_one() -> None:
    turn = turn_of([0] * 20, [1000] * 20, [1400] * 20)
    assert turn.sent / turn.sending_ns * 1e9 == pytest.approx(turn.rate_per_s)


def test_sent_at_half_the_rate_the_achieved_rate_is_the_half() -> None:
    late_ns = [INTERVAL_NS * number for number in range(100)]
    turn = turn_of(late_ns, [ns + 1000 for ns in late_ns], [ns + 1400 for ns in late_ns])
    assert turn.sent / turn.sending_ns * 1e9 == pytest.approx(turn.rate_per_s / 2, rel=0.01)


def test_a_backlog_grows_where_tasks_end_later_and_later() -> None:
    tasks = 300
    late_ns = [number * INTERVAL_NS for number in range(tasks)]  # half as fast as they are sent
    slope, low, high = turn_of([0] * tasks, late_ns, [ns + 1000 for ns in late_ns]).backlog_per_s
    assert low <= slope <= high
    assert low > 0
    assert slope == pytest.approx(50, rel=0.05)  # 100 a second are sent, and 50 finished


def test_a_backlog_does_not_grow_where_tasks_end_at_once() -> None:
    slope, low, high = turn_of([0] * 300, [1000] * 300, [2000] * 300).backlog_per_s
    assert low <= 0 <= high
    assert slope == pytest.approx(0, abs=1)


@given(st.floats(min_value=0.01, max_value=1e5))
def test_a_turn_takes_three_quarters_of_a_second_to_three_seconds(rate_per_s: float) -> None:
    tasks = turn_tasks(rate_per_s)
    assert tasks >= 2
    if tasks > 2:
        assert 0.74 <= tasks / rate_per_s <= 3.01 + 1 / rate_per_s


def test_a_turn_has_300_tasks_where_that_takes_a_second_or_so() -> None:
    assert [turn_tasks(rate) for rate in (10, 100, 200, 400, 4000)] == [30, 300, 300, 300, 3000]
