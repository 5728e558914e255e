"""The page of a matrix in a browser: it asks for nothing and fits its window, in light and in dark."""

from pathlib import Path

import pytest
from browser import Browser
from matrices import EVERY_MATRIX

from bench.report.guarantees.html import html

pytestmark = pytest.mark.slow

_OPEN_ALL = "document.querySelectorAll('details').forEach(one => { one.open = true })"
_WIDTH = "document.documentElement.scrollWidth"
_PAPER = "getComputedStyle(document.body).backgroundColor"
_CUT_OFF = """
[...document.querySelectorAll('.matrix a')].filter(one => one.scrollWidth > one.clientWidth + 1)
  .map(one => one.textContent)
"""
_CONTRASTS = """
(() => {
  const light = colour => {
    const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map(one => one / 255)
      .map(one => one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const paper = one => {
    const found = getComputedStyle(one).backgroundColor
    return /, 0\\)$/.test(found) && one.parentElement ? paper(one.parentElement) : found
  }
  return [...document.querySelectorAll('.matrix a b, .outcome')].map(one => {
    const [a, b] = [light(getComputedStyle(one).color), light(paper(one))].sort((x, y) => y - x)
    return [one.textContent, (a + 0.05) / (b + 0.05)]
  })
})()
"""


@pytest.fixture
def page(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "guarantees.html"
    path.write_text(html(EVERY_MATRIX[request.param]()), encoding="utf-8")
    return path


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width_px", [400, 1600])
@pytest.mark.parametrize("page", EVERY_MATRIX, indirect=True)
def test_a_page_asks_for_nothing_and_fits_its_window(browser: Browser, page: Path, width_px: int, dark: bool) -> None:
    opened = browser.open(page, width_px=width_px, dark=dark)
    assert opened.complaints == []
    assert opened.requests == [page.as_uri()]
    assert browser.run(_PAPER) == ("rgb(20, 23, 28)" if dark else "rgb(255, 255, 255)")
    assert browser.run(_WIDTH) <= width_px
    browser.run(_OPEN_ALL)
    assert browser.run(_WIDTH) <= width_px
    assert browser.run(_CUT_OFF) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("page", ["six"], indirect=True)
def test_every_outcome_can_be_read_on_its_ground(browser: Browser, page: Path, dark: bool) -> None:
    browser.open(page, width_px=1600, dark=dark)
    contrasts = browser.run(_CONTRASTS)
    assert {words for words, _ in contrasts} == {"kept", "allowed", "broken", "shown", "not run"}
    assert [(words, ratio) for words, ratio in contrasts if ratio < 4.5] == []
