"""Tells which packages of an environment are there for Brokerbench alone, and not for an app."""

import re
from collections.abc import Collection, Mapping, Sequence

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

__all__ = ["there_for"]

_EXTRA = re.compile(r"""\bextra *== *["']([\w.-]+)""")


def there_for(name: str, requires: Mapping[str, Sequence[str]], asked_for: Collection[str]) -> set[str]:
    """Return ``name`` and what is installed only because it, or one of its extras, needs it, by canonical names.

    ``requires`` has the requirements of each installed package. ``asked_for`` are those that somebody installed by
    name.
    """
    known = {canonicalize_name(one): texts for one, texts in requires.items()}
    needed: set[tuple[str, str]] = set()
    extras = set(_EXTRA.findall(" ".join(known.get(canonicalize_name(name), ()))))
    left = [(str(canonicalize_name(name)), extra) for extra in ("", *extras)]
    while left:
        package, extra = left.pop()
        if (package, extra) in needed or package not in known:
            continue
        needed.add((package, extra))
        for one in filter(None, map(_requirement, known[canonicalize_name(package)])):
            if one.marker is None or one.marker.evaluate({"extra": extra}):
                left += [(str(canonicalize_name(one.name)), wanted) for wanted in ("", *one.extras)]
    return {package for package, _ in needed} - {canonicalize_name(one) for one in asked_for if one != name}


def _requirement(text: str) -> Requirement | None:
    try:
        return Requirement(text)
    except InvalidRequirement:  # what an old package declares
        return None
