"""Reads a spec: one string in which the user writes what differs on one side of an A/B comparison."""

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

from bench.ab.assignments import ASSIGNMENT, add_setting, read_value
from bench.ab.words import joined, requirement_of
from bench.records.quantities import rtt_ns
from brokers.errors import UsageError
from brokers.outside import safe_line, safe_values

__all__ = ["Spec", "read_spec"]

_KEYS = ("python", "ref", "env", "profile", "server", "rtt")
_VERSION = re.compile(r"\d{1,4}(?:\.\d{1,6}){1,4}")


@dataclass(frozen=True, kw_only=True)
class Spec:
    """What differs on a side; a field that is None or empty is the same as on the other side.

    ``requirements`` are PEP 508. ``settings`` are Celery's lower-case names with plain JSON values. ``env`` is
    ``ref`` if the packages are those that the files at ``ref`` ask for. ``rtt`` is the side's own distance. ``text`` is
    what the user typed.
    """

    text: str = field(default="", repr=False)
    requirements: tuple[Requirement, ...] = field(default=(), repr=False)
    python: str | None = None
    ref: str | None = None
    env: str | None = None
    profile: str | None = None
    server: str | None = None
    rtt: str | None = None
    settings: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), repr=False)

    def __str__(self) -> str:
        return self.shown

    @property
    def rtt_ns(self) -> int | None:
        """Return the side's own distance as a round-trip time, in nanoseconds; None if it is the subject's."""
        return rtt_ns(self.rtt) if self.rtt else None

    @property
    def has_environment(self) -> bool:
        """Return True if an environment is built for this side, whatever the other side is."""
        return bool(self.requirements or self.env)

    @property
    def shown(self) -> str:
        """Return the text to print and to store, with ``***`` for each secret in it."""
        return safe_line(shlex.join(map(_without_secret, shlex.split(self.text)))) or "as it is"


def read_spec(text: str, option: str = "the spec") -> Spec:
    """Read words as a shell does: requirements, and ``python=PATH``, ``ref=GITREF``, ``env=ref`` and so on.

    A path is a requirement of the package that is there.

    Every other ``NAME=VALUE`` is a setting: ``worker_prefetch_multiplier=64``,
    ``broker_transport_options.polling_interval=0.1``. Raises UsageError, which names the setting or the position of
    the word in the ``option``, but never the word itself: it may be a secret.
    """
    try:
        words = list(joined(shlex.split(text)))
    except ValueError as error:
        raise UsageError(f"cannot read {option} ({error}): quote it as in a shell") from error
    requirements: dict[str, Requirement] = {}
    keys: dict[str, str] = {}
    settings: dict[str, Any] = {}
    for place, word in enumerate(words, 1):
        assigned = ASSIGNMENT.fullmatch(word)
        if assigned is None:
            _add_requirement(requirements, word, f"word {place} of {option}")
        elif assigned["name"] in _KEYS:
            _add_once(keys, assigned["name"], assigned["value"])
        else:
            add_setting(settings, assigned["name"], assigned["value"], _or_else)
    if "env" in keys and (keys["env"] != "ref" or "ref" not in keys):
        raise UsageError("env= has one value, env=ref, and needs a ref=: add ref=GITREF, or leave env= out")
    _check_rtt(keys.get("rtt"))
    return Spec(
        text=shlex.join(words),
        requirements=tuple(requirements.values()),
        settings=MappingProxyType(settings),
        **keys,
    )


def _check_rtt(text: str | None) -> None:
    try:
        rtt_ns(text or "0")
    except ValueError as error:
        raise UsageError(f"rtt={error}") from error


def _without_secret(word: str) -> str:
    assigned = ASSIGNMENT.fullmatch(word)
    if assigned is None or assigned["name"] in _KEYS:
        return safe_line(word)
    value = read_value(assigned["name"], assigned["value"])
    shown = safe_values(value, assigned["name"])
    if shown == value:
        return word
    return f"{assigned['name']}={shown if isinstance(shown, str) else json.dumps(shown)}"


def _add_requirement(found: dict[str, Requirement], word: str, place: str) -> None:
    try:
        requirement = requirement_of(word)
    except InvalidRequirement as error:
        raise UsageError(
            f"{place} is not a requirement; use for example kombu==5.3.1, kombu @ PATH, NAME=VALUE, "
            f"or one of {', '.join(f'{key}=' for key in _KEYS)}"
        ) from error
    name = requirement.name.lower().replace("_", "-")
    if name in found:
        raise UsageError(f"{requirement.name!r} is named twice: join its version limits with a comma")
    found[name] = requirement


def _add_once(found: dict[str, str], name: str, value: str) -> None:
    if not value:
        raise UsageError(f"{name}= is empty: write {name}=VALUE, or leave it out")
    if name in found:
        raise UsageError(f"{name!r} is given twice: use it once for each side")
    found[name] = value


def _or_else(name: str, text: str) -> str:
    """Return a hint at what the user may have meant by an unknown name."""
    near = get_close_matches(name, _KEYS, n=1)
    if near:
        return f"; did you mean {near[0]}=...?"
    version = text if _VERSION.fullmatch(text) else "VERSION"
    return f"; write a requirement as {name}=={version}" if text[:1].isdigit() else ""
