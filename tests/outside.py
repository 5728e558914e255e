"""Text that does harm where it is shown as it is, and what tells whether it did."""

import re
from collections.abc import Iterator
from contextlib import suppress
from html.parser import HTMLParser
from typing import Any

from markdown_it import MarkdownIt
from pydantic import ValidationError

from bench.records.strict import Record

__all__ = ["HOSTILE", "SECRET", "assert_harmless", "assert_harmless_markdown", "spoilt"]

SECRET = "hunter2"
HOSTILE = (
    "\x1b[31m\x9b2J\u202e\u200b\u2028::add-mask::x\n::stop-commands::y\r##[group]z @everyone #1 https://evil.example "
    f"GH-2 www.evil.example me@evil.example <b>|`c`[a](javascript:d) ![e](f) password={SECRET} amqp://u:{SECRET}@h"
)
_COMMAND = re.compile(r"^\s*::|##\w*\[|::[A-Za-z][\w-]*::")
_LINK = re.compile(r"@\w|#\d|GH-\d|\b(https?|mailto|ftp)://|\bwww\.|\w@\w")


def assert_harmless(text: str) -> None:
    """Assert that a terminal, a CI system's log and a reader's eye take the text for what it is."""
    assert SECRET not in text
    for line in text.split("\n"):
        assert line.isprintable(), line
        assert not _COMMAND.search(line), line


def assert_harmless_markdown(text: str) -> None:
    """Assert it of Markdown, whose words must not become links, mentions, pictures or HTML."""
    assert_harmless(text)
    page = _Page()
    page.feed(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text))
    assert not page.tags & {"a", "img", "b", "code", "pre", "script"}
    assert not _LINK.search(page.text), _LINK.search(page.text)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, _: object) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def spoilt(document: Any, kind: type[Record], *but: str) -> Any:
    """Put hostile text at the end of every text in a document of that kind, where it may be and has not such a name."""
    for place in list(_texts(document)):
        *outer, last = place
        inside = document
        for step in outer:
            inside = inside[step]
        before = inside[last]
        inside[last] = before if last in but else before + HOSTILE
        with suppress(ValidationError):
            kind.model_validate(document)
            continue
        inside[last] = before
    return document


def _texts(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Return the places of all texts."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        if isinstance(item, str):
            yield (*place, key)
        else:
            yield from _texts(item, (*place, key))
