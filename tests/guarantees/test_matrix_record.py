"""A matrix on disk: read strictly, described by the schema that ships, and whole at any moment."""

import json
import os
from pathlib import Path

import pytest
from disks import files_up_to, unwritable_folder
from matrices import EVERY_MATRIX, explained_matrix, make_cell, make_matrix

from bench.records.matrix import MATRIX_FILE, Matrix, read_matrix, schema
from bench.records.matrix_writer import MatrixWriter
from brokers.errors import NotWritten, UsageError

_SHIPPED = Path(__file__).parents[2] / "bench" / "records" / "matrix.schema.json"
_MADE_BY = "python -m bench.records.matrix > bench/records/matrix.schema.json"


def test_the_shipped_schema_is_that_of_the_code() -> None:
    assert _SHIPPED.read_text(encoding="utf-8") == schema(), f"it is stale; make it anew: {_MADE_BY}"


def test_a_matrix_fits_the_schema_and_a_misspelt_key_does_not() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(json.loads(schema()))
    validator.check_schema(json.loads(schema()))
    document = json.loads(explained_matrix().model_dump_json())
    assert not list(validator.iter_errors(document))
    assert list(validator.iter_errors(document | {"cels": []}))


@pytest.mark.parametrize("kind", EVERY_MATRIX)
def test_a_matrix_comes_back_as_it_was_kept(kind: str, tmp_path: Path) -> None:
    matrix = Matrix.from_outside(EVERY_MATRIX[kind]().model_dump(mode="json"))  # what is hostile is read harmless
    with MatrixWriter(tmp_path / "out") as writer:
        writer.keep(matrix)
    assert read_matrix(tmp_path / "out") == read_matrix(tmp_path / "out" / MATRIX_FILE) == matrix
    assert os.listdir(tmp_path / "out") == [MATRIX_FILE]


def test_a_misspelt_key_deep_inside_is_an_error_with_a_suggestion(tmp_path: Path) -> None:
    document = json.loads(explained_matrix().model_dump_json())
    document["cells"][0]["attempts"][0]["recoverd_s"] = 1.0
    (tmp_path / MATRIX_FILE).write_text(json.dumps(document))
    with pytest.raises(UsageError, match=r"cells.0.attempts.0.recoverd_s': did you mean 'recovered_s'\?"):
        read_matrix(tmp_path)


def test_a_folder_without_a_matrix_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="use a file or folder that 'guarantees' wrote"):
        read_matrix(tmp_path)


def test_each_matrix_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    cells = [make_cell("redis"), make_cell("rabbitmq")]
    with MatrixWriter(tmp_path) as writer:
        for count in (1, 2):
            writer.keep(make_matrix(*cells[:count]))
            assert read_matrix(tmp_path).cells == cells[:count]


def test_a_matrix_that_is_there_is_refused_unless_one_goes_on_with_it(tmp_path: Path) -> None:
    with MatrixWriter(tmp_path) as writer:
        writer.keep(make_matrix(make_cell()))
    with pytest.raises(UsageError, match="exists: use another folder with --out, or resume it with --resume"):
        MatrixWriter(tmp_path)
    with MatrixWriter(tmp_path, goes_on=True):
        assert read_matrix(tmp_path).cells == [make_cell()]


def test_a_run_in_which_no_cell_ended_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), MatrixWriter(tmp_path / "results" / "first"):
        raise ZeroDivisionError
    assert not list(tmp_path.iterdir())


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("precious")
    with pytest.raises(UsageError, match="cannot write to"):
        MatrixWriter(tmp_path / "out")


def test_a_cell_that_does_not_fit_leaves_the_matrix_before_it(tmp_path: Path) -> None:
    with MatrixWriter(tmp_path) as writer:
        writer.keep(make_matrix(make_cell("redis")))
        with files_up_to(100), pytest.raises(NotWritten) as failed:
            writer.keep(make_matrix(make_cell("redis"), make_cell("rabbitmq")))
    assert failed.value.format_message() == (
        f"cannot write {tmp_path / MATRIX_FILE} (File too large): free space on its disk; "
        f"the earlier cells are kept; continue with --resume {tmp_path}"
    )
    assert read_matrix(tmp_path).cells == [make_cell("redis")]
    assert os.listdir(tmp_path) == [MATRIX_FILE]


def test_a_full_disk_or_a_folder_that_nobody_can_write_to_is_found_out_before_a_fault_is_played(tmp_path: Path) -> None:
    with files_up_to(100), pytest.raises(NotWritten, match="free space on its disk"):
        MatrixWriter(tmp_path / "deep" / "out")
    with pytest.raises(UsageError, match=r"cannot write to .*: use another folder with --out"):
        MatrixWriter(unwritable_folder(), goes_on=True)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["guarantees.md", "guarantees.html", MATRIX_FILE])
def test_a_folder_in_the_place_of_a_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(UsageError, match=f"{name} .Is a directory.: use another folder with --out, or remove it"):
        MatrixWriter(tmp_path, goes_on=True)


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    precious, out = tmp_path / "precious", tmp_path / "out"
    precious.write_text("precious")
    out.mkdir()
    for name in ("guarantees.new", MATRIX_FILE):
        (out / name).symlink_to(precious)
    with pytest.raises(UsageError, match="exists: use another folder"):
        MatrixWriter(out)
    (out / MATRIX_FILE).unlink()
    (out / MATRIX_FILE).symlink_to(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="exists: use another folder"):
        MatrixWriter(out)
    with MatrixWriter(out, goes_on=True) as writer:
        writer.keep(make_matrix(make_cell()))
    assert precious.read_text() == "precious"
    assert (out / "guarantees.new").is_symlink()
    assert not (tmp_path / "nowhere").exists()
    assert read_matrix(out).cells == [make_cell()]


def test_every_outcome_of_a_cell_is_one_that_an_attempt_may_have() -> None:
    cells = Matrix.model_json_schema()["$defs"]["Cell"]["properties"]["outcome"]["enum"]
    assert cells == ["kept", "allowed", "broken", "shown", "not run"]
