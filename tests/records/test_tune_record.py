"""A tuning is written, described by its schema and read strictly."""

import json
from pathlib import Path

import pytest
from pydantic import ValidationError
from tunings import POLLING, made_tuning

from bench.records.tune import Setting, TuneLine, TuneRecord, read_tune, schema
from bench.stats.intervals import with_error
from brokers.errors import UsageError

_SHIPPED = Path(__file__).parents[2] / "bench" / "records" / "tune.schema.json"


def test_the_shipped_schema_is_that_of_the_code() -> None:
    made_by = "python -m bench.records.tune > bench/records/tune.schema.json"
    assert _SHIPPED.read_text(encoding="utf-8") == schema(), f"it is stale; make it anew: {made_by}"
    assert set(json.loads(schema())["properties"]) == set(TuneRecord.model_fields)


def test_a_tuning_comes_back_as_it_was_written_and_a_misspelt_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tune.json"
    path.write_text(made_tuning().model_dump_json(), encoding="utf-8")
    assert read_tune(tmp_path) == made_tuning()
    path.write_text(json.dumps(json.loads(path.read_text()) | {"confirmd": None}))
    with pytest.raises(UsageError, match="did you mean 'confirmed'"):
        read_tune(path)


def test_nothing_helps_without_a_gain_that_was_confirmed() -> None:
    with pytest.raises(ValidationError, match="confirmed"):
        made_tuning(confirmed=None)
    with pytest.raises(ValidationError, match="lines"):
        made_tuning(lines=[])
    made_tuning(outcome="unclear", confirmed=None)


def test_a_setting_has_one_line() -> None:
    twice = [TuneLine(setting=POLLING), TuneLine(setting=Setting(name=POLLING.name, value=0.2))]
    with pytest.raises(ValidationError, match="unique"):
        made_tuning(lines=twice)


def test_a_gain_that_no_float_can_hold_is_not_written() -> None:
    """Two generations that differ by far have an interval as wide as a float."""
    wide = type(made_tuning().confirmed).of(with_error(0.0, 50.0, 1, 2))
    assert wide.low
    assert wide.high
