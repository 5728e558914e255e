import os
import sys
import threading
from pathlib import Path

import pytest

from bench.ab.cache import cache_directory, interpreter_of, kept_environment, scratch_directory
from brokers.errors import UsageError


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "brokerbench" / "environments"


def make(place: Path) -> None:
    interpreter = interpreter_of(place)
    interpreter.parent.mkdir(parents=True)
    interpreter.write_text("")


def names(cache: Path) -> list[str]:
    return [path.name for path in cache.iterdir()]


def test_it_lies_in_the_users_cache(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cache_directory() == cache
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")  # the specification says to ignore it then
    assert cache_directory() == Path.home() / ".cache" / "brokerbench" / "environments"


def test_an_environment_is_made_once_for_each_content(cache: Path) -> None:
    made: list[Path] = []

    def counted(place: Path) -> None:
        made.append(place)
        make(place)

    first = kept_environment(["python", "kombu==5"], counted)
    assert kept_environment(["python", "kombu==5"], counted) == first
    assert kept_environment(["python", "kombu==4"], counted) != first
    assert len(made) == len(names(cache)) == 2


def test_what_fails_leaves_nothing(cache: Path) -> None:
    def fail(place: Path) -> None:
        make(place)
        raise UsageError("no space left")

    with pytest.raises(UsageError):
        kept_environment(["content"], fail)
    assert names(cache) == []


def test_what_a_killed_run_left_is_removed_and_what_another_makes_stays(cache: Path) -> None:
    (cache / ".making-999999999-killed").mkdir(parents=True)
    (cache / f".making-{os.getpid()}-other").mkdir()
    kept_environment(["content"], make)
    assert sorted(name[:8] for name in names(cache))[0] == ".making-"
    assert not (cache / ".making-999999999-killed").exists()
    assert (cache / f".making-{os.getpid()}-other").exists()


def test_an_environment_without_its_python_is_made_anew(cache: Path) -> None:
    interpreter = Path(kept_environment(["content"], make))
    interpreter.unlink()
    assert kept_environment(["content"], make) == str(interpreter)
    assert interpreter.exists()


def test_two_runs_at_once_get_the_same_whole_environment(cache: Path) -> None:
    both = threading.Barrier(2)
    got: list[str] = []

    def slowly(place: Path) -> None:
        make(place)
        both.wait(10)

    threads = [threading.Thread(target=lambda: got.append(kept_environment(["content"], slowly))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(got) == 2
    assert got[0] == got[1]
    assert Path(got[0]).exists()
    assert len(names(cache)) == 1


def modes(place: Path) -> dict[str, str]:
    """Return what others may do with each file and directory that they may do anything with."""
    found = {path: path.lstat().st_mode for path in [place, *place.rglob("*")] if not path.is_symlink()}
    return {str(path): f"{mode & 0o777:o}" for path, mode in found.items() if mode & 0o077}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_what_is_kept_is_the_users_alone(cache: Path) -> None:
    before = os.umask(0o022)
    try:
        kept_environment(["content"], make)
        with scratch_directory() as directory:
            (directory / "file").mkdir()
            assert f"{directory.stat().st_mode & 0o777:o}" == "700"
    finally:
        os.umask(before)
    assert modes(cache.parent) == {}
    assert not directory.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
@pytest.mark.parametrize("closed", [".", "environments"])
def test_what_an_earlier_version_left_is_closed_and_loses_its_passwords(closed: str, cache: Path) -> None:
    old, other = cache / "0123456789abcdef", cache / "fedcba9876543210"
    for place in (old, other):
        (place / "bin").mkdir(parents=True)
        (place / "brokerbench-pins.txt").write_text("k @ https://me:hunter2@index.example/k.whl")
        (place / "bin" / "python").write_text("")
        (place / "bin" / "python").chmod(0o755)
    for place in (cache.parent, cache, old, old / "bin", other):
        place.chmod(0o755)
    (cache.parent / closed).chmod(0o700)
    kept_environment(["content"], make)
    assert modes(cache.parent) == {}
    assert not list(cache.rglob("brokerbench-pins.txt"))
    assert os.access(old / "bin" / "python", os.X_OK)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_what_lies_outside_stays_as_it_is(cache: Path, tmp_path: Path) -> None:
    installers, linked = tmp_path / "installers", tmp_path / "linked"
    linked.mkdir(mode=0o755)
    installers.write_text("")
    for path in (installers, linked):
        path.chmod(0o755)

    def make_with_links(place: Path) -> None:
        make(place)
        os.link(installers, place / "linked")
        (place / "folder").symlink_to(linked)

    kept_environment(["content"], make_with_links)
    assert [f"{path.stat().st_mode & 0o777:o}" for path in (installers, linked)] == ["755", "755"]


@pytest.mark.skipif(sys.platform == "win32", reason="a path that no directory can be made in")
def test_a_cache_that_cannot_be_written_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null")
    with pytest.raises(UsageError, match="set XDG_CACHE_HOME"):
        kept_environment(["content"], make)
