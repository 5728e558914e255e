"""Makes text from outside safe to show: from a server, an app, a file or a command line.

Safe text contains no secrets, nothing that deceives a terminal or a reader's eye, and no command to a CI system.
"""

import re
from collections.abc import Callable
from typing import Any

from brokers.secrets import HIDDEN, is_secret, redacted

__all__ = ["safe_line", "safe_text", "safe_values", "without_secrets"]

_MOST = 20_000  # characters of one text
_SPACES = re.compile(r"[^\S\n ]")
_BLANKS = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]")  # printable, but invisible
# GitHub trims a line before it looks for ``::name::``, and accepts ``##[name]`` anywhere; Azure has ``##vso[``. A
# terminal may break a line within a word. An address such as ``::1`` is not a command.
_COMMANDS = re.compile(r"(?<!\S):{2,}(?!\d|ffff:\d)|:{2,}(?=[A-Za-z][\w-]*(?:\s[^\n]*?)?::)|#{2,}(?=\w*\[)")


def safe_line(text: str) -> str:
    """Return the text on one line, safe to show, with ``?`` for what cannot be printed."""
    return _without_commands(" ".join(safe_text(text).split()))  # what was on two lines may be a command on one


def safe_text(text: str) -> str:
    """Return the text with its line breaks, safe to show, with ``?`` for what cannot be printed.

    The end of a very long text is cut off.
    """
    text = _BLANKS.sub("?", _SPACES.sub(" ", redacted(_shortened(text))))
    if not text.isprintable():
        text = "".join(one if one.isprintable() or one == "\n" else "?" for one in text)
    return _without_commands(text)


def safe_values(value: Any, name: str = "") -> Any:
    """Return a JSON value with every text in it safe to show, and ``***`` for values whose names suggest a secret."""
    return _with_texts(value, name, safe_text)


def without_secrets(value: Any, name: str = "") -> Any:
    """Return a JSON value without its secrets and otherwise unchanged: for data that is used again, not only shown."""
    return _with_texts(value, name, redacted)


def _with_texts(value: Any, name: str, made: Callable[[str], str]) -> Any:
    if is_secret(name, value):
        return HIDDEN
    if isinstance(value, str):
        return made(value)
    if isinstance(value, dict):
        return {made(str(key)): _with_texts(item, str(key), made) for key, item in value.items()}
    return [_with_texts(item, "", made) for item in value] if isinstance(value, list) else value


def _without_commands(text: str) -> str:
    return _COMMANDS.sub(lambda found: " ".join(found[0]), text)


def _shortened(text: str) -> str:
    """Cut a long text at a space, so that no secret is cut in two."""
    if len(text) <= _MOST:
        return text
    begin, _, rest = text[: _MOST - 1].rpartition(" ")
    return f"{begin or rest}…"
