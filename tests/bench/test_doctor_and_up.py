import json
import os
import signal
from pathlib import Path

import pytest
from click.testing import CliRunner
from commands import leftovers, start_brokerbench
from forked import Forks
from support import eventually

from bench.cli import cli
from brokers import BrokerUnavailable, find_broker, installed_brokers


def test_doctor_says_where_each_broker_comes_from(tmp_path: Path, forked: Forks) -> None:
    run = forked("doctor", cwd=tmp_path)
    assert run.returncode == 0, run.stdout
    assert all(name in run.stdout for name in installed_brokers())
    assert "pinning" in run.stdout
    assert all(len(line.rstrip()) <= 80 for line in run.stdout.splitlines())


def test_doctor_for_programs_is_json(tmp_path: Path, forked: Forks) -> None:
    found = json.loads(forked("doctor", "--json", cwd=tmp_path).stdout)
    versions = {broker["broker"]: broker["version"] for broker in found["brokers"]}
    assert set(versions) == set(installed_brokers())
    assert all(versions.values())
    assert found["environment"]["cores"] >= 1


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"REDIS_URL": "redis://u:secret@127.0.0.1:1/0"}, "redis at redis://127.0.0.1:1/0 does not answer"),
        ({"BROKERBENCH_RABBITMQ_SERVER": "/nowhere"}, "BROKERBENCH_RABBITMQ_SERVER=/nowhere is not a program"),
        ({"BROKERBENCH_SQS_EMULATOR": "goaws"}, "set it to ministack or moto"),
    ],
    ids=["a dead server", "a binary that is not there", "an unknown emulator"],
)
def test_doctor_names_what_is_missing_and_the_remedy(
    tmp_path: Path, forked: Forks, environment: dict[str, str], expected: str
) -> None:
    run = forked("doctor", cwd=tmp_path, COLUMNS="200", **environment)
    assert run.returncode == 3
    assert expected in run.stdout
    assert "missing: redis: redis at" not in run.stdout
    assert "secret" not in run.stdout


@pytest.mark.parametrize(
    ("argument", "remedy"),
    [
        ("redis", "takes no argument: run 'brokerbench doctor'"),
        ("redis@1ms", "; only a measurement has a distance, as in 'brokerbench compare redis@1ms'"),
    ],
)
def test_doctor_says_what_to_do_instead_of_naming_a_subject(argument: str, remedy: str) -> None:
    ended = CliRunner().invoke(cli, ["doctor", argument])
    assert ended.exit_code == 2
    assert ended.output.startswith("Error: doctor checks every broker and takes no argument")
    assert ended.output.rstrip().endswith(remedy)


def test_doctor_warns_of_what_would_spoil_a_measurement(tmp_path: Path, forked: Forks) -> None:
    run = forked("doctor", cwd=tmp_path, COLUMNS="200", CELERY_BROKER_URL="redis://:secret@h/0")
    assert "CELERY_BROKER_URL is set" in run.stdout
    assert "secret" not in run.stdout


def test_up_prints_exports_that_work_and_stops_on_ctrl_c(tmp_path: Path, forked: Forks) -> None:
    run = start_brokerbench("up", "redis", "sqs", cwd=tmp_path)
    assert run.stdout is not None
    exports = dict(run.stdout.readline().removeprefix("export ").strip().split("=", 1) for _ in range(2))
    found = json.loads(forked("doctor", "--json", cwd=tmp_path, **{k: v.strip("'") for k, v in exports.items()}).stdout)
    sources = {broker["broker"]: (broker["source"], broker["problem"]) for broker in found["brokers"]}
    assert {broker["broker"] for broker in found["brokers"] if broker["rtt_ns"]} == {"redis", "sqs"}
    assert sources["redis"] == sources["sqs"] == ("url", "")
    sqs_url = exports["SQS_URL"].strip("'")
    find_broker("sqs").inspect(sqs_url)
    with pytest.raises(BrokerUnavailable, match="refuses"):  # the credentials are not for show
        find_broker("sqs").inspect(f"http://{sqs_url.rpartition('@')[2]}")
    os.kill(run.pid, signal.SIGINT)
    assert "stopped" in run.communicate(timeout=20)[0]
    assert run.returncode == 0
    assert eventually(lambda: not leftovers(tmp_path), 5), leftovers(tmp_path)
