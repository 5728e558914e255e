"""Where a run's directories go: to the named place or nowhere, and never quietly elsewhere."""

import os
import tempfile
from pathlib import Path

import psutil
import pytest
from commands import brokerbench
from disks import files_up_to, unwritable_folder

from brokers import directories as places
from brokers.directories import shared_memory, temporary_directory
from brokers.errors import NotWritten, UsageError
from brokers.registry import split_subject
from brokers.server import serve
from brokers.workspace import open_workspace


@pytest.fixture(autouse=True)
def _nothing_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("variable", ["TMPDIR", "TEMP", "TMP"])
def test_a_named_place_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, str(tmp_path))
    assert temporary_directory() == tmp_path.resolve()
    assert not list(tmp_path.iterdir())


def test_without_a_name_or_with_an_empty_one_it_is_the_systems_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", "")
    assert temporary_directory() in (Path("/tmp").resolve(), Path("/var/tmp").resolve())


@pytest.mark.parametrize("named", ["nowhere", "file", str(unwritable_folder())])
def test_a_named_place_that_cannot_be_written_to_is_refused_before_a_run_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TMPDIR", named)
    before = psutil.Process().children()
    with pytest.raises(UsageError, match=f"cannot write to TMPDIR={named} .*: set it to a writable folder"):
        open_workspace().__enter__()
    assert psutil.Process().children() == before
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_named_place_without_room_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with (
        files_up_to(1000),
        pytest.raises(NotWritten, match=r"TMPDIR=.* .File too large.: free space there, or set TMPDIR"),
    ):
        temporary_directory()
    assert not list(tmp_path.iterdir())


def test_where_the_systems_own_places_cannot_be_written_to_no_other_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "_SYSTEMS_OWN", (Path("/sys"), Path("/sys/nowhere")))
    with pytest.raises(UsageError, match="cannot write to /sys or /sys/nowhere: set TMPDIR"):
        temporary_directory()


def test_memory_without_room_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "SHARED_MEMORY", tmp_path)
    assert shared_memory() == tmp_path
    with files_up_to(1000):
        assert shared_memory() is None
    monkeypatch.setattr(places, "SHARED_MEMORY", tmp_path / "nowhere")
    assert shared_memory() is None


def test_memory_with_hardly_any_room_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "SHARED_MEMORY", tmp_path)
    monkeypatch.setattr(places, "_LEAST_MEMORY_BYTES", 1 << 60)
    assert shared_memory() is None


def test_a_run_without_memory_keeps_its_records_in_its_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(places, "SHARED_MEMORY", tmp_path / "nowhere")
    with open_workspace() as workspace:
        assert workspace.memory.is_relative_to(workspace.directory)
        (workspace.memory / "record").write_text("")
    assert not list(tmp_path.iterdir())


def test_a_disk_that_gets_full_during_a_run_is_told_in_one_line_and_all_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with (
        pytest.raises(NotWritten, match=r"File too large.: free space there, or set TMPDIR to another folder") as told,
        open_workspace() as workspace,
        files_up_to(1000),
    ):
        (workspace.directory / "redis.conf").write_bytes(bytes(5000))
    assert (told.value.exit_code, len(told.value.format_message().splitlines())) == (3, 1)
    assert not list(tmp_path.iterdir())


ODD = [
    'it\'s "odd" # $HOME `id` \\ 100 %s ü',
    "[a]*?{b}",  # patterns
    "x" * 120,  # longer than the name of a Unix socket can be
    "two\nlines\tand a tab",
    os.fsdecode(b"latin-1 \xfc"),
]


def boots_in(odd: Path, subject: str) -> None:
    """Boot a server in a run whose directory is there, and ask it; nothing is left."""
    odd.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(odd))
        broker, profile = split_subject(subject)
        patch.delenv(broker.url_variable, raising=False)
        with open_workspace() as workspace, serve(broker, profile, workspace) as server:
            assert broker.inspect(server.url).version
            assert broker.admits_strangers(server.url) is False
            assert workspace.directory.is_relative_to(odd)
    assert not list(odd.iterdir())


@pytest.mark.parametrize("name", ODD, ids=range(len(ODD)))
@pytest.mark.parametrize("subject", ["redis", "redis:durable"])
def test_a_server_boots_wherever_tmpdir_leads(tmp_path: Path, subject: str, name: str) -> None:
    boots_in(tmp_path / name, subject)


@pytest.mark.parametrize("name", ODD, ids=range(len(ODD)))
def test_a_cluster_boots_wherever_tmpdir_leads(name: str) -> None:
    with tempfile.TemporaryDirectory() as place:  # root's cluster has another user, who cannot enter pytest's folder
        Path(place).chmod(0o755)
        boots_in(Path(place) / name, "postgres")


def test_an_emulator_boots_wherever_tmpdir_leads(tmp_path: Path) -> None:
    boots_in(tmp_path / "".join(ODD)[:200], "sqs")


@pytest.mark.long
@pytest.mark.parametrize("name", [*ODD, "".join(ODD)[:200]], ids=range(len(ODD) + 1))
def test_a_node_boots_wherever_tmpdir_leads_and_answers_its_own_tool(tmp_path: Path, name: str) -> None:
    boots_in(tmp_path / name, "rabbitmq")


@pytest.mark.long
def test_subjects_run_wherever_tmpdir_leads(tmp_path: Path) -> None:
    places = [tmp_path / name for name in ODD]
    for number, odd in enumerate(places):
        odd.mkdir()
        asked = ("compare", "redis", "sqs", "--metric", "enqueue", "--budget", "20s", "--out", f"out{number}")
        run = brokerbench(*asked, cwd=tmp_path, TMPDIR=str(odd))
        assert run.returncode == 0, run.stdout + run.stderr
        assert not list(odd.iterdir())
