"""A workload is data, and what is wrong in it is said in one line."""

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from bench.records.turns import Block
from bench.records.workload import Workload, catalogue, load_workload
from brokers.errors import UsageError


def refusal(path: Path | str) -> str:
    with pytest.raises(UsageError) as caught:
        load_workload(str(path))
    message = caught.value.format_message()
    assert str(path) in message
    assert "\n" not in message
    return message


def toml(directory: Path, text: str) -> Path:
    path = directory / "mine.toml"
    path.write_text(f'name = "mine"\n{text}\n')
    return path


def test_every_workload_of_the_catalogue_loads_by_its_name() -> None:
    found = catalogue()
    assert "noop" in found
    for name, workload in found.items():
        assert load_workload(name) == workload
        assert workload.name == name
        assert workload.summary


def test_a_file_of_one_line_is_a_workload_with_the_defaults(tmp_path: Path) -> None:
    workload = load_workload(str(toml(tmp_path, "")))
    assert (workload.app, workload.task, workload.pool, workload.concurrency) == (
        "tasks:app",
        "tasks.noop",
        "prefork",
        1,
    )


def test_a_payload_is_the_only_argument(tmp_path: Path) -> None:
    workload = load_workload(str(toml(tmp_path, "payload_bytes = 3")))
    assert workload.arguments() == ["xxx"]


def test_the_apps_folder_is_relative_to_the_workloads_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shop").mkdir()
    path = toml(tmp_path, 'app_dir = "shop"')
    monkeypatch.chdir("/")
    assert load_workload(str(path)).app_dir == str((tmp_path / "shop").resolve())


def test_a_name_that_is_neither_file_nor_workload_lists_the_catalogue() -> None:
    message = refusal("nop")
    assert "one of echo-1k, " in message


def test_a_misspelt_key_is_an_error_with_a_suggestion(tmp_path: Path) -> None:
    message = refusal(toml(tmp_path, "payloadbytes = 10"))
    assert "unknown key 'payloadbytes': did you mean 'payload_bytes'?" in message


def test_a_key_like_no_other_lists_the_known_ones(tmp_path: Path) -> None:
    message = refusal(toml(tmp_path, "zzz = 10"))
    assert "unknown key 'zzz': known are name, summary, app, " in message


def test_a_setting_that_celery_does_not_have_is_named(tmp_path: Path) -> None:
    message = refusal(toml(tmp_path, "settings = {task_ack_late = true}"))
    assert "task_ack_late" in message


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("payload_bytes = -1", "payload_bytes"),
        ("payload_bytes = 8388609", "payload_bytes"),
        ("concurrency = 0", "concurrency"),
        ("concurrency = 257", "concurrency"),
        ("calls = 4", "calls"),
        ("calls = 1001", "calls"),
        ("warmup_calls = -1", "warmup_calls"),
        ("tasks = 19", "tasks"),
        ("tasks = 100001", "tasks"),
        ('pool = "gevent"', "pool"),
        ('task = ""', "task"),
        ("args = 1", "args"),
    ],
)
def test_a_value_out_of_range_is_an_error_that_names_its_key(tmp_path: Path, line: str, key: str) -> None:
    assert f": {key}: " in refusal(toml(tmp_path, line))


def test_a_workload_without_a_name_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("")
    assert ": name: " in refusal(path)


def test_a_file_that_is_no_toml_is_an_error_with_the_line(tmp_path: Path) -> None:
    assert "line 2" in refusal(toml(tmp_path, "task ="))


def test_a_folder_is_no_workload(tmp_path: Path) -> None:
    assert "irectory" in refusal(tmp_path)


def test_a_file_that_is_not_utf_8_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b'name = "gr\xf6\xdfer"\n')
    assert "not UTF-8" in refusal(path)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads every file")
def test_an_unreadable_file_is_an_error(tmp_path: Path) -> None:
    path = toml(tmp_path, "")
    path.chmod(0)
    assert "Permission denied" in refusal(path)


@pytest.mark.parametrize("name", ["broker_url", "task_routes", "task_always_eager", "worker_pool"])
def test_what_follows_from_the_subject_is_not_the_workloads_to_set(tmp_path: Path, name: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(f'name = "own"\n[settings]\n{name} = "elsewhere"\n')
    with pytest.raises(UsageError, match=f"'{name}' is set by the subject"):
        load_workload(str(path))


@pytest.mark.parametrize("setting", ['control_exchange = "celery"', 'broker_transport_options = { sep = ":" }'])
def test_what_names_a_runs_own_queues_is_not_the_workloads_to_set(tmp_path: Path, setting: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(f'name = "own"\n[settings]\n{setting}\n')
    with pytest.raises(UsageError, match="is set for the run's own queues"):
        load_workload(str(path))


def sweep(values: str) -> str:
    return f"[sweep]\n{values}"


def test_without_a_sweep_the_workload_is_its_only_point() -> None:
    workload = load_workload("noop")
    assert workload.points() == [({}, workload)]


def test_every_point_of_a_sweep_is_the_workload_with_one_thing_changed(tmp_path: Path) -> None:
    workload = load_workload(str(toml(tmp_path, "calls = 7\n" + sweep("concurrency = [1, 2, 8]"))))
    points = workload.points()
    assert [at for at, _ in points] == [{"concurrency": 1}, {"concurrency": 2}, {"concurrency": 8}]
    for at, point in points:
        assert not point.sweep
        assert point == workload.model_copy(update={**at, "sweep": {}})


def test_a_setting_can_be_swept_and_the_others_stay(tmp_path: Path) -> None:
    text = "[settings]\ntask_acks_late = true\n" + sweep('"settings.worker_prefetch_multiplier" = [1, 64]')
    workload = load_workload(str(toml(tmp_path, text)))
    assert [(at, point.settings) for at, point in workload.points()] == [
        ({"worker_prefetch_multiplier": 1}, {"task_acks_late": True, "worker_prefetch_multiplier": 1}),
        ({"worker_prefetch_multiplier": 64}, {"task_acks_late": True, "worker_prefetch_multiplier": 64}),
    ]
    assert workload.settings == {"task_acks_late": True}


def test_a_swept_switch_stays_a_switch_where_blocks_name_it(tmp_path: Path) -> None:
    workload = load_workload(str(toml(tmp_path, sweep('"settings.task_acks_late" = [false, true]'))))
    places = [Block(number=0, metric="enqueue", at=at, warmup=False, turns=[]).at for at, _ in workload.points()]
    assert [place["task_acks_late"] for place in places] == [False, True]
    assert all(isinstance(place["task_acks_late"], bool) for place in places)


@pytest.mark.parametrize(
    ("values", "line"),
    [
        (
            "concurency = [1, 2]",
            "cannot sweep 'concurency': did you mean 'concurrency'? use concurrency, payload_bytes, pool, rtt, waiting",
        ),
        ("calls = [10, 20]", "cannot sweep 'calls'"),
        ("rtts = ['0', '1ms']", "cannot sweep 'rtts': did you mean 'rtt'?"),
        ("rtt = []", ": sweep: 'rtt' has no value: use two or more, for example rtt = ['0', '0.5ms']"),
        ("concurrency = [1]", ": sweep: 'concurrency' has a single value: use two or more"),
        ("concurrency = 2", ": sweep: 'concurrency' is not a list: use a list of values"),
        ("rtt = { a = 1 }", ": sweep: 'rtt' is not a list"),
        ("concurrency = [1, 2]\npool = ['solo', 'threads']\nrtt = ['0', '1ms']", ": sweep: it has 3 keys, and can"),
        ("[sweep.settings]\nworker_prefetch_multiplier = [1, 2]", "in quotes, 'settings.worker_prefetch_multiplier' ="),
        ("", ": sweep: it is empty: name what to vary"),
        ("rtt = ['0', '1ms']\nrtt = ['0', '2ms']", "a key or a table is there twice (at line 4"),
        ("rtt = ['0', '1ms']\n[sweep]\nrtt = ['0', '2ms']", "a key or a table is there twice (at line 4"),
        ("rtt = ['-1ms', '1ms']", ": sweep: rtt: '-1ms' is negative"),
        ("concurrency = ['1', '2']", ": sweep: concurrency: use a whole number, without quotes"),
        ("concurrency = [1, true]", ": sweep: concurrency: use a whole number, without quotes"),
        ("waiting_tasks = [0, 9999999999]", ": sweep: waiting_tasks: use at most 1,000,000"),
        ("rtt = ['0', 'far']", "'far' is not a round-trip time"),
        ("rtt = ['0', '0']", "repeats a value"),
        ("rtt = ['1ms', '1000us']", "the sweep repeats a point"),
        ("concurrency = [1, 2, 1]", "'concurrency' repeats a value"),
        ("concurrency = [1, 0]", ": sweep: concurrency: use at least 1"),
        ("pool = ['solo', 'gevent']", ": pool: "),
        ("waiting_tasks = [0, 1.5]", ": waiting_tasks: "),
        ('"settings.task_ack_late" = [false, true]', "Celery has no setting named 'task_ack_late'"),
        ('"settings.worker_pool" = ["solo", "threads"]', "'worker_pool' is set by the subject"),
        ('"settings.accept_content" = [["json"], ["pickle"]]', "names a point: use numbers, texts, true or false"),
    ],
)
def test_a_sweep_that_cannot_be_is_an_error_of_one_line(tmp_path: Path, values: str, line: str) -> None:
    message = refusal(toml(tmp_path, sweep(values)))
    assert line in message
    assert "Value error" not in message
    assert ": :" not in message


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("rtt = '0'\n" + sweep("rtt = ['0', '1ms']"), ": rtt: it is set and swept: leave it out, or leave it out of"),
        ("payload_bytes = 5\n" + sweep("payload_bytes = [1, 2]"), ": payload_bytes: it is set and swept"),
        (
            "settings = { worker_prefetch_multiplier = 1 }\n" + sweep('"settings.worker_prefetch_multiplier" = [1, 2]'),
            ": settings.worker_prefetch_multiplier: it is set and swept",
        ),
        ("args = [1]\n" + sweep("payload_bytes = [1, 2]"), ": args: a payload takes their place: leave out args"),
        ("args = [1]\npayload_bytes = 5", ": args: a payload takes their place: leave out args"),
        ("sweep = 'rtt'", ": sweep: it is not a table: write [sweep] and below it"),
        ("[[sweep]]\nrtt = ['0', '1ms']", ": sweep: it is not a table: write [sweep] and below it"),
        ("rtt = ['0', '1ms']", ": rtt: it has a single value: use a text, in quotes, or vary rtt below [sweep]"),
        ("rtt = '-1ms'", ": rtt: '-1ms' is negative"),
        ("rtt = true", ": rtt: True has no unit"),
        ("concurrency = true", ": concurrency: use a whole number, without quotes"),
        ("concurrency = '4'", ": concurrency: use a whole number, without quotes"),
        ("dry = 'yes'", ": dry: use true or false"),
        ("metrics = 'enqueue'", ": metrics: use a list, in square brackets"),
        ("settings = 5", ": settings: use a table"),
        ("settings = { broker_transport_options = 5 }", ": settings: broker_transport_options: use a table"),
        ("app_dir = 3", ": app_dir: use a text, in quotes"),
    ],
)
def test_a_key_that_is_wrong_or_would_be_ignored_is_an_error_of_one_line(tmp_path: Path, text: str, line: str) -> None:
    message = refusal(toml(tmp_path, text))
    assert line in message
    assert "Input should" not in message


def test_every_sweep_of_the_catalogue_has_points_that_differ() -> None:
    swept = {name: workload for name, workload in catalogue().items() if workload.sweep}
    assert {name.removeprefix("sweep-") for name in swept} >= {
        "compression",
        "concurrency",
        "payload",
        "pool",
        "prefetch",
        "serializer",
        "waiting",
    }
    for workload in swept.values():
        points = [point for _, point in workload.points()]
        assert all(points.count(point) == 1 for point in points)
        assert workload.metrics


def test_a_metric_that_there_is_not_is_an_error_that_lists_them(tmp_path: Path) -> None:
    message = refusal(toml(tmp_path, 'metrics = ["enqeue"]'))
    assert ": metrics.0: " in message
    assert "installed: capacity, cost, enqueue," in message


def test_two_swept_keys_have_a_point_for_each_pair_of_values() -> None:
    workload = Workload(name="map", sweep={"rtt": ["0", "0.3ms"], "payload_bytes": [10, 1024]})
    assert [at for at, _ in workload.points()] == [
        {"rtt_ns": 0, "payload_bytes": 10},
        {"rtt_ns": 0, "payload_bytes": 1024},
        {"rtt_ns": 300_000, "payload_bytes": 10},
        {"rtt_ns": 300_000, "payload_bytes": 1024},
    ]
    assert [(one.rtt, one.payload_bytes, one.sweep) for _, one in workload.points()][2] == ("0.3ms", 10, {})


def test_a_map_has_a_hundred_points_at_most() -> None:
    with pytest.raises(ValidationError, match="more than 100 points"):
        Workload(name="map", sweep={"rtt": [f"{rtt}ms" for rtt in range(26)], "concurrency": [1, 2, 3, 4]})
