"""Environments of two sides differ in what was asked for alone. They are resolved and made by uv, from the index."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench.ab.environments import Interpreter, Lock, Wanted, differences, locks, look_at
from bench.ab.releases import releases_between
from bench.ab.spec import read_spec
from brokers.errors import UsageError


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from bench.ab.cache import cache_directory

    kept = Path(str(cache_directory())).parents[1] / "uv"
    monkeypatch.setenv("UV_CACHE_DIR", str(kept))  # what was downloaded once is not again
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def wanted(requirements: str, here: Interpreter, *needed: str) -> Wanted:
    return Wanted(read_spec(requirements).requirements, here, needed)


def test_what_no_side_names_is_as_installed_here_where_that_is_possible() -> None:
    here = look_at(sys.executable)
    a, b = locks(wanted("kombu==5.3.1", here, "celery"), wanted("kombu==5.3.2", here, "celery"))
    assert differences(a, b) == {"kombu": ("5.3.1", "5.3.2")}
    assert a.versions["vine"] == here.installed["vine"]
    assert a.versions["celery"] == b.versions["celery"] != here.installed["celery"]  # which needs a newer kombu


def test_a_side_without_requirements_has_what_is_here() -> None:
    here = look_at(sys.executable)
    a, b = locks(
        wanted("", here, "redis", "typing-extensions"),
        wanted("typing-extensions==4.15.0", here, "redis", "typing-extensions"),
    )
    assert a.versions["redis"] == here.installed["redis"]
    assert differences(a, b) == {"typing-extensions": (here.installed["typing_extensions"], "4.15.0")}


def test_the_resolver_says_in_its_own_words_why_nothing_fits() -> None:
    here = look_at(sys.executable)
    with pytest.raises(UsageError, match=r"(?s)nothing satisfies kombu==5.3.1 vine==1.3.0; uv says:.*vine"):
        locks(wanted("kombu==5.3.1 vine==1.3.0", here), wanted("", here, "kombu"))


def test_an_environment_has_its_pins_and_is_made_once(tmp_path: Path) -> None:
    lock = Lock(look_at(sys.executable), "vine==5.1.0\n")
    python = lock.build()
    assert lock.build() == python
    assert Path(python).is_relative_to(tmp_path)
    assert set(look_at(python).installed) == {"vine"}
    subprocess.run([python, "-c", "import vine"], check=True)


@pytest.mark.parametrize("python", ["/nowhere/python", "/bin/true"])
def test_what_is_no_interpreter_is_named(python: str) -> None:
    with pytest.raises(UsageError, match=f"python={python} is no interpreter that works"):
        look_at(python)


def test_the_versions_of_a_lock_are_read_with_markers_and_extras() -> None:
    lock = Lock(Interpreter(""), "# a comment\nKombu[sqs]==5.3.1 ; python_version > '3'\nvine==5.1.0\n")
    assert lock.versions == {"kombu": "5.3.1", "vine": "5.1.0"}


def test_the_releases_between_two_are_those_of_the_index() -> None:
    assert releases_between("vine", "1.3.0", "5.1.0") == ["1.3.0", "5.0.0", "5.1.0"]


@pytest.mark.parametrize(
    ("good", "bad", "words"),
    [("5.1.0", "1.3.0", "turn them round"), ("5", "five", "is no version"), ("5.0.0", "999", "has no release 999")],
)
def test_releases_in_no_order_or_of_no_kind_are_refused(good: str, bad: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        releases_between("vine", good, bad)
