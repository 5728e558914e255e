"""A private server: its own place, and nothing of it left."""

import os
import re
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from support import URL_VARIABLES, Servers, eventually, is_alive

from brokers import BrokerUnavailable, Server, find_broker, split_subject
from brokers.marks import Mark, marked
from brokers.server import free_port, run_process, serve
from brokers.server_process import ServerProcess
from brokers.workspace import RUN_MARK, Workspace, open_workspace

PRIVATE = ["postgres", "redis", "redis:durable", "rabbitmq", "sqs"]


@pytest.fixture(autouse=True)
def _no_url(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in URL_VARIABLES:
        monkeypatch.delenv(name, raising=False)


def processes_of(server: Server, workspace: Workspace) -> list[psutil.Process]:
    """Find a server's processes: who listens on its port, all in that session, and epmd, which left it."""
    port = urlsplit(server.url).port
    ours = psutil.Process().children(recursive=True) + marked(Mark(RUN_MARK, workspace.run_id))
    leader = next(os.getsid(process.pid) for process in ours if port in _ports(process))
    mark = next(process for process in ours if process.pid == leader).environ().get("BROKERBENCH_SERVER", "-")
    return [process for process in psutil.process_iter() if _belongs(process, leader, mark)]


def _belongs(process: psutil.Process, leader: int, mark: str) -> bool:
    try:
        return os.getsid(process.pid) == leader or process.environ().get("BROKERBENCH_SERVER") == mark
    except (psutil.Error, OSError):
        return False


def _ports(process: psutil.Process) -> set[int]:
    return {connection.laddr.port for connection in process.net_connections() if connection.status == "LISTEN"}


@pytest.mark.parametrize("subject", PRIVATE)
def test_a_server_listens_on_loopback_only(subject: str, servers: Servers, workspace: Workspace) -> None:
    found = processes_of(servers.private(subject), workspace)
    listening = [c.laddr.ip for p in found for c in p.net_connections() if c.status == "LISTEN"]
    assert listening
    assert set(listening) <= {"127.0.0.1", "::1"}


@pytest.mark.parametrize("subject", PRIVATE)
def test_a_servers_process_has_the_one_that_listens_in_its_tree(subject: str, servers: Servers) -> None:
    server = servers.private(subject)
    assert server.pid is not None
    root = psutil.Process(server.pid)
    assert any(urlsplit(server.url).port in _ports(process) for process in (root, *root.children(recursive=True)))


@pytest.mark.parametrize("subject", ["postgres", "redis", "valkey", "rabbitmq"])
def test_the_password_is_random_and_in_no_process_title(subject: str, servers: Servers, workspace: Workspace) -> None:
    server = servers.private(subject)
    password = urlsplit(server.url).password or ""
    assert len(password) >= 16
    for process in processes_of(server, workspace):
        assert password not in " ".join(process.cmdline())


@pytest.mark.parametrize("subject", PRIVATE)
def test_a_servers_directory_is_the_runs_and_for_nobody_else(
    subject: str, servers: Servers, workspace: Workspace
) -> None:
    process = servers.private(subject).process
    assert process is not None
    assert process.directory.parent == workspace.directory
    assert process.directory.stat().st_mode & 0o077 == 0
    assert workspace.directory.stat().st_mode & 0o067 == 0  # a group, which nobody else is in, may pass through
    assert workspace.directory.stat().st_gid in (os.getegid(), process.directory.stat().st_gid) or subject != "postgres"


def test_a_durable_redis_syncs_each_write(servers: Servers) -> None:
    settings = servers.private("redis:durable").settings
    assert (settings["appendonly"], settings["appendfsync"]) == ("yes", "always")


def test_a_users_server_that_keeps_no_promise_is_refused(
    servers: Servers, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = servers.private("redis").url
    monkeypatch.setenv("REDIS_URL", url)
    with (
        pytest.raises(BrokerUnavailable, match="appendonly yes") as caught,
        serve(*split_subject("redis:durable"), workspace),
    ):
        pass
    assert (urlsplit(url).password or "-") not in caught.value.format_message()


def test_two_servers_run_side_by_side(workspace: Workspace) -> None:
    subject = split_subject("redis")
    with serve(*subject, workspace) as one, serve(*subject, workspace) as other:
        assert one.url != other.url
        assert urlsplit(one.url).password != urlsplit(other.url).password


@pytest.mark.parametrize("subject", ["postgres", "redis", "sqs"])
def test_nothing_is_left_after_a_run(subject: str) -> None:
    with open_workspace() as own, serve(*split_subject(subject), own) as server:
        processes = processes_of(server, own)
        assert processes
    assert not any(map(is_alive, processes))
    assert not own.directory.exists()
    assert not own.memory.exists()


def test_nothing_is_left_after_an_error() -> None:
    seen: list[psutil.Process] = []

    def fail() -> None:
        with open_workspace() as own, serve(*split_subject("redis"), own) as server:
            seen.extend(processes_of(server, own))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert seen
    assert not any(map(is_alive, seen))


def test_a_run_ends_the_processes_that_it_did_not_wait_for() -> None:
    with open_workspace() as own:
        left = psutil.Popen(["sh", "-c", "sleep 60 & sleep 60"], start_new_session=True)
        assert eventually(lambda: len(marked(Mark(RUN_MARK, own.run_id))) > 1)
    left.wait()
    assert not marked(Mark(RUN_MARK, own.run_id))


def fake_server(path: Path, script: str) -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_a_server_that_does_not_boot_gives_the_end_of_its_log_without_secrets(
    tmp_path: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    binary = fake_server(tmp_path / "redis-server", 'cat "$1"; echo redis://:s3cr3t@h; echo Bad directive; exit 7')
    monkeypatch.setenv("BROKERBENCH_REDIS_SERVER", str(binary))
    with (
        pytest.raises(BrokerUnavailable, match="ended with code 7") as caught,
        serve(*split_subject("redis"), workspace),
    ):
        pass
    message = caught.value.format_message()
    assert message.endswith("Bad directive")
    assert "s3cr3t" not in message
    assert re.search(r"requirepass (\S+)", message)[1] == "***"


def test_a_server_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("brokers.server.ServerProcess", partial(ServerProcess, timeout_s=1))

    def ready() -> None:
        raise ConnectionRefusedError

    started = tmp_path / "pid"
    command = ["sh", "-c", f"echo $$ > {started}; echo waiting; sleep 60"]
    with (
        pytest.raises(BrokerUnavailable, match=r"did not answer within 1 s(.|\n)*waiting"),
        run_process(command, directory=tmp_path, ready=ready),
    ):
        pass
    assert not psutil.pid_exists(int(started.read_text()))


def test_a_program_that_cannot_be_started_is_an_error_of_one_line(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("no program")
    with (
        pytest.raises(BrokerUnavailable, match=f"^cannot start {text}: Permission denied$"),
        run_process([str(text)], directory=tmp_path, ready=int),
    ):
        pass


@pytest.mark.parametrize("name", ["redis", "valkey", "rabbitmq", "postgres"])
def test_a_named_binary_that_is_not_there_is_missing_with_a_remedy(
    name: str, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    variable = f"BROKERBENCH_{name.upper()}_SERVER"
    monkeypatch.setenv(variable, "/nowhere/server")
    source = find_broker(name).find()
    assert (source.kind, source.location) == ("missing", f"{variable}=/nowhere/server is not a program")
    assert source.named_by == variable
    assert source.remedy == f"fix or unset {variable}, or set {name.upper()}_URL"
    with pytest.raises(BrokerUnavailable, match=f"set {name.upper()}_URL"), serve(*split_subject(name), workspace):
        pass


def test_a_free_port_is_on_loopback_and_differs() -> None:
    assert len({free_port() for _ in range(5)}) > 1
