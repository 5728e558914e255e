"""What is at a path is a part of an environment: by its content, whatever it is called."""

import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from repositories import commit, git

from bench.ab.built import Built, build_both, differing
from bench.ab.places import content_of, described, name_at
from bench.ab.spec import read_spec
from brokers.errors import UsageError
from brokers.protocol import Broker

PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "tiny"
version = "1.0"
"""
BACKEND = """
import zipfile

def build_wheel(directory, config_settings=None, metadata_directory=None):
    name, own = "tiny-1.0-py3-none-any.whl", "tiny-1.0.dist-info"
    texts = {
        "tiny.py": open("tiny.py").read(),
        own + "/METADATA": "Metadata-Version: 2.1\\nName: tiny\\nVersion: 1.0\\n",
        own + "/WHEEL": "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    }
    texts[own + "/RECORD"] = "".join(name + ",,\\n" for name in [*texts, own + "/RECORD"])
    with zipfile.ZipFile(directory + "/" + name, "w") as archive:
        for path, text in texts.items():
            archive.writestr(path, text)
    return name
"""


class Bare(Broker):
    """A broker whose subjects need nothing."""

    requirements = ()


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("UV_OFFLINE", "1")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project in a folder of a repository; building it needs no other package."""
    top = tmp_path / "mono"
    files = {"tiny/pyproject.toml": PROJECT, "tiny/backend.py": BACKEND, "tiny/tiny.py": "VALUE = 1\n"}
    commit(top, "one", files)
    git(top, "branch", "-M", "main")
    return top / "tiny"


def built(spec: str) -> tuple[Built, Built]:
    bare: Any = Bare
    sides = [(read_spec(""), None), (read_spec(spec), None)]
    return build_both(sides, bare, sys.executable, lambda _: None, is_users=False)


def value(environment: Built) -> str:
    (installed,) = Path(environment.python).parents[1].rglob("tiny.py")
    return installed.read_text().strip()


@pytest.mark.parametrize("form", ["tiny @ file://{}", "'tiny @ file:{}'", "tiny@{}", "-e {}", "{}"])
def test_a_change_in_a_project_that_is_not_committed_is_installed(form: str, project: Path) -> None:
    spec = form.format(project)
    before = built(spec)
    assert value(before[1]) == "VALUE = 1"
    assert built(spec)[1].python == before[1].python
    (project / "tiny.py").write_text("VALUE = 2\n")
    after = built(spec)
    assert value(after[1]) == "VALUE = 2"
    head = git(project, "rev-parse", "--short=7", "HEAD")
    assert differing(*before) == [f"tiny - against 1.0 at {project} ({head})"]
    assert differing(*after) == [f"tiny - against 1.0 at {project} ({head}, with changes)"]


@pytest.mark.parametrize(
    "form", ["'tiny @ git+file://{}@main#subdirectory=tiny'", "tiny @ file://{}#subdirectory=tiny"]
)
def test_a_moved_branch_and_a_subdirectory_are_installed_as_they_are_now(form: str, project: Path) -> None:
    spec, top = form.format(project.parent), project.parent
    before = built(spec)
    commit(top, "two", {"tiny/tiny.py": "VALUE = 2\n"})
    after = built(spec)
    assert [value(before[1]), value(after[1])] == ["VALUE = 1", "VALUE = 2"]
    commits = [git(top, "rev-parse", "--short=7", tag) for tag in ("one", "two")]
    assert [f"({one})" in each[1].sources["tiny"] for one, each in zip(commits, (before, after), strict=True)] == [
        True,
        True,
    ]


def test_a_wheel_that_was_built_again_under_its_name_is_installed_again(project: Path, tmp_path: Path) -> None:
    wheel = tmp_path / "dist" / "tiny-1.0-py3-none-any.whl"
    wheel.parent.mkdir()

    def build(text: str) -> None:
        own = "tiny-1.0.dist-info"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr("tiny.py", text)
            archive.writestr(f"{own}/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
            archive.writestr(f"{own}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            archive.writestr(f"{own}/RECORD", f"tiny.py,,\n{own}/METADATA,,\n{own}/WHEEL,,\n{own}/RECORD,,\n")

    for text in ("VALUE = 1", "VALUE = 2"):
        build(text)
        assert value(built(str(wheel))[1]) == text


def added(text: str) -> Callable[[Path], object]:
    return lambda project: (project / "new.txt").write_text(text)


def cached(project: Path) -> None:
    for folder in ("__pycache__", "build", "tiny.egg-info", ".git"):
        (project / folder).mkdir()
        (project / folder / "file").write_text("made")


def with_environment(project: Path) -> None:
    (project / "env").mkdir()
    (project / "env" / "pyvenv.cfg").write_text("")


@pytest.mark.parametrize(
    ("change", "same"),
    [
        (added("one"), False),
        (lambda project: (project / "tiny.py").rename(project / "other.py"), False),
        (lambda project: (project / "link").symlink_to("nowhere"), False),
        (cached, True),
        (with_environment, True),
    ],
)
def test_the_content_is_that_of_all_sources(change: Callable[[Path], object], same: bool, project: Path) -> None:
    before = content_of(project)
    change(project)
    assert (content_of(project) == before) is same


def test_a_folder_in_no_repository_is_named_alone(tmp_path: Path) -> None:
    assert described(tmp_path) == str(tmp_path)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("pyproject.toml", "[project]\nname = 'thing'"),
        ("pyproject.toml", "[tool.poetry]\nname = 'thing'"),
        ("setup.cfg", "[metadata]\nname = thing"),
        ("setup.py", "setup(\n    name='thing',\n)"),
    ],
)
def test_a_project_tells_its_name(file: str, text: str, tmp_path: Path) -> None:
    (tmp_path / file).write_text(text)
    assert name_at(tmp_path) == "thing"


def test_what_has_no_name_and_what_is_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"write NAME @ {tmp_path}"):
        name_at(tmp_path)
    with pytest.raises(UsageError, match="nothing is at"):
        read_spec(f"kombu @ {tmp_path}/nowhere")
