"""The schema that ships with the package describes the result, and a result is read strictly."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from samples import block, small_result

from bench.records.result import Result, read_result, schema
from brokers.errors import UsageError

_SHIPPED = Path(__file__).parents[2] / "bench" / "records" / "result.schema.json"
_MADE_BY = "python -m bench.records.result > bench/records/result.schema.json"


def written(path: Path, **changes: Any) -> Path:
    document = json.loads(small_result(status="finished", blocks=[block(0), block(1)]).model_dump_json())
    path.write_text(json.dumps(document | changes), encoding="utf-8")
    return path


def refusal(path: Path) -> str:
    with pytest.raises(UsageError) as caught:
        read_result(path)
    message = caught.value.format_message()
    assert str(path) in message
    assert "\n" not in message
    return message


def test_the_shipped_schema_is_that_of_the_code() -> None:
    assert _SHIPPED.read_text(encoding="utf-8") == schema(), f"it is stale; make it anew: {_MADE_BY}"


def test_the_schema_says_what_it_is() -> None:
    document = json.loads(schema())
    assert document["$schema"].startswith("https://json-schema.org/")
    assert document["title"]
    assert schema().endswith("}\n")
    assert set(document["properties"]) == set(Result.model_fields)


def test_a_result_fits_the_schema_and_a_misspelt_key_does_not(tmp_path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(json.loads(schema()))
    document = json.loads(written(tmp_path / "result.json").read_text(encoding="utf-8"))
    validator.check_schema(json.loads(schema()))
    assert not list(validator.iter_errors(document))
    assert list(validator.iter_errors(document | {"sede": 1}))


def test_a_result_comes_back_as_it_was_written(tmp_path: Path) -> None:
    result = read_result(written(tmp_path / "result.json"))
    assert result == small_result(status="finished", blocks=[block(0), block(1)])


def test_a_result_from_before_sides_had_specs_is_read(tmp_path: Path) -> None:
    path = written(tmp_path / "result.json")
    document = json.loads(path.read_text(encoding="utf-8"))
    for subject in document["subjects"]:
        del subject["spec"]
    path.write_text(json.dumps(document), encoding="utf-8")
    assert [subject.spec for subject in read_result(path).subjects] == [""] * len(document["subjects"])


def test_a_missing_result_is_an_error_that_names_it(tmp_path: Path) -> None:
    assert "No such file" in refusal(tmp_path / "none.json")


def test_a_folder_is_no_result(tmp_path: Path) -> None:
    assert "irectory" in refusal(tmp_path)


def test_a_truncated_result_is_an_error(tmp_path: Path) -> None:
    path = written(tmp_path / "result.json")
    path.write_bytes(path.read_bytes()[:-40])
    assert "not a complete JSON document" in refusal(path)


def test_a_result_that_is_not_utf_8_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_bytes(b'{"version": "\xff"}')
    assert "not UTF-8" in refusal(path)


@pytest.mark.parametrize("text", ["[]", "1", "null", '"result"'])
def test_a_document_of_another_kind_is_an_error_with_a_remedy(tmp_path: Path, text: str) -> None:
    path = tmp_path / "result.json"
    path.write_text(text)
    assert "brokerbench compare" in refusal(path)


def test_a_misspelt_key_is_an_error_with_a_suggestion(tmp_path: Path) -> None:
    message = refusal(written(tmp_path / "result.json", warning=["this"]))
    assert "unknown key 'warning': did you mean 'warnings'?" in message


def test_a_misspelt_key_inside_is_named_with_its_place(tmp_path: Path) -> None:
    environment = json.loads(small_result().environment.model_dump_json())
    environment["kernal"] = environment.pop("kernel")
    message = refusal(written(tmp_path / "result.json", environment=environment))
    assert "environment.kern" in message


@pytest.mark.parametrize("version", [0, 1, 2, "3", None])
def test_a_version_that_is_not_known_is_an_error_that_names_both(tmp_path: Path, version: object) -> None:
    message = refusal(written(tmp_path / "result.json", version=version))
    assert f"version {version}, not 3" in message


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads every file")
def test_an_unreadable_result_is_an_error(tmp_path: Path) -> None:
    path = written(tmp_path / "result.json")
    path.chmod(0)
    assert "Permission denied" in refusal(path)
