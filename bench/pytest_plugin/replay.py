"""Hands recorded durations to pytest-benchmark through its public interface.

pytest-benchmark times a function with a timer that may be chosen. Here the timer is a clock that stands still until
the function moves it on by the next recorded duration, so that the plugin's table and files hold exactly the samples
of the interleaved engine.
"""

from collections.abc import Sequence

from pytest_benchmark.fixture import BenchmarkFixture

__all__ = ["recorded_time", "replay"]

_now_s = 0.0


def recorded_time() -> float:
    """Return the time that the replayed durations add up to, in seconds: the benchmark's timer."""
    return _now_s


def replay(benchmark: BenchmarkFixture, durations_ns: Sequence[float], iterations: int = 1) -> None:
    """Give the benchmark one round for each duration, each of so many iterations.

    The test must be marked with ``@pytest.mark.benchmark(timer=recorded_time)``.
    """
    steps = iter([duration_ns / iterations / 1e9 for duration_ns in durations_ns for _ in range(iterations)])

    def pass_time() -> None:
        global _now_s  # noqa: PLW0603 - a clock is one for all
        _now_s += next(steps, 0.0)

    benchmark.pedantic(pass_time, rounds=max(len(durations_ns), 1), iterations=iterations)
