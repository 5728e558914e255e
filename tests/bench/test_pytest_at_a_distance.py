"""Sessions of pytest at a distance, and projects that have an option --rtt of their own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from commands import environment_of

from bench.for_pytest.answering import _with_pytests_options
from bench.for_pytest.comparing import chosen_subjects, comparison_of
from bench.for_pytest.request import AskedTest, Request
from bench.records.distance import Distance
from brokers.errors import UsageError

MEASURES = """
def test_enqueue(broker_benchmark):
    broker_benchmark.enqueue()
"""


def request(**options: object) -> Request:
    own: dict[str, object] = {"folder": "", "budget": "quick", "workload": "noop", "app_dir": "/shop", "app": "shop"}
    return Request.model_validate(own | options)


def run(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-c", "/dev/null", "--rootdir", str(folder), *arguments],
        cwd=folder,
        env=environment_of(folder, CI=""),
        capture_output=True,
        text=True,
        timeout=220,
        check=False,
    )


def test_subjects_have_their_own_distance_or_the_sessions() -> None:
    asked = request(brokers="redis@0.3ms,rabbitmq", rtt="2ms", jitter="0.1ms")
    assert [one.label for one in chosen_subjects(asked)] == ["redis@0.3ms", "rabbitmq@2ms"]


def test_a_test_with_a_task_of_its_own_is_measured_at_the_distance() -> None:
    add = AskedTest(id="0", subject="redis@0.3ms", metric="enqueue", task="shop.add", args=[2, 2])
    asked = request(brokers="redis@0.3ms", bandwidth="10MB/s", tests=[add])
    comparison, labels = comparison_of(asked, None)
    (subject,) = comparison.subjects
    assert labels == {"0": "redis@0.3ms add(2, 2)"}
    assert subject.workload
    assert subject.distance(subject.workload) == Distance(rtt_ns=300_000, bytes_per_s=10e6)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"brokers": "redis@"}, "--brokers: 'redis@' has no distance after the @"),
        ({"brokers": "redis", "rtt": "soon"}, "--rtt: rtt: 'soon' is not a round-trip time|'soon' is not a round-trip"),
        ({"brokers": "memory", "rtt": "1ms"}, "memory lives in one process"),
        ({"brokers": "redis@1ms", "workload": "sweep-rtt"}, "the workload varies the distance"),
    ],
)
def test_a_wrong_distance_is_refused(options: dict[str, object], line: str) -> None:
    with pytest.raises(UsageError, match=line):
        chosen_subjects(request(**options))


def test_messages_name_the_options_as_pytest_calls_them() -> None:
    assert _with_pytests_options("remove --rtt, or use --yes") == "remove --brokers-rtt, or use --brokers-yes"
    assert _with_pytests_options("use --brokers-server") == "use --brokers-server"


@pytest.mark.long
def test_a_session_is_measured_at_a_distance(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(MEASURES)
    options = ("--brokers=redis,redis@0.5ms", "--rtt", "1ms", "--brokers-budget=25s", "--benchmark-json=run.json")
    ended = run(tmp_path, *options)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    found = {one["name"]: one for one in json.loads((tmp_path / "run.json").read_text())["benchmarks"]}
    assert set(found) == {"test_enqueue[redis@1ms]", "test_enqueue[redis@0.5ms]"}
    assert found["test_enqueue[redis@1ms]"]["extra_info"]["rtt_ns"] == 1_000_000
    below_the_table = ended.stdout.partition("OPS: Operations Per Second")[2]
    assert "\nA relay put each at the distance in its name: round trips of the raw client took " in below_the_table


@pytest.mark.parametrize("asked", [("--rtt", "9"), ("--rtt=9",)], ids=" ".join)
@pytest.mark.parametrize("place", ["conftest", "plugin"])
def test_an_option_of_the_projects_own_stays_its_own(tmp_path: Path, place: str, asked: tuple[str, ...]) -> None:
    (tmp_path / f"{place}.py").write_text("def pytest_addoption(parser):\n    parser.addoption('--rtt')\n")
    (tmp_path / "test_own.py").write_text(
        "def test_own(pytestconfig):\n"
        "    assert pytestconfig.getoption('--rtt') == '9'\n"
        "    assert pytestconfig.getoption('--brokers-rtt') is None\n"
    )
    plugin = ("-p", "plugin") if place == "plugin" else ()
    ended = run(tmp_path, *plugin, *asked)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_an_unknown_option_is_still_unknown(tmp_path: Path) -> None:
    (tmp_path / "test_own.py").write_text("def test_own(): pass\n")
    assert "unrecognized arguments: --rrt" in run(tmp_path, "--rrt=1ms").stderr
    assert run(tmp_path, "--rtt=1ms").returncode == 0
