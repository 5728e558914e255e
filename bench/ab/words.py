"""Turns the words of a spec that name a package at a path into requirements."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from packaging.requirements import Requirement

from bench.ab.places import name_at, path_of
from brokers.errors import UsageError

__all__ = ["joined", "requirement_of"]

_EDITABLE = ("-e", "--editable")
_IS_PATH = re.compile(r"(\.{0,2}/|~|[A-Za-z]:[\\/]|file:|\.{1,2}$)")
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(\[[^]]*\])?")


def joined(words: Sequence[str]) -> Iterator[str]:
    """Yield the words, with ``NAME @ URL`` as one, and without ``-e``: a side measures a path as it is now."""
    left = list(words)
    while left:
        word = left.pop(0)
        if word in _EDITABLE and left:
            continue
        if left and left[0].startswith("@") and _NAME.fullmatch(word):
            word += left.pop(0)
        if left and word.endswith("@") and _NAME.fullmatch(word[:-1]):
            word += left.pop(0)
        yield word


def requirement_of(word: str) -> Requirement:
    """Return the requirement that a word is: PEP 508, or the path of a project, wheel or archive.

    A path becomes absolute. Raises InvalidRequirement when it is neither, and UsageError when nothing is at the path.
    """
    if _IS_PATH.match(word):
        path, bracket, extras = word.partition("[") if word.endswith("]") else (word, "", "")
        place, fragment = _place(path)
        return Requirement(f"{name_at(place)}{bracket}{extras} @ {place.as_uri()}{fragment}")
    requirement = Requirement(word)
    if requirement.url and path_of(requirement.url):
        place, fragment = _place(requirement.url)
        requirement.url = f"{place.as_uri()}{fragment}"
    return requirement


def _place(url: str) -> tuple[Path, str]:
    """Return the absolute path of something that exists, and the rest of the URL of an archive."""
    parts = urlsplit(url)
    path = (path_of(url) or Path(url)).expanduser().resolve()
    if path.is_dir():
        path = path / parse_qs(parts.fragment).get("subdirectory", [""])[0]
    if not path.exists():
        raise UsageError(f"nothing is at {path}: write the path of a project, a wheel or a source archive")
    return path, f"#{parts.fragment}" if parts.fragment and path.is_file() else ""
