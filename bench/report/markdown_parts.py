"""Pieces of GitHub-flavoured Markdown in which what others wrote makes no link, no picture and no HTML."""

import re

from bench.report.facts import Table

__all__ = ["bullets", "escaped", "row_of", "table_of"]

_SPECIAL = re.compile(r"([\\`*\[\]|~#!])")


def table_of(table: Table) -> str:
    """Give a table with its head."""
    rows = [row_of(row) for row in table.rows]
    return "\n".join([row_of(table.head), "| --- " * len(table.head) + "|", *rows])


def row_of(cells: list[str]) -> str:
    """Give one line of a table."""
    return f"| {' | '.join(map(escaped, cells))} |"


def bullets(sentences: list[str]) -> str:
    """Give a list."""
    return "\n".join(f"- {escaped(sentence)}" for sentence in sentences)


def escaped(text: str) -> str:
    """Give text that stands for itself."""
    return _SPECIAL.sub(r"\\\1", text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
