"""An open loop keeps its intended times, and tells its own lateness from that of its calls."""

import sys
import threading

import pytest

from bench.subject.pacer import Pacer, fine_timers

READING_NS = 50
INTERVAL_NS = 1_000_000
SPIN_NS = 100_000


class Clock:
    """Time passes when it is read, and when somebody sleeps: ``late_ns`` longer than this portion of what they ask."""

    def __init__(self, late_ns: int = 0, portion: float = 1) -> None:
        self.now_ns = 7_000_000
        self.late_ns = late_ns
        self.portion = portion
        self.slept_ns: list[int] = []

    def read(self) -> int:
        self.now_ns += READING_NS
        return self.now_ns

    def sleep(self, seconds: float) -> None:
        self.slept_ns.append(round(seconds * 1e9))
        self.now_ns += int(self.slept_ns[-1] * self.portion) + self.late_ns


def paced(clock: Clock, durations_ns: list[int]) -> tuple[Pacer, list[int]]:
    """Make calls that take that long, and return when each began."""
    begins_ns: list[int] = []
    left_ns = iter(durations_ns)

    def call(_: str) -> None:
        begins_ns.append(clock.now_ns)
        clock.now_ns += next(left_ns)

    pacer = Pacer([], clock.read, clock.sleep)
    pacer.run(call, map(str, range(len(durations_ns))), INTERVAL_NS)
    return pacer, begins_ns


def test_calls_begin_at_their_intended_times() -> None:
    pacer, begins_ns = paced(Clock(), [200_000] * 50)
    assert begins_ns == [pacer.start_ns + j * INTERVAL_NS + lag_ns for j, lag_ns in enumerate(pacer.schedule_lags_ns)]
    assert all(0 <= lag_ns < READING_NS for lag_ns in pacer.schedule_lags_ns)
    assert pacer.generator_lags_ns == pacer.schedule_lags_ns
    assert pacer.calls_ns == [200_000 + READING_NS] * 50


def test_lateness_does_not_add_up() -> None:
    pacer, begins_ns = paced(Clock(late_ns=SPIN_NS + 30_000), [200_000] * 50)
    assert all(30_000 <= lag_ns < 31_000 for lag_ns in pacer.schedule_lags_ns)
    assert begins_ns[-1] - begins_ns[0] == pytest.approx(49 * INTERVAL_NS, abs=1000)


def test_a_sleep_that_ends_too_late_is_the_generators_own_lag() -> None:
    pacer, _ = paced(Clock(late_ns=500_000), [200_000] * 5)
    assert all(400_000 <= lag_ns < 401_000 for lag_ns in pacer.generator_lags_ns)


def test_it_sleeps_until_shortly_before() -> None:
    clock = Clock()
    paced(clock, [0] * 20)
    assert len(clock.slept_ns) == 20
    assert all(0.85 * INTERVAL_NS < slept_ns <= INTERVAL_NS - SPIN_NS for slept_ns in clock.slept_ns)


def test_a_sleep_that_ends_too_early_goes_on() -> None:
    clock = Clock(portion=0.5)
    pacer, _ = paced(clock, [0] * 5)
    assert all(0 <= lag_ns < READING_NS for lag_ns in pacer.schedule_lags_ns)
    assert len(clock.slept_ns) > 5


def test_a_slow_call_makes_later_ones_late_and_skips_none() -> None:
    pacer, _ = paced(Clock(), [200_000, 3_500_000, *[200_000] * 8])
    assert len(pacer.calls_ns) == 10
    late_ms = [lag_ns // 100_000 / 10 for lag_ns in pacer.schedule_lags_ns]
    assert late_ms == [0, 0, 2.5, 1.7, 0.9, 0.1, 0, 0, 0, 0]


def test_waiting_for_a_slow_call_is_no_lag_of_the_generator() -> None:
    pacer, _ = paced(Clock(), [200_000, 3_500_000, *[200_000] * 8])
    assert max(pacer.schedule_lags_ns) > 2_000_000
    assert max(pacer.generator_lags_ns) <= READING_NS


def test_what_a_call_raises_ends_it_and_what_was_done_is_kept() -> None:
    clock = Clock()

    def call(argument: str) -> None:
        if argument == "3":
            raise ConnectionError

    lags_ns: list[int] = []
    pacer = Pacer(lags_ns, clock.read, clock.sleep)
    with pytest.raises(ConnectionError):
        pacer.run(call, "12345", INTERVAL_NS)
    assert len(lags_ns) == len(pacer.generator_lags_ns) == len(pacer.calls_ns) == 2


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems have no timer slack")
def test_fine_timers_end_where_they_began() -> None:
    slacks_ns: list[int] = []

    def slack_ns() -> int:
        import ctypes

        return int(ctypes.CDLL(None).prctl(30))  # PR_GET_TIMERSLACK

    def look() -> None:
        slacks_ns.append(slack_ns())
        with fine_timers():
            slacks_ns.append(slack_ns())
        slacks_ns.append(slack_ns())

    thread = threading.Thread(target=look)  # the slack is a thread's own
    thread.start()
    thread.join()
    before_ns, within_ns, after_ns = slacks_ns
    assert within_ns == 1 < before_ns == after_ns


def test_a_system_without_timer_slack_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setitem(sys.modules, "ctypes", None)
    with fine_timers():
        pass
    monkeypatch.setattr(sys, "platform", "linux")  # a Python without ctypes
    with fine_timers():
        pass


def test_calls_that_would_begin_more_than_five_seconds_late_are_dropped() -> None:
    pacer, begins_ns = paced(Clock(), [200_000, 4_000_000_000, 200_000, 2_000_000_000, 200_000, 200_000])
    assert len(begins_ns) == 4
    assert len(pacer.schedule_lags_ns) == len(pacer.generator_lags_ns) == len(pacer.calls_ns) == 4
