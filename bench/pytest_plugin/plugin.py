"""The pytest plugin: ``pytest bench --brokers redis,rabbitmq:durable,sqs``.

All chosen subjects are measured once, interleaved, when the first benchmark runs; each benchmark then gets its own
subject's samples. An unavailable broker is skipped with a remedy; it fails if CI is set.
"""

import os
from collections.abc import Generator
from typing import Any

import pytest

from bench.gate.again import Guard
from bench.gate.judging import Gate
from bench.pytest_plugin.options import guard_of, pytest_addoption, subjects_of
from bench.pytest_plugin.samples import Measured
from bench.pytest_plugin.taking import comparison_of, metric_of, result_and_gate
from bench.records.result import Result
from bench.report.gate.sentences import failures
from brokers.errors import BrokerUnavailable, NotWritten, UsageError
from brokers.proxies import bypass_proxies_on_loopback

__all__ = [
    "comparison_result",
    "measured",
    "pytest_addoption",
    "pytest_configure",
    "pytest_generate_tests",
    "pytest_runtest_call",
]

_GATE = pytest.StashKey[Gate | None]()
_GUARD = pytest.StashKey[Guard | None]()


def pytest_configure(config: pytest.Config) -> None:
    bypass_proxies_on_loopback(os.environ)
    config.addinivalue_line("markers", "metric(name): the metric whose samples a benchmark replays")
    subjects_of(config)  # a wrong name is an error even if no benchmark is collected
    try:
        config.stash[_GUARD] = guard_of(config)
    except UsageError as error:
        raise pytest.UsageError(error.format_message()) from error


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "measured" in metafunc.fixturenames:
        labels = [subject.label for subject in subjects_of(metafunc.config)]
        metafunc.parametrize("measured", labels, ids=labels, indirect=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Fail a benchmark whose figure does not pass the gate, with the gate's sentences."""
    outcome = yield
    gate = item.config.stash.get(_GATE, None)
    if gate and "measured" in getattr(item, "fixturenames", ()):
        label: str = item.callspec.params["measured"]  # type: ignore[attr-defined]
        passes = item.config.getoption("--brokerbench-inconclusive") == "pass"
        if sentences := failures(gate, label, metric_of(item), inconclusive_passes=passes):
            pytest.fail("\n".join(sentences), pytrace=False)
    return outcome


@pytest.fixture
def measured(request: pytest.FixtureRequest, comparison_result: Result) -> Measured:
    """Return one subject's part of the comparison; skip or fail if its broker is unavailable.

    A benchmark without a single sample fails: pytest-benchmark would compare a duration of zero, and pass.
    """
    subject = next(subject for subject in comparison_result.subjects if subject.label == request.param)
    if subject.failure and subject.server is None and not os.environ.get("CI"):
        pytest.skip(subject.failure)
    if subject.failure:
        pytest.fail(f"{subject.label}: {subject.failure}", pytrace=False)
    if why := subject.not_measured.get(metric_of(request.node)):
        pytest.skip(why)
    own = Measured(comparison_result, subject)
    if not own.turns(metric_of(request.node)) and not request.config.getoption("benchmark_disable"):
        pytest.fail(
            f"{subject.label}: the budget was used up before the first turn was measured: "
            "raise --brokers-budget (without a turn there is nothing to compare)",
            pytrace=False,
        )
    return own


@pytest.fixture(scope="session")
def comparison_result(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Measure every subject and metric that the selected benchmarks need."""
    config = request.config
    try:
        guard = config.stash[_GUARD]
        comparison = comparison_of(request.session, guard)
        result, gate = result_and_gate(config, comparison, guard, tmp_path_factory.mktemp("brokerbench"))
    except BrokerUnavailable as error:
        if os.environ.get("CI"):
            pytest.fail(error.format_message(), pytrace=False)
        pytest.skip(error.format_message())
    except UsageError as error:
        pytest.exit(error.format_message(), returncode=pytest.ExitCode.USAGE_ERROR)
    except NotWritten as error:
        pytest.exit(error.format_message(), returncode=error.exit_code)
    config.stash[_GATE] = gate
    if result.status == "interrupted":
        raise KeyboardInterrupt
    return result
