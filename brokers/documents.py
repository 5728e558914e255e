"""Reads other people's JSON and TOML, with bounds on size, depth and numbers that no honest document reaches.

Every problem raises ``Unreadable``; its message is one line that does not name the document. A returned value holds
only tables, lists, texts, numbers, truth values and None, nested at most ``MOST_LEVELS`` deep. Integers have at
most 64 bits and floats are finite, so later arithmetic can hold them.
"""

import json
import math
import os
import re
import stat
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

__all__ = ["MOST_LEVELS", "Malformed", "Unreadable", "file_text", "json_value", "shortened", "toml_file"]

MOST_LEVELS = 64
MOST_KEYS = 10_000
"""Of one table: a check of a document reports each unknown key."""
MOST_KEY = 1000
MOST_TEXT = 256 << 10
MOST_TOML_BYTES = 128 << 10
MOST_TOML_LINE = 2048
"""tomllib's time grows with the square of a dotted key's length; these two limits keep it under two seconds."""
_PLAIN = {str, int, float, bool, type(None), dict, list}
_MOST_SHOWN = 200
_TWICE = re.compile(r"Cannot (overwrite a value|declare \S+ twice)")  # tomllib's words
_OPENED = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


class Unreadable(ValueError):
    """A document cannot be read; the message says why."""


class Malformed(Unreadable):
    """The text is not JSON, or not TOML."""


def file_text(path: Path, most_bytes: int) -> str:
    """Return the text of a UTF-8 file of at most that size, without its byte order mark. Raises Unreadable.

    Only regular files are read: reading a pipe or a device may never begin, or never end.
    """
    try:
        _refuse_special(os.stat(path))
        with os.fdopen(os.open(path, _OPENED), "rb") as file:
            _refuse_special(os.fstat(file.fileno()))  # the file may have been replaced
            content = file.read(most_bytes + 1)
    except OSError as error:
        raise Unreadable(error.strerror or type(error).__name__) from error
    if len(content) > most_bytes:
        raise Unreadable(f"it is larger than {_size(most_bytes)}")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"it is not UTF-8: {error.reason} at byte {error.start}") from error


def json_value(text: str, most_levels: int = MOST_LEVELS) -> Any:
    """Parse JSON. Raises Malformed if it is not JSON, and Unreadable if it exceeds a bound or repeats a key."""
    return _bounded(
        lambda: json.loads(text, object_pairs_hook=_table, parse_float=_finite, parse_constant=_finite),
        json.JSONDecodeError,
        most_levels,
    )


def toml_file(path: Path) -> dict[str, Any]:
    """Parse a TOML file. Raises Malformed if it is not TOML, and Unreadable if it cannot be read."""
    text = file_text(path, MOST_TOML_BYTES)
    if max(map(len, text.split("\n"))) > MOST_TOML_LINE:
        raise Unreadable(f"a line is longer than {MOST_TOML_LINE} characters: split it")
    found: dict[str, Any] = _bounded(lambda: tomllib.loads(text, parse_float=_finite), tomllib.TOMLDecodeError)
    return found


def shortened(text: str) -> str:
    """Return the text on one line of at most 200 characters, with ``?`` for what cannot be printed."""
    line = " ".join(text[: 2 * _MOST_SHOWN].split())
    line = "".join(one if one.isprintable() else "?" for one in line)
    return line if len(line) <= _MOST_SHOWN and len(text) <= 2 * _MOST_SHOWN else f"{line[:_MOST_SHOWN]}..."


def _refuse_special(status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise Unreadable("Is a directory")
    if not stat.S_ISREG(status.st_mode):
        raise Unreadable("it is not a regular file: copy it to one")


def _size(count_bytes: int) -> str:
    return f"{count_bytes >> 20} MiB" if count_bytes >> 20 else f"{count_bytes >> 10} KiB"


def _bounded(parse: Callable[[], Any], malformed: type[ValueError], most_levels: int = MOST_LEVELS) -> Any:
    """Return the parsed value, checked level by level: it may be nested too deeply for a recursive function."""
    too_deep = f"it is nested deeper than {most_levels} levels"
    try:
        found = parse()
    except RecursionError:
        raise Unreadable(too_deep) from None
    except malformed as error:
        raise Malformed(shortened(_TWICE.sub("a key or a table is there twice", str(error)))) from None
    except Unreadable:
        raise
    except ValueError:  # Python converts at most sys.get_int_max_str_digits() digits
        raise Unreadable("a number in it has too many digits") from None
    level = [[found]]
    for _ in range(most_levels + 1):
        level = [inner for one in level if not _are_numbers(one) for inner in _inner(one)]
        if not level:
            return found
    raise Unreadable(too_deep)


def _are_numbers(values: list[Any]) -> bool:
    """Return True if the list holds only integers; most lists of a result do."""
    if set(map(type, values)) != {int}:
        return False
    _refuse_huge(values)
    return True


def _inner(values: list[Any]) -> Iterator[list[Any]]:
    """Check a list's own values, and return the values of the lists and tables in it."""
    kinds = set(map(type, values))
    if other := kinds - _PLAIN:
        raise Unreadable(f"it contains a {other.pop().__name__}: write it as a string, in quotes")
    if int in kinds:
        _refuse_huge([value for value in values if type(value) is int])
    if str in kinds:
        _refuse_surrogates(values)
        if any(len(value) > MOST_TEXT for value in values if isinstance(value, str)):
            raise Unreadable(f"a string in it has more than {MOST_TEXT} characters")
    if kinds & {dict, list}:
        yield from (_of_table(value) if isinstance(value, dict) else value for value in values if _nests(value))


def _nests(value: Any) -> bool:
    return isinstance(value, dict | list)


def _of_table(table: dict[str, Any]) -> list[Any]:
    if len(table) > MOST_KEYS:
        raise Unreadable(f"a table in it has more than {MOST_KEYS} keys")
    if max(map(len, table), default=0) > MOST_KEY:
        raise Unreadable(f"a key in it has more than {MOST_KEY} characters")
    _refuse_surrogates(table)
    return list(table.values())


def _refuse_huge(numbers: list[int]) -> None:
    if min(numbers) < -(2**63) or max(numbers) >= 2**63:
        raise Unreadable("an integer in it has more than 64 bits")


def _refuse_surrogates(texts: Any) -> None:
    try:
        "".join(text for text in texts if isinstance(text, str)).encode()
    except UnicodeEncodeError:
        raise Unreadable("a string in it is not Unicode: half of a surrogate pair") from None


def _table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        ((twice, _),) = Counter(key for key, _ in pairs).most_common(1)
        raise Unreadable(f"it has the key {shortened(twice)!r} twice in one table")
    return table


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise Unreadable(f"{shortened(text)} in it is not a finite number")
    return number
