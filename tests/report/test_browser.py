"""The page in a browser: it asks for nothing, fits its window, and no label of a picture is cut off or covered."""

from pathlib import Path

import pytest
from browser import Browser
from made_releases import made_releases
from rich_results import EVERY_KIND
from soaks import EVERY_SOAK
from tunings import EVERY_TUNING

from bench.report.html import html
from bench.report.releases.files import releases_html
from bench.report.soak.files import soak_html
from bench.report.tune.files import tune_html

pytestmark = pytest.mark.slow

_OPEN_ALL = "document.querySelectorAll('details').forEach(one => { one.open = true })"
_WIDTH = "document.documentElement.scrollWidth"
_FITS = "one => one.scrollWidth <= one.clientWidth"
_PAPER = "getComputedStyle(document.body).backgroundColor"
_CUT_OFF = """
[...document.querySelectorAll('svg')].flatMap(svg => {
  const paper = svg.getBoundingClientRect()
  return [...svg.querySelectorAll('text')].filter(text => {
    const box = text.getBoundingClientRect()
    return box.left < paper.left - 1 || box.right > paper.right + 1
      || box.top < paper.top - 1 || box.bottom > paper.bottom + 1
  }).map(text => svg.querySelector('title').textContent + ': ' + text.textContent)
})
"""
_COVERED = """
[...document.querySelectorAll('svg')].flatMap(svg => {
  const texts = [...svg.querySelectorAll('text')].map(text => [text.textContent, text.getBoundingClientRect()])
  return texts.flatMap(([one, a], place) => texts.slice(place + 1).filter(([, b]) =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3
  ).map(([other]) => svg.querySelector('title').textContent + ': ' + one + ' / ' + other))
})
"""


@pytest.fixture
def page(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "report.html"
    path.write_text(html(EVERY_KIND[request.param]()), encoding="utf-8")
    return path


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width_px", [400, 1600])
@pytest.mark.parametrize("page", EVERY_KIND, indirect=True)
def test_a_page_asks_for_nothing_and_fits_its_window(browser: Browser, page: Path, width_px: int, dark: bool) -> None:
    opened = browser.open(page, width_px=width_px, dark=dark)
    assert opened.complaints == []
    assert opened.requests == [page.as_uri()]
    assert browser.run(_PAPER) == ("rgb(20, 23, 28)" if dark else "rgb(255, 255, 255)")
    assert browser.run(_WIDTH) <= width_px
    browser.run(_OPEN_ALL)
    assert browser.run(_WIDTH) <= width_px


@pytest.mark.parametrize("width_px", [400, 1600])
@pytest.mark.parametrize("page", EVERY_KIND, indirect=True)
def test_no_label_of_a_picture_is_cut_off_or_covered(browser: Browser, page: Path, width_px: int) -> None:
    browser.open(page, width_px=width_px, dark=False)
    browser.run(_OPEN_ALL)
    assert browser.run(_CUT_OFF) == []
    assert browser.run(_COVERED) == []


@pytest.mark.parametrize("width_px", [400, 1600])
def test_the_page_of_releases_needs_no_scrolling_sideways_and_shows_each_release_once(
    browser: Browser, tmp_path: Path, width_px: int
) -> None:
    page = tmp_path / "releases.html"
    why = "nothing satisfies kombu==5.5.1: urllib3>=2.2.1 and urllib3<2 are both needed, by packages of long names"
    releases = made_releases(failed={"5.5.1": why})
    page.write_text(releases_html(releases), encoding="utf-8")
    assert browser.open(page, width_px=width_px, dark=False).complaints == []
    assert browser.run(_WIDTH) <= width_px
    assert browser.run(f"[...document.querySelectorAll('.wide')].every({_FITS})")
    shown = browser.run("[...document.querySelectorAll('.releases tbody th')].map(one => one.firstChild.textContent)")
    assert shown == [row.release for row in releases.rows]
    assert browser.run(_COVERED) + browser.run(_CUT_OFF) == []


@pytest.mark.parametrize("width_px", [400, 1600])
def test_a_page_of_a_tuning_fits_its_window(browser: Browser, tmp_path: Path, width_px: int) -> None:
    page = tmp_path / "tune.html"
    page.write_text(tune_html(EVERY_TUNING["traded"]()), encoding="utf-8")
    assert browser.open(page, width_px=width_px, dark=False).complaints == []
    browser.run(_OPEN_ALL)
    assert browser.run(_WIDTH) <= width_px
    assert browser.run(_COVERED) + browser.run(_CUT_OFF) == []


@pytest.mark.parametrize("width_px", [400, 1600])
@pytest.mark.parametrize("kind", ["leaking", "six", "hostile"])
def test_a_page_of_a_soak_fits_its_window(browser: Browser, tmp_path: Path, kind: str, width_px: int) -> None:
    page = tmp_path / "soak.html"
    page.write_text(soak_html(EVERY_SOAK[kind]()), encoding="utf-8")
    assert browser.open(page, width_px=width_px, dark=False).complaints == []
    browser.run(_OPEN_ALL)
    assert browser.run(_WIDTH) <= width_px
    assert browser.run(f"[...document.querySelectorAll('.wide:not(:has(.numbers))')].every({_FITS})")
    assert browser.run(_COVERED) + browser.run(_CUT_OFF) == []
