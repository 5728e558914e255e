"""An interpreter's packages are told apart by where they come from."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from uv import find_uv_bin

from bench.ab import built
from bench.ab.built import build_both, differing
from bench.ab.interpreters import Interpreter, look_at
from bench.ab.spec import read_spec
from brokers import split_subject


@pytest.fixture
def python(tmp_path: Path) -> str:
    """Return the interpreter of an environment with a package of the index, a copy of a folder, and a folder itself."""
    home = tmp_path / "environment"
    subprocess.run([find_uv_bin(), "venv", "--quiet", "--no-project", "--python", sys.executable, home], check=True)
    (packages,) = home.glob("lib/*/site-packages")
    (tmp_path / "project" / "src").mkdir(parents=True)
    url = (tmp_path / "project").as_uri()
    for name, own in (("vine", None), ("copied", {}), ("project", {"editable": True})):
        folder = packages / f"{name}-5.1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 5.1.0\n")
        if own is not None:  # uv writes it without spaces
            text = json.dumps({"url": url, "dir_info": own}, separators=(",", ":"))
            (folder / "direct_url.json").write_text(text)
    return str(home / "bin" / "python")


def test_what_comes_from_a_folder_is_not_looked_for_in_the_index(python: str, tmp_path: Path) -> None:
    found = look_at(python)
    assert found.installed == {"vine": "5.1.0"}
    assert found.local == {"copied": "5.1.0", "project": "5.1.0"}
    assert found.editable == (tmp_path / "project",)


def test_an_editable_project_is_imported_in_a_built_environment_too(python: str, tmp_path: Path) -> None:
    sides = [(read_spec("vine==5.1.0"), None), (read_spec("vine==5.0.0"), None)]
    a, b = build_both(sides, split_subject("memory")[0], python, lambda _: None, is_users=True)
    project = tmp_path / "project"
    assert a.import_path == b.import_path == (str(project / "src"), str(project))


def test_two_environments_of_the_users_are_told_apart_by_what_is_in_them(
    python: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Interpreter("/other/python", (), {"Vine": "5.0.0", "celery": "5.6.0", "kombu": "5.6.2"})
    monkeypatch.setattr(built, "look_at", lambda path: other if path == other.path else look_at(path))
    sides = [(read_spec(f"python={path}"), None) for path in (python, other.path)]
    pair = build_both(sides, split_subject("memory")[0], python, lambda _: None, is_users=False)
    assert [one.python for one in pair] == [python, other.path]
    assert differing(*pair) == ["vine 5.1.0 against 5.0.0", "2 packages only on A", "2 packages only on B"]
    same = build_both([sides[0], sides[0]], split_subject("memory")[0], python, lambda _: None, is_users=False)
    assert differing(*same) == []
