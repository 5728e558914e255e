"""Reads which packages an app's own files ask for, at the commit of a side."""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from bench.ab.checkout import Checkout
from brokers.errors import UsageError

__all__ = ["Declared", "declared_by", "import_roots", "unlike"]

_READ = ("uv.lock", "requirements.txt", "pyproject.toml")
_LOCKS = ("poetry.lock", "pdm.lock")  # beside a pyproject.toml; both list packages in the same way
_ELSEWHERE = ("git", "path", "url")
_ALSO_DECLARE = (
    "requirements*.txt",
    "requirements*.in",
    "requirements/*.txt",
    "requirements/*.in",
    "constraints*.txt",
    *_LOCKS,
    "Pipfile",
    "Pipfile.lock",
    "setup.py",
    "setup.cfg",
    "environment.y*ml",
    "pylock*.toml",
)
_OF_PYPROJECT = (
    *(("project", name) for name in ("dependencies", "optional-dependencies", "requires-python", "dynamic")),
    *(("dependency-groups",), ("tool", "poetry", "dependencies"), ("tool", "poetry", "group"), ("tool", "uv")),
)


@dataclass(frozen=True)
class Declared:
    """The file in a checkout that says what to install: ``uv.lock``, ``requirements.txt`` or ``pyproject.toml``."""

    file: Path
    tree: Path

    @property
    def folder(self) -> Path:
        """Return the file's folder, to which paths in it are relative."""
        return self.file.parent

    def locked(self) -> dict[str, str]:
        """Return the versions of the index's packages in a lock of Poetry or PDM beside a ``pyproject.toml``, by name.

        A package of which the lock has several versions is left out. Raises UsageError if it cannot be read.
        """
        if self.file.name != "pyproject.toml":
            return {}
        file = next((self.folder / name for name in _LOCKS if (self.folder / name).is_file()), None)
        return _locked_by(file) if file else {}

    def is_own(self, path: Path) -> bool:
        """Return True for a project in the checkout: it is imported from there, and not installed."""
        return path.is_dir() and path.resolve().is_relative_to(self.tree.resolve())


def declared_by(checkout: Checkout, ref: str) -> Declared:
    """Return the first such file in the app's folder or above it. Raises UsageError if there is none."""
    for folder in _folders(checkout):
        for name in _READ:
            if (folder / name).is_file() and _says_something(folder / name):
                return Declared(folder / name, checkout.root)
    raise UsageError(
        f"env=ref: {ref} has no {', '.join(_READ[:-1])} or {_READ[-1]} with dependencies: leave env=ref out"
    )


def _locked_by(file: Path) -> dict[str, str]:
    found: dict[str, set[str]] = {}
    try:
        for one in tomllib.loads(file.read_text(encoding="utf-8"))["package"]:
            if one.get("source", {}).get("type", "legacy") == "legacy" and not any(key in one for key in _ELSEWHERE):
                found.setdefault(canonicalize_name(one["name"]), set()).add(one["version"])
    except (ValueError, LookupError, AttributeError, TypeError) as error:
        raise UsageError(f"env=ref: {file.name} of the checkout is not a lock file: leave env=ref out") from error
    return {name: next(iter(versions)) for name, versions in found.items() if len(versions) == 1}


def import_roots(projects: Sequence[Path]) -> list[str]:
    """Return the folders from which projects are imported that are not installed."""
    return [str(place) for project in projects for place in (project / "src", project) if place.is_dir()]


def unlike(a: Checkout, b: Checkout) -> list[str]:
    """Return the files that say what to install and differ between the sides, by their path in the repository."""
    names = {file.relative_to(one.root) for one in (a, b) for file in _files(one)}
    return sorted(str(name) for name in names if _declares(a.root / name) != _declares(b.root / name))


def _folders(checkout: Checkout) -> Iterator[Path]:
    """Return the app's folder, and those above it in the repository."""
    inside = checkout.app_dir.resolve().relative_to(checkout.root.resolve())
    yield from (checkout.root / place for place in (inside, *inside.parents))


def _files(checkout: Checkout) -> Iterator[Path]:
    for folder in _folders(checkout):
        for pattern in (*_READ, *_ALSO_DECLARE):
            yield from folder.glob(pattern)


def _declares(file: Path) -> Any:
    """Return what the file says, in a form that can be compared; None if it does not exist."""
    if not file.is_file():
        return None
    text = file.read_bytes()
    return _of_pyproject(text) if file.name == "pyproject.toml" else text


def _of_pyproject(text: bytes) -> Any:
    """Return the parts of a pyproject.toml that ask for packages; tools keep their settings there, too."""
    try:
        found = tomllib.loads(text.decode())
    except ValueError:
        return text
    return [_inside(found, path) for path in _OF_PYPROJECT]


def _inside(found: Any, path: Sequence[str]) -> Any:
    for step in path:
        found = found.get(step) if isinstance(found, dict) else None
    return found


def _says_something(file: Path) -> bool:
    """Return False for a pyproject.toml that only configures tools."""
    if file.name != "pyproject.toml":
        return True
    found = _declares(file)
    return isinstance(found, bytes) or any(found)
