"""The wheel brings one package, and neither clashes with the modules of a project nor imports them as its own."""

import json
import os
import subprocess
import zipfile
from pathlib import Path

from commands import environment_of, leftovers

from bench.records.result import read_result

ROOT = Path(__file__).parents[2]
_WHOSE = "import tasks, bench.measure, brokers; print(tasks.app.main, bench.measure.WHOSE, brokers.WHOSE)"
_OWN = ("--app", "tasks", "--task", "tasks.add", "--args", "[2, 2]")


def run(*command: object, cwd: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    hidden = ("PYTHONPATH", "BROKER")
    own = {name: value for name, value in environment_of(cwd.parent).items() if name not in hidden}
    return subprocess.run(
        [*map(str, command)],
        cwd=cwd,
        env={**own, **environment},
        capture_output=True,
        text=True,
        timeout=220,
        check=False,
    )


def test_it_has_one_package_at_the_top(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"brokerbench"}
    carried = {"/".join(name.split("/")[1:3]) for name in names if name.startswith("brokerbench/carried/")}
    assert carried == {"carried/bench", "carried/brokers", "carried/tasks"}


def test_every_file_of_the_three_packages_is_carried(wheel: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "bench", "brokers", "tasks"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    carried = {name.removeprefix("brokerbench/carried/") for name in zipfile.ZipFile(wheel).namelist()}
    assert set(listed) <= carried
    assert "bench/workloads/noop.toml" in carried


def test_an_environment_gets_no_modules_of_common_names(installed: Path, tmp_path: Path) -> None:
    found = (
        "import importlib.util as util; print([name for name in ('tasks', 'bench', 'brokers') if util.find_spec(name)])"
    )
    assert run(installed / "python", "-P", "-c", found, cwd=tmp_path).stdout.strip() == "[]"


def test_a_project_still_imports_its_own_modules(installed: Path, project: Path) -> None:
    assert run(installed / "python", "-c", _WHOSE, cwd=project).stdout.split() == [
        "shop",
        "the",
        "project",
        "the",
        "project",
    ]
    (project / "test_shop.py").write_text("import tasks\n\n\ndef test_adds():\n    assert tasks.add(2, 2) == 4\n")
    tests = run(installed / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=project)
    assert "1 passed" in tests.stdout, tests.stdout + tests.stderr


def test_the_command_measures_the_project_and_not_itself(installed: Path, project: Path) -> None:
    """Also where every way of finding modules leads to the project first. It has no time for more than a start."""
    command = (installed / "python", "-m", "brokerbench", "compare", "memory", "--metric", "enqueue", "--budget", "3s")
    answer = run(*command, *_OWN, "--out", "out", cwd=project, PYTHONPATH=str(project))
    (subject,) = read_result(project / "out").subjects
    assert subject.failure is None, answer.stdout + answer.stderr
    assert "celery" in subject.versions
    assert not leftovers(project.parent)


def test_a_broker_of_another_package_is_loaded_from_the_wheel(installed: Path, project: Path, tmp_path: Path) -> None:
    """By the command, and by the tests of that package."""
    (tmp_path / "pigeons.py").write_text(
        "from brokers.memory import Memory\n\nclass Pigeon(Memory):\n    name = 'pigeon'\n"
    )
    information = tmp_path / "pigeons-0.1.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: pigeons\nVersion: 0.1\n")
    (information / "entry_points.txt").write_text("[brokerbench.brokers]\npigeon = pigeons:Pigeon\n")
    path = os.pathsep.join([str(project), str(tmp_path)])
    answer = run(installed / "brokerbench", "doctor", "--json", cwd=project, PYTHONPATH=path)
    problems = {broker["broker"]: broker["problem"] for broker in json.loads(answer.stdout)["brokers"]}
    assert problems["pigeon"] == ""
    of_its_own = "import brokerbench; brokerbench.put_on_path(); import pigeons; print(pigeons.Memory.__module__)"
    test = run(installed / "python", "-c", of_its_own, cwd=project, PYTHONPATH=path)
    assert test.stdout.strip() == "brokers.memory", test.stderr
