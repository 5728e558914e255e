"""A Redis that is a cluster is refused before anything is measured, whatever it hides."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from commands import environment_of, leftovers
from forked import Forks
from redis_servers import give_all_slots, running

from brokers import BrokerUnavailable, find_broker
from brokers.server import free_port

BROKER = find_broker("redis")
SAID = "is a cluster, and Celery cannot use it (CROSSSLOT): use a node-based endpoint with cluster mode disabled"
RIGHTS = {
    "tells-mode": "+@all -config -cluster -hello -sunion",
    "tells-by-hello": "+@all -config -cluster -info -sunion",
    "only-acts": "+@all -config -cluster -hello -info",
}
"""What users may do who see one sign of a cluster and no other, as on a managed service."""


@contextmanager
def _node(directory: Path, *lines: str, slots: bool = False) -> Iterator[int]:
    """Run a server, and yield its port."""
    with redis.Redis(port=free_port()) as client:
        port: int = client.get_connection_kwargs()["port"]
        with running(directory, f"port {port}", *lines, asked_by=client):
            if slots:
                give_all_slots(client)
            for user, rights in RIGHTS.items():
                client.execute_command("ACL", "SETUSER", user, "on", ">pass", "~*", "&*", *rights.split())
            yield port


def _clustered() -> tuple[str, ...]:
    return "cluster-enabled yes", f"cluster-port {free_port()}"  # else 10,000 above its own, which may be too high


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with _node(tmp_path_factory.mktemp("cluster"), *_clustered(), slots=True) as port:
        yield port


@pytest.fixture(scope="module")
def empty_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with _node(tmp_path_factory.mktemp("node"), *_clustered()) as port:
        yield port


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with _node(tmp_path_factory.mktemp("single")) as port:
        yield port


@pytest.mark.parametrize("user", ["", *(f"{user}:pass@" for user in RIGHTS)])
def test_each_sign_of_a_cluster_is_enough(user: str, cluster: int, empty_node: int) -> None:
    for port in (cluster, empty_node):
        with pytest.raises(BrokerUnavailable) as told:
            BROKER.inspect(f"redis://{user}127.0.0.1:{port}/0")
        assert str(told.value) == f"redis at redis://127.0.0.1:{port}/0 {SAID}, in REDIS_URL"


@pytest.mark.parametrize("user", ["", *(f"{user}:pass@" for user in RIGHTS)])
def test_a_server_that_hides_what_it_is_is_not_taken_for_a_cluster(user: str, single: int) -> None:
    url = f"redis://{user}127.0.0.1:{single}/0"
    server = BROKER.inspect(url)
    assert server.software
    assert server.version
    BROKER.memory_bytes(url)


@pytest.mark.parametrize(
    "arguments",
    [
        ("compare", "redis", "--quick"),
        pytest.param(("ab", "redis", "--b", "worker_prefetch_multiplier=1"), marks=pytest.mark.long),
        ("guarantees", "redis", "--only", "worker-killed-late"),
        pytest.param(("selfcheck", "redis"), marks=pytest.mark.long),
        ("doctor",),
    ],
    ids=["compare", "ab", "guarantees", "selfcheck", "doctor"],
)
def test_every_command_refuses_a_cluster(
    arguments: tuple[str, ...], cluster: int, forked: Forks, tmp_path: Path
) -> None:
    url = f"redis://127.0.0.1:{cluster}/0"
    run = forked(*arguments, cwd=tmp_path, COLUMNS="400", REDIS_URL=url)
    assert run.returncode == 3, run.stdout + run.stderr
    output = " ".join((run.stdout + run.stderr).split())
    assert "is a cluster, and Celery cannot use it (CROSSSLOT)" in output
    assert "use a node-based endpoint with cluster mode disabled, in REDIS_URL" in output
    assert "Traceback" not in output
    assert not leftovers(tmp_path)


@pytest.mark.long
def test_pytest_skips_a_cluster_with_the_reason(cluster: int, tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", str(root / "bench"), "-p", "no:cacheprovider", "-rs", "--brokers=redis"],
        cwd=root,
        env={**environment_of(tmp_path, COLUMNS="400", REDIS_URL=f"redis://127.0.0.1:{cluster}/0"), "CI": ""},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert SAID in " ".join(run.stdout.split()), run.stdout + run.stderr
    assert "2 skipped" in run.stdout
