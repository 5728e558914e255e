"""Builds Python environments for the two sides of a comparison with uv, and caches them by their content.

A package that a side does not name has the same version on both sides, the one installed here, if its requirements
allow: each side is resolved with the other's versions as preferences, repeatedly, until neither changes. Nothing is
installed into the user's own environments.
"""

import os
import re
import subprocess
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from uv import find_uv_bin

from bench.ab.cache import cache_directory, kept_environment, scratch_directory
from bench.ab.declared import Declared
from bench.ab.interpreters import Interpreter, look_at
from bench.ab.places import content_of, name_at, path_of
from brokers.errors import NotWritten, UsageError
from brokers.processes import child_environment
from brokers.writing import full_disk_in_one_line, says_full

__all__ = ["Interpreter", "Lock", "Release", "Wanted", "lock_alone", "locks", "look_at", "newest"]

_UV_S = 900.0
_ROUNDS = 4
_NEVER_NEEDED = {"brokerbench", "pip", "wheel"}
_PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(?:\[[^]]*\])?(?:==(?P<version>[^\s;]+)|\s*@\s*(?P<url>\S+))")
_HASH = re.compile(r"--hash=(\S+)")
_NO_SOLUTION = "No solution found"
_CREDENTIALS = re.compile(r"(?<=://)[^/\s]*@")


class _Refused(UsageError):
    """uv could not do what it was asked to."""


@dataclass(frozen=True)
class Release:
    """A release of a package, and the day on which its first file was uploaded, if the index says so."""

    version: str
    day: date | None = None


@dataclass(frozen=True)
class Wanted:
    """What a side's environment consists of: requirements, on top of what the subject needs, for this interpreter.

    With a file that is ``declared``, also what that says, except for what the requirements say of the same packages.
    Projects that are ``editable`` in the user's own environment are imported from their folders.
    """

    requirements: tuple[Requirement, ...] = field(repr=False)
    interpreter: Interpreter
    needed: tuple[str, ...]
    declared: Declared | None = None
    editable: tuple[Path, ...] = ()

    @classmethod
    def over_users(
        cls, requirements: tuple[Requirement, ...], interpreter: Interpreter, needed: tuple[str, ...]
    ) -> "Wanted":
        """Add the requirements to everything in the user's own environment: an app needs more than Celery."""
        names = {canonicalize_name(name) for name in interpreter.installed} - _NEVER_NEEDED - interpreter.ours
        return cls(requirements, interpreter, (*sorted(names), *needed), editable=interpreter.editable)


@dataclass(frozen=True)
class Lock:
    """A complete environment: an interpreter, and a pin for each distribution, one a line.

    A pin may be a URL with a password, which only the installer sees and which is never stored. ``own`` are projects
    that are imported from their folders instead of being installed.
    """

    interpreter: Interpreter
    pins: str = field(repr=False)
    own: tuple[Path, ...] = ()

    @property
    def versions(self) -> dict[str, str]:
        """Return each distribution's version."""
        return {canonicalize_name(pin["name"]): pin["version"] for pin in self._lines() if pin["version"]}

    @property
    def urls(self) -> dict[str, str]:
        """Return the URL of each distribution that does not come from an index; it may contain a password."""
        return {canonicalize_name(pin["name"]): pin["url"] for pin in self._lines() if pin["url"]}

    def _lines(self) -> list[re.Match[str]]:
        return [pin for pin in map(_PIN.match, self.pins.splitlines()) if pin]

    def build(self) -> str:
        """Return the path of an interpreter with exactly these pins; build its environment unless it is cached.

        What is at a path or a URL now is a part of what it is cached by, so a change there makes a new one.
        """
        content = [*self.interpreter.identity, *map(self._key, self.pins.splitlines())]
        return kept_environment(content, lambda place: _install(place, self))

    def _key(self, line: str) -> str:
        """Return the pin with what is at its path instead of the path, and without credentials."""
        pin = _PIN.match(line)
        if pin is None or not pin["url"]:
            return line
        if path := path_of(pin["url"]):
            return line.replace(pin["url"], content_of(path))
        return f"{_CREDENTIALS.sub('', line)} {self._content(pin['name'], pin['url'])}"

    def _content(self, name: str, url: str) -> str:
        """Return a digest of what is at a URL; the URL of a git commit needs none."""
        if url.startswith("git+"):
            return ""
        asked = ("--generate-hashes", "--no-deps", *_fresh([name]))
        found = _compiled(self.interpreter, [f"{name} @ {url}"], "", f"cannot read {name}", *asked)
        return " ".join(_HASH.findall(found))


def lock_alone(wanted: Wanted, preferred: dict[str, str], *options: str) -> Lock:
    """Resolve one side, with the preferred versions if possible. Raises UsageError as ``locks`` does.

    ``options`` are uv's, for example ``--no-build``.
    """
    pins = _resolve(wanted, _pinned(preferred), *options)
    if wanted.declared is None:
        return Lock(wanted.interpreter, pins, wanted.editable)
    own = {line: path for line in pins.splitlines() if (path := _own_project(line, wanted.declared))}
    kept = [_named(line, wanted.declared) for line in pins.splitlines() if line not in own]
    return Lock(wanted.interpreter, "".join(f"{line}\n" for line in kept), (wanted.declared.folder, *own.values()))


def _local(line: str, declared: Declared) -> Path | None:
    """Return the absolute path of a pin that is one."""
    pin = _PIN.match(line)
    url = pin["url"] if pin else line.removeprefix("-e ").partition(" ;")[0]
    path = path_of(url) if url and not line.startswith(("#", "--")) else None
    return declared.folder / path if path else None


def _own_project(line: str, declared: Declared) -> Path | None:
    """Return the folder of a pin that is a project in the checkout."""
    path = _local(line, declared)
    return path if path and declared.is_own(path) else None


def _named(line: str, declared: Declared) -> str:
    """Return the pin with its package's name and an absolute path."""
    path = _local(line, declared)
    return f"{name_at(path)} @ {path.resolve().as_uri()}" if path else line


def locks(a: Wanted, b: Wanted) -> tuple[Lock, Lock]:
    """Resolve both sides, so that they differ only where their requirements make them differ.

    Raises UsageError with the resolver's own message.
    """
    first, second = lock_alone(a, a.interpreter.installed), None
    for _ in range(_ROUNDS):
        second, earlier = lock_alone(b, _preferred(b, first, a)), second
        first, before = lock_alone(a, _preferred(a, second, b)), first
        if (first, second) == (before, earlier):
            break
    return first, second or first


def _preferred(own: Wanted, other_lock: Lock, other: Wanted) -> dict[str, str]:
    """Return the other side's versions; for packages that it asks for itself, the versions installed here."""
    asked = {canonicalize_name(requirement.name) for requirement in other.requirements}
    here = {canonicalize_name(name): version for name, version in own.interpreter.installed.items()}
    return here | {name: version for name, version in other_lock.versions.items() if name not in asked}


def newest(interpreter: Interpreter, requirement: str, *options: str) -> Release | None:
    """Return the newest release that satisfies the requirement, or None; dependencies are ignored.

    Without ``--prerelease allow`` among uv's ``options``, pre-releases are not looked at. Raises UsageError when the
    index has no such package or cannot be asked.
    """
    name = Requirement(requirement).name
    try:
        text = _compiled(
            interpreter, [requirement], "", f"cannot look up {name}", "--no-deps", "--format", "pylock.toml", *options
        )
    except _Refused as error:
        if _NO_SOLUTION in error.format_message():
            return None
        raise
    package = tomllib.loads(text)["packages"][0]
    files = [*package.get("wheels", ()), *filter(None, [package.get("sdist")])]
    uploaded = [file["upload-time"] for file in files if "upload-time" in file]
    return Release(package["version"], min(uploaded).date() if uploaded else None)


def _pinned(versions: dict[str, str]) -> str:
    return "".join(f"{name}=={version}\n" for name, version in sorted(versions.items()))


def _resolve(wanted: Wanted, preferred: str, *options: str) -> str:
    """Return the pins that uv finds; it prefers the versions already in its output file, if possible."""
    lines = [*wanted.needed, *map(str, wanted.requirements)]
    options = (*_fresh([one.name for one in wanted.requirements if one.url]), *options)
    failure = f"nothing satisfies {' '.join(map(str, wanted.requirements)) or 'the environment'}"
    if wanted.declared is None:
        return _compiled(wanted.interpreter, lines, preferred, failure, *options)
    failure = f"{failure} with {wanted.declared.file.name} of the checkout"
    with scratch_directory() as directory:
        overrides = directory / "overrides.txt"
        overrides.write_text("".join(f"{one}\n" for one in wanted.requirements), encoding="utf-8")
        options += ("--overrides", str(overrides), "--directory", str(wanted.declared.folder))
        options += ("--constraints", str(_constraints(wanted, directory)))
        source = _source(wanted.declared, wanted.interpreter, directory)
        return _compiled(wanted.interpreter, lines, preferred, failure, *options, str(source))


def _constraints(wanted: Wanted, directory: Path) -> Path:
    """Write what a lock beside the declared file allows of packages that the side does not name itself."""
    named = {canonicalize_name(one.name) for one in wanted.requirements}
    locked = wanted.declared.locked() if wanted.declared else {}
    file = directory / "constraints.txt"
    file.write_text(_pinned({name: one for name, one in locked.items() if name not in named}), encoding="utf-8")
    return file


def _source(declared: Declared, interpreter: Interpreter, directory: Path) -> Path:
    """Return the file as uv can resolve it; of a ``uv.lock``, the packages in it, without its own projects."""
    if declared.file.name != "uv.lock":
        return declared.file
    exported = directory / "requirements.txt"
    plain = (
        "--quiet",
        "--no-header",
        "--no-annotate",
        "--no-hashes",
        "--no-dev",
        "--frozen",
        "--output-file",
        str(exported),
    )
    where = ("--directory", str(declared.folder), "--python", interpreter.path)
    _uv(f"cannot read {declared.file.name} of the checkout", "export", *plain, *where)
    lines = exported.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not _own_project(line, declared)]
    exported.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")
    return exported


def _fresh(names: Iterable[str]) -> list[str]:
    """Return the options to look again at what is there; uv does not take them where it may not use the network."""
    return [] if os.environ.get("UV_OFFLINE") else [f"--refresh-package={name}" for name in names]


def _compiled(interpreter: Interpreter, lines: list[str], preferred: str, failure: str, *options: str) -> str:
    with full_disk_in_one_line(cache_directory(), "XDG_CACHE_HOME"), scratch_directory() as directory:
        answered = directory / ("pylock.toml" if "pylock.toml" in options else "answered.txt")
        if preferred:
            answered.write_text(preferred, encoding="utf-8")
        plain = ("--quiet", "--no-header", "--no-annotate", "--output-file", str(answered), *options)
        asked = "".join(f"{line}\n" for line in lines)
        _uv(failure, "pip", "compile", *plain, "--python", interpreter.path, "-", text=asked)
        return answered.read_text(encoding="utf-8")


def _install(place: Path, lock: Lock) -> None:
    """Build an environment at that path; it can be moved afterwards."""
    bare = ("--quiet", "--relocatable", "--no-project", "--python", lock.interpreter.path, str(place))
    _uv("cannot make an environment", "venv", *bare)
    # uv would take a project that it built earlier for the same as long as its pyproject.toml is as old
    fresh = [word for name in lock.urls for word in ("--reinstall-package", name)]
    own = ("--quiet", "--compile-bytecode", *fresh, "--python", str(place))
    _uv("cannot install the resolved packages", "pip", "sync", *own, "-", text=lock.pins)


def _uv(failure: str, *command: str, text: str = "") -> None:
    """Run uv with that text as its input. Raises UsageError with uv's own message; NotWritten when a disk is full."""
    environment = child_environment({})
    try:
        answer = subprocess.run(
            _command(command), input=text, env=environment, capture_output=True, text=True, timeout=_UV_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        late = f"uv did not finish within {_UV_S:.0f} s: check the connection to the index"
        raise UsageError(f"{failure}; {late}") from error
    if answer.returncode:
        words = "\n".join(f"  {line}" for line in answer.stderr.strip().splitlines())
        failed = NotWritten if says_full(words) else _Refused
        raise failed(f"{failure}; uv says:\n{words}")


def _command(command: Sequence[str]) -> list[str]:
    return [find_uv_bin(), *command]
