"""The pytest face of the comparison: ``pytest bench --brokers redis,rabbitmq:durable,sqs``.

All chosen subjects are measured once, interleaved, when the first benchmark asks; each benchmark then gets its own
subject's samples. A broker that cannot be had is skipped with the remedy, and fails where CI is set.
"""

import os
import random
import time
from argparse import ArgumentTypeError
from pathlib import Path

import pytest
from rich.console import Console

from bench.approval import ask_before_spending
from bench.compare import compare
from bench.comparison import Comparison
from bench.engine.schedule import budget_s
from bench.engine.subject import Subject, label_subjects
from bench.measured import Measured
from bench.records.result import Result, read_result
from bench.records.turns import Metric
from bench.records.workload import load_workload
from bench.records.writer import ResultWriter
from bench.report.files import write_reports
from bench.report.live import progress
from brokers.errors import BrokerUnavailable, UsageError
from brokers.registry import split_subject

_DEFAULT_BROKERS = "redis,rabbitmq,sqs"
_WARM_UP_ONLY_S = 0
_STARTED_S = time.monotonic()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("brokerbench")
    group.addoption(
        "--brokers",
        metavar="SUBJECTS",
        help="what to measure: broker[:profile], comma-separated (default: $BROKER, else redis,rabbitmq,sqs)",
    )
    group.addoption(
        "--brokers-budget",
        type=_budget_s,
        default="quick",
        metavar="TIME",
        help="how long to measure: quick (55 s, the default), default, full, or a time such as 90s",
    )
    group.addoption("--brokers-workload", metavar="WORKLOAD", default="noop", help="a workload's name or TOML file")
    group.addoption("--brokers-out", metavar="DIR", help="also leave the result and the reports there")
    group.addoption("--brokers-seed", type=int, help="of the order of turns and of hashes")
    group.addoption("--brokers-yes", action="store_true", help="spend money on AWS without asking")


def _budget_s(text: str) -> float:
    try:
        return budget_s(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "metric(name): the metric whose samples a benchmark replays")
    _subjects(config)  # a wrong name is wrong use, also where no benchmark is collected


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "measured" in metafunc.fixturenames:
        labels = [subject.label for subject in _subjects(metafunc.config)]
        metafunc.parametrize("measured", labels, ids=labels, indirect=True)


def _subjects(config: pytest.Config) -> list[Subject]:
    chosen = config.getoption("--brokers") or os.environ.get("BROKER") or _DEFAULT_BROKERS
    try:
        return label_subjects([split_subject(text) for text in chosen.split(",")])
    except UsageError as error:
        raise pytest.UsageError(error.format_message()) from error


@pytest.fixture
def measured(request: pytest.FixtureRequest, comparison_result: Result) -> Measured:
    """Give one subject's part of the comparison; skip or fail when its broker cannot be had."""
    subject = next(subject for subject in comparison_result.subjects if subject.label == request.param)
    if subject.failure and subject.server is None and not os.environ.get("CI"):
        pytest.skip(subject.failure)
    if subject.failure:
        pytest.fail(f"{subject.label}: {subject.failure}", pytrace=False)
    if why := subject.not_measured.get(_metric(request.node)):
        pytest.skip(why)
    return Measured(comparison_result, subject)


@pytest.fixture(scope="session")
def comparison_result(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Measure every subject that a selected benchmark asks for, in the metrics that they ask for."""
    config = request.config
    out = config.getoption("--brokers-out")
    try:
        comparison = _comparison(request)
        directory = Path(out) if out else tmp_path_factory.mktemp("brokerbench")
        approve = ask_before_spending(comparison.budget_s, yes=config.getoption("--brokers-yes"))
        capture = config.pluginmanager.get_plugin("capturemanager")
        labels = [subject.label for subject in comparison.subjects]
        with (
            ResultWriter(directory) as writer,
            capture.global_and_fixture_disabled(),
            progress(Console(), labels) as observer,
        ):
            compare(comparison, writer, observer, approve)
        result = read_result(writer.path)
    except BrokerUnavailable as error:
        if os.environ.get("CI"):
            pytest.fail(error.format_message(), pytrace=False)
        pytest.skip(error.format_message())
    except UsageError as error:
        pytest.exit(error.format_message(), returncode=pytest.ExitCode.USAGE_ERROR)
    if out:
        write_reports(result, Path(out))
    if result.status == "interrupted":
        raise KeyboardInterrupt
    return result


def _metric(item: pytest.Item) -> Metric:
    """Give the metric that a benchmark is marked with."""
    marker = item.get_closest_marker("metric")
    if marker is None:
        raise pytest.UsageError(f"{item.nodeid} uses 'measured': mark it with @pytest.mark.metric('enqueue') or alike")
    metric: Metric = marker.args[0]
    return metric


def _comparison(request: pytest.FixtureRequest) -> Comparison:
    config = request.config
    items = [item for item in request.session.items if "measured" in getattr(item, "fixturenames", ())]
    wanted = {item.callspec.params["measured"] for item in items}  # type: ignore[attr-defined]
    metrics = list(dict.fromkeys(_metric(item) for item in items))
    seed = config.getoption("--brokers-seed")
    workload = load_workload(config.getoption("--brokers-workload"))
    if workload.sweep:
        raise UsageError(
            f"{workload.name!r} varies {next(iter(workload.sweep))}: measure it with 'brokerbench compare'"
        )
    comparison = Comparison(
        subjects=[subject for subject in _subjects(config) if subject.label in wanted],
        workload=workload,
        metrics=metrics,
        budget_s=_WARM_UP_ONLY_S if config.getoption("benchmark_disable") else config.getoption("--brokers-budget"),
        seed=random.SystemRandom().randrange(2**32) if seed is None else seed,
        started_s=_STARTED_S,
    )
    comparison.check()
    return comparison
