"""Chooses what to try for a subject: settings with a value each, and the reasons why others are left out."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from celery.app.defaults import DEFAULTS
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bench.ab.assignments import ASSIGNMENT, add_setting, read_value
from bench.tune.celery_settings import UNFELT
from bench.tune.present import Present
from bench.tune.written import setting_text
from brokers.errors import UsageError
from brokers.protocol import Tier
from brokers.tunable import Goal, Tunable, same_value

__all__ = ["Asked", "Candidate", "Choice", "LeftOut", "candidates", "read_fixed"]

_TIME_LIMITS = {"time_limit": "time limit", "soft_time_limit": "soft time limit"}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the user asks for: the ``goals`` that count, and the limits of the search.

    Without names in ``only``, everything is tried that can be. ``fixed`` are settings, by their dotted names, that the
    present subject and all candidates have. A value that gives up a promise is tried only to ``keep`` the tier
    ``fast``.
    """

    goals: Collection[Goal]
    only: Sequence[str] = ()
    fixed: Mapping[str, Any] = field(default_factory=dict)
    keep: Tier = "durable"


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A tunable, and a value to try; ``before`` is what it has now."""

    tunable: Tunable
    value: Any
    before: Any

    @property
    def name(self) -> str:
        """Return the tunable's name."""
        return self.tunable.name

    def __str__(self) -> str:
        return setting_text(self.name, self.value)


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """A setting, or one value of it, that is not tried, and why, in a clause."""

    name: str
    why: str
    value: Any = None
    has_value: bool = True


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What to try, the most promising of each setting first, and what is left out."""

    candidates: list[Candidate]
    left_out: list[LeftOut]

    @property
    def partners(self) -> list[tuple[str, str]]:
        """Return the names of each two that are tried, and that may act together although each alone does nothing."""
        tried = {one.name: one.tunable for one in self.candidates}
        pairs = ((name, other) for name, one in tried.items() for other in one.partners if other in tried)
        return list(dict.fromkeys(map(_in_order, pairs)))


def candidates(present: Present, asked: Asked) -> Choice:
    """Return what to try. Raises UsageError if ``only`` has a name that is unknown, or that no goal can feel."""
    tunables = present.tunables
    for name in asked.only:
        _check_name(name, tunables)
    chosen, left_out = list[Candidate](), list[LeftOut]()
    for tunable in tunables.values():
        if asked.only and tunable.name not in asked.only:
            continue
        if why := next(_against(tunable, present, asked), ""):
            left_out.append(LeftOut(name=tunable.name, why=why, has_value=False))
            continue
        before = present.value_of(tunable.name)
        for value in tunable.values:
            if why := next(_against_value(tunable, value, before, asked), ""):
                left_out.append(LeftOut(name=tunable.name, value=value, why=why))
            else:
                chosen.append(Candidate(tunable=tunable, value=value, before=before))
    return Choice(candidates=chosen, left_out=left_out)


def read_fixed(texts: Iterable[str], present: Present) -> dict[str, Any]:
    """Read ``NAME=VALUE`` as in a SPEC of ``ab``; a tunable that is no setting has its own values.

    Returns the values by their dotted names. Raises UsageError for an unknown name, with a suggestion, and for a value
    of the wrong type.
    """
    fixed: dict[str, Any] = {}
    for text in texts:
        assigned = ASSIGNMENT.fullmatch(text)
        if assigned is None:
            raise UsageError("--fix needs a name and a value: write NAME=VALUE, such as worker_prefetch_multiplier=1")
        name, written = assigned["name"], assigned["value"]
        if name in fixed:
            raise UsageError(f"--fix names {name} twice: use it once")
        tunable = present.tunables.get(name)
        if tunable and (tunable.is_of_worker or tunable.is_of_server or tunable.requirement):
            fixed[name] = _own_value(tunable, written, present)
        else:
            fixed[name] = _setting(name, written, _nearest(name, present.tunables))
    return fixed


def _setting(name: str, written: str, near: str) -> Any:
    """Return the value of one of Celery's settings, checked as in a SPEC."""

    def hint(_name: str, _text: str) -> str:
        return f"; to hold a tunable, use {near}={written}" if near else ""

    add_setting({}, name, written, hint)
    return read_value(name, written)


def _in_order(pair: tuple[str, str]) -> tuple[str, str]:
    return min(pair), max(pair)


def _own_value(tunable: Tunable, written: str, present: Present) -> Any:
    """Return a value of what is no setting of Celery's."""
    name = tunable.name
    if tunable.is_of_server:
        if not present.private:
            raise UsageError(f"--fix {name} is an option of your own server: set it there")
        return written
    value = read_value(name, written)
    if name == "concurrency":
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
        raise UsageError("--fix concurrency is not a number of tasks: use for example concurrency=4")
    known = list(dict.fromkeys((*tunable.values, tunable.default)))
    if not any(same_value(value, one) for one in known):
        names = " or ".join(setting_text(name, one) for one in known)
        raise UsageError(f"--fix {name} has no such value: use {names}")
    if tunable.requirement and not value and name in present.versions:
        raise UsageError(f"{name} is installed, and only an environment without it can show that: leave --fix out")
    return value


def _check_name(name: str, tunables: Mapping[str, Tunable]) -> None:
    if name in tunables:
        return
    if why := UNFELT.get(name):
        raise UsageError(f"{name} cannot be tuned, because no figure feels it: {why}")
    near = _nearest(name, tunables)
    remedy = f"did you mean {near}?" if near else f"use {', '.join(sorted(tunables))}"
    raise UsageError(f"nothing named {name!r} can be tuned: {remedy}")


def _nearest(name: str, tunables: Mapping[str, Tunable]) -> str:
    """Return the tunable that was probably meant, also by the last part of its name alone; empty if none is near."""
    ends = {one.rpartition(".")[2]: one for one in tunables}
    near = get_close_matches(name, tunables, n=1) or get_close_matches(name, ends, n=1)
    return ends.get(near[0], near[0]) if near else ""


def _against(tunable: Tunable, present: Present, asked: Asked) -> Iterator[str]:
    """Yield each reason not to try a setting at all."""
    if tunable.name in asked.fixed:
        yield "it is held by --fix"
    if not set(tunable.metrics) & set(asked.goals):
        yield f"it does not act on {' or '.join(sorted(asked.goals))}"
    yield from _missing(tunable, present)
    if tunable.is_of_server and not present.private:
        variable = present.subject.broker.url_variable
        yield f"the server is your own ({variable}): set it there, and measure both with 'ab'"
    for name, wanted in tunable.needs.items():
        found = asked.fixed.get(name, present.value_of(name))
        if not same_value(found, wanted):
            yield f"it acts only with {setting_text(name, wanted)}, and that is {found}"
    if tunable.over_bytes and present.message_bytes <= tunable.over_bytes:
        yield f"the arguments have about {present.message_bytes} bytes, and it acts on more than {tunable.over_bytes}"
    if tunable.is_of_worker:
        yield from _against_worker(tunable.name, present)


def _against_worker(name: str, present: Present) -> Iterator[str]:
    """Yield each reason not to try another pool or concurrency."""
    setting = f"worker_{name}"
    own, measured = present.own_worker.get(setting), present.value_of(name)
    if own not in (None, DEFAULTS[setting], measured):
        yield f"the app has {setting}={own}, and is measured with {measured}: with --{name} {own}, it is tried"
    for limit in present.limits:
        if name == "pool" and limit.kind in _TIME_LIMITS:
            yield f"the task has a {_TIME_LIMITS[limit.kind]}, and other pools than prefork do not enforce it"


def _missing(tunable: Tunable, present: Present) -> Iterator[str]:
    """Yield what a setting needs and the environment does not have."""
    for requirement in map(Requirement, tunable.acts_since):
        version = present.versions.get(canonicalize_name(requirement.name))
        if version is None:
            yield f"it needs {requirement}, which is not installed"
        elif not requirement.specifier.contains(version, prereleases=True):
            yield f"it acts with {requirement}, and {requirement.name} {version} is installed"


def _against_value(tunable: Tunable, value: Any, before: Any, asked: Asked) -> Iterator[str]:
    """Yield each reason not to try this value."""
    if same_value(value, before):
        yield "it is the present value"
    if asked.keep == "durable" and tunable.is_weaker(value):
        yield f"{tunable.gives_up}: --keep fast tries it"
