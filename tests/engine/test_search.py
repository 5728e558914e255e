import math
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from fakes import Clock, FakeRunning, made_latency, made_pace, make_stage

from bench.engine.search import Searches, find_capacities, sustained
from bench.metrics.latency import turn_tasks
from bench.processes.drain import Paced
from bench.processes.errors import TasksLost
from bench.records.turns import HistogramRecord, Key, Series

LIMIT_NS = 100_000_000
A: Key = ("a", "celery")
B: Key = ("b", "celery")


@dataclass
class Responding(FakeRunning):
    """Holds the rates that ``holds`` says, and is sent only those that ``sends`` says (rate, how often tried)."""

    holds: Callable[[float], bool] = lambda rate: True
    sends: Callable[[float, int], bool] = lambda rate, times: True
    asked_tasks: list[int] = field(default_factory=list)

    def pace(self, tasks: int, rate_per_s: float) -> Paced:
        self._turn("latency", tasks / rate_per_s)
        self.rates_per_s.append(rate_per_s)
        self.asked_tasks.append(tasks)
        late = 0.0 if self.holds(rate_per_s) else 0.5
        sent = self.sends(rate_per_s, self.rates_per_s.count(rate_per_s))
        return made_pace(rate_per_s, tasks, late=late, achieved=1.0 if sent else 0.9)


def searched(clock: Clock, *cast: FakeRunning, first_per_s: float = 100.0, until_s: float = math.inf) -> Searches:
    stage, _ = make_stage(clock, *cast)
    return find_capacities(stage, {running.key: first_per_s for running in cast}, LIMIT_NS, until_s)


@pytest.mark.parametrize("truth_per_s", [10, 90, 140, 1000])
def test_the_highest_rate_that_is_sustained_is_found_and_confirmed(clock: Clock, truth_per_s: float) -> None:
    search = searched(clock, Responding("a", clock, holds=lambda rate: rate <= truth_per_s))[A]
    found = search.result
    assert found.rate_per_s is not None
    assert found.rate_per_s <= truth_per_s <= found.rate_per_s * 1.05
    assert (search.confirmed, found.at_least) == (3, False)
    assert found.failed_above_per_s == pytest.approx(truth_per_s, rel=0.05)


def test_each_subject_has_a_search_of_its_own_and_their_turns_are_in_common_blocks(clock: Clock) -> None:
    one = Responding("a", clock, holds=lambda rate: rate <= 80)
    other = Responding("b", clock, holds=lambda rate: rate <= 400)
    stage, blocks = make_stage(clock, one, other)
    searches = find_capacities(stage, {A: 100, B: 300}, LIMIT_NS, math.inf)
    assert searches[A].result.rate_per_s == pytest.approx(80, rel=0.05)
    assert searches[B].result.rate_per_s == pytest.approx(400, rel=0.05)
    assert {block.metric for block in blocks} == {"capacity"}
    together = min(len(one.rates_per_s), len(other.rates_per_s))
    assert [len(block.turns) for block in blocks[:together]] == [2] * together


def test_who_knows_already_has_no_further_turns(clock: Clock) -> None:
    quick, slow = Responding("a", clock, holds=lambda rate: rate <= 100), Responding("b", clock, holds=lambda _: False)
    searched(clock, quick, slow)
    assert len(quick.rates_per_s) < len(slow.rates_per_s)


def test_a_confirming_turn_sends_twice_as_many_tasks(clock: Clock) -> None:
    subject = Responding("a", clock, holds=lambda rate: rate <= 140)
    search = searched(clock, subject)[A]
    wanted = [turn_tasks(rate) for rate in subject.rates_per_s]
    assert subject.asked_tasks[:-3] == wanted[:-3]
    assert subject.asked_tasks[-3:] == [2 * tasks for tasks in wanted[-3:]]
    assert subject.rates_per_s[-3:] == [search.result.rate_per_s] * 3


def test_a_subject_that_sustains_nothing_has_no_capacity_and_the_lowest_rate_that_failed(clock: Clock) -> None:
    subject = Responding("a", clock, holds=lambda _: False)
    found = searched(clock, subject)[A].result
    assert (found.rate_per_s, found.at_least) == (None, False)
    assert found.failed_above_per_s == min(subject.rates_per_s)


def test_a_search_that_runs_out_of_time_says_how_far_it_came(clock: Clock) -> None:
    subject = Responding("a", clock, holds=lambda rate: rate <= 1000)
    search = searched(clock, subject, until_s=8.0)[A]
    assert clock.now_s < 8 + 3
    assert search.result.rate_per_s == max(subject.rates_per_s)
    assert (search.confirmed, search.result.at_least) == (0, True)
    assert search.next_rate_per_s() is not None


def test_a_slow_search_does_not_use_up_the_time_of_another(clock: Clock) -> None:
    slow = Responding("a", clock, holds=lambda rate: rate <= 1)
    quick = Responding("b", clock, holds=lambda rate: rate <= 2000)
    stage, _ = make_stage(clock, slow, quick)
    searches = find_capacities(stage, {A: 2.0, B: 1500.0}, LIMIT_NS, until_s=60.0)
    assert stage.spent_s(Series("capacity"), A) < 30 + 3 * 2
    assert searches[B].confirmed == 3


def test_without_any_time_nothing_is_tried_and_nothing_is_known(clock: Clock) -> None:
    subject = Responding("a", clock)
    search = searched(clock, subject, until_s=0.0)[A]
    assert not subject.rates_per_s
    assert (search.result.rate_per_s, search.result.probes) == (None, 0)


def test_a_turn_that_could_not_be_sent_is_repeated_once_and_then_believed_if_it_could(clock: Clock) -> None:
    subject = Responding("a", clock, holds=lambda rate: rate <= 140, sends=lambda rate, times: rate < 120 or times > 1)
    search = searched(clock, subject)[A]
    assert subject.rates_per_s.count(125.0) == 2
    assert search.result.rate_per_s == pytest.approx(140, rel=0.05)
    assert not search.result.at_least


def test_what_cannot_be_sent_twice_bounds_the_capacity_from_below_only(clock: Clock) -> None:
    subject = Responding("a", clock, sends=lambda rate, _: rate <= 120)
    search = searched(clock, subject)[A]
    unsent = [rate for rate in subject.rates_per_s if rate > 120]
    assert all(unsent.count(rate) == 2 for rate in unsent)
    assert search.result.rate_per_s == pytest.approx(120, rel=0.05)
    assert search.result.at_least
    assert search.result.failed_above_per_s is None


def test_a_subject_that_fails_is_left_out_and_the_others_go_on(clock: Clock) -> None:
    gone, other = Responding("a", clock, fails_at=2), Responding("b", clock, holds=lambda rate: rate <= 140)
    stage, _ = make_stage(clock, gone, other)
    searches = find_capacities(stage, {A: 100, B: 100}, LIMIT_NS, math.inf)
    assert stage.failures == {(A, 0): "the server is gone"}
    assert searches[A].result.probes == 2
    assert searches[B].result.rate_per_s == pytest.approx(140, rel=0.05)


def test_lost_tasks_are_a_failure_with_both_numbers(clock: Clock) -> None:
    class Losing(Responding):
        def pace(self, tasks: int, rate_per_s: float) -> Paced:
            raise TasksLost(sent=tasks, finished=tasks - 1, waited_s=30)

    stage, blocks = make_stage(clock, Losing("a", clock))
    find_capacities(stage, {A: 100}, LIMIT_NS, math.inf)
    assert stage.failures == {(A, 0): "300 tasks sent, 299 finished, and no progress for 30 s"}
    assert not blocks


def test_who_has_no_first_rate_is_not_searched(clock: Clock) -> None:
    subject, other = Responding("a", clock, holds=lambda rate: rate <= 100), Responding("b", clock)
    stage, _ = make_stage(clock, subject, other)
    assert find_capacities(stage, {A: 100}, LIMIT_NS, math.inf).keys() == {A}
    assert not other.rates_per_s


@pytest.mark.parametrize(("late", "holds"), [(0.0, True), (0.01, True), (0.02, False)])
def test_at_most_one_of_a_hundred_tasks_may_end_after_the_limit(late: float, holds: bool) -> None:
    assert sustained(made_latency("a", 100, late=late), LIMIT_NS) is holds


def test_the_limit_itself_is_not_after_it() -> None:
    turn = made_latency("a", 100).model_copy(update={"response": HistogramRecord.of([LIMIT_NS] * 100)})
    assert sustained(turn, round(LIMIT_NS * 1.001))


@pytest.mark.parametrize(
    ("growth_per_s", "holds"), [((1.0, -0.1, 2.1), True), ((1.0, 0.0, 2.0), True), ((1.0, 0.1, 1.9), False)]
)
def test_a_backlog_that_certainly_grows_is_not_sustained(growth_per_s: tuple[float, float, float], holds: bool) -> None:
    assert sustained(made_latency("a", 100, growth_per_s=growth_per_s), LIMIT_NS) is holds
