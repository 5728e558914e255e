import io
import re

import pytest
from rich.console import Console
from sides import made_environment
from test_history import made_history, needs_changes

from bench.gate.history import History, history_of
from bench.records.workload import Workload
from bench.report.gate.history import print_history
from bench.report.gate.history_page import history_html

HOSTILE = "</title><script>alert(1)</script>\x1b[31m"


def long_history() -> History:
    before, after = made_history(*[1.0] * 12, *[1.3] * 12), made_history(*[1.1] * 6, first=40)
    moved = [one.model_copy(update={"environment": made_environment(cpu_model=HOSTILE)}) for one in after]
    return history_of([*before, *moved], left_out=[HOSTILE])


def printed(history: History, encoding: str = "utf-8") -> str:
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    print_history(history, Console(file=file, width=80))
    file.seek(0)
    return file.read()


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_the_terminal_shows_a_small_line_for_each_figure_in_80_columns(encoding: str) -> None:
    text = printed(long_history(), encoding)
    assert all(len(line) <= 80 for line in text.splitlines())
    assert "\x1b" not in text
    line = next(line for line in text.splitlines() if "redis enqueue" in line)
    assert re.search(r"[▁-█.:=+*#%@|-]{20}", line)
    assert "|" in line
    assert "left out" in text


@needs_changes
def test_changes_and_breaks_are_sentences_with_their_day() -> None:
    text = " ".join(printed(long_history()).split())
    assert "redis enqueue, noop: change on 2026-01-13 00:00: 1.30x the previous level, which is worse" in text
    assert "redis throughput, noop: change on 2026-01-13 00:00: 0.77x the previous level, which is worse" in text
    assert "2 figures: break before 2026-02-10 00:00: processor: Example CPU, then" in text


def test_a_short_history_says_why_no_change_was_looked_for() -> None:
    text = " ".join(printed(history_of(made_history(1.0, 1.0))).split())
    assert "no change of level was looked for: it takes 12 results between two breaks, so 10 more" in text
    assert "was found" not in text


@needs_changes
def test_that_nothing_changed_is_said_only_where_a_change_was_looked_for() -> None:
    even = history_of(made_history(*[1.0] * 12))
    for output in (printed(even), history_html(even)):
        assert "No change of level was found." in output
        assert "looked for" not in output
    mixed = history_of([*made_history(*[1.0] * 12), *made_history(1.0, 1.0, workload=Workload(name="other"))])
    for output in (printed(mixed), history_html(mixed)):
        text = " ".join(output.split())
        assert "No change of level was found in the 2 figures with enough results." in text
        assert "no change of level was looked for in 2 of 4 figures: it takes 12 results" in text


def test_the_page_asks_nothing_of_the_network_and_escapes_what_others_wrote() -> None:
    page = history_html(long_history())
    assert page.count("<script") == 1  # ours
    assert not re.search(r"""(?:src|href)=["'](?!#)|url\(|@import|https?://(?!www\.w3\.org)""", page)
    assert page.count("<figure") == 2
    assert 'class="break"' in page
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page


@needs_changes
def test_the_page_marks_changes_and_says_them_first() -> None:
    page = history_html(long_history())
    assert page.count('class="changed"') == 2 * 2  # on a linear and on a logarithmic scale
    assert page.index("1.30x the previous level") < page.index("<svg")


def test_one_result_alone_is_a_history_too() -> None:
    page = history_html(history_of(made_history(1.0)))
    assert "History of 1 result<" in page
    assert "was found" not in page
    assert "no change of level was looked for" in page
