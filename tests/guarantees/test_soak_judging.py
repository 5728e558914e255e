"""What of a soak's readings is drift: by made-up readings, and by those of real runs of apps without a leak."""

import json
from pathlib import Path

import pytest
from soaks import make_readings, make_run

from bench.guarantees.soak.judging import drifts_in
from bench.records.soak import Reading

_RECORDED = json.loads((Path(__file__).parent / "recorded_soaks.json").read_text(encoding="utf-8"))
_CLEAN = [name for name in _RECORDED if not name.startswith("leaking")]
_KIB = 1024


def _recorded(name: str) -> list[Reading]:
    document = _RECORDED[name]
    return [Reading(**dict(zip(document["fields"], row, strict=True))) for row in document["rows"]]


def _drifting(readings: list[Reading]) -> set[str]:
    return {drift.quantity for drift in drifts_in(readings) if drift.verdict == "drifts"}


@pytest.mark.parametrize("name", _CLEAN)
def test_no_recorded_run_without_a_leak_is_accused(name: str) -> None:
    assert _drifting(_recorded(name)) == set()


@pytest.mark.parametrize("name", [name for name in _CLEAN if _RECORDED[name]["rows"][-1][1] > 1500])
def test_each_leak_is_found_in_every_recorded_run(name: str) -> None:
    readings = [
        one.model_copy(
            update={
                "children_bytes": (one.children_bytes or 0) + one.tasks * _KIB,
                "files": (one.files or 0) + one.tasks // 100,
                "connections": (one.connections or 0) + one.reconnects,
            }
        )
        for one in _recorded(name)
    ]
    assert _drifting(readings) == {"children_bytes", "files", "connections"}


def test_the_leaks_of_a_recorded_app_are_found_and_nothing_else() -> None:
    assert _drifting(_recorded("leaking-redis")) == {"children_bytes", "files", "connections"}


def test_each_made_up_leak_is_found_with_its_slope() -> None:
    found = {one.quantity: one for one in drifts_in(make_readings(leaks=True)) if one.verdict == "drifts"}
    assert set(found) == {"children_bytes", "files", "connections"}
    assert found["children_bytes"].slope == pytest.approx(_KIB)
    assert found["files"].slope == pytest.approx(0.01, rel=0.1)


def test_a_prefetch_count_that_rises_with_the_tasks_is_found() -> None:
    readings = [one.model_copy(update={"prefetch": 4 + one.tasks // 25}) for one in make_readings()]
    assert _drifting(readings) == {"prefetch"}


def test_a_growth_with_reconnects_alone_is_told_by_reconnects() -> None:
    readings = [one.model_copy(update={"connections": 4 + one.reconnects}) for one in make_readings(48)]
    (drift,) = [one for one in drifts_in(readings) if one.verdict == "drifts"]
    assert drift.quantity == "connections"
    assert drift.slope == pytest.approx(1 if drift.per == "reconnect" else 1 / 235, rel=0.2)


def test_what_the_server_holds_is_not_judged_where_tasks_pile_up() -> None:
    readings = [
        one.model_copy(update={"waiting_tasks": 3 * place, "server_bytes": 10_000 * place, "server_entries": place})
        for place, one in enumerate(make_readings())
    ]
    run = make_run("redis", readings)
    assert run.fell_behind
    assert run.outcome == "unclear"
    unclear = {"server_bytes", "server_entries", "waiting_tasks"}
    assert {one.quantity for one in run.drifts if one.verdict == "unclear"} == unclear


def test_the_outcome_says_first_what_is_broken() -> None:
    leaking = make_readings(leaks=True)
    assert make_run("redis", leaking).outcome == "drifts"
    assert make_run("redis", leaking, lost=1).outcome == "drifts"
    assert make_run("redis:durable", leaking, lost=1).outcome == "broken"
    assert make_run("redis", leaking, stopped=True, why="its worker ended").outcome == "broken"
    assert make_run("redis", leaking, why="sending failed").outcome == "not run"
    assert make_run("redis", make_readings(5)).outcome == "unclear"
    assert make_run("redis", []).outcome == "unclear"
