"""The pages of the documentation site: each is in the navigation, and each link leads somewhere."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pages import PAGES, ROOT, docs, page

SITE = tomllib.loads(page("zensical.toml"))["project"]
REPORTS = sorted((ROOT / "docs" / "gallery").glob("*.html"))
_OURS = "https://github.com/OWNER/brokerbench/blob/main/"
_MOST_BYTES = 400_000


def _named(node: Any) -> Iterator[str]:
    """Yield the pages below a part of the navigation."""
    if isinstance(node, str):
        yield node
    for one in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _named(one)


def test_every_page_is_in_the_navigation_once() -> None:
    found = [path.relative_to(ROOT / "docs").as_posix() for path in PAGES if path.is_relative_to(ROOT / "docs")]
    assert sorted(_named(SITE["nav"])) == sorted(found)


def test_every_report_is_in_the_gallery_and_small_enough_for_it() -> None:
    linked = re.findall(r"\]\(([^)]+\.html)\)", docs("gallery/index"))
    assert linked == [path.name for path in REPORTS]
    assert not [path for path in REPORTS if path.stat().st_size > _MOST_BYTES]


def test_the_site_loads_nothing_from_elsewhere() -> None:
    assert SITE["theme"]["font"] is False
    assert not {"extra_javascript", "extra_css", "analytics"} & {*SITE, *SITE.get("extra", {})}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_of_a_page_leads_somewhere(path: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"(?:\]\(|(?:src|href)=\")([^)\"\s]+)", text):
        if target.startswith(_OURS):
            assert (ROOT / target.removeprefix(_OURS)).exists(), f"{path} links to {target}, which is not there"
        elif not re.match(r"[a-z]+:", target):
            _check(path, target)


def _check(path: Path, target: str) -> None:
    place, _, anchor = target.partition("#")
    linked = (path.parent / place).resolve() if place else path
    assert linked.exists(), f"{path} links to {target}, which is not there"
    assert not anchor or anchor in _anchors(linked), f"{path} links to {target}, and there is no such heading"
    if path.is_relative_to(ROOT / "docs"):
        assert linked.is_relative_to(ROOT / "docs"), f"{path} links to {target}, which the site has not: use {_OURS}"


def _anchors(path: Path) -> set[str]:
    """Return the anchors that GitHub and the site make of the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}
