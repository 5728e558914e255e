"""No document that others wrote ends a command with a traceback, with "regressed", or with more than one line."""

import os
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from ending import no_measuring, run_command, why_not
from hypothesis import HealthCheck, Phase, given, settings
from readers import READERS
from spoiling import as_json, as_toml

from bench.ab.spec import read_spec
from brokers.errors import UsageError


@pytest.fixture(scope="module", autouse=True)
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with no_measuring(tmp_path_factory.mktemp("documents")):
        yield


@pytest.mark.parametrize("name", READERS)
def test_a_spoilt_document_is_refused_in_one_line_or_read(name: str) -> None:
    reader = READERS[name]

    @settings(
        max_examples=12,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(content=reader.documents())
    def check(content: bytes) -> None:
        assert why_not(reader.take(content)) is None

    check()


@pytest.mark.parametrize("name", READERS)
def test_a_whole_document_is_read(name: str) -> None:
    reader = READERS[name]
    ends = [reader.take(reader.write(whole).encode()) for whole in reader.wholes()]
    assert [why_not(ended) for ended in ends] == [None] * len(ends)
    assert ends[0].code in (0, 1, 3), ends[0].error  # or else nothing behind the reader is tried


_JSON = {
    "deep": b"[" * 100_000,
    "deep inside": b'{"version": 3, "workload": ' + b'{"a":' * 5000,
    "digits": b'{"seed": ' + b"9" * 5000 + b"}",
    "10^300": f'{{"seed": {10**300}}}'.encode(),
    "infinite": b'{"margin": 1e400}',
    "NaN": b'{"margin": NaN}',
    "twice": b'{"version": 1, "version": 1}',
    "surrogate": b'{"status": "\\ud800"}',
    "surrogate as a key": b'{"\\ud800": 1}',
    "escapes": b'{"\\u001b[31m\\n::add-mask::": 1}',
    "many unknown keys": str({str(number): 1 for number in range(20_000)}).replace("'", '"').encode(),
    "a million unknown things": b'{"blocks": [' + b"0," * 1_000_000 + b"0]}",
    "nothing": b"",
    "nul": b"\0" * 1000,
    "not utf-8": b'{"a": "\xff"}',
    "utf-16": '{"a": 1}'.encode("utf-16"),
    "a list": b"[1]",
    "a number": b"1",
    "another version": b'{"version": ["\\u001b", 10, 20]}',
}
_TOML = {
    "deep": b"name = " + b"[" * 2000,
    "digits": b"version = " + b"9" * 1900,
    "dots": b".".join([b"a"] * 900) + b" = 1",
    "10^300": f"version = {10**300}".encode(),
    "NaN": b"standard = nan\nfifo = nan",
    "negative": b"standard = -1\nfifo = -1",
    "infinite": b"standard = inf\nfifo = 1e400",
    "huge": b"standard = 1e300\nfifo = 9_000_000_000_000",
    "a text": b"standard = '0.4'\nfifo = true",
    "date": b"name = 2026-01-01",
    "escapes": b'"\\u001b[31m\\n::add-mask::" = 1',
    "long line": b"name = '" + b"x" * 3000 + b"'",
    "long": b"# x\n" * 50_000,
    "not utf-8": b"name = '\xff'",
}
_VALUES = ("arguments", "spec")
"""Of these a list or a text is a whole one."""


@pytest.mark.parametrize("name", [name for name in READERS if name not in _VALUES])
def test_what_is_hostile_on_purpose_is_refused_in_one_line(name: str) -> None:
    reader = READERS[name]
    for what, content in (_TOML if reader.write is as_toml else _JSON).items():
        ended = reader.take(content)
        assert (what, ended.code, why_not(ended)) == (what, 2, None)


def _set(document: Any, path: str, value: Any) -> Any:
    """Set a value at a place such as ``blocks.0.turns.0``, in a copy of the document."""
    copy = deepcopy(document)
    *outer, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    holder = copy
    for part in outer:
        holder = holder[part]
    holder[last] = value
    return copy


_RESULTS = {
    "negative calls": ("blocks.0.turns.0.samples_ns", [-1]),
    "calls beyond 64 bits": ("blocks.0.turns.0.samples_ns", [2**64]),
    "drain of no time": ("blocks.4.turns.0.duration_ns", 0),
    "rows below nothing": ("summary.0.median_ns.value", -1),
    "rows of nothing": ("summary.0.median_ns.value", 0),
    "rows of 1e308": ("summary.0.median_ns.value", 1e308),
    "rows of next to nothing": ("summary.0.median_ns.value", 5e-324),
    "histogram with fewer counts": ("summary.0.histogram", {"values_ns": [1, 2], "counts": [1]}),
    "histogram that falls": ("summary.0.histogram", {"values_ns": [2, 1], "counts": [1, 1]}),
    "histogram of absurd counts": ("summary.0.histogram", {"values_ns": [1], "counts": [2**62]}),
    "negative seed": ("seed", -1),
    "no margin": ("margin", 0),
    "time without a zone": ("started_at", "2026-01-01T00:00:00"),
    "the last year": ("started_at", "9999-12-31T23:59:59Z"),
    "the first year": ("started_at", "0001-01-01T00:00:00+23:59"),
    "one label twice": ("subjects.1.label", "redis"),
    "too many points": ("workload.sweep", {"concurrency": list(range(1, 200))}),
}


@pytest.mark.parametrize(("path", "value"), _RESULTS.values(), ids=_RESULTS)
def test_a_result_that_no_run_can_have_is_refused(path: str, value: object) -> None:
    whole = READERS["gate"].wholes()[0]
    without_blocks = () if path.startswith("blocks") else ("history", "export")
    for name in ("gate", "gate that measures", *without_blocks):
        ended = READERS[name].take(as_json(_set(whole, path, value)).encode())
        assert (ended.code, why_not(ended)) == (2, None)


@pytest.mark.parametrize("rate", ["x", 1e9, 0, True])
def test_a_baseline_of_a_rate_that_is_none_is_not_measured_again(rate: object) -> None:
    whole = READERS["gate"].wholes()[0]
    row = whole["summary"][0] | {"metric": "latency", "at": {"rate_per_s": rate}}
    ended = READERS["gate that measures"].take(as_json(_set(whole, "summary.0", row)).encode())
    assert (ended.code, why_not(ended)) == (2, None)
    assert "rate" in ended.error


def test_a_cell_of_no_fault_or_without_an_attempt_is_refused_because_nothing_could_say_what_broke() -> None:
    whole = READERS["matrix"].wholes()[0]
    for path, value in (
        ("faults", []),
        ("subjects", []),
        ("cells.1", whole["cells"][0]),
        ("faults.1.name", "x"),
        ("cells.0.attempts", []),
    ):
        ended = READERS["matrix"].take(as_json(_set(whole, path, value)).encode())
        assert (ended.code, why_not(ended)) == (2, None)


def test_files_that_are_no_files_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    for path in (tmp_path / "pipe", tmp_path / "loop", tmp_path / ("x" * 300), Path("/dev/zero"), Path("/dev/null")):
        for arguments in (
            ("gate", "base", str(path)),
            ("gate", str(path)),
            ("export", str(path), "--format", "csv"),
            ("gate", "base", "same", "--limits", str(path)),
            ("guarantees", "--resume", str(path)),
            ("guarantees", "--expect", str(path)),
            ("compare", "redis", "--selfcheck", str(path)),
            ("compare", "redis", "--workload", str(path)),
        ):
            ended = run_command(*arguments)
            assert (arguments, ended.code, why_not(ended)) == (arguments, 2, None)


def test_a_large_file_is_refused_by_its_size(tmp_path: Path) -> None:
    with (tmp_path / "result.json").open("wb") as file:
        file.truncate(200 << 20)
    ended = run_command("gate", "base", str(tmp_path))
    assert ended.code == 2
    assert "larger than 32 MiB" in ended.error


def test_a_setting_inside_of_too_many_others_is_refused() -> None:
    with pytest.raises(UsageError, match="nested deeper than"):
        read_spec(f"broker_transport_options.{'.'.join('a' * 5000)}=1")


def test_what_was_played_is_told_without_what_a_terminal_would_obey() -> None:
    whole = READERS["matrix"].wholes()[0]
    for path in ("subjects.0.versions.celery", "subjects.0.server.version"):
        ended = READERS["matrix"].take(as_json(_set(whole, path, "\U0010bfbb\x1b[31m\n")).encode())
        assert (ended.code, why_not(ended)) == (2, None)
