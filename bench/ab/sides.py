"""Makes two subjects out of one: each side as its spec says, everything else equal."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tasks
from bench.ab import virtualenvs as environments
from bench.ab.checkout import check_out
from bench.ab.spec import Spec
from bench.metrics.sides import A, B
from bench.processes.subject import Subject
from bench.records.workload import Workload
from brokers.protocol import Broker, Profile
from brokers.registry import find_profile
from brokers.server import named_program

__all__ = ["Sides", "make_sides"]


@dataclass(frozen=True)
class Sides:
    """Both subjects, and how their environments differ, in words; empty if they do not."""

    subjects: list[Subject]
    differing: list[str]


def make_sides(
    chosen: tuple[Broker, Profile],
    specs: tuple[Spec, Spec],
    workload: Workload,
    python: str | None,
    directory: Path,
    tell: Callable[[str], None] = lambda _: None,
) -> Sides:
    """Make what both specs need: environments, which are cached, and checkouts, which go to ``directory``.

    ``python`` is the interpreter of a side that names none. ``tell`` receives a line about each slow step. Raises
    UsageError.
    """
    interpreters, differing = _interpreters(specs, workload, chosen[0], python or sys.executable, tell)
    app_dirs = _app_dirs(specs, workload, directory)
    broker, profile = chosen
    subjects = [
        Subject(
            label=label,
            broker=broker,
            profile=find_profile(broker, spec.profile) if spec.profile else profile,
            interpreter=interpreter,
            settings=spec.settings,
            app_dir=app_dir,
            server=named_program(broker, spec.server).target if spec.server else None,
            spec=spec.shown,
        )
        for label, spec, interpreter, app_dir in zip((A, B), specs, interpreters, app_dirs, strict=True)
    ]
    return Sides(subjects, differing)


def _interpreters(
    specs: tuple[Spec, Spec], workload: Workload, broker: Broker, python: str, tell: Callable[[str], None]
) -> tuple[list[str], list[str]]:
    """Return both interpreters, and how their environments differ, in words.

    If one side has requirements, the other side's environment is built in the same way, so that both find their
    packages in the same kind of place. Only an interpreter that a side names without requirements is used as it is.
    """
    paths = [spec.python or python for spec in specs]
    if not any(spec.requirements for spec in specs):
        return paths, []
    tell("resolving and building environments")
    found = {path: environments.look_at(path) for path in dict.fromkeys(paths)}
    kind: Any = environments.Wanted.over_users if workload.is_users else environments.Wanted
    needed = broker.requirements
    wanted = [kind(spec.requirements, found[path], needed) for spec, path in zip(specs, paths, strict=True)]
    as_they_are = [bool(spec.python and not spec.requirements) for spec in specs]
    if not any(as_they_are):
        locks = environments.locks(*wanted)
        return [lock.build() for lock in locks], _words(environments.differences(*locks))
    made, other = (wanted[1], wanted[0]) if as_they_are[0] else (wanted[0], wanted[1])
    built = environments.lock_alone(made, other.interpreter.installed).build()
    return [path if as_it_is else built for path, as_it_is in zip(paths, as_they_are, strict=True)], []


def _words(differences: dict[str, tuple[str, str]]) -> list[str]:
    return [f"{name} {a} against {b}" for name, (a, b) in differences.items()]


def _app_dirs(specs: tuple[Spec, Spec], workload: Workload, directory: Path) -> list[str | None]:
    """Return the directory that each side imports its app from; None means where the workload says."""
    if not any(spec.ref for spec in specs):
        return [None, None]
    app_dir = Path(workload.app_dir) if workload.app_dir else Path(tasks.__file__).parents[1]
    places = [
        check_out(app_dir, spec.ref, directory / label) if spec.ref else app_dir
        for label, spec in zip((A, B), specs, strict=True)
    ]
    return [str(place) for place in places]
