"""Reads ``NAME=VALUE``, as a user writes a setting: the name has dots into a dictionary, the value is JSON."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from bench.records.settings import check_setting, check_transport_option, kind_of_setting
from brokers.documents import MOST_LEVELS, json_value
from brokers.errors import UsageError

__all__ = ["ASSIGNMENT", "add_setting", "put", "read_value"]

ASSIGNMENT = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_-]+)*)=(?!=)(?P<value>.*)", re.DOTALL)
_BARE_TEXT = re.compile(r"[A-Za-z][\w.:/@+-]*")
_OPTIONS = "broker_transport_options"
_KINDS: dict[str, tuple[type, ...]] = {"bool": (bool,), "int": (int,), "float": (int, float), "dict": (dict,)}


def add_setting(
    settings: dict[str, Any], dotted: str, text: str, hint: Callable[[str, str], str] = lambda _name, _text: ""
) -> None:
    """Check and store what the text stands for under its dotted name: ``broker_transport_options.polling_interval``.

    ``hint`` returns what else a user may have meant by an unknown name. Raises UsageError.
    """
    name, *inner = dotted.split(".")
    try:
        check_setting(name)
    except ValueError as error:
        raise UsageError(f"{error}{hint(name, text)}") from error
    value = read_value(dotted, text)
    kind = kind_of_setting(name)
    if name == _OPTIONS:
        _check_options(inner[:1] or (value if isinstance(value, dict) else []))
    if inner and kind != "dict":
        raise UsageError(f"{name!r} is not a dictionary: write {name}=VALUE")
    if not inner:
        _check_kind(name, kind, value)
    put(settings, dotted, value)


def put(settings: dict[str, Any], dotted: str, value: Any) -> None:
    """Store a value in nested dictionaries, under its dotted name. Raises UsageError if it is there twice."""
    *outer, last = path = dotted.split(".")
    if len(path) > MOST_LEVELS:
        raise UsageError(f"{path[0]!r} is nested deeper than {MOST_LEVELS} levels: Celery has no such setting")
    for step in outer:
        settings = settings.setdefault(step, {})
        if not isinstance(settings, dict):
            raise UsageError(f"{dotted!r} is inside a setting that already has a value: use only one of the two")
    if last in settings:
        raise UsageError(f"{dotted!r} is given twice: use it once for each side")
    settings[last] = value


def read_value(name: str, text: str) -> Any:
    """Read JSON; a bare word is a string, because a shell strips its quotes. Raises UsageError."""
    try:
        return json_value(text)
    except ValueError:
        if text not in ("True", "False", "None") and _BARE_TEXT.fullmatch(text):
            return text
        raise UsageError(f"the value of {name} is not JSON: write true, false, null, a number or a string") from None


def _check_kind(name: str, kind: str, value: Any) -> None:
    wanted = _KINDS.get(kind)
    if wanted is None or value is None:
        return
    if not isinstance(value, wanted) or isinstance(value, bool) != (kind == "bool"):
        raise UsageError(f"{name} has the wrong type for Celery: use a value of type {kind}")


def _check_options(names: Iterable[str]) -> None:
    try:
        for name in names:
            check_transport_option(name)
    except ValueError as error:
        raise UsageError(str(error)) from error
