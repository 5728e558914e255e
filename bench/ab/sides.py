"""Makes two subjects out of one: each side as its spec says, everything else equal."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench.ab.built import build_both, differing
from bench.ab.checkout import Checkout, changed, check_out, working_tree
from bench.ab.declared import declared_by, unlike
from bench.ab.proof import imported_by, same_code
from bench.ab.spec import Spec
from bench.metrics.sides import A, B
from bench.processes.subject import Chosen, Origin, Subject, app_dir_of, label_subjects
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
    chosen: tuple[Broker, Profile] | Chosen,
    specs: tuple[Spec, Spec],
    workload: Workload,
    python: str | None,
    directory: Path,
    tell: Callable[[str], None] = lambda _: None,
    *,
    traceback: bool = False,
) -> Sides:
    """Make what both specs need: environments, which are cached, and checkouts, which go to ``directory``.

    ``python`` is the interpreter of a side that names none. ``tell`` receives a line about each slow step. With
    ``traceback``, the errors of both sides contain the end of their log. Raises UsageError, also if a side imports
    something else than its own checkout and packages, and WrongApp if a side cannot import the app or has no such task.
    """
    broker, profile, rtt_ns = Chosen(*chosen)
    checkouts = _checkouts(specs, workload, directory)
    wanted = [
        (spec, declared_by(checkout, f"ref={spec.ref}") if checkout and spec.env else None)
        for spec, checkout in zip(specs, checkouts, strict=True)
    ]
    built = build_both(wanted, broker, python or sys.executable, tell, is_users=workload.is_users)
    subjects = [
        Subject(
            label=label,
            broker=broker,
            profile=find_profile(broker, spec.profile) if spec.profile else profile,
            interpreter=environment.python,
            settings=spec.settings,
            app_dir=str(checkout.app_dir) if checkout else None,
            origin=_origin(spec, checkout),
            commit=checkout.commit if checkout else "",
            sources=environment.sources,
            import_path=environment.import_path,
            server=named_program(broker, spec.server).target if spec.server else None,
            spec=spec.shown,
            rtt_ns=_rtt_ns(Chosen(broker, profile, rtt_ns if spec.rtt_ns is None else spec.rtt_ns), workload),
            traceback=traceback,
        )
        for label, spec, environment, checkout in zip((A, B), specs, built, checkouts, strict=True)
    ]
    found = _imported(subjects, workload, directory, tell)
    tried = [replace(subject, tried=found is not None) for subject in subjects]
    a, b = checkouts
    same = same_code(subjects, found or [{}, {}], lambda: changed(a, b) if a and b else [])
    return Sides(tried, differing(*built), [*_not_installed(specs, checkouts), *same])


def _rtt_ns(chosen: Chosen, workload: Workload) -> int | None:
    """Return a side's distance. Raises UsageError if it cannot have it."""
    return label_subjects([chosen], workload)[0].rtt_ns


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


def _not_installed(specs: tuple[Spec, Spec], checkouts: list[Checkout | None]) -> list[str]:
    """Return a sentence if the sides' own files ask for different packages, but the packages are not those."""
    a, b = checkouts
    if a is None or b is None or all(spec.env or not spec.ref for spec in specs):
        return []
    files = unlike(a, b)
    differ = f"{', '.join(files)} {'differs' if len(files) == 1 else 'differ'}"
    return [f"{differ} between A and B, but is not installed: add env=ref to each side with a ref="] if files else []


def _origin(spec: Spec, checkout: Checkout | None) -> Origin:
    """Return what a side must prove: that it imports its checkout, and the packages that its spec names."""
    packages = tuple(requirement.name for requirement in spec.requirements)
    if checkout is None:
        return Origin(packages=packages)
    return Origin(repository=str(checkout.top), tree=str(checkout.tree or ""), packages=packages)


def _imported(
    subjects: list[Subject], workload: Workload, directory: Path, tell: Callable[[str], None]
) -> list[dict[str, str]] | None:
    """Let each side import the app, find the task and prove which code that was; None if there is nothing to prove."""
    if all(subject.origin == Origin() for subject in subjects):
        return None
    tell("importing the app on both sides")
    return [imported_by(subject, workload, directory) for subject in subjects]
