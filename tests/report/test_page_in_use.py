"""A result's page in a reader's hands: values of marks, scales, subjects, pictures as files, and another result."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest
from browser import Browser
from made_results import HOSTILE, PASSWORD, hostile_result, make_result
from rich_results import rich_result, timed

import bench.report
from bench.records.result import Result
from bench.report.html import html

pytestmark = pytest.mark.slow

_TIP = "document.querySelector('.tip').textContent"
_SHOWN = (
    "[...document.querySelectorAll('figure')[{}].querySelectorAll('svg')].filter(one => one.getClientRects().length)"
)
_SAID = "document.querySelector('.differences').innerText"
_READ = """
new Promise(read => new MutationObserver(read).observe(document.querySelector('.differences'), { childList: true }))
"""
_LEAST_CONTRAST = """
(() => {
  const numbers = colour => colour.match(/[\\d.]+/g).map(Number)
  const light = ([r, g, b]) => [r, g, b].map(one => one / 255)
    .map(one => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
    .reduce((sum, one, place) => sum + one * [0.2126, 0.7152, 0.0722][place], 0)
  const under = one => {
    const colour = numbers(getComputedStyle(one).backgroundColor)
    return colour[3] === 0 && one.parentElement ? under(one.parentElement) : colour
  }
  const texts = [...document.querySelectorAll('main *')].filter(one => one.getClientRects().length
    && [...one.childNodes].some(child => child.nodeType === 3 && child.textContent.trim()))
  return Math.min(...texts.map(one => {
    const style = getComputedStyle(one)
    const [a, b] = [light(numbers(one.closest('svg') ? style.fill : style.color)), light(under(one))]
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
  }))
})()
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _written(tmp_path_factory.mktemp("page"), timed(make_result(blocks=60)))


def _written(folder: Path, *results: Result) -> Path:
    path = folder / "report.html"
    path.write_text(html(*results), encoding="utf-8")
    return path


def test_a_mark_tells_its_value_and_its_interval_to_pointer_finger_and_keyboard(browser: Browser, page: Path) -> None:
    browser.open(page, width_px=1600, dark=False)
    browser.point("figure .mark")
    browser.run("new Promise(requestAnimationFrame)")
    browser.point("figure .mark")
    assert re.fullmatch(r"redis: \d+ us \(\d+ to \d+\)", browser.run(_TIP))
    browser.point("h1")
    assert browser.run(_TIP) == ""
    browser.point("figure [data-subject='1'] .mark", "touch")
    assert browser.run(_TIP).startswith("rabbitmq: ")
    browser.run("document.querySelectorAll('.subjects input')[2].focus()")
    browser.press("Tab")
    assert browser.run(_TIP).startswith("redis: ")
    browser.press("ArrowRight")
    assert browser.run(_TIP).startswith("rabbitmq: ")
    browser.press("End")
    assert browser.run(_TIP).startswith("sqs (ministack): ")
    browser.press("Escape")
    assert browser.run(_TIP) == ""


def test_a_picture_is_shown_on_one_scale_at_a_time_and_a_key_switches_it(browser: Browser, page: Path) -> None:
    browser.open(page, width_px=1600, dark=False)
    names = f"{_SHOWN.format(0)}.map(one => one.textContent.includes('logarithmic'))"
    assert browser.run(names) == [False]
    browser.run("document.querySelector('.to-log').focus()")
    browser.press(" ")
    assert browser.run(names) == [True]


def test_a_subject_that_is_switched_off_is_in_no_picture_and_no_table(browser: Browser, page: Path) -> None:
    browser.open(page, width_px=1600, dark=False)
    shown = "[...document.querySelectorAll('[data-subject=\"1\"]')].filter(one => one.getClientRects().length).length"
    assert browser.run(shown) > 9
    browser.run("document.querySelectorAll('.subjects input')[1].focus()")
    browser.press(" ")
    assert browser.run(shown) == 0
    browser.press(" ")
    assert browser.run(shown) > 9


def test_a_saved_picture_is_whole_and_shows_what_the_page_showed(browser: Browser, page: Path, tmp_path: Path) -> None:
    browser.open(page, width_px=1600, dark=False)
    browser.run("document.querySelector('.subjects input').click()")
    browser.run("URL.createObjectURL = blob => { window.saved = blob; return '#' }; 0")
    browser.run("HTMLAnchorElement.prototype.click = function () { window.named = this.download }")
    browser.run("document.querySelectorAll('figure .tools button')[1].click()")
    assert browser.run("named") == "enqueue-time-of-one-call-by-percentile-fast-tier.svg"
    text = browser.run("saved.text()")
    saved = ElementTree.fromstring(text)
    assert {one.get("data-subject") for one in saved.iter() if one.get("data-subject")} == {"1", "2"}
    assert "rabbitmq, p50: " in text
    alone = tmp_path / "saved.svg"
    alone.write_text(text, encoding="utf-8")
    opened = browser.open(alone, width_px=440, dark=True)
    assert (opened.complaints, opened.requests) == ([], [alone.as_uri()])
    assert browser.run("getComputedStyle(document.querySelector('.curve')).stroke") == "rgb(255, 154, 82)"


def test_another_result_is_compared_where_the_page_is(browser: Browser, page: Path, tmp_path: Path) -> None:
    opened = browser.open(page, width_px=1600, dark=False)
    other = make_result(blocks=60, drains=9, budget_s=60)
    machine = other.environment.model_copy(update={"cores": 64, "cpu_model": HOSTILE})
    said = _chosen(
        browser, tmp_path / "other.json", other.model_copy(update={"environment": machine}).model_dump_json()
    )
    assert re.search(r"machine: cores\s+\d+\s+64\n", said)
    assert re.search(r"run: budget s\s+165\s+60\n", said)
    assert "machine: kernel" not in said
    figure = r"[\d,]+ /s\s+[\d,]+ to [\d,]+\s+"
    assert re.search(rf"redis, throughput\s+{figure}{figure}[01]\.\d\dx", said)
    assert "<script>alert(1)</script>" in said
    assert opened.complaints == []


def test_a_result_that_is_dropped_anywhere_is_compared(browser: Browser, page: Path) -> None:
    browser.open(page, width_px=1600, dark=False)
    other = make_result(budget_s=60).model_dump_json()
    browser.run(f"window.said = {_READ.strip()}; window.dropped = new DataTransfer(); 0")
    browser.run(f"dropped.items.add(new File([{json.dumps(other)}], 'mine.json')); 0")
    browser.run("document.body.dispatchEvent(new DragEvent('drop', { bubbles: true, dataTransfer: dropped })); 0")
    assert "run: budget s\t165\t60" in browser.run(f"said.then(() => {_SAID})")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("# a report", "is not a complete JSON document"),
        ('{"kind": "compare", "blocks": [', "is not a complete JSON document"),
        ("[1]", "is not a result of a comparison"),
        ('{"kind": "soak", "version": 3}', "is not a result of a comparison"),
        ('{"kind": "compare", "version": 2, "subjects": [], "summary": []}', "has version 2"),
        ('{"kind": "compare", "version": 3, "subjects": [1], "summary": [null]}', "has an unknown form"),
    ],
)
def test_what_is_no_result_is_refused_in_one_line(
    browser: Browser, page: Path, tmp_path: Path, text: str, reason: str
) -> None:
    browser.open(page, width_px=400, dark=False)
    said = _chosen(browser, tmp_path / "other.json", text)
    assert said.startswith(f"other.json {reason}")
    assert "\n" not in said


def _chosen(browser: Browser, path: Path, text: str) -> str:
    """Choose a file in the page that is open, and return what it says of it."""
    path.write_text(text, encoding="utf-8")
    browser.run(f"window.said = {_READ.strip()}; 0")
    browser.choose("#compare input", path)
    return str(browser.run(f"said.then(() => {_SAID})"))


def test_a_page_of_several_results_has_each_and_how_they_differ(browser: Browser, tmp_path: Path) -> None:
    page = _written(tmp_path, make_result(), make_result(budget_s=60), hostile_result())
    opened = browser.open(page, width_px=400, dark=True)
    assert opened.complaints == []
    assert browser.run("document.querySelectorAll('article.result').length") == 3
    assert browser.run("new Set([...document.querySelectorAll('[id]')].map(one => one.id)).size") == browser.run(
        "document.querySelectorAll('[id]').length"
    )
    said = browser.run(_SAID)
    assert "Result 1 and result 2" in said
    assert "Result 1 and result 3" in said
    assert browser.run("document.documentElement.scrollWidth") <= 400


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_text_can_be_read_on_its_ground(browser: Browser, page: Path, dark: bool) -> None:
    browser.open(page, width_px=1600, dark=dark)
    browser.run("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert browser.run(_LEAST_CONTRAST) >= 4.5  # WCAG AA


def test_without_its_script_a_page_lacks_no_figure(browser: Browser, page: Path) -> None:
    browser.ask("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.go(page)
    finally:
        browser.ask("Emulation.setScriptExecutionDisabled", value=False)
    assert browser.run("document.querySelector('figure .mark title').textContent").startswith("redis: ")
    assert browser.run("document.querySelectorAll('.tip, figure button').length") == 0
    assert browser.run(f"{_SHOWN.format(0)}.length") == 1


def test_a_page_of_every_metric_is_under_400_kilobytes() -> None:
    assert len(html(timed(rich_result())).encode()) < 400_000


def test_the_record_in_a_page_holds_no_secret_and_cannot_end_its_element() -> None:
    text = html(hostile_result())
    (record,) = re.findall(r'class="record">(.*?)</script>', text, flags=re.DOTALL)
    assert "<" not in record
    assert PASSWORD not in record
    assert json.loads(record)["version"] == 3


@pytest.mark.skipif(shutil.which("node") is None, reason="no node on this machine")
@pytest.mark.parametrize("name", ["page.js", "compare.js"])
def test_a_script_of_the_page_has_no_error_of_syntax(name: str) -> None:
    path = Path(bench.report.__file__).with_name("templates") / name
    assert subprocess.run(["node", "--check", path], check=False).returncode == 0
