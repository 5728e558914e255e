"""The reports of a history of releases: the answer first, 80 columns, nothing from outside unescaped."""

import io
import json
from pathlib import Path

import pytest
from made_releases import KOMBU, made_releases
from rich.console import Console

from bench.records.releases import Releases, read_releases, schema
from bench.report.releases.files import releases_html, releases_markdown, write_releases
from bench.report.releases.sentences import answer
from bench.report.releases.terminal import print_releases
from brokers.errors import UsageError

_SHIPPED = Path(__file__).parents[2] / "bench" / "records" / "releases.schema.json"
_EVIL = "<script>alert(1)</script> [link](http://evil.example) \x1b[31m"


def printed(releases: Releases, width: int = 80) -> str:
    file = io.StringIO()
    print_releases(releases, Console(file=file, width=width, force_terminal=False), [])
    return file.getvalue()


def test_the_answer_comes_first_and_has_at_most_five_lines() -> None:
    many = {f"5.{number}.0": 3.0 ** (number % 2) for number in range(12)}
    for releases in (made_releases(), made_releases(many), made_releases(dict.fromkeys(KOMBU, 1.0))):
        sentences = answer(releases)
        assert len(sentences) <= 5
        assert max(map(len, sentences)) <= 80 or sentences[3].startswith("Also: ")
        assert printed(releases).startswith(sentences[0])


def test_every_change_is_told_with_its_size_and_direction() -> None:
    head, first, second, third, ends = answer(made_releases())
    assert head == "kombu on 5.4.0, throughput: 3 changes in 11 releases."
    assert first.startswith("5.5.0: 0.01")
    assert first.endswith("the level up to 5.4.2, worse.")
    assert second.startswith("5.6.0: ")
    assert second.endswith("better.")
    assert third.startswith("5.7.0: 0.02")
    assert ends.startswith("The oldest, 5.4.0, has 50")


def test_changes_that_do_not_fit_are_named_in_one_line() -> None:
    sentences = answer(made_releases({f"5.{number}.0": 3.0 ** (number % 2) for number in range(8)}))
    assert sentences[0].endswith("7 changes in 8 releases.")
    assert sentences[3].startswith("Also: 5.3.0 (0.33x, worse), 5.4.0 (")


def test_a_history_without_a_change_says_what_it_could_see() -> None:
    sentences = answer(made_releases(dict.fromkeys(KOMBU, 1.0)))
    assert "no change above 5 % in 11 releases" in sentences[0]
    assert "could see a difference of" in sentences[1]


def test_too_few_sets_of_processes_name_the_budget_that_would_do() -> None:
    sentences = answer(made_releases(generations=1))
    assert "Nothing is certain: 1 set of fresh processes, and 2 are needed" in sentences[1]
    assert "use a larger --budget, at least 4m" in sentences[1]


def test_the_table_fits_80_columns_and_has_a_line_for_each_release() -> None:
    text = printed(made_releases(failed={"5.5.1": "nothing satisfies kombu==5.5.1"}))
    assert max(map(len, text.splitlines())) <= 80
    for release in KOMBU:
        assert any(line.startswith(f" {release} ") for line in text.splitlines()), release
    assert "cannot be installed: nothing satisfies kombu==5.5.1" in text
    (changed,) = (line for line in text.splitlines() if line.startswith(" 5.6.0 "))
    assert "2025-01-08" in changed
    assert changed.rstrip().endswith("better")


def test_what_goes_along_is_shown_where_it_changes() -> None:
    lines = printed(made_releases()).splitlines()
    assert [line.strip() for line in lines if "with redis" in line] == ["with redis 5.2.1", "with redis 8.1.0"]


@pytest.mark.parametrize("width", [1, 20, 40])
def test_a_narrow_terminal_raises_nothing(width: int) -> None:
    assert printed(made_releases(), width)


def test_markdown_and_html_have_every_release_and_one_picture_and_escape_what_is_not_ours() -> None:
    releases = made_releases(failed={"5.5.1": _EVIL})
    markdown, html = releases_markdown(releases), releases_html(releases)
    for release in KOMBU:
        assert f"| {release} |" in markdown
        assert html.count(f'<th scope="row">{release}<small>') == 1
    assert html.count("<figure") == 1
    assert html.count('class="changed"') == 2 * 3  # on a linear and on a logarithmic scale
    assert html.count("<script") == 1  # ours
    for text in (markdown, html.partition("<script>")[0]):
        assert "<script" not in text
        assert "\x1b" not in text
    assert "[link](http" not in markdown


def test_the_written_document_is_read_again_as_it_was(tmp_path: Path) -> None:
    releases = made_releases()
    assert [path.name for path in write_releases(releases, tmp_path)] == [
        "releases.json",
        "releases.md",
        "releases.html",
    ]
    assert read_releases(tmp_path) == releases
    document = json.loads((tmp_path / "releases.json").read_text())
    (tmp_path / "releases.json").write_text(json.dumps(document | {"pakage": "kombu"}))
    with pytest.raises(UsageError, match="did you mean 'package'"):
        read_releases(tmp_path)


def test_the_shipped_schema_is_that_of_the_code() -> None:
    made_by = "python -m bench.records.releases > bench/records/releases.schema.json"
    assert _SHIPPED.read_text(encoding="utf-8") == schema(), f"it is stale; make it anew: {made_by}"
