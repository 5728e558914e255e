"""Builds GitHub-flavoured Markdown in which text from outside cannot become a link, a picture or HTML."""

import re

from bench.text.cleaning import clean
from bench.text.table import Table

__all__ = ["bullets", "escaped", "folded", "row_of", "table_of"]

_SPECIAL = re.compile(r"([\\`*\[\]|~#!])")
_BEGINNING = re.compile(r"^(?:([-+](?=\s)|[-=]{2})|(\d{1,9})(?=[.)]\s))")  # of a list item or a heading's underline
_LINKING = re.compile(r"@|\\#(?=\d)|\bGH-(?=\d)|\b(?:https?|ftp|mailto|xmpp)(?=:)|\bwww(?=\.)", re.IGNORECASE)
_APART = "&#8203;"  # a zero-width space, as other bots use: a backslash does not stop GitHub from linking


def table_of(table: Table) -> str:
    """Return a table with its header."""
    rows = [row_of(row) for row in table.rows]
    return "\n".join([row_of(table.head), "| --- " * len(table.head) + "|", *rows])


def row_of(cells: list[str]) -> str:
    """Return one line of a table."""
    return f"| {' | '.join(map(escaped, cells))} |"


def bullets(sentences: list[str]) -> str:
    """Return a bulleted list."""
    return "\n".join(f"- {escaped(sentence)}" for sentence in sentences)


def folded(title: str, parts: list[str]) -> list[str]:
    """Return parts that GitHub shows below their title once it is clicked."""
    return ["<details>", f"<summary>{escaped(title)}</summary>", *parts, "</details>"]


def escaped(text: str) -> str:
    """Return the text literally, on one line: no mention, address or issue number becomes a link."""
    plain = _SPECIAL.sub(r"\\\1", clean(text)).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    begun = _BEGINNING.sub(lambda found: f"\\{found[1]}" if found[1] else f"{found[2]}\\", plain)
    return _LINKING.sub(rf"\g<0>{_APART}", begun)
