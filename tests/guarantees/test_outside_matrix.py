"""What others wrote into a matrix, as every command and report shows it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from matrices import explained_matrix, make_cell, not_run
from outside import SECRET, assert_harmless, assert_harmless_markdown, spoilt

from bench.cli import cli
from bench.guarantees.faults import catalogue
from bench.records.matrix import Matrix, read_matrix
from bench.report.guarantees.files import write_reports


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a matrix in which every free text is hostile; known names are not."""
    matrix = explained_matrix()
    cells = [*matrix.cells, not_run("redis:durable", "child-killed-late", "it failed"), make_cell("redis", "order")]
    faults = [*matrix.faults, *(catalogue()[name].record() for name in ("child-killed-late", "order"))]
    subjects = [*matrix.subjects, matrix.subjects[0].model_copy(update={"label": "redis"})]
    made = {"cells": cells, "faults": faults, "subjects": subjects, "warnings": ["a warning"]}
    whole = matrix.model_copy(update=made).model_dump(mode="json")
    document = spoilt(whole, Matrix, "broker", "profile", "name", "fault")
    (tmp_path / "guarantees.json").write_text(json.dumps(document))
    return tmp_path


def shown(*arguments: str) -> str:
    result = CliRunner().invoke(cli, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.output


def test_an_explanation_is_harmless(folder: Path) -> None:
    text = shown("guarantees", "--resume", str(folder), "--explain", "worker-killed-late")
    assert "add-mask" in text
    assert_harmless(text)


def test_what_cannot_be_gone_on_with_is_told_harmlessly(folder: Path) -> None:
    assert_harmless(shown("guarantees", "--resume", str(folder), "--only", "order"))


def test_the_reports_are_harmless(folder: Path) -> None:
    matrix = read_matrix(folder)
    for text in matrix.model_dump_json().split('"'):
        assert_harmless(text.replace("\\n", "\n"))
    write_reports(matrix, folder)
    assert_harmless_markdown((folder / "guarantees.md").read_text())
    page = (folder / "guarantees.html").read_text()
    assert SECRET not in page
    assert "<b>|" not in page
