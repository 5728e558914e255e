"""Builds the environments of two sides, and describes how they differ."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from packaging.utils import canonicalize_name

from bench.ab.declared import Declared, import_roots
from bench.ab.places import described, path_of
from bench.ab.spec import Spec
from bench.ab.virtualenvs import Interpreter, Lock, Wanted, lock_alone, locks, look_at
from bench.metrics.sides import A, B
from bench.text.numbers import plural
from brokers.outside import safe_line
from brokers.protocol import Broker

__all__ = ["MISSING", "Built", "build_both", "differences", "differing"]

MISSING = "-"
"""Stands for the version of a package that a side does not have."""

_COMMIT = re.compile(r"[0-9a-f]{40}\b")


@dataclass(frozen=True)
class Built:
    """A side's interpreter and the version of each package in it; None if both sides have the same interpreter.

    ``is_users`` is True for an environment that was there before: it may have much that is not used.
    ``sources`` describes the version and the place of the packages that do not come from an index, without secrets:
    ``5.6.2 at /checkout (abc1234, with changes)``. ``import_path`` has the folders of a checkout's own projects.
    """

    python: str
    versions: dict[str, str] | None = None
    sources: dict[str, str] = field(default_factory=dict)
    import_path: tuple[str, ...] = ()
    is_users: bool = False


def build_both(
    sides: Sequence[tuple[Spec, Declared | None]],
    broker: Broker,
    python: str,
    tell: Callable[[str], None],
    *,
    is_users: bool,
) -> tuple[Built, Built]:
    """Return both sides' environments; ``python`` is the interpreter of a side that names none.

    If one side has requirements, the other side's environment is built in the same way, so that both find their
    packages in the same kind of place. Only an interpreter that a side names without requirements is used as it is.
    """
    paths = [spec.python or python for spec, _ in sides]
    if not any(spec.has_environment for spec, _ in sides):
        same = paths[0] == paths[1]
        a, b = (Built(path) if same else _as_it_is(look_at(path)) for path in paths)
        return a, b
    tell("resolving and building environments")
    found = {path: look_at(path) for path in dict.fromkeys(paths)}
    first, second = (
        _wanted(spec, declared, found[path], broker.requirements, is_users=is_users)
        for (spec, declared), path in zip(sides, paths, strict=True)
    )
    a_as_it_is, b_as_it_is = (bool(spec.python and not spec.has_environment) for spec, _ in sides)
    if a_as_it_is:
        return _as_it_is(first.interpreter), _built(lock_alone(second, first.interpreter.installed))
    if b_as_it_is:
        return _built(lock_alone(first, second.interpreter.installed)), _as_it_is(second.interpreter)
    a, b = map(_built, locks(first, second))
    return a, b


def _as_it_is(interpreter: Interpreter) -> Built:
    known = interpreter.installed | interpreter.local
    versions = {str(canonicalize_name(name)): version for name, version in known.items()}
    return Built(interpreter.path, versions, is_users=True)


def _wanted(
    spec: Spec, declared: Declared | None, interpreter: Interpreter, needed: tuple[str, ...], *, is_users: bool
) -> Wanted:
    if declared or not is_users:
        return Wanted(spec.requirements, interpreter, needed, declared)
    return Wanted.over_users(spec.requirements, interpreter, needed)


def differing(a: Built, b: Built) -> list[str]:
    """Return how two environments differ, in words; nothing if they are the same interpreter's.

    What only one side has is counted where one of them was there before.
    """
    if a.versions is None or b.versions is None:
        return []
    pairs = differences(a.versions | a.sources, b.versions | b.sources)
    alone = {name for name, pair in pairs.items() if MISSING in pair} if a.is_users or b.is_users else set()
    words = [f"{name} {ours} against {theirs}" for name, (ours, theirs) in pairs.items() if name not in alone]
    counted = ((side, sum(pairs[name][missing] == MISSING for name in alone)) for side, missing in ((A, 1), (B, 0)))
    return words + [f"{plural(count, 'package')} only on {side}" for side, count in counted if count]


def differences(a: Mapping[str, str], b: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Return the versions that differ, by name."""
    pairs = {name: (a.get(name, MISSING), b.get(name, MISSING)) for name in sorted(a.keys() | b.keys())}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _built(lock: Lock) -> Built:
    python = lock.build()
    return Built(python, lock.versions, _sources(lock, python), tuple(import_roots(lock.own)))


def _sources(lock: Lock, python: str) -> dict[str, str]:
    if not lock.urls:
        return {}
    built = look_at(python)
    known: dict[str, str] = {
        canonicalize_name(name): version for name, version in (built.installed | built.local).items()
    }
    return {name: f"{known.get(name, '-')} at {_where(url)}" for name, url in lock.urls.items()}


def _where(url: str) -> str:
    if path := path_of(url):
        return safe_line(described(path))
    address, _, rest = url.rpartition("@")
    commit = _COMMIT.match(rest) if url.startswith("git+") else None
    return safe_line(f"{address} ({commit[0][:7]})" if commit else url)
