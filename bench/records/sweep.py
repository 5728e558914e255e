"""The table ``[sweep]`` of a workload: one key or two, and the values of each."""

from difflib import get_close_matches
from typing import Any

from brokers.documents import shortened
from brokers.secrets import sounds_secret

__all__ = ["A_SETTING", "MOST_KEYS", "MOST_POINTS", "check_sweep"]

A_SETTING = "settings."
MOST_POINTS, MOST_KEYS = 100, 2
_SWEPT = ("concurrency", "payload_bytes", "pool", "rtt", "waiting_tasks")
_EXAMPLES = {"rtt": "['0', '0.5ms']", "pool": "['prefork', 'threads']", "payload_bytes": "[100, 1000]"}


def check_sweep(sweep: Any) -> None:
    """Raise ValueError, which says what to write instead, unless this is a table of keys that can be swept."""
    if not isinstance(sweep, dict):
        raise ValueError(f"it is not a table: write [sweep] and below it, for example, rtt = {_EXAMPLES['rtt']}")
    if len(sweep) > MOST_KEYS:
        raise ValueError(f"it has {len(sweep)} keys, and can have {MOST_KEYS} at most: remove some")
    for name, values in sweep.items():
        _check_name(name, values)
        _check_values(name, values)


def _check_name(name: str, values: Any) -> None:
    shown = shortened(name)
    if name == "settings" and isinstance(values, dict):
        example = shortened(f"'{A_SETTING}{next(iter(values), 'NAME')}'")
        raise ValueError(f"cannot sweep a table: write a setting with its whole name in quotes, {example} = [...]")
    if name not in _SWEPT and not name.startswith(A_SETTING):
        near = get_close_matches(name, _SWEPT, n=1)
        remedy = f"did you mean {near[0]!r}? use " if near else "use "
        raise ValueError(f"cannot sweep {shown!r}: {remedy}{', '.join(_SWEPT)} or 'settings.NAME'")
    if sounds_secret(name):
        raise ValueError(f"cannot sweep {shown!r}: its values may be secrets, and would be in the result")


def _check_values(name: str, values: Any) -> None:
    shown, example = shortened(name), f"for example {shortened(name)} = {_EXAMPLES.get(name, '[1, 2]')}"
    if not isinstance(values, list):
        raise ValueError(f"{shown!r} is not a list: use a list of values, {example}")
    if len(values) < 2:  # noqa: PLR2004 - a single value is no sweep
        few = "no value" if not values else "a single value"
        raise ValueError(f"{shown!r} has {few}: use two or more, {example}")
    if len(values) > MOST_POINTS:
        raise ValueError(f"{shown!r} has {len(values)} values: use at most {MOST_POINTS}")
    if not all(isinstance(value, bool | int | float | str) for value in values):
        raise ValueError(f"each value of {shown!r} names a point: use numbers, texts, true or false")
    if name == "rtt" and not all(isinstance(value, str) for value in values):
        raise ValueError(f"a value of {shown!r} has no unit: write texts, {example}")
    if len({(type(value), value) for value in values}) < len(values):
        raise ValueError(f"{shown!r} repeats a value: every point is measured equally often anyway")
