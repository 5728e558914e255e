"""What a soak leaves: a strict record with its schema, a terminal of 80 columns and 40 lines, and safe reports."""

import io
import json
from pathlib import Path

import pytest
from matrices import HOSTILE
from rich.console import Console
from soaks import EVERY_SOAK, make_readings, make_run, make_soak

from bench.records.soak import SOAK_FILE, Soak, read_soak, schema
from bench.report.soak.files import soak_html, soak_markdown, write_soak
from bench.report.soak.sentences import answer
from bench.report.soak.terminal import print_soak
from brokers.errors import UsageError

_SHIPPED = Path(__file__).parents[2] / "bench" / "records" / "soak.schema.json"
_MADE_BY = "python -m bench.records.soak > bench/records/soak.schema.json"


def _printed(soak: Soak, width: int = 80) -> str:
    output = io.StringIO()
    print_soak(soak, Console(file=output, width=width), [])
    return output.getvalue()


def test_the_shipped_schema_of_a_soak_is_that_of_the_code() -> None:
    assert _SHIPPED.read_text(encoding="utf-8") == schema(), f"it is stale; make it anew: {_MADE_BY}"


def test_a_soak_fits_the_schema_and_a_misspelt_key_does_not() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(json.loads(schema()))
    document = json.loads(EVERY_SOAK["leaking"]().model_dump_json())
    assert not list(validator.iter_errors(document))
    assert list(validator.iter_errors(document | {"rums": []}))


@pytest.mark.parametrize("kind", EVERY_SOAK)
def test_a_soak_comes_back_as_it_was_written(kind: str, tmp_path: Path) -> None:
    soak = Soak.from_outside(EVERY_SOAK[kind]().model_dump(mode="json"))
    write_soak(soak, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"soak.json", "soak.md", "soak.html"}
    assert read_soak(tmp_path) == read_soak(tmp_path / SOAK_FILE) == soak


def test_a_folder_without_a_soak_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="use a file or folder that 'guarantees --soak' wrote"):
        read_soak(tmp_path)


@pytest.mark.parametrize("kind", [kind for kind in EVERY_SOAK if kind != "hostile"])
def test_the_answer_has_at_most_five_lines_and_the_table_fits(kind: str) -> None:
    soak = EVERY_SOAK[kind]()
    assert 1 <= len(answer(soak)) <= 5
    lines = _printed(soak).splitlines()[len(answer(soak)) :]
    assert max(map(len, lines)) <= 80
    rules = [place for place, line in enumerate(lines) if line.strip().startswith("\N{BOX DRAWINGS LIGHT HORIZONTAL}")]
    assert not rules or rules[-1] - rules[0] < 40


def test_a_leak_is_named_in_units_that_a_user_understands() -> None:
    head, *rest = answer(make_soak(make_run("redis", make_readings(leaks=True))))
    assert head == "A soak of 1 subject, 3,000 tasks each: 1 with drift."
    memory, files, connections = rest
    assert memory == (
        "redis: the resident memory of the worker's children grows by 1.00 KiB a task (1.00 to 1.00), "
        "from 43 MiB to 45.8 MiB: 1 GiB after 1,000,000 tasks."
    )
    assert "the open files of the worker grow by 10" in files
    assert "the connections of the worker grow by" in connections


def test_a_steady_soak_accuses_nothing() -> None:
    assert answer(EVERY_SOAK["steady"]()) == ["A soak of 1 subject, 3,000 tasks each: 1 steady."]
    assert "drifts" not in _printed(EVERY_SOAK["steady"]()).partition("Change:")[0]


def test_what_is_broken_not_run_or_interrupted_is_said() -> None:
    assert "redis:durable: lost 2 of 3,000 accepted tasks." in answer(EVERY_SOAK["broken"]())
    assert "redis: its worker ended." in answer(EVERY_SOAK["stopped"]())
    assert "redis: no server." in answer(EVERY_SOAK["not run"]())
    assert "! interrupted" in _printed(EVERY_SOAK["interrupted"]())
    assert "4 still open" in _printed(EVERY_SOAK["interrupted"](), width=400)


@pytest.mark.parametrize("kind", EVERY_SOAK)
def test_the_reports_carry_no_markup_from_outside_and_ask_nothing_of_the_network(kind: str) -> None:
    soak = EVERY_SOAK[kind]()
    page, text = soak_html(soak), soak_markdown(soak)
    assert page.count("<script") == 1  # ours
    assert "http" not in page.replace("http-equiv", "").replace("http://www.w3.org", "")
    assert HOSTILE not in page + text
    assert "\x1b" not in page + text + _printed(soak)
    assert text.startswith("# Brokerbench: a soak")


def test_each_quantity_is_drawn_and_those_that_drift_come_first() -> None:
    page = soak_html(EVERY_SOAK["leaking"]())
    assert page.count("<figure>") == 2 * 11
    assert page.index("memory, children, drifts") < page.index("What does not drift")
