"""Environments of two sides differ in what was asked for alone. They are resolved and made by uv, from the index."""

import base64
import io
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bench.ab.built import differences
from bench.ab.releases import releases_between
from bench.ab.spec import read_spec
from bench.ab.virtualenvs import Interpreter, Lock, Wanted, locks, look_at
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
    assert differences(a.versions, b.versions) == {"kombu": ("5.3.1", "5.3.2")}
    assert a.versions["vine"] == here.installed["vine"]
    assert a.versions["celery"] == b.versions["celery"] != here.installed["celery"]  # which needs a newer kombu


def test_a_side_without_requirements_has_what_is_here() -> None:
    here = look_at(sys.executable)
    a, b = locks(
        wanted("", here, "redis", "typing-extensions"),
        wanted("typing-extensions==4.15.0", here, "redis", "typing-extensions"),
    )
    assert a.versions["redis"] == here.installed["redis"]
    assert differences(a.versions, b.versions) == {"typing-extensions": (here.installed["typing_extensions"], "4.15.0")}


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


@pytest.fixture
def guarded() -> Iterator[str]:
    """Return the place of a package that is served to one user alone."""
    wanted = f"Basic {base64.b64encode(b'me:hunter2').decode()}"

    class Guarded(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.headers.get("Authorization") == wanted
            self.send_response(200 if known else 401)
            self.send_header("WWW-Authenticate", 'Basic realm="packages"')
            self.send_header("Content-Length", str(len(_WHEEL) if known else 0))
            self.end_headers()
            if known and self.command == "GET":
                self.wfile.write(_WHEEL)

        def do_HEAD(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Guarded) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}/tiny-1.0-py3-none-any.whl"
        server.shutdown()


def _wheel() -> bytes:
    file, own = io.BytesIO(), "tiny-1.0.dist-info"
    texts = {
        "tiny.py": "",
        f"{own}/METADATA": "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n",
        f"{own}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{own}/RECORD": "".join(f"{name},,\n" for name in ("tiny.py", f"{own}/METADATA", f"{own}/WHEEL")),
    }
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in texts.items():
            archive.writestr(name, text)
    return file.getvalue()


_WHEEL = _wheel()


def test_a_password_of_a_package_reaches_the_installer_and_is_kept_nowhere(
    guarded: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    here = look_at(sys.executable)
    asked = wanted(f"'tiny @ http://me:hunter2@{guarded}'", here)
    a, b = locks(asked, wanted("", here, "vine"))
    python = a.build()
    subprocess.run([python, "-c", "import tiny"], check=True)
    assert Lock(here, a.pins).build() == python
    assert "hunter2" not in f"{a!r} {a.versions} {differences(a.versions, b.versions)} {asked}"
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(kept) > 5
    assert [path for path in kept if b"hunter2" in path.read_bytes()] == []


def test_the_resolvers_own_words_show_no_password(guarded: str) -> None:
    here = look_at(sys.executable)
    wrong = wanted(f"'tiny @ http://me:hunter2wrong@{guarded}'", here)
    with pytest.raises(UsageError) as caught:
        locks(wrong, wrong)
    assert "tiny" in caught.value.format_message()
    assert "hunter2" not in caught.value.format_message()


@pytest.mark.parametrize("python", ["/nowhere/python", "/bin/true"])
def test_what_is_no_interpreter_is_named(python: str) -> None:
    with pytest.raises(UsageError, match=f"python={python} is not a working interpreter"):
        look_at(python)


def test_the_versions_of_a_lock_are_read_with_markers_and_extras() -> None:
    lock = Lock(Interpreter(""), "# a comment\nKombu[sqs]==5.3.1 ; python_version > '3'\nvine==5.1.0\n")
    assert lock.versions == {"kombu": "5.3.1", "vine": "5.1.0"}


def test_the_releases_between_two_are_those_of_the_index() -> None:
    assert releases_between("vine", "1.3.0", "5.1.0") == ["1.3.0", "5.0.0", "5.1.0"]


@pytest.mark.parametrize(
    ("good", "bad", "words"),
    [("5.1.0", "1.3.0", "swap them"), ("5", "five", "is not a version"), ("5.0.0", "999", "has no release 999")],
)
def test_releases_in_no_order_or_of_no_kind_are_refused(good: str, bad: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        releases_between("vine", good, bad)
