import csv
import io
import json
from pathlib import Path

import pytest
from sides import made_side

from bench.records.figures import Capacity, Cost, Estimate
from bench.records.result import Result
from bench.report.export import bencher_json, csv_rows, github_action_json


def made(**changes: object) -> Result:
    own = {"subject": "redis", "tier": "fast"}
    return made_side(
        capacities=[Capacity(**own, limit_ns=10**8, rate_per_s=900.0, failed_per_s=950.0)],  # type: ignore[arg-type]
        costs=[
            Cost(
                **own,  # type: ignore[arg-type]
                tasks=100,
                worker_cpu_ns=Estimate(value=2.5e5, low=2.4e5, high=2.6e5),
                bytes_to_server=612.0,
                round_trips={"enqueue": 1.0},
            )
        ],
        **changes,
    )


def test_github_action_benchmark_gets_times_and_costs_where_smaller_is_better() -> None:
    found = {one["name"]: one for one in json.loads(github_action_json(made(), "smaller"))}
    assert found.keys() == {
        "redis enqueue median",
        "redis cost worker_cpu",
        "redis cost bytes_to_server",
        "redis cost enqueue_round_trips",
    }
    assert (found["redis enqueue median"]["value"], found["redis enqueue median"]["unit"]) == (400.0, "us")
    assert "range" not in found["redis enqueue median"]
    assert (found["redis cost worker_cpu"]["value"], found["redis cost worker_cpu"]["range"]) == (250.0, "± 10")
    assert found["redis cost bytes_to_server"]["unit"] == "bytes"


def test_github_action_benchmark_gets_rates_where_bigger_is_better() -> None:
    found = {one["name"]: (one["value"], one["unit"]) for one in json.loads(github_action_json(made(), "bigger"))}
    assert found == {
        "redis throughput per_second": (2000.0, "tasks/s"),
        "redis capacity per_second": (900.0, "tasks/s"),
    }


def test_bencher_gets_nanoseconds_and_rates_under_its_own_names() -> None:
    assert json.loads(bencher_json(made())) == {
        "redis enqueue": {"latency": {"value": 400_000.0}},
        "redis throughput": {"throughput": {"value": 2000.0}},
        "redis capacity": {"throughput": {"value": 900.0}},
        "redis cost": {
            "worker-cpu": {"value": 2.5e5, "lower_value": 2.4e5, "upper_value": 2.6e5},
            "bytes-to-server": {"value": 612.0},
            "enqueue-round-trips": {"value": 1.0},
        },
    }


def test_csv_has_a_row_for_each_figure_with_its_unit_and_direction() -> None:
    rows = list(csv.DictReader(io.StringIO(csv_rows(made()))))
    figures = {(row["metric"], row["figure"]): (float(row["value"]), row["unit"], row["better"]) for row in rows}
    assert figures == {
        ("enqueue", "median"): (400_000.0, "ns", "less"),
        ("throughput", "per_second"): (2000.0, "1/s", "more"),
        ("capacity", "per_second"): (900.0, "1/s", "more"),
        ("cost", "worker_cpu"): (2.5e5, "ns", "less"),
        ("cost", "bytes_to_server"): (612.0, "bytes", "less"),
        ("cost", "enqueue_round_trips"): (1.0, "1", "less"),
    }


def test_a_place_is_part_of_the_name() -> None:
    (one,) = json.loads(github_action_json(made_side(metrics=("wakeup",), at={"idle_s": 5.0}), "smaller"))
    assert one["name"] == "redis wakeup median, idle 5 s"


def test_void_figures_are_for_csv_alone_with_the_reason() -> None:
    result = made_side(metrics=("enqueue",))
    void = result.model_copy(update={"summary": [row.model_copy(update={"void": "late"}) for row in result.summary]})
    assert json.loads(github_action_json(void, "smaller")) == []
    assert json.loads(bencher_json(void)) == {}
    (row,) = csv.DictReader(io.StringIO(csv_rows(void)))
    assert row["void"] == "late"


def test_every_figure_of_a_rich_result_can_be_exported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "report")
    from rich_results import rich_result

    result = rich_result()
    names = [one["name"] for way in ("smaller", "bigger") for one in json.loads(github_action_json(result, way))]  # type: ignore[arg-type]
    assert len(names) == len(set(names)) > 50
    assert json.loads(bencher_json(result)).keys() > {"redis enqueue", "rabbitmq throughput"}
    layers = {row["layer"] for row in csv.DictReader(io.StringIO(csv_rows(result)))}
    assert {"celery", "kombu", "raw"} <= layers
