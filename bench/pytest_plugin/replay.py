"""Hands recorded durations to pytest-benchmark through its public interface.

pytest-benchmark times a function with a configurable timer. Here the timer is a clock that stands still until the
function advances it by the next recorded duration, so the plugin's table and files contain exactly the samples of the
interleaved engine.
"""

from collections.abc import Sequence

from pytest_benchmark.fixture import BenchmarkFixture

__all__ = ["recorded_time", "replay"]

_now_s = 0.0


def recorded_time() -> float:
    """Return the sum of the replayed durations, in seconds: the benchmark's timer."""
    return _now_s


def replay(benchmark: BenchmarkFixture, durations_ns: Sequence[float], iterations: int = 1) -> None:
    """Run one round of the benchmark for each duration, with that number of iterations in each.

    The test must have the mark ``@pytest.mark.benchmark(timer=recorded_time)``.
    """
    steps = iter([duration_ns / iterations / 1e9 for duration_ns in durations_ns for _ in range(iterations)])

    def pass_time() -> None:
        global _now_s  # noqa: PLW0603 - one clock for all
        _now_s += next(steps, 0.0)

    benchmark.pedantic(pass_time, rounds=max(len(durations_ns), 1), iterations=iterations)
