"""Two sides at two references run two different codes, and prove it before a server starts."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from repositories import commit

from bench.ab.sides import Sides, make_sides
from bench.ab.spec import read_spec
from bench.processes.errors import WrongApp
from bench.processes.trial import try_app
from bench.records.workload import Workload
from brokers import split_subject
from brokers.errors import BrokerbenchError
from brokers.workspace import Workspace

APP = "from celery import Celery\napp = Celery('proj', include=['proj.tasks'])\n"
TASKS = "from proj.app import app\n@app.task\ndef add():\n    return {}\n"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository with a src layout that is on the import path, as an editable installation puts it there."""
    top = tmp_path / "repository"
    files = {"src/proj/__init__.py": "", "src/proj/app.py": APP, "src/proj/tasks.py": TASKS.format("'old'")}
    commit(top, "old", files)
    commit(top, "new", {"src/proj/tasks.py": TASKS.format("'new'")})
    commit(top, "docs", {"README.md": "Not imported."})
    monkeypatch.setenv("PYTHONPATH", str(top / "src"))
    return top


def sides(
    a: str, b: str, app_dir: Path, tmp_path: Path, include: Sequence[str] = (), *, traceback: bool = False
) -> Sides:
    workload = Workload(
        name="own", app="proj.app:app", task="proj.tasks.add", app_dir=str(app_dir), include=list(include)
    )
    specs = (read_spec(a), read_spec(b))
    return make_sides(split_subject("redis"), specs, workload, None, tmp_path / "out", traceback=traceback)


def test_sides_at_different_commits_import_different_code(repository: Path, tmp_path: Path) -> None:
    made = sides("ref=old", "ref=new", repository, tmp_path)
    assert made.notes == []
    assert all(len(subject.record().commit) == 40 for subject in made.subjects)


@pytest.mark.parametrize(("a", "b"), [("ref=new", "ref=docs"), ("ref=docs", "")])
def test_sides_that_import_the_same_code_say_so(a: str, b: str, repository: Path, tmp_path: Path) -> None:
    (note,) = sides(a, b, repository, tmp_path).notes
    assert "import the same code: none of the 3 files that the app imports differs" in note


def test_a_file_that_differs_and_is_not_imported_yet_is_named(repository: Path, tmp_path: Path) -> None:
    commit(repository, "late", {"src/proj/late.py": ""})
    (note,) = sides("ref=new", "ref=late", repository, tmp_path).notes
    assert note.endswith("differs at its start; a task may import src/proj/late.py, which differs")


def test_sides_at_one_commit_that_differ_otherwise_are_not_called_the_same(repository: Path, tmp_path: Path) -> None:
    assert sides("ref=new", "ref=new task_acks_late=true", repository, tmp_path).notes == []


def test_a_side_works_in_its_own_checkout_and_includes_the_named_modules(repository: Path, tmp_path: Path) -> None:
    own = {"src/proj/app.py": "from celery import Celery\napp = Celery(open('name.txt').read())\n"}
    commit(repository, "file", {"src/name.txt": "proj", **own})
    (repository / "src" / "name.txt").unlink()
    sides("ref=file", "ref=file task_acks_late=true", repository / "src", tmp_path, include=["proj.tasks"])


def test_a_change_that_is_not_committed_makes_a_side_different(repository: Path, tmp_path: Path) -> None:
    (repository / "src" / "proj" / "tasks.py").write_text(TASKS.format("'newer'"))
    assert sides("ref=docs", "", repository, tmp_path).notes == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"src/proj/app.py": APP + "import proj.made"}, r"proj/made.py is not in git at this commit"),
        ({"src/proj/app.py": APP + "import nothing_of_the_kind"}, r"No module named 'nothing_of_the_kind'"),
    ],
)
def test_a_side_that_cannot_be_imported_is_refused(
    change: dict[str, str], words: Sequence[str], repository: Path, tmp_path: Path
) -> None:
    commit(repository, "bad", {".gitignore": "made.py", **change})
    (repository / "src" / "proj" / "made.py").write_text("")
    with pytest.raises(BrokerbenchError, match=rf"(?s)^B \(ref=bad\): .*{words}"):
        sides("ref=old", "ref=bad", repository, tmp_path)


def test_a_side_that_cannot_be_imported_has_the_requested_traceback(repository: Path, tmp_path: Path) -> None:
    commit(repository, "bad", {"src/proj/app.py": "1 / 0"})
    with pytest.raises(BrokerbenchError, match=r"(?s)ZeroDivisionError.*line 1\)\n  Traceback.*ZeroDivisionError"):
        sides("ref=old", "ref=bad", repository / "src", tmp_path, traceback=True)


def test_a_side_without_the_task_is_named_as_the_one_that_is_wrong(repository: Path, tmp_path: Path) -> None:
    commit(repository, "none", {"src/proj/tasks.py": ""})
    with pytest.raises(WrongApp, match=r"^A \(ref=none\): proj.app:app has no task") as refused:
        sides("ref=none", "ref=new", repository / "src", tmp_path)
    assert refused.value.labels == ["A"]  # a bisection ends at that


def test_an_app_that_proved_its_code_is_not_imported_again_before_a_server_starts(
    repository: Path, tmp_path: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMPORTS", str(tmp_path / "imports"))
    commit(repository, "slow", {"src/proj/app.py": f"import os\nopen(os.environ['IMPORTS'], 'a').write('one ')\n{APP}"})
    made = sides("ref=slow", "ref=slow task_acks_late=true", repository / "src", tmp_path)
    own = Workload(name="own", app="proj.app:app", task="proj.tasks.add", app_dir=str(repository / "src"))
    try_app(made.subjects, own, workspace)
    assert (tmp_path / "imports").read_text().split() == ["one", "one"]
    try_app([replace(subject, tried=False) for subject in made.subjects], own, workspace)
    assert len((tmp_path / "imports").read_text().split()) > 2


def test_a_side_whose_task_does_not_take_the_arguments_is_refused(repository: Path, tmp_path: Path) -> None:
    own = Workload(name="own", app="proj.app:app", task="proj.tasks.add", app_dir=str(repository / "src"), args=[1])
    specs = (read_spec("ref=old"), read_spec("ref=new"))
    with pytest.raises(WrongApp, match=r"^A \(ref=old\): .*does not take these arguments"):
        make_sides(split_subject("redis"), specs, own, None, tmp_path / "out")
