"""Reads the pages under docs/."""

import re
from pathlib import Path

__all__ = ["PAGES", "ROOT", "blocks", "docs", "page"]

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def docs(name: str) -> str:
    """Return a page of docs/ by its name without the suffix."""
    return page(f"docs/{name}.md")


def blocks(name: str, language: str) -> list[str]:
    """Return the code blocks of a page in that language, in their order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page(name), re.DOTALL | re.MULTILINE)
