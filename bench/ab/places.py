"""What is at a path that a requirement names: its content, its git commit, and its package's name."""

import configparser
import hashlib
import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, parse_sdist_filename, parse_wheel_filename

from brokers.errors import UsageError

__all__ = ["content_of", "described", "name_at", "path_of"]

_NOT_SOURCE = {
    *(".bzr", ".git", ".hg", ".svn", "__pycache__", "node_modules"),
    *(".mypy_cache", ".nox", ".pytest_cache", ".ruff_cache", ".tox"),
}
_OUTPUT = ("build", "dist")  # building makes them, so they would make every build a new one
_NAME_IN_SETUP = re.compile(r"""\bname\s*=\s*["']([A-Za-z0-9][\w.-]*)["']""")
_GIT_S = 60


def path_of(url: str) -> Path | None:
    """Return the path that a URL leads to; None for one that leads elsewhere."""
    parts = urlsplit(url)
    if parts.scheme in ("", "file"):
        return Path(url2pathname(parts.path))
    return None


def content_of(path: Path) -> str:
    """Return a digest of the file, or of the files of the project in that folder, committed or not.

    What version control, tools and builds leave there is not a part of it, and neither are virtual environments.
    Raises UsageError when something cannot be read.
    """
    found = hashlib.sha256()
    try:
        for file in _files(path) if path.is_dir() else [path]:
            found.update(f"{file.relative_to(path).as_posix()}\0{_content(file)}\0".encode())
    except OSError as error:
        raise UsageError(f"cannot read {error.filename or path}: {error.strerror}") from error
    return found.hexdigest()


def described(path: Path) -> str:
    """Return the path, with its commit if it is in a git repository: ``PATH (abc1234, with changes)``."""
    folder = path if path.is_dir() else path.parent
    commit = _git(folder, "rev-parse", "--short=7", "HEAD")
    if not commit or not path.is_dir():
        return str(path)
    return f"{path} ({commit}{', with changes' if _git(folder, 'status', '--porcelain', '--', '.') else ''})"


def name_at(path: Path) -> str:
    """Return the name of the package in that folder, wheel or source archive.

    Raises UsageError when nothing is there, or when it does not tell its name.
    """
    if not path.exists():
        raise UsageError(f"nothing is at {path}: write the path of a project, a wheel or a source archive")
    name = _declared(path) if path.is_dir() else _in_file_name(path.name)
    if name is None:
        raise UsageError(f"{path} does not tell its package's name: write NAME @ {path}")
    return name


def _files(top: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(top):
        kept = [name for name in folders if name not in _NOT_SOURCE and not name.endswith(".egg-info")]
        kept = [name for name in kept if not (Path(place, name, "pyvenv.cfg").exists())]
        folders[:] = sorted(name for name in kept if Path(place) != top or name not in _OUTPUT)
        links = [name for name in folders if Path(place, name).is_symlink()]
        yield from (Path(place, name) for name in sorted([*names, *links]) if not name.endswith(".pyc"))


def _content(file: Path) -> str:
    if file.is_symlink() and not file.is_file():
        return os.readlink(file)
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _declared(folder: Path) -> str | None:
    """Return the name that a project's own files declare."""
    try:
        own = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        own = {}
    setup = configparser.ConfigParser(interpolation=None)
    setup.read(folder / "setup.cfg", encoding="utf-8")
    script = folder / "setup.py"
    in_script = _NAME_IN_SETUP.search(script.read_text(encoding="utf-8", errors="replace")) if script.exists() else None
    names = (
        own.get("project", {}).get("name"),
        own.get("tool", {}).get("poetry", {}).get("name"),
        setup.get("metadata", "name", fallback=None),
        in_script and in_script[1],
    )
    return next((name for name in names if isinstance(name, str)), None)


def _in_file_name(name: str) -> str | None:
    try:
        return str((parse_wheel_filename if name.endswith(".whl") else parse_sdist_filename)(name)[0])
    except (InvalidSdistFilename, InvalidWheelFilename):
        return None


def _git(where: Path, *command: str) -> str:
    """Return git's answer there; empty if it has none."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        answer = subprocess.run(
            ["git", "-C", str(where), *command], capture_output=True, text=True, env=own, timeout=_GIT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""
