"""Where installed libraries cannot be imported together, the error says which requirement to add."""

import importlib
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from bench.subject.failing import reason
from bench.subject.libraries import BrokenEnvironment, explaining


def install(folder: Path, name: str, version: str, files: Mapping[str, str], *requires: str) -> None:
    """Install a package with these files there."""
    own = folder / f"{name}-{version}.dist-info"
    own.mkdir()
    needs = "".join(f"Requires-Dist: {one}\n" for one in requires)
    (own / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}")
    (own / "RECORD").write_text("".join(f"{file},,\n" for file in files))
    for file, text in files.items():
        (folder / file).parent.mkdir(exist_ok=True)
        (folder / file).write_text(text)


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("front_xy", "back_xy"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (
            "import nothing_xy.more",
            "front-xy 5.2.7 imports nothing_xy, but nothing .* add the requirement 'nothing-xy'",
        ),
        ("import pkg_resources_xy", "add the requirement 'pkg-resources-xy'"),
        (
            "from back_xy import gone",
            r"front-xy 5.2.7 cannot use back-xy 9.1 \(.*gone.*: add the requirement 'back-xy~=5.2.3'",
        ),
        ("import back_xy.gone", r"cannot use back-xy 9.1 \(.*: add the requirement 'back-xy~=5.2.3'"),
        ("from inspect import gone", r"front-xy 5.2.7 does not run on Python 3.*gone"),
    ],
)
def test_a_library_that_cannot_import_names_the_requirement(code: str, words: str, packages: Path) -> None:
    install(packages, "front-xy", "5.2.7", {"front_xy/__init__.py": code}, "back-xy<10,>=5.2.3")
    install(packages, "back-xy", "9.1", {"back_xy/__init__.py": ""})
    with pytest.raises(BrokenEnvironment, match=words), explaining():
        importlib.import_module("front_xy")


def test_an_error_of_the_apps_own_stays_as_it_is(packages: Path) -> None:
    (packages / "front_xy.py").write_text("import nothing_xy")
    with pytest.raises(ModuleNotFoundError, match=re.escape("No module named 'nothing_xy'")), explaining():
        importlib.import_module("front_xy")


def test_a_kombu_without_the_brokers_transport_is_told_what_the_broker_needs() -> None:
    job = {"requirements": ["celery>=9", "kombu[pigeon]>=9"]}
    told = reason(KeyError("No such transport: pigeon"), job)
    assert told.endswith("; its environment needs celery>=9 and kombu[pigeon]>=9")
