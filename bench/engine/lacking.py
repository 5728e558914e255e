"""Tells which libraries a broker needs and this environment lacks: on musl, some are left out of the installation."""

from collections.abc import Iterable, Iterator
from importlib import metadata

from packaging.requirements import Requirement

__all__ = ["lacking"]


def lacking(requirements: Iterable[str]) -> dict[str, str]:
    """Return the distributions that are not installed, each with the requirement that asks for it.

    A requirement asks for itself, and for what its extras need on this system.
    """
    return {name: text for text in requirements for name in _asked_for(Requirement(text)) if not _installed(name)}


def _asked_for(wanted: Requirement) -> Iterator[str]:
    yield wanted.name
    needed = map(Requirement, metadata.requires(wanted.name) or ()) if _installed(wanted.name) else ()
    for one in needed:
        if one.marker and any(one.marker.evaluate({"extra": extra}) for extra in wanted.extras):
            yield one.name


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True
