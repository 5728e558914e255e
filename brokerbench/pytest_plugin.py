"""The pytest plugin: tests that measure what a Celery task costs on each broker, with the fixture ``broker_benchmark``.

All tests of a session are measured in one run, in a separate process. A session whose tests do not use the fixture
imports nothing of Brokerbench but this module.
"""

from collections.abc import Generator

import pytest

_FIXTURE = "broker_benchmark"
_SHORT = ("--rtt", "--jitter", "--bandwidth", "--stall")
_NO_BENCHMARK = f"{_FIXTURE} needs pytest-benchmark: run pytest without '-p no:benchmark'"
_IN_PARALLEL = f"{_FIXTURE} measures in one process, and pytest-xdist runs tests in several: use -n 0, or deselect it"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options and the keys of the ini file."""
    group = parser.getgroup("brokerbench", "brokers, measured by Brokerbench")
    group.addoption(
        "--brokers",
        metavar="SUBJECTS",
        help="what to measure: broker[:profile][@rtt], comma-separated "
        "(default: brokerbench_brokers, else $BROKER, else what 'brokerbench compare' measures)",
    )
    group.addoption(
        "--brokers-budget",
        metavar="TIME",
        help="how long to measure all tests: quick (55 s, the default), default, full, or a time such as 90s",
    )
    group.addoption("--brokers-workload", metavar="WORKLOAD", help="a workload's name (default: noop) or TOML file")
    group.addoption("--brokers-rtt", metavar="TIME", help="put every server at this distance: 0.5ms; or --rtt")
    group.addoption("--brokers-jitter", metavar="TIME", help="vary each way by up to half of this; or --jitter")
    group.addoption("--brokers-bandwidth", metavar="RATE", help="limit each way to this: 10MB/s; or --bandwidth")
    group.addoption("--brokers-stall", metavar="PERCENT", help="hold up this share of the pieces; or --stall")
    group.addoption("--brokers-out", metavar="DIR", help="also write the result and the reports to this folder")
    group.addoption("--brokers-seed", type=int, metavar="N", help="the seed for the order of turns and for hashes")
    group.addoption(
        "--brokers-server",
        action="append",
        default=[],
        metavar="[BROKER=]URL",
        help="measure on this server of yours: a URL, or the variable that has it; repeatable",
    )
    group.addoption(
        "--brokers-yes",
        action="store_true",
        help="spend money on AWS, and measure an app on a server that only a variable names",
    )
    group.addoption("--brokerbench-baseline", metavar="FILE", help="fail tests that regressed since this result")
    group.addoption("--brokerbench-max-regression", metavar="PERCENT", help="how much worse a figure may be (5%%)")
    group.addoption("--brokerbench-limits", metavar="FILE", help="a TOML file with limits by metric and subject")
    group.addoption("--brokerbench-allow", action="append", default=[], metavar="NAMES", help="differences to allow")
    group.addoption(
        "--brokerbench-inconclusive",
        choices=["pass", "fail"],
        default="fail",
        help="whether an inconclusive result passes or fails (fail)",
    )
    parser.addini("brokerbench_app", "the Celery app, as for 'celery -A': proj.celery")
    parser.addini("brokerbench_app_dir", "the folder to import it from; by default that of the ini file", default=".")
    parser.addini("brokerbench_include", "modules with more tasks, as 'celery worker --include'", type="args")
    parser.addini("brokerbench_python", "the interpreter of the app's environment; by default pytest's")
    parser.addini("brokerbench_brokers", "as --brokers")
    parser.addini("brokerbench_budget", "as --brokers-budget")
    parser.addini("brokerbench_workload", "as --brokers-workload")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> Generator[None, object, object]:
    """Let --rtt and its like stand for --brokers-rtt, unless another plugin or a conftest.py has an option so named.

    They are not options themselves: a project's own option of that name would then be an error, whatever it runs.
    """
    found = _short_options(args)
    if found:
        places = early_config.known_args_namespace.file_or_dir
        values = [args[place + 1] for place in found if "=" not in args[place] and place + 1 < len(args)]
        places[:] = [place for place in places if place not in values]  # else one would be taken for a test's file
    outcome = yield
    taken = {name for group in [*parser._groups, parser._anonymous] for one in group.options for name in one.names()}
    for place, name in found.items():
        if name not in taken:
            args[place] = args[place].replace("--", "--brokers-", 1)
    return outcome


def _short_options(args: list[str]) -> dict[int, str]:
    """Return the places in a command line with an option of the distance, and its name."""
    ended = args.index("--") if "--" in args else len(args)
    names = {place: text.partition("=")[0] for place, text in enumerate(args[:ended])}
    return {place: name for place, name in names.items() if name in _SHORT}


def pytest_configure(config: pytest.Config) -> None:
    """Explain in one sentence why nothing can be measured, where pytest-benchmark is left out."""
    if _refusal(config) == _NO_BENCHMARK:
        config.pluginmanager.register(_WithoutBenchmark(), "brokerbench_without_benchmark")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that measures once for each subject."""
    if _FIXTURE in metafunc.fixturenames and not _refusal(metafunc.config):
        from brokerbench.sessions import session_of

        metafunc.parametrize(_FIXTURE, session_of(metafunc.config).subjects(), indirect=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """End the session if a test measures and an option is wrong."""
    if any(map(_measures, items)) and not _refusal(config):
        from brokerbench.sessions import session_of

        session_of(config).check()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Measure what all tests of the session ask for, before the first of them begins."""
    if _measures(item) and not _refusal(item.config):
        from brokerbench.recording import record

        record(item)
    return (yield)


@pytest.fixture
def broker_benchmark(request: pytest.FixtureRequest, benchmark: object) -> object:
    """Return what measures a task on one subject: ``enqueue(task, args=...)`` or ``throughput(task, args=...)``."""
    if why := _refusal(request.config):
        pytest.fail(why, pytrace=False)
    from brokerbench.benchmarks import BrokerBenchmark

    return BrokerBenchmark.of(request, benchmark)


class _WithoutBenchmark:
    """The fixture where pytest-benchmark is left out."""

    @pytest.fixture
    def broker_benchmark(self) -> None:
        """Fail, and say why."""
        pytest.fail(_NO_BENCHMARK, pytrace=False)


def _measures(item: pytest.Item) -> bool:
    return _FIXTURE in getattr(item, "fixturenames", ())


def _refusal(config: pytest.Config) -> str:
    """Return why nothing can be measured in this session; empty if it can."""
    if not hasattr(config.option, "benchmark_disable"):
        return _NO_BENCHMARK
    return _IN_PARALLEL if hasattr(config, "workerinput") else ""
