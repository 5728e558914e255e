"""What is kept of a result, a matrix and other files when a disk is full, fails, or is in a strange state."""

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from disks import files_up_to, unwritable_folder
from samples import block, small_result

from bench.records.named_files import append_text, check_addition, check_file, check_new_file, write_text
from bench.records.replacing import replace_text
from bench.records.result import read_result
from bench.records.writer import RESULT_FILE, ResultWriter
from brokers.errors import NotWritten, UsageError


class FailingFile:
    """A file whose writes take that many bytes each, and then raise."""

    def __init__(self, file: Any, error: BaseException, takes_bytes: int) -> None:
        self._file = file
        self._error = error
        self._takes_bytes = takes_bytes

    def write(self, content: memoryview) -> int:
        if self._takes_bytes < len(content) and len(content) > 8:
            self._file.write(content[: self._takes_bytes])
            raise self._error
        return int(self._file.write(content))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def begun(directory: Path, blocks: int = 1) -> ResultWriter:
    writer = ResultWriter(directory)
    writer.start(small_result())
    for number in range(blocks):
        writer.append(block(number))
    return writer


def test_a_block_that_does_not_fit_leaves_the_result_as_it_was_wherever_it_is_cut(tmp_path: Path) -> None:
    with begun(tmp_path / "whole") as writer:
        before = writer.path.read_bytes()
        writer.append(block(1))
        after = writer.path.read_bytes()
    with begun(tmp_path / "cut") as writer:
        for size_bytes in range(len(before), len(after)):
            with files_up_to(size_bytes), pytest.raises(NotWritten, match="File too large"):
                writer.append(block(1))
            assert writer.path.read_bytes() == before
        writer.append(block(1))
        assert writer.path.read_bytes() == after


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
def test_a_disk_that_fails_is_told_in_one_line_that_says_what_is_kept(tmp_path: Path, number: int) -> None:
    writer = begun(tmp_path, blocks=2)
    file: Any = writer._file
    writer._file = FailingFile(file, OSError(number, os.strerror(number)), takes_bytes=50)  # type: ignore[assignment]
    with writer, pytest.raises(NotWritten) as failed:
        writer.append(block(2))
    assert failed.value.exit_code == 3
    line = failed.value.format_message()
    assert line.startswith(f"cannot write {writer.path} ({os.strerror(number)}): free space on its disk")
    assert line.endswith("all earlier blocks are kept in it")
    assert json.loads(writer.path.read_text())["status"] == "running"
    assert read_result(writer.path).blocks == [block(0), block(1)]


def test_an_interrupt_amid_a_block_leaves_a_result_that_can_be_finished(tmp_path: Path) -> None:
    writer = begun(tmp_path, blocks=1)
    file: Any = writer._file
    writer._file = FailingFile(file, KeyboardInterrupt(), takes_bytes=50)  # type: ignore[assignment]
    with writer:
        with pytest.raises(KeyboardInterrupt):
            writer.append(block(1))
        writer.finish(small_result(status="interrupted"))
    assert read_result(tmp_path) == small_result(status="interrupted", blocks=[block(0)])


def test_a_result_that_cannot_be_finished_keeps_every_block(tmp_path: Path) -> None:
    with begun(tmp_path, blocks=3) as writer:
        finished = small_result(status="finished", warnings=["long " * 5000])
        with files_up_to(writer.path.stat().st_size + 1000), pytest.raises(NotWritten, match="all blocks are kept"):
            writer.finish(finished)
    assert os.listdir(tmp_path) == [RESULT_FILE]
    assert read_result(tmp_path) == small_result(blocks=[block(0), block(1), block(2)])


def test_a_result_that_cannot_even_begin_leaves_nothing(tmp_path: Path) -> None:
    with ResultWriter(tmp_path / "deep" / "out") as writer, files_up_to(100), pytest.raises(NotWritten):
        writer.start(small_result())
    assert os.listdir(tmp_path) == []


def test_a_full_disk_is_found_out_before_the_measurement_and_leaves_nothing(tmp_path: Path) -> None:
    with files_up_to(1000), pytest.raises(NotWritten, match=r"cannot write to .*deep/out .File too large.: free space"):
        ResultWriter(tmp_path / "deep" / "out")
    assert os.listdir(tmp_path) == []


def test_a_folder_that_nobody_can_write_to_is_refused_with_the_remedy() -> None:
    for folder in (unwritable_folder(), unwritable_folder() / "deep" / "er"):
        with pytest.raises(UsageError, match=r"cannot write to .*: use another folder with --out"):
            ResultWriter(folder)
        assert not (folder / RESULT_FILE).exists()


def test_an_empty_folder_of_the_users_stays_when_nothing_was_measured(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with ResultWriter(tmp_path / "mine" / "out"):
        pass
    assert os.listdir(tmp_path / "mine") == []


@pytest.mark.parametrize("name", ["report.md", "report.html", "histograms.hlog"])
def test_a_folder_in_the_place_of_a_report_is_refused_before_the_measurement(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(UsageError, match=f"{name} .Is a directory.: use another folder with --out, or remove it"):
        ResultWriter(tmp_path)
    assert os.listdir(tmp_path) == [name]


def link(path: Path, precious: Path) -> None:
    path.symlink_to(precious)


def dangling_link(path: Path, _: Path) -> None:
    path.symlink_to(path.parent / "nowhere")


def pipe(path: Path, _: Path) -> None:
    os.mkfifo(path)


@pytest.fixture
def precious(tmp_path: Path) -> Path:
    (tmp_path / "precious").write_text("precious")
    return tmp_path / "precious"


@pytest.mark.parametrize("strange", [link, dangling_link, pipe])
def test_nothing_is_written_through_what_lies_in_the_place_of_the_result(
    tmp_path: Path, precious: Path, strange: Callable[[Path, Path], None]
) -> None:
    (tmp_path / "out").mkdir()
    strange(tmp_path / "out" / RESULT_FILE, precious)
    with pytest.raises(UsageError, match="exists: use another folder"):
        ResultWriter(tmp_path / "out")
    assert precious.read_text() == "precious"
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["out", "precious", RESULT_FILE]


def test_nothing_is_written_through_what_lies_beside_the_result(tmp_path: Path, precious: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    names = ("result.new", f".result.json.{os.getpid()}", "result.json.new")
    for name in names:
        (out / name).symlink_to(precious)
    with begun(out) as writer:
        writer.finish(small_result(status="finished"))
    assert precious.read_text() == "precious"
    assert all((out / name).is_symlink() for name in names)
    assert read_result(out).blocks == [block(0)]


@pytest.mark.parametrize("strange", [link, dangling_link, pipe])
def test_a_report_takes_the_place_of_a_link_and_is_not_written_through_it(
    tmp_path: Path, precious: Path, strange: Callable[[Path, Path], None]
) -> None:
    strange(tmp_path / "report.html", precious)
    replace_text(tmp_path / "report.html", "page")
    assert precious.read_text() == "precious"
    assert not (tmp_path / "nowhere").exists()
    assert (tmp_path / "report.html").read_text() == "page"
    assert not (tmp_path / "report.html").is_symlink()


def test_a_file_that_does_not_fit_leaves_the_one_before(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("before")
    with files_up_to(1000), pytest.raises(NotWritten, match=r"cannot write .*report.html .File too large.: free space"):
        replace_text(tmp_path / "report.html", "x" * 100_000)
    assert (tmp_path / "report.html").read_text() == "before"
    assert os.listdir(tmp_path) == ["report.html"]


def folder(path: Path, _: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize("strange", [link, dangling_link, pipe, folder])
def test_a_named_file_is_not_put_in_the_place_of_what_is_no_file(
    tmp_path: Path, precious: Path, strange: Callable[[Path, Path], None]
) -> None:
    strange(tmp_path / "gate.md", precious)
    for do in (check_file, lambda path: write_text(path, "text")):
        with pytest.raises(UsageError, match="it is not a regular file"):
            do(tmp_path / "gate.md")
    assert precious.read_text() == "precious"
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("device", ["/dev/null", "/dev/full", "/dev/stdout"])
def test_a_device_is_never_replaced_by_a_file(device: str) -> None:
    before = os.lstat(device)
    for do in (check_file, lambda path: write_text(path, "text")):
        with pytest.raises(UsageError, match="it is not a regular file"):
            do(Path(device))
    assert os.lstat(device) == before


def test_a_check_leaves_nothing_and_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "old.md").write_text("old")
    for name in ("old.md", "new.md"):
        check_file(tmp_path / name)
        check_addition(tmp_path / name)
    assert os.listdir(tmp_path) == ["old.md"]
    assert (tmp_path / "old.md").read_text() == "old"


def test_a_named_file_that_cannot_be_written_is_refused_before_the_measurement(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "no" / "folder.md", tmp_path / "file" / "below.md", unwritable_folder() / "gate.md"):
        for check in (check_file, check_addition):
            with pytest.raises(UsageError, match=r"cannot write .*: use a file in an existing, writable folder"):
                check(place)


def test_a_named_file_on_a_full_disk_is_told_before_the_measurement(tmp_path: Path) -> None:
    with files_up_to(1000), pytest.raises(NotWritten, match=r"gate.md .File too large.: free space on its disk"):
        check_file(tmp_path / "gate.md")
    assert os.listdir(tmp_path) == []


def test_a_new_file_is_refused_where_one_is_already_and_be_it_a_dangling_link(tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text("old")
    (tmp_path / "link.json").symlink_to(tmp_path / "nowhere")
    for name in ("old.json", "link.json"):
        with pytest.raises(UsageError, match=f"{name} exists: use another file with --out, or remove it"):
            check_new_file(tmp_path / name, "--out")


def test_text_is_added_wholly_or_not_at_all(tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("# Before\n")
    append_text(summary, "after\n")
    with files_up_to(1000), pytest.raises(NotWritten, match=r"summary.md .File too large.: free space"):
        append_text(summary, "x" * 5000)
    assert summary.read_text() == "# Before\nafter\n"
