"""Text that others wrote, made fit to be shown: no secrets, no control characters, one line."""

from typing import Any

from rich.console import Console
from rich.text import Text

from bench.report.figures import MISSING
from brokers.secrets import redacted, without_secrets

__all__ = ["clean", "clean_value", "first_line", "terminal_text"]


def clean(text: str) -> str:
    """Give the text on one line, without URLs' passwords; what a terminal would obey becomes ``?``."""
    one_line = " ".join(redacted(text).split())
    return "".join(character if character.isprintable() else "?" for character in one_line)


def first_line(text: str) -> str:
    """Give the first line of the text that says anything, cleaned."""
    return next((clean(line) for line in text.splitlines() if clean(line)), "")


def clean_value(name: str, value: Any) -> str:
    """Print a setting's value; one whose name sounds like a secret's is hidden."""
    shown = without_secrets(value, name)
    if isinstance(shown, dict):
        return ", ".join(f"{key}={clean_value(str(key), item)}" for key, item in shown.items()) or "none"
    return clean(str(shown))


def terminal_text(text: str, console: Console, style: str = "") -> Text:
    """Give text that the console can write: no markup, and only characters of its encoding."""
    if console.options.ascii_only:
        text = text.replace(MISSING, "-").encode("ascii", "replace").decode()
    return Text(text, style)
