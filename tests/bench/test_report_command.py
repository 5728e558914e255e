"""``brokerbench report``: what was measured is shown again, and its reports are written anew."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sides import made_side

from bench.cli import cli
from bench.records.result import RESULT_FILE


def stored(folder: Path) -> str:
    folder.mkdir()
    (folder / RESULT_FILE).write_text(made_side(metrics=("enqueue",)).model_dump_json())
    return str(folder)


def reported(*arguments: str) -> Result:
    ended = CliRunner().invoke(cli, ["report", *arguments])
    assert ended.exit_code == 0, ended.output
    return ended


def test_a_result_is_shown_from_its_folder_or_its_file_and_every_figure_on_request(tmp_path: Path) -> None:
    folder = stored(tmp_path / "one")
    brief = reported(folder).output
    assert brief == reported(f"{folder}/{RESULT_FILE}").output
    assert f"brokerbench report {folder} --details" in brief
    assert "p95" not in brief
    assert "p95" in reported(folder, "--details").output


def test_a_result_of_another_name_is_not_taken_for_its_folder(tmp_path: Path) -> None:
    renamed = (Path(stored(tmp_path / "one")) / RESULT_FILE).rename(tmp_path / "one" / "old.json")
    assert "brokerbench report" not in reported(str(renamed)).output


def test_its_reports_are_written_to_another_folder(tmp_path: Path) -> None:
    reported(stored(tmp_path / "one"), "--out", str(tmp_path / "new"))
    assert {path.name for path in (tmp_path / "new").iterdir()} >= {"report.md", "report.html"}
    assert {path.name for path in (tmp_path / "one").iterdir()} == {RESULT_FILE}


def test_several_results_share_one_page(tmp_path: Path) -> None:
    folders = [stored(tmp_path / name) for name in ("one", "two")]
    output = reported(*folders, "--out", str(tmp_path / "new")).output
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["report.html"]
    assert all(folder in output.splitlines() for folder in folders)


def test_what_is_not_a_result_is_one_line(tmp_path: Path) -> None:
    ended = CliRunner().invoke(cli, ["report", str(tmp_path)])
    assert ended.exit_code == 2
    assert ended.output.startswith("Error: cannot read the result")
    assert ended.output.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        (
            "map.toml",
            'name = "map"',
            "is a TOML file, not a result: to measure a workload, use 'brokerbench compare ",
        ),
        ("report.html", "<html>", "is a report, not a result: open it as it is, or use the JSON file beside it"),
        ("soak.json", '{"kind": "soak", "version": 1}', "is a soak, not a result: open soak.html beside it"),
        (
            "guarantees.json",
            '{"cells": [], "faults": []}',
            "is a matrix of guarantees, not a result: open guar",
        ),
        ("releases.json", '{"kind": "releases"}', "is a history of releases, not a result: open releases.html beside"),
        ("check.json", '{"kind": "selfcheck"}', "is a self-check, not a result: show it in a report with"),
        ("ab.json", '{"kind": "ab"}', "is a document of kind 'ab', not a result"),
        ("empty.json", "{}", "is not a result: use the result.json that 'brokerbench compare' wrote, or its folder"),
    ],
)
def test_a_file_that_is_no_result_is_named_with_what_to_do(tmp_path: Path, name: str, text: str, line: str) -> None:
    (tmp_path / name).write_text(text)
    assert refused(tmp_path / name).startswith(f"Error: {tmp_path / name} {line}")


def test_a_folder_that_holds_something_else_is_named_with_what_to_do(tmp_path: Path) -> None:
    for name in ("one", "two"):
        stored(tmp_path / name)
    inner = f"use {tmp_path / 'one'} or {tmp_path / 'two'}"
    assert refused(tmp_path) == f"Error: {tmp_path} has no result.json, but folders in it have one: {inner}\n"
    (tmp_path / "guarantees.json").touch()
    assert "is the folder of a matrix of guarantees, not of a result: open guarantees.html" in refused(tmp_path)


def refused(path: Path) -> str:
    ended = CliRunner().invoke(cli, ["report", str(path)])
    assert ended.exit_code == 2
    assert ended.output.count("\n") == 1
    return ended.output
