import json
from pathlib import Path
from typing import Any

import pytest
from samples import small_result

from bench.compare.repeat import selfcheck_of
from bench.records.figures import Ratio, Row
from bench.records.result import Result
from bench.records.selfcheck import read_selfcheck
from bench.stats.verdicts import Verdict
from brokers.errors import UsageError


def measured(ratio: float, verdict: Verdict, budget_s: float = 20) -> Result:
    metrics: list[str] = ["enqueue", "throughput"]
    found = Ratio(to="redis", value=ratio, detectable=0.01, blocks=9, generations=5, verdict=verdict)
    rows = [
        Row(subject="redis#2", tier="fast", metric=metric, blocks=9, samples=180, ratio=found) for metric in metrics
    ]
    return small_result(budget_s=budget_s, metrics=metrics, summary=rows)


def test_bias_spread_and_alarms_are_those_of_the_runs() -> None:
    verdicts: list[Verdict] = ["equivalent", "inconclusive", "regressed", "improved"]
    runs = [measured(ratio, verdict) for ratio, verdict in zip([1.02, 1.0, 1.04, 1.02], verdicts, strict=True)]
    row = selfcheck_of(runs).rows[0]
    assert (row.metric, row.runs, row.false_alarms, row.equivalent) == ("enqueue", 4, 2, 1)
    assert row.bias.value == pytest.approx(0.02, abs=1e-3)
    assert row.bias.low is not None
    assert row.bias.low < 0.02 < row.bias.high  # type: ignore[operator]
    assert row.spread == pytest.approx(0.016, abs=1e-3)
    assert row.detectable == 0.01


def test_each_budget_has_rows_of_its_own() -> None:
    rows = selfcheck_of([measured(1.0, "equivalent", budget_s) for budget_s in (40, 20, 40)]).rows
    assert [(row.metric, row.budget_s, row.runs) for row in rows] == [
        ("enqueue", 20, 1),
        ("enqueue", 40, 2),
        ("throughput", 20, 1),
        ("throughput", 40, 2),
    ]
    assert rows[0].bias.low is None


def written(path: Path, **changes: Any) -> Path:
    document = json.loads(selfcheck_of([measured(1.0, "equivalent")]).model_dump_json())
    path.write_text(json.dumps(document | changes), encoding="utf-8")
    return path


def refusal(path: Path) -> str:
    with pytest.raises(UsageError) as caught:
        read_selfcheck(path)
    message = caught.value.format_message()
    assert str(path) in message
    assert "\n" not in message
    return message


def test_a_self_check_comes_back_as_it_was_written(tmp_path: Path) -> None:
    assert read_selfcheck(written(tmp_path / "check.json")) == selfcheck_of([measured(1.0, "equivalent")])


def test_a_file_that_cannot_be_read_as_a_self_check_is_an_error_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "notes.json").write_text("mine")
    (tmp_path / "latin.json").write_bytes(b'{"kind": "\xff"}')
    for path in (tmp_path / "none.json", tmp_path, tmp_path / "notes.json", tmp_path / "latin.json"):
        assert "use the file that 'brokerbench selfcheck --out' wrote" in refusal(path)


@pytest.mark.parametrize("text", ["[]", "1", "null", '"check"'])
def test_a_document_that_is_no_record_is_an_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "check.json"
    path.write_text(text)
    assert "use a table of keys and values" in refusal(path)


def test_a_comparisons_result_is_no_self_check(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_text(small_result().model_dump_json())
    refusal(path)


def test_a_misspelt_key_of_a_self_check_is_an_error_with_a_suggestion(tmp_path: Path) -> None:
    message = refusal(written(tmp_path / "check.json", margn=0.02))
    assert "unknown key 'margn': did you mean 'margin'?" in message


def test_a_self_check_of_another_version_is_an_error_that_names_the_key(tmp_path: Path) -> None:
    assert ": version: " in refusal(written(tmp_path / "check.json", version=2))
