"""The reports in files: Markdown and HTML."""

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from made_results import HOSTILE, PASSWORD, durable_result, hostile_result, make_result, warmup_result
from rich_results import EVERY_KIND, rich_result

from bench.records.result import Result
from bench.report.files import write_reports, written_reports
from bench.report.headline import headline
from bench.report.html import html
from bench.report.markdown import markdown
from bench.report.overview import MARKS, legend, overview
from bench.report.tables import LAYERS
from bench.text.numbers import (
    MISSING,
    Figure,
    duration,
    duration_figure,
    number,
    number_figure,
    rate_figure,
    ratio_figure,
    share_figure,
    size,
    size_figure,
)

_VOID = {"meta", "link", "br", "hr", "img", "input"}


class Page(HTMLParser):
    """Reads a page, and fails where a tag is closed that is not open."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.rows: list[list[str]] = []
        """Each row of each table, as the texts in it."""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag == "tr":
            self.rows.append([])
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if "tr" in self.open:
            self.rows[-1].append(data)


def _rows_of_html(result: Result) -> list[str]:
    return [" | ".join(row) for row in Page(html(result)).rows]


def _rows_of_markdown(result: Result) -> list[str]:
    return [line for line in markdown(result).splitlines() if line.startswith("|")]


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_every_page_is_well_formed(kind: str) -> None:
    assert Page(html(EVERY_KIND[kind]())).open == []


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_no_page_asks_anything_of_the_network_or_runs_a_script_but_ours(kind: str) -> None:
    text = html(EVERY_KIND[kind]())
    page = Page(text)
    assert not {"embed", "iframe", "img", "link", "object"} & set(page.tags)
    assert not {name for name, _ in page.attributes if name in ("src", "srcset", "style") or name.startswith("on")}
    links = {value for name, value in page.attributes if name == "href"}
    assert links <= {f"#{value}" for name, value in page.attributes if name == "id"}
    assert not re.search(r"url\(|@import|https?:", text)
    record, *scripts = re.findall(r"<script.*?</script>", text, flags=re.DOTALL)
    assert record.startswith('<script type="application/json"')
    digests = (hashlib.sha256(script[8:-9].encode()).digest() for script in scripts)
    policy = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    assert f"script-src {policy};" in text
    assert "unsafe" not in text


@pytest.mark.parametrize("write", [html, markdown])
@pytest.mark.parametrize("kind", EVERY_KIND)
def test_no_password_is_written(write: type[str], kind: str) -> None:
    assert PASSWORD not in write(EVERY_KIND[kind]())


def test_hostile_words_are_shown_as_they_are_and_do_nothing() -> None:
    page = Page(html(hostile_result()))
    assert page.tags.count("script") == 3
    shown = HOSTILE.replace("\x1b", "?").replace("\u202e", "?")
    assert shown in page.text


def test_hostile_words_make_no_link_no_code_and_no_html_in_markdown() -> None:
    text = re.sub("</?(details|summary)>", "", markdown(hostile_result()))  # our own, which fold what is long
    assert "<" not in text
    assert not re.search(r"(?<!\\)\]\(", text)
    assert not re.search(r"(?<!\\)`", text)


def test_every_row_of_a_markdown_table_has_as_many_cells_as_its_head() -> None:
    for kind in EVERY_KIND.values():
        for table in re.findall(r"(?:^\|.*\n)+", markdown(kind()), flags=re.MULTILINE):
            assert len({len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}) == 1


@pytest.mark.parametrize("read", [_rows_of_html, _rows_of_markdown])
@pytest.mark.parametrize("kind", ["usual", "rich", "at rates", "sweep", "bare rich"])
def test_every_figure_of_a_result_stands_in_a_row_of_its_subject(
    kind: str, read: Callable[[Result], list[str]]
) -> None:
    result = EVERY_KIND[kind]()
    rows = read(result)
    for name, wanted in _figures(result):
        assert not wanted or any(name in row and all(text in row for text in wanted) for row in rows), (name, wanted)


def _figures(result: Result) -> Iterator[tuple[str, list[str]]]:
    """Return the texts that stand in one row, with the row's name, for every row and every record."""
    for row in result.summary:
        times = [row.median_ns, row.p95_ns, row.p99_ns, row.p999_ns]
        figures = [*map(duration_figure, [row.mean_ns, *times]), rate_figure(row.per_second), ratio_figure(row.ratio)]
        if row.layer != "celery":
            figures = [*figures[:-1], Figure(LAYERS[row.layer]), share_figure(row.share)]
        if row.void:
            figures = [*figures[:-1], Figure("void"), Figure(f"{row.dropped:,}")]
        yield row.subject, _texts(figures)
        for part, found in row.apart.items():
            times = [found.median_ns, found.p95_ns, found.p99_ns, found.p999_ns]
            yield row.subject, [part, f"{found.samples:,}", *_texts(map(duration_figure, times))]
    yield from _recorded(result)
    yield from _costs(result)


def _recorded(result: Result) -> Iterator[tuple[str, list[str]]]:
    for one in result.phases:
        times_ns = (one.mean_ns, one.median_ns, one.p95_ns)
        yield one.subject, [one.phase, f"{one.negative:,}", *map(duration, times_ns)]
    for one in result.capacities:
        rates = (one.rate_per_s, one.failed_per_s)
        yield one.subject, [f"{one.probes}", duration(one.limit_ns), *(number(rate) for rate in rates if rate)]
    for one in result.scaling:
        yield one.subject, _texts([rate_figure(one.per_second), number_figure(one.alpha), number_figure(one.beta)])


def _costs(result: Result) -> Iterator[tuple[str, list[str]]]:
    for one in result.costs:
        for way in one.operations:
            yield f"operations, {way}", [number(sum(one.operations[way].values()))]
            yield from ((f"{way}: {name}", [number(times)]) for name, times in one.operations[way].items())
        yield from ((f"round trips, {way}", [number(times)]) for way, times in one.round_trips.items())
        yield from (
            (f"connections per 1,000 tasks, {way}", [number(times)]) for way, times in one.connections_per_1000.items()
        )
        yield from (
            (f"channels per 1,000 tasks, {way}", [number(times)]) for way, times in one.channels_per_1000.items()
        )
        yield "bytes to the server", _texts([Figure(size(one.bytes_to_server))])
        yield "bytes from the server", _texts([Figure(size(one.bytes_from_server))])
        yield "memory while waiting", _texts([Figure(size(one.waiting_bytes))])
        yield "producer", _texts([duration_figure(one.producer_cpu_ns)])
        yield "worker", _texts([duration_figure(one.worker_cpu_ns)])
        yield "server", _texts([duration_figure(one.server_cpu_ns)])
        yield "growth over 100,000 tasks", _texts([size_figure(one.grown_bytes_per_100k)])


def _texts(figures: Iterable[Figure]) -> list[str]:
    return [text for one in figures if one.text != MISSING for text in (one.text, one.interval) if text]


def test_a_void_row_is_struck_and_its_reason_is_said_once_a_report() -> None:
    result = rich_result()
    (struck,) = re.findall(r'<tr data-subject="\d" class="void">.*?</tr>', html(result), flags=re.DOTALL)
    assert "<td>void</td>" in struck
    assert struck.count("<s>") == struck.count("<td>") - 2
    (line,) = (line for line in markdown(result).splitlines() if "| rabbitmq:durable: void |" in line)
    assert line.count("~~") == 2 * 7
    assert line.endswith("| void | \N{EN DASH} |")
    assert markdown(result).count("91.4 % of the intended rate was achieved") == 1


def test_every_verdict_has_a_mark_that_is_no_colour() -> None:
    text = html(rich_result())
    for verdict in ("improved", "regressed", "equivalent", "inconclusive"):
        assert f'li.{verdict}::before {{ content: "' in text
    assert text.count('<li class="improved">') == 8


def test_a_page_opens_with_the_headline_and_the_overview() -> None:
    result = rich_result()
    text = Page(html(result)).text.replace("\N{NO-BREAK SPACE}", " ")
    found = overview(result)
    for words in (*headline(result), *found.columns, legend(result, found, MARKS)):
        assert words in text
    assert text.index(headline(result)[0]) < text.index("Enqueue, fast tier")


def test_the_other_places_of_a_series_are_for_those_who_ask() -> None:
    page = Page(html(rich_result()))
    assert page.text.count("Pictures for the other places") == 2
    assert page.tags.count("svg") > page.tags.count("figure")


@pytest.mark.parametrize("write", [html, markdown])
def test_a_report_tells_how_it_was_made(write: type[str]) -> None:
    text = write(durable_result())
    for fact in ("Example CPU", "ministack 1.5.2", "kombu 5.7.0", "seed of the order", "task_acks_late", "6.1.0"):
        assert fact in text
    shown = re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    assert "task_ignore_result" not in shown  # the same in every subject


def test_each_metric_has_its_pictures_each_with_its_table() -> None:
    page = Page(html(make_result()))
    assert page.tags.count("figure") == page.tags.count("details") == 5
    for words in ("median of one call", "time of one call by percentile", "drift over the run", "tasks a second"):
        assert words in page.text


def test_a_result_without_figures_has_a_page_without_pictures() -> None:
    page = Page(html(warmup_result()))
    assert "figure" not in page.tags
    assert "no block was measured" in page.text


def test_every_colour_of_a_picture_has_a_shape_beside_it() -> None:
    text = html(make_result())
    shapes = [
        set(re.findall(rf'<g class="s{number} d{number}".*?d="([^"]+)"[^>]*class="mark', text)) for number in (0, 1)
    ]
    assert all(shapes)
    assert not shapes[0] & shapes[1]


def test_write_reports_leaves_the_reports_and_nothing_else(tmp_path: Path) -> None:
    result = make_result(blocks=9)
    write_reports(result, tmp_path)
    write_reports(result, tmp_path)
    names = ["report.md", "report.html", "histograms.hlog"]
    assert {path.name for path in tmp_path.iterdir()} == {*names}
    assert written_reports(tmp_path) == [tmp_path / name for name in names]
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == html(result)
