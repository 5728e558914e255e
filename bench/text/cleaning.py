"""Makes other people's text safe to show: no secrets, nothing deceptive, one line."""

from typing import Any

from rich.console import Console
from rich.text import Text

from bench.text.numbers import MISSING
from brokers.outside import safe_line, safe_text, safe_values

__all__ = ["clean", "clean_value", "first_line", "terminal_text"]


def clean(text: str) -> str:
    """Return the text on one line, safe to show, with ``?`` for what a terminal would obey."""
    return safe_line(text)


def first_line(text: str) -> str:
    """Return the first line of the text that is not blank, cleaned."""
    return next((clean(line) for line in safe_text(text).splitlines() if clean(line)), "")


def clean_value(name: str, value: Any) -> str:
    """Format a setting's value; hide it if its name suggests a secret."""
    shown = safe_values(value, name)
    if isinstance(shown, dict):
        return ", ".join(f"{key}={clean_value(str(key), item)}" for key, item in shown.items()) or "none"
    return clean(str(shown))


def terminal_text(text: str, console: Console, style: str = "") -> Text:
    """Return text that the console can write: safe to show, without markup, only characters of its encoding."""
    text = safe_text(text)
    if console.options.ascii_only:
        text = text.replace(MISSING, "-").encode("ascii", "replace").decode()
    return Text(text, style)
