"""The pytest face of the comparison: ``pytest bench --brokers redis,rabbitmq:durable,sqs``.

All chosen subjects are measured once, interleaved, when the first benchmark asks; each benchmark then gets its own
subject's samples. A broker that cannot be had is skipped with the remedy, and fails where CI is set.
"""

import os
import random
import time
from argparse import ArgumentTypeError
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bench.commands.approval import ask_before_spending
from bench.commands.interrupt import ended_soon_when_interrupted
from bench.compare.request import Comparison
from bench.compare.run import compare
from bench.engine.schedule import budget_s
from bench.gate.again import Guard, judge_now
from bench.gate.checks import allowed_kinds
from bench.gate.judging import Gate
from bench.gate.limits import read_limits
from bench.processes.subject import Subject, label_subjects
from bench.pytest_plugin.samples import Measured
from bench.records.bounds import MOST_SEED
from bench.records.margin import share
from bench.records.result import Result, read_result
from bench.records.workload import load_workload
from bench.records.writer import ResultWriter
from bench.report.files import write_reports
from bench.report.gate.sentences import failures
from bench.report.live import progress
from brokers.errors import BrokerUnavailable, NotWritten, UsageError
from brokers.registry import split_subject

_DEFAULT_BROKERS = "redis,rabbitmq,sqs"
_WARM_UP_ONLY_S = 0
_STARTED_S = time.monotonic()
_GUARDED_BY = ("baseline", "limits", "max-regression", "allow")
_GATE = pytest.StashKey[Gate]()
_GUARD = pytest.StashKey[Guard | None]()


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
    group.addoption("--brokers-seed", type=_seed, help="of the order of turns and of hashes")
    group.addoption("--brokers-yes", action="store_true", help="spend money on AWS without asking")
    group.addoption("--brokerbench-baseline", metavar="FILE", help="fail what regressed since this result")
    group.addoption("--brokerbench-max-regression", metavar="PERCENT", help="how much worse a figure may be (5%%)")
    group.addoption("--brokerbench-limits", metavar="FILE", help="a TOML file with limits by metric and subject")
    group.addoption("--brokerbench-allow", action="append", default=[], metavar="NAMES", help="differences that may be")
    group.addoption(
        "--brokerbench-inconclusive", choices=["pass", "fail"], default="fail", help="what a doubt does (fail)"
    )


def _budget_s(text: str) -> float:
    try:
        return budget_s(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error


def _seed(text: str) -> int:
    if not 0 <= (seed := int(text)) <= MOST_SEED:
        raise ArgumentTypeError(f"{text} is not a seed: use a whole number from 0 to {MOST_SEED}")
    return seed


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "metric(name): the metric whose samples a benchmark replays")
    _subjects(config)  # a wrong name is wrong use, also where no benchmark is collected
    try:
        config.stash[_GUARD] = _guard(config)
    except UsageError as error:
        raise pytest.UsageError(error.format_message()) from error


def _guard(config: pytest.Config) -> Guard | None:
    """Read the baseline and what may differ from it; None without one, and where nothing is measured."""
    baseline, *others = (config.getoption(f"--brokerbench-{name}") for name in _GUARDED_BY)
    limits, worse, _ = others
    if baseline is None and any(others):
        raise UsageError("limits and what may differ are of a baseline: give it by --brokerbench-baseline FILE")
    if baseline is None or config.getoption("benchmark_disable", False):
        return None
    return Guard(
        baseline=read_result(Path(baseline)),
        limits=read_limits(Path(limits) if limits else None, _share(worse) if worse else None),
        allowed=allowed_kinds(config.getoption("--brokerbench-allow")),
    )


def _share(text: str) -> float:
    try:
        return share(text, "limit")
    except ValueError as error:
        raise UsageError(str(error)) from error


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Fail a benchmark whose figure does not pass the gate, with the gate's sentence."""
    outcome = yield
    gate = item.config.stash.get(_GATE, None)
    if gate and "measured" in getattr(item, "fixturenames", ()):
        label: str = item.callspec.params["measured"]  # type: ignore[attr-defined]
        passes = item.config.getoption("--brokerbench-inconclusive") == "pass"
        if sentences := failures(gate, label, _metric(item), inconclusive_passes=passes):
            pytest.fail("\n".join(sentences), pytrace=False)
    return outcome


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
    """Return one subject's part of the comparison; skip or fail when its broker cannot be had."""
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
        result = _measured_and_judged(config, comparison, directory)
        if out:
            write_reports(result, directory)
    except BrokerUnavailable as error:
        if os.environ.get("CI"):
            pytest.fail(error.format_message(), pytrace=False)
        pytest.skip(error.format_message())
    except UsageError as error:
        pytest.exit(error.format_message(), returncode=pytest.ExitCode.USAGE_ERROR)
    except NotWritten as error:
        pytest.exit(error.format_message(), returncode=error.exit_code)
    if result.status == "interrupted":
        raise KeyboardInterrupt
    return result


def _measured_and_judged(config: pytest.Config, comparison: Comparison, directory: Path) -> Result:
    """Measure, and judge by the baseline if there is one: then what seems to have regressed is measured again."""

    def measure(comparison: Comparison, again: bool) -> Result:
        folder = directory / "again" if again else directory
        approve = ask_before_spending(comparison.budget_s, yes=config.getoption("--brokers-yes"))
        capture = config.pluginmanager.get_plugin("capturemanager")
        labels = [subject.label for subject in comparison.subjects]
        with (
            ended_soon_when_interrupted(),
            ResultWriter(folder) as writer,
            capture.global_and_fixture_disabled(),
            progress(Console(), labels) as observer,
        ):
            compare(comparison, writer, observer, approve)
        return read_result(writer.path)

    guard = config.stash[_GUARD]
    if guard is None:
        return measure(comparison, False)
    with ResultWriter(directory / "again"):  # a second run must not find out after the first
        pass
    gate = judge_now(guard, comparison, measure)
    config.stash[_GATE] = gate
    return gate.current


def _metric(item: pytest.Item) -> str:
    """Return the metric that a benchmark is marked with."""
    marker = item.get_closest_marker("metric")
    if marker is None:
        raise pytest.UsageError(f"{item.nodeid} uses 'measured': mark it with @pytest.mark.metric('enqueue') or alike")
    metric: str = marker.args[0]
    return metric


def _comparison(request: pytest.FixtureRequest) -> Comparison:
    config = request.config
    items = [item for item in request.session.items if "measured" in getattr(item, "fixturenames", ())]
    wanted = {item.callspec.params["measured"] for item in items}  # type: ignore[attr-defined]
    metrics = list(dict.fromkeys(_metric(item) for item in items))
    seed, guard = config.getoption("--brokers-seed"), config.stash[_GUARD]
    if seed is None:
        seed = guard.baseline.seed if guard else random.SystemRandom().randrange(2**32)
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
        seed=seed,
        started_s=_STARTED_S,
    )
    comparison.check()
    return comparison
