"""Names of many things in few words."""

from collections.abc import Sequence

from bench.report.wording import joined

__all__ = ["few", "places_words"]

_MOST = 6


def few(names: Sequence[str]) -> list[str]:
    """Return the names; of many, the first ones and how many others there are."""
    if len(names) <= _MOST:
        return list(names)
    return [*names[: _MOST - 1], f"{len(names) - _MOST + 1} others"]


def places_words(names: Sequence[str]) -> str:
    """Return ``at 1 ms, 3 ms and 10 ms``; places of more than one key are in brackets."""
    if any(", " in name for name in names):
        return joined(few([f"({name})" if ", " in name else name for name in names]))
    alike = all(name.startswith("at ") for name in names)
    return joined(few([names[0], *(name.removeprefix("at ") for name in names[1:])] if alike else names))
