"""A row's place in a series, in words: ``at 50 %``, ``payload 1 KiB``, ``after 5 s of idleness``."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bench.records.turns import Place
from bench.text.cleaning import clean
from bench.text.numbers import duration, number, size

__all__ = [
    "axis_title",
    "place_key",
    "place_name",
    "place_value",
    "place_words",
    "sentence",
    "swept",
    "without",
]

_SHORTEST_IN_MS = 1e5


@dataclass(frozen=True)
class _Kind:
    """How one part of a place is written in a table, in a sentence and along an axis, and how its value is printed."""

    short: str
    words: str
    axis: str
    shown: Callable[[float], str]


def _share(value: float) -> str:
    return f"{100 * value:.3g} %"


def _seconds(value: float) -> str:
    return f"{number(value)} s"


def _distance(value: float) -> str:
    """Write a round trip in milliseconds, as a user does, unless it is very short."""
    return f"{number(value / 1e6)} ms" if not value or value >= _SHORTEST_IN_MS else f"{number(value / 1e3)} us"


_KINDS = {
    "concurrency": _Kind("concurrency {}", "at concurrency {}", "worker concurrency", number),
    "idle_s": _Kind("idle {}", "after {} of idleness", "how long the queue was idle", _seconds),
    "load": _Kind("at {}", "at {} of its own capacity", "load, as a share of the subject's own capacity", _share),
    "of": _Kind("in a fresh {}", "in a fresh {}", "whose first publish", number),
    "payload_bytes": _Kind("payload {}", "with a payload of {}", "payload", size),
    "rtt_ns": _Kind("at {}", "at a distance of {}", "round trip to the broker", _distance),
    "rate_per_s": _Kind("at {}/s", "at {} tasks/s", "intended rate, tasks/s", number),
}
_UNITS: dict[str, Callable[[float], str]] = {"_bytes": size, "_ns": duration, "_s": _seconds}


def place_key(at: Place) -> tuple[tuple[str, float | str], ...]:
    """Return what two rows of the same place have in common."""
    return tuple(sorted(at.items()))


def place_name(at: Place, intended_per_s: float | None = None) -> str:
    """Name a place in a few words: ``at 50 % (312/s)``; nothing if there is no series."""
    names = []
    for key, value in at.items():
        rate = f" ({number(intended_per_s)}/s)" if key == "load" and intended_per_s is not None else ""
        names.append(_kind(key).short.format(place_value(key, value)) + rate)
    return ", ".join(names)


def place_words(at: Place) -> str:
    """Write a place for a sentence: ``at 50 % of its own capacity``."""
    return ", ".join(_kind(key).words.format(place_value(key, value)) for key, value in at.items())


def place_value(key: str, value: float | str) -> str:
    """Format one part of a place with its unit."""
    return clean(value) if isinstance(value, str) else _kind(key).shown(value)


def axis_title(key: str) -> str:
    """Return what an axis along this part of the place shows."""
    return _kind(key).axis


def swept(places: Iterable[Place]) -> list[str]:
    """Return the parts of the places that have several numbers as values."""
    values: dict[str, set[float]] = {}
    for at in places:
        for key, value in at.items():
            if not isinstance(value, str):
                values.setdefault(key, set()).add(value)
    return [key for key, found in values.items() if len(found) > 1]


def without(at: Place, key: str) -> Place:
    """Return the other parts of a place."""
    return {name: value for name, value in at.items() if name != key}


def _kind(key: str) -> _Kind:
    if key in _KINDS:
        return _KINDS[key]
    unit = next((unit for unit in _UNITS if key.endswith(unit)), "")
    name = clean(key.removesuffix(unit).replace("_", " ")).replace("{", "{{").replace("}", "}}")
    return _Kind(f"{name} {{}}", f"with {name} {{}}", name.format(), _UNITS.get(unit, number))


def sentence(at: Place, text: str) -> str:
    """Put the place before the text, and begin with a capital; a subject's name stays as it is."""
    if where := place_words(at):
        return f"{where[:1].upper()}{where[1:]}, {text}."
    return f"A{text[1:]}." if text.startswith("a ") else f"{text}."
