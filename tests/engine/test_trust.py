"""A task that can run code when it is read is accepted only from servers that strangers cannot write to."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from support import Servers
from taking import drain, needs

import tasks
from bench.processes.errors import SubjectFailed
from bench.processes.launcher import Launcher
from bench.processes.platform import CorePlan
from bench.processes.running_subject import RunningSubject
from bench.processes.subject import label_subjects
from bench.processes.trust import refuse_strangers, run_code
from bench.records.workload import Workload, load_workload
from brokers import Broker, Server, find_broker, split_subject
from brokers.memory import Memory
from brokers.rabbitmq import RabbitMQ
from brokers.redis import Redis
from brokers.server import free_port, run_process, serve
from brokers.sqs import SQS
from brokers.workspace import Workspace

PICKLE = {"accept_content": ["json", "pickle"]}
NOBODY = "redis://127.0.0.1:1/0"


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ({}, []),
        ({"accept_content": None, "worker_prefetch_multiplier": 4}, []),
        ({"accept_content": ["json", "yaml", "application/json", "msgpack"], "task_serializer": "json"}, []),
        (PICKLE, ["pickle"]),
        ({"accept_content": "pickle"}, ["pickle"]),
        ({"accept_content": ["application/x-python-serialize"]}, ["application/x-python-serialize"]),
        ({"task_serializer": "pickle"}, ["pickle"]),
        ({"result_accept_content": ["pickle"], "result_serializer": "pickle"}, ["pickle"]),
        ({"event_serializer": "one of theirs", "accept_content": ["dill"]}, ["dill", "one of theirs"]),
    ],
)
def test_what_no_serializer_of_kombus_reads_into_plain_values_can_run_code(
    settings: dict[str, Any], found: list[str]
) -> None:
    assert run_code(settings) == found


@pytest.fixture
def open_server(request: pytest.FixtureRequest, servers: Servers, workspace: Workspace) -> Iterator[tuple[Any, Server]]:
    """Return a broker with a server that lets strangers in, though its URL may have a password."""
    with ExitStack() as ends, pytest.MonkeyPatch.context() as patch:
        patch.delenv("REDIS_URL", raising=False)
        yield getattr(sys.modules[__name__], f"open_{request.param}")(servers, workspace, ends)


def open_redis(servers: Servers, workspace: Workspace, ends: ExitStack) -> tuple[Any, Server]:
    import redis

    server = ends.enter_context(serve(*split_subject("redis"), workspace))
    with redis.Redis.from_url(server.url) as client:
        client.config_set("requirepass", "")
    return Redis(), replace(server, url=server.url.replace("/0", "/?db=0"), private=False)


def open_rabbitmq(servers: Servers, workspace: Workspace, ends: ExitStack) -> tuple[Any, Server]:
    server = servers.as_users("rabbitmq")
    node = RabbitMQ._nodes[server.url]
    node._ctl("add_user", "guest", "guest")
    ends.callback(node._ctl, "delete_user", "guest")
    node._ctl("set_permissions", "-p", "/", "guest", ".*", ".*", ".*")
    return RabbitMQ(), server


def open_sqs(servers: Servers, workspace: Workspace, ends: ExitStack) -> tuple[Any, Server]:
    port, directory = free_port(), workspace.directory / "ungated"
    directory.mkdir(exist_ok=True)
    url = f"http://key:s3cr3t@127.0.0.1:{port}"
    environment = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "SERVICES": "sqs", "TMPDIR": str(directory)}
    environment |= {"IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "0"}
    command = [sys.executable, "-m", "ministack"]
    ends.enter_context(
        run_process(command, directory=directory, ready=lambda: SQS().inspect(url), environment=environment)
    )
    return SQS(), SQS().inspect(url)


@pytest.mark.parametrize("open_server", ["redis", "rabbitmq", "sqs"], indirect=True)
def test_a_server_that_lets_strangers_in_is_refused_with_the_remedy(open_server: tuple[Any, Server]) -> None:
    broker, server = open_server
    assert broker.admits_strangers(server.url)
    with pytest.raises(SubjectFailed, match=r"pickle can run code, and .* accepts messages from anyone: ") as caught:
        refuse_strangers(PICKLE, broker, server)
    message = caught.value.format_message()
    assert message.endswith(f"or unset {broker.url_variable} to measure a private server")
    assert "\n" not in message
    assert (urlsplit(server.url).password or "-") not in message
    refuse_strangers({"task_serializer": "json"}, broker, server)


@pytest.mark.parametrize("subject", ["redis", "rabbitmq", "sqs", "memory"])
def test_a_private_server_lets_no_stranger_in(subject: str, servers: Servers) -> None:
    server = servers.private(subject)
    broker = find_broker(subject)
    assert not broker.admits_strangers(server.url)
    refuse_strangers(PICKLE, broker, server)


@pytest.mark.parametrize("url", ["aws", "sqs://", "https://sqs.eu-west-1.amazonaws.com"])
def test_aws_demands_credentials_and_is_not_asked(url: str) -> None:
    assert not SQS().admits_strangers(url)


def test_a_server_of_which_it_cannot_be_told_is_refused() -> None:
    server = Server(url=NOBODY, software="redis", version="1")
    with pytest.raises(SubjectFailed, match=r"it could not be tested who may write: redis at .* does not answer"):
        refuse_strangers(PICKLE, Redis(), server)


def test_a_broker_that_cannot_tell_is_not_trusted() -> None:
    class Silent(Memory):
        name = "silent"
        admits_strangers = Broker.admits_strangers

    server = Server(url=NOBODY, software="silent", version="1")
    with pytest.raises(SubjectFailed, match="silent cannot tell who may write"):
        refuse_strangers(PICKLE, Silent(), server)


def launcher(server: Server, workspace: Workspace, workload: Workload) -> Launcher:
    return Launcher(
        subject=label_subjects([split_subject("redis")])[0],
        server=server,
        workload=workload,
        workspace=workspace,
        cores=CorePlan(),
        hash_seed=1,
        import_path=str(Path(tasks.__file__).parents[1]),
    )


def points_of_the_sweep() -> dict[str, Workload]:
    sweep = load_workload("sweep-serializer")
    return {workload.settings["task_serializer"]: workload for _, workload in sweep.points()}


def test_only_the_point_that_needs_pickle_accepts_it(servers: Servers, workspace: Workspace) -> None:
    accepted = {
        name: launcher(servers.private("redis"), workspace, workload).settings("q")["accept_content"]
        for name, workload in points_of_the_sweep().items()
    }
    assert accepted == {"json": ["json"], "pickle": ["pickle"]}


@pytest.mark.parametrize("open_server", ["redis"], indirect=True)
def test_nothing_is_started_where_a_stranger_could_send_code(
    open_server: tuple[Any, Server], workspace: Workspace
) -> None:
    _, server = open_server
    running = RunningSubject(launcher(server, workspace, points_of_the_sweep()["pickle"]), needs("throughput"))
    try:
        with pytest.raises(SubjectFailed, match="accepts messages from anyone"):
            running.start()
        assert running._pair is None
    finally:
        running.end()


def test_pickled_tasks_are_drained_on_a_private_server_by_root_too(servers: Servers, workspace: Workspace) -> None:
    server = servers.private("redis")
    running = RunningSubject(launcher(server, workspace, points_of_the_sweep()["pickle"]), needs("throughput"))
    try:
        running.start()
        running.wait_until_ready()
        drain(running, 20)
        record = running.record(None)
        assert (record.counts.finished, record.settings["accept_content"]) == (20, ["pickle"])
    finally:
        running.end()


def test_of_a_users_own_app_nothing_is_forced(servers: Servers, workspace: Workspace, monkeypatch: Any) -> None:
    jobs: list[dict[str, Any]] = []

    class Recorded:
        def __init__(self, _: str, job: dict[str, Any], *__: Any) -> None:
            jobs.append(job)

        def end(self) -> None:
            pass

    monkeypatch.setattr("bench.processes.launcher.SubjectProcess", Recorded)
    for own in ({}, {"app_dir": "/somewhere"}):
        workload = points_of_the_sweep()["pickle"].model_copy(update=own)
        launcher(servers.private("redis"), workspace, workload).start("worker", "q")
    assert [job["may_run_as_root"] for job in jobs] == [True, False]
    assert "accept_content" not in jobs[1]["settings"]
