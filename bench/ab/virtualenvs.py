"""Python environments for the two sides of a comparison, made with uv and kept by their content.

What a side does not name is the same on both sides, and as installed here, wherever its requirements allow: each side
is resolved with the other's versions for its preferences, again until neither changes any more. Nothing is installed
into an environment of the user's.
"""

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from uv import find_uv_bin

from bench.ab.cache import cache_directory, kept_environment, scratch_directory
from brokers.documents import json_value
from brokers.errors import NotWritten, UsageError
from brokers.processes import CI_CREDENTIALS, child_environment
from brokers.writing import full_disk_in_one_line, says_full

__all__ = ["Interpreter", "Lock", "Wanted", "differences", "lock_alone", "locks", "look_at", "newest"]

_PROBE = """
import json, platform, sys
from importlib import metadata
own = {}
for one in metadata.distributions():
    local = '"url": "file:' in (one.read_text("direct_url.json") or "")
    if one.metadata["Name"] and not local:
        own[one.metadata["Name"]] = one.version
print(json.dumps({"identity": [sys.version, sys.base_prefix, platform.machine()], "installed": own}))
"""
_PROBE_S = 60
_UV_S = 900.0
_ROUNDS = 4
_NEVER_NEEDED = {"brokerbench", "pip", "setuptools", "wheel"}
_PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(?:\[[^]]*\])?==(?P<version>[^\s;]+)")
_CREDENTIALS = re.compile(r"(?<=://)[^/\s]*@")


class _Refused(UsageError):
    """uv cannot do what it was asked to."""


@dataclass(frozen=True)
class Interpreter:
    """An interpreter, what it is, and the distributions that it has from an index, by their names."""

    path: str
    identity: tuple[str, ...] = ()
    installed: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Wanted:
    """What a side's environment is made of: requirements over what the subject needs, for this interpreter."""

    requirements: tuple[Requirement, ...] = field(repr=False)
    interpreter: Interpreter
    needed: tuple[str, ...]

    @classmethod
    def over_users(
        cls, requirements: tuple[Requirement, ...], interpreter: Interpreter, needed: tuple[str, ...]
    ) -> "Wanted":
        """Want these over all that the user's own environment has, if anything: an app needs more than Celery."""
        return cls(requirements, interpreter, tuple(sorted(set(interpreter.installed) - _NEVER_NEEDED)) or needed)


@dataclass(frozen=True)
class Lock:
    """The whole of an environment: an interpreter, and a pin of each distribution, one a line.

    A pin may be a URL with a password in it, which is for the installer, and kept nowhere.
    """

    interpreter: Interpreter
    pins: str = field(repr=False)

    @property
    def versions(self) -> dict[str, str]:
        """Return each distribution's version."""
        found = (_PIN.match(line) for line in self.pins.splitlines())
        return {canonicalize_name(pin["name"]): pin["version"] for pin in found if pin}

    def build(self) -> str:
        """Return the path of an interpreter that has just this, made now unless it was made before."""
        content = [*self.interpreter.identity, _CREDENTIALS.sub("", self.pins)]
        return kept_environment(content, lambda place: _install(place, self.interpreter.path, self.pins))


def look_at(python: str) -> Interpreter:
    """Ask an interpreter what it is and has. Raises UsageError when it cannot be run."""
    told = child_environment({}, without=CI_CREDENTIALS)
    try:
        answer = subprocess.run(
            [python, "-c", _PROBE], env=told, capture_output=True, text=True, timeout=_PROBE_S, check=True
        )
        found = json_value(answer.stdout)
        return Interpreter(python, tuple(found["identity"]), found["installed"])
    except (OSError, subprocess.SubprocessError, ValueError, LookupError, TypeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it does not run a program"
        raise UsageError(f"python={python} is no interpreter that works ({reason}): give the path of one") from error


def lock_alone(wanted: Wanted, preferred: dict[str, str]) -> Lock:
    """Resolve one side, with these versions wherever they are possible. Raises UsageError as ``locks`` does."""
    return Lock(wanted.interpreter, _resolve(wanted, _pinned(preferred)))


def locks(a: Wanted, b: Wanted) -> tuple[Lock, Lock]:
    """Resolve both sides, so that they differ in nothing but what their requirements make differ.

    Raises UsageError with the resolver's own words.
    """
    first, second = lock_alone(a, a.interpreter.installed), None
    for _ in range(_ROUNDS):
        second, earlier = lock_alone(b, _preferred(b, first, a)), second
        first, before = lock_alone(a, _preferred(a, second, b)), first
        if (first, second) == (before, earlier):
            break
    return first, second or first


def _preferred(own: Wanted, other_lock: Lock, other: Wanted) -> dict[str, str]:
    """Prefer the other side's versions, but for those that it asks for itself: of these, what is installed here."""
    asked = {canonicalize_name(requirement.name) for requirement in other.requirements}
    here = {canonicalize_name(name): version for name, version in own.interpreter.installed.items()}
    return here | {name: version for name, version in other_lock.versions.items() if name not in asked}


def newest(interpreter: Interpreter, requirement: str) -> str | None:
    """Return the newest release that satisfies the requirement, whatever it depends on; None where there is none."""
    name = Requirement(requirement).name
    try:
        pins = _compiled(interpreter, [requirement], "", "", "--no-deps")
    except _Refused:
        return None
    return Lock(interpreter, pins).versions.get(canonicalize_name(name))


def differences(a: Lock, b: Lock) -> dict[str, tuple[str, str]]:
    """Return the versions that differ, by name; a dash is for what a side does not have."""
    ours, theirs = a.versions, b.versions
    names = sorted(ours.keys() | theirs.keys())
    pairs = {name: (ours.get(name, "-"), theirs.get(name, "-")) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _pinned(versions: dict[str, str]) -> str:
    return "".join(f"{name}=={version}\n" for name, version in sorted(versions.items()))


def _resolve(wanted: Wanted, preferred: str) -> str:
    """Return the pins that uv finds; it prefers what its output file holds already, where that is possible."""
    lines = [*wanted.needed, *map(str, wanted.requirements)]
    said = f"nothing satisfies {' '.join(map(str, wanted.requirements)) or 'the environment'}"
    return _compiled(wanted.interpreter, lines, preferred, said)


def _compiled(interpreter: Interpreter, lines: list[str], preferred: str, failure: str, *options: str) -> str:
    with full_disk_in_one_line(cache_directory(), "XDG_CACHE_HOME"), scratch_directory() as directory:
        answered = directory / "answered.txt"
        answered.write_text(preferred, encoding="utf-8")
        plain = ("--quiet", "--no-header", "--no-annotate", "--output-file", str(answered), *options)
        asked = "".join(f"{line}\n" for line in lines)
        _uv(failure, "pip", "compile", *plain, "--python", interpreter.path, "-", text=asked)
        return answered.read_text(encoding="utf-8")


def _install(place: Path, python: str, pins: str) -> None:
    """Make an environment at that place, which may be moved afterwards."""
    _uv(
        "cannot make an environment", "venv", "--quiet", "--relocatable", "--no-project", "--python", python, str(place)
    )
    own = ("--quiet", "--compile-bytecode", "--python", str(place))
    _uv("cannot install what was resolved", "pip", "sync", *own, "-", text=pins)


def _uv(failure: str, *command: str, text: str = "") -> None:
    """Run uv with that text to read. Raises UsageError with its own words; NotWritten where a disk is full."""
    environment = child_environment({})
    try:
        answer = subprocess.run(
            _command(command), input=text, env=environment, capture_output=True, text=True, timeout=_UV_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise UsageError(f"{failure}; uv did not end within {_UV_S:.0f} s: check the way to the index") from error
    if answer.returncode:
        words = "\n".join(f"  {line}" for line in answer.stderr.strip().splitlines())
        failed = NotWritten if says_full(words) else _Refused
        raise failed(f"{failure}; uv says:\n{words}")


def _command(command: Sequence[str]) -> list[str]:
    return [find_uv_bin(), *command]
