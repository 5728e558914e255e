"""Makes two subjects out of one: each side as its spec says, everything else equal."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.ab import virtualenvs as environments
from bench.ab.checkout import Checkout, check_out, working_tree
from bench.ab.proof import imported_by, same_code
from bench.ab.spec import Spec
from bench.metrics.sides import A, B
from bench.processes.subject import Origin, Subject, app_dir_of
from bench.records.workload import Workload
from brokers.protocol import Broker, Profile
from brokers.registry import find_profile
from brokers.server import named_program

__all__ = ["Sides", "make_sides"]


@dataclass(frozen=True)
class Sides:
    """Both subjects.

    ``differing`` describes in words how their environments differ; it is empty if they do not. ``notes`` are sentences
    about what else to know before the sides are compared.
    """

    subjects: list[Subject]
    differing: list[str]
    notes: list[str] = field(default_factory=list)


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
    UsageError, also if a side imports something else than its own checkout and packages.
    """
    interpreters, differing = _interpreters(specs, workload, chosen[0], python or sys.executable, tell)
    checkouts = _checkouts(specs, workload, directory)
    broker, profile = chosen
    subjects = [
        Subject(
            label=label,
            broker=broker,
            profile=find_profile(broker, spec.profile) if spec.profile else profile,
            interpreter=interpreter,
            settings=spec.settings,
            app_dir=str(checkout.app_dir) if checkout else None,
            origin=_origin(spec, checkout),
            commit=checkout.commit if checkout else "",
            server=named_program(broker, spec.server).target if spec.server else None,
            spec=spec.shown,
        )
        for label, spec, interpreter, checkout in zip((A, B), specs, interpreters, checkouts, strict=True)
    ]
    return Sides(subjects, differing, _prove(subjects, workload, directory, tell))


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


def _checkouts(specs: tuple[Spec, Spec], workload: Workload, directory: Path) -> list[Checkout | None]:
    """Return the folder that each side imports its app from; None means where the workload says."""
    refs = [f"ref={spec.ref}" for spec in specs if spec.ref]
    if not refs:
        return [None, None]
    app_dir = app_dir_of(workload)
    return [
        check_out(app_dir, spec.ref, directory / label) if spec.ref else working_tree(app_dir, refs[0])
        for label, spec in zip((A, B), specs, strict=True)
    ]


def _origin(spec: Spec, checkout: Checkout | None) -> Origin:
    """Return what a side must prove: that it imports its checkout, and the packages that its spec names."""
    packages = tuple(requirement.name for requirement in spec.requirements)
    if checkout is None:
        return Origin(packages=packages)
    return Origin(repository=str(checkout.top), tree=str(checkout.tree or ""), packages=packages)


def _prove(subjects: list[Subject], workload: Workload, directory: Path, tell: Callable[[str], None]) -> list[str]:
    """Let each side prove what it imports, and return a sentence if that is the same code on both."""
    if all(subject.origin == Origin() for subject in subjects):
        return []
    tell("importing the app on both sides")
    found = [imported_by(subject, workload, directory) for subject in subjects]
    return same_code(subjects, found)
