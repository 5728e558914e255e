"""What hinders a part of the program here: each is one sentence with what it is, what follows, and what to do."""

import os
import pwd
import resource
import shutil
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import brokerbench
from disks import mounted, unwritable_folder

from bench.ab.checkout import check_out
from bench.processes import hindrances as checks
from bench.processes.hindrances import hindrances
from brokers.errors import UsageError

Patch = pytest.MonkeyPatch


def no_memory(patch: Patch, folder: Path) -> None:
    patch.setattr(checks, "SHARED_MEMORY", folder / "nothing")


def few_files(patch: Patch, _: Path) -> None:
    patch.setattr(resource, "getrlimit", lambda _: (256, 4096))


def no_home(patch: Patch, _: Path) -> None:
    patch.delenv("HOME")


def nobodys_home(patch: Patch, _: Path) -> None:
    patch.delenv("HOME")
    unknown_user(patch, _)


def read_only_home(patch: Patch, _: Path) -> None:
    patch.setenv("HOME", str(unwritable_folder() / "home"))


def unknown_user(patch: Patch, _: Path) -> None:
    def nobody(_: int) -> None:
        raise KeyError

    patch.setattr(pwd, "getpwuid", nobody)


def others_repository(patch: Patch, folder: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    patch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")


def shallow_clone(patch: Patch, folder: Path) -> None:
    clone(folder)


def no_ipv6(patch: Patch, _: Path) -> None:
    def refuse(*_: object) -> None:
        raise OSError

    patch.setattr(socket, "socket", refuse)


def clone(folder: Path) -> None:
    """Make the folder a shallow clone of a repository with two commits."""
    origin, own = folder.parent / "origin", ["-c", "user.name=me", "-c", "user.email=me@localhost"]
    subprocess.run(["git", "init", "--quiet", str(origin)], check=True)
    for text in ("one", "two"):
        subprocess.run(["git", *own, "commit", "--quiet", "--allow-empty", "-m", text], cwd=origin, check=True)
    subprocess.run(["git", "clone", "--quiet", "--depth", "1", f"file://{origin}", str(folder)], check=True)


WAYS: dict[Callable[[Patch, Path], None], tuple[str, str, str]] = {
    no_memory: ("There is no ", "record their tasks on a disk", "--shm-size"),
    few_files: ("Only 256 files may be open", "may fail", "ulimit -n"),
    no_home: ("HOME is not set", "an app that reads it may fail", "set it"),
    nobodys_home: ("HOME is not set", "ab and bisect cannot keep", "set XDG_CACHE_HOME"),
    read_only_home: ("cannot be written to", "ab and bisect cannot keep", "set XDG_CACHE_HOME"),
    unknown_user: ("is not in /etc/passwd", "fail", "add an entry"),
    others_repository: ("belongs to another user", "ref= cannot check out", "safe.directory"),
    shallow_clone: ("is a shallow clone", "only its newest commits", "git fetch --unshallow"),
    no_ipv6: ("There is no IPv6", "reaches no server", "use names or IPv4"),
}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: Patch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_each_is_a_sentence_with_what_it_is_what_follows_and_what_to_do(
    way: Callable[[Patch, Path], None], tmp_path: Path, monkeypatch: Patch
) -> None:
    before = hindrances()
    way(monkeypatch, tmp_path / "here")
    (sentence, *_) = [text for text in hindrances() if text not in before]
    assert all(words in sentence for words in WAYS[way])
    assert "\n" not in sentence


def test_a_check_that_nobody_tests_is_noticed() -> None:
    assert len(checks._CHECKS) == len(WAYS) - 2  # three ways to have no home


def test_a_commit_that_a_shallow_clone_lacks_is_refused_with_the_remedy(tmp_path: Path) -> None:
    clone(tmp_path / "here")
    with pytest.raises(UsageError, match=r"this is a shallow clone, so run 'git fetch --unshallow' first$"):
        check_out(tmp_path / "here", "HEAD~1", tmp_path / "out")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a repository away")
def test_a_repository_of_another_user_is_refused_with_the_remedy(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", "."], check=True)
    for path in (tmp_path / "here", *(tmp_path / "here").rglob("*")):
        os.chown(path, 12345, 12345)
    with pytest.raises(UsageError, match=r"of another user: run 'git config --global --add safe.directory .*here'$"):
        check_out(tmp_path / "here", "HEAD", tmp_path / "out")


@pytest.mark.long
@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="only root can become anybody")
def test_a_user_whom_nobody_knows_measures(tmp_path: Path) -> None:
    reads = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")  # an interpreter in root's home
    compare(tmp_path, "setpriv", "--reuid=12345", "--regid=12345", "--clear-groups", *reads, "env", "-u", "HOME")


@pytest.mark.long
def test_with_few_open_files_it_measures(tmp_path: Path) -> None:
    compare(tmp_path, "sh", "-c", 'ulimit -n 256; exec "$@"', "sh")


@pytest.mark.long
def test_with_hardly_any_shared_memory_it_measures(tmp_path: Path) -> None:
    compare(tmp_path, *mounted("-t tmpfs -o size=1m none /dev/shm"))


def compare(folder: Path, *before: str) -> None:
    """Compare with the words before the command."""
    folder.chmod(0o777)
    (folder / "tmp").mkdir(mode=0o777)
    (folder / "tmp").chmod(0o777)
    run = brokerbench("compare", "redis", "--metric", "throughput", "--budget", "20s", cwd=folder, before=before)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "tasks/s" in run.stdout
