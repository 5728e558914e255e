"""Documents of others: what cannot be read is said in one line, before it takes time or memory."""

import json
import os
import threading
from pathlib import Path

import pytest

from brokers.documents import Malformed, Unreadable, file_text, json_value, shortened, toml_file

BAD_JSON = {
    "deep": "[" * 100_000,
    "deep and whole": "[" * 500 + "]" * 500,
    "a little too deep": "[" * 65 + "]" * 65,
    "deep tables": '{"a":' * 70 + "1" + "}" * 70,
    "digits": "9" * 5000,
    "65 bits": str(2**64),
    "negative": str(-(2**63) - 1),
    "infinite": "[1e400]",
    "NaN": '{"a": NaN}',
    "Infinity": "-Infinity",
    "twice": '{"a": {"b": 1, "b": 2}}',
    "surrogate": '["\\ud800"]',
    "surrogate in a key": '{"\\udfff": 1}',
    "many keys": json.dumps(dict.fromkeys(map(str, range(20_000)))),
    "long key": json.dumps({"k" * 2000: 1}),
    "long text": json.dumps(["t" * 300_000]),
    "nothing": "",
    "two": "1 2",
}
BAD_TOML = {
    "deep": f"a = {'[' * 2000}",
    "deep tables": "\n".join(f"{'.'.join('a' * 70)}.b{number} = 1" for number in range(3)),
    "digits": f"a = {'9' * 1900}",
    "many hexadecimal digits": f"a = 0x{'f' * 1900}",
    "NaN": "a = nan",
    "infinite": "a = [1.0, -inf]",
    "large": "a = 1e999",
    "date": "a = 2026-01-01",
    "time": "a = {b = 07:30:00}",
    "long line": f"a = '{'x' * 3000}'",
    "long file": "# comment\n" * 20_000,
    "twice": "a = 1\na = 2",
    "nul": "a = '\0'",
}


@pytest.mark.parametrize("text", BAD_JSON.values(), ids=BAD_JSON)
def test_json_out_of_bounds_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(Unreadable) as caught:
        json_value(text)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("text", BAD_TOML.values(), ids=BAD_TOML)
def test_toml_out_of_bounds_is_refused_in_one_line(text: str, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(Unreadable) as caught:
        toml_file(tmp_path / "mine.toml")
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 300


def test_what_is_within_the_bounds_comes_back_as_it_is(tmp_path: Path) -> None:
    value = {"a": [2**63 - 1, -(2**63), 1e308, "\U0001f600", None, True], "b": {"c": [[[{}]]]}}
    assert json_value(json.dumps(value)) == value
    deep = json.loads("[" * 64 + "]" * 64)
    assert json_value(json.dumps(deep)) == deep
    (tmp_path / "mine.toml").write_bytes(b"\xef\xbb\xbfa.b = [1, 2.5, 'x']\r\n")
    assert toml_file(tmp_path / "mine.toml") == {"a": {"b": [1, 2.5, "x"]}}


def test_a_text_that_is_not_json_is_told_from_one_that_is_out_of_bounds() -> None:
    with pytest.raises(Malformed):
        json_value("{")
    with pytest.raises(Unreadable) as caught:
        json_value('{"a": 1, "a": 2}')
    assert not isinstance(caught.value, Malformed)


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "dangling").symlink_to("none")
    paths = [tmp_path, tmp_path / "loop", tmp_path / "dangling", tmp_path / ("x" * 5000)]
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")  # nobody ever writes to it
        paths += [tmp_path / "pipe", Path("/dev/zero"), Path("/dev/null")]
    for path in paths:
        with pytest.raises(Unreadable) as caught:
            file_text(path, 1000)
        assert str(caught.value).isprintable()


def test_a_link_to_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to("file")
    assert file_text(tmp_path / "link", 1) == "x"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads every file")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    (tmp_path / "mine").chmod(0)
    with pytest.raises(Unreadable, match="Permission denied"):
        file_text(tmp_path / "mine", 1000)


def test_a_large_file_is_refused_by_its_size_and_not_read_whole(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(1 << 40)  # nobody has the memory for it
    with pytest.raises(Unreadable, match="larger than 1 MiB"):
        file_text(tmp_path / "sparse", 1 << 20)


def test_a_file_that_grows_for_ever_is_refused(tmp_path: Path) -> None:
    path, stop = tmp_path / "growing", threading.Event()
    path.touch()

    def grow() -> None:
        with path.open("ab") as file:
            while not stop.is_set() and file.tell() < 100 << 20:
                file.write(b"x" * (1 << 20))

    thread = threading.Thread(target=grow)
    thread.start()
    try:
        while path.stat().st_size < 2 << 20:
            pass
        with pytest.raises(Unreadable, match="larger than 1 MiB"):
            file_text(path, 1 << 20)
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("content", [b"\xff", b"\xed\xa0\x80", '{"a": 1}'.encode("utf-16")])
def test_what_is_not_utf_8_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "mine").write_bytes(content)
    with pytest.raises(Unreadable, match="not UTF-8"):
        file_text(tmp_path / "mine", 1000)


def test_what_is_shown_is_one_short_line() -> None:
    assert shortened("a\nb\t c") == "a b c"
    assert shortened("\x1b[31m\0") == "?[31m?"
    assert len(shortened("x" * 10**6)) < 210
