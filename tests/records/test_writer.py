"""A result is on disk as soon as its block has ended, and whole at any moment."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from samples import block, small_result

from bench.records.result import read_result
from bench.records.writer import RESULT_FILE, ResultWriter, Unwritten
from brokers.errors import UsageError

_APPENDS_FOR_EVER = """
import itertools, pathlib, sys
from samples import block, small_result
from bench.records.writer import ResultWriter

writer = ResultWriter(pathlib.Path(sys.argv[1]))
writer.start(small_result())
print("started", flush=True)
for number in itertools.count():
    writer.append(block(number, calls=1000))
"""


def test_after_each_block_the_file_is_a_result_with_all_blocks_so_far(tmp_path: Path) -> None:
    with ResultWriter(tmp_path) as writer:
        writer.start(small_result())
        assert read_result(writer.path) == small_result()
        for count in range(1, 5):
            writer.append(block(count - 1))
            result = read_result(writer.path)
            assert result.status == "running"
            assert result.blocks == [block(number) for number in range(count)]


def test_the_finished_result_takes_the_place_of_its_blocks(tmp_path: Path) -> None:
    finished = small_result(status="finished", duration_s=9.0, blocks=[block(0), block(1)])
    with ResultWriter(tmp_path) as writer:
        writer.start(small_result())
        writer.append(block(0))
        writer.append(block(1))
        writer.finish(finished)
    assert read_result(tmp_path / RESULT_FILE) == finished
    assert os.listdir(tmp_path) == [RESULT_FILE]


def test_a_result_that_is_finished_again_takes_the_place_of_the_finished_one(tmp_path: Path) -> None:
    blocks = [block(0), block(1)]
    with ResultWriter(tmp_path) as writer:
        writer.start(small_result())
        for one in blocks:
            writer.append(one)
        writer.finish(small_result(status="finished", warnings=["a longer head than before " * 9]))
        writer.finish(small_result(status="finished", duration_s=9.0))
    assert read_result(writer.path) == small_result(status="finished", duration_s=9.0, blocks=blocks)
    assert os.listdir(tmp_path) == [RESULT_FILE]


def test_the_blocks_are_copied_byte_for_byte_and_what_is_around_them_is_new(tmp_path: Path) -> None:
    with ResultWriter(tmp_path) as writer:
        writer.start(small_result())
        for number in range(40):
            writer.append(block(number))
        before = _after_the_head(writer.path)
        writer.finish(small_result(status="finished", duration_s=9.0, warnings=["größer als der Kopf davor " * 40]))
    assert _after_the_head(writer.path) == before
    result = read_result(writer.path)
    assert (result.status, result.duration_s, len(result.warnings)) == ("finished", 9.0, 1)
    assert result.blocks == [block(number) for number in range(40)]


def _after_the_head(path: Path) -> bytes:
    _, key, blocks = path.read_bytes().partition(b'"blocks": [')
    return key + blocks


def test_a_head_that_became_shorter_keeps_the_blocks_too(tmp_path: Path) -> None:
    with ResultWriter(tmp_path) as writer:
        writer.start(small_result(warnings=["long " * 1000]))
        writer.append(block(0))
        writer.finish(small_result(status="finished"))
    assert read_result(writer.path) == small_result(status="finished", blocks=[block(0)])


def test_what_is_finished_holds_the_blocks_that_were_written_not_those_in_memory(tmp_path: Path) -> None:
    with ResultWriter(tmp_path) as writer:
        writer.start(small_result())
        writer.append(block(0))
        writer.finish(small_result(status="finished", blocks=[block(0), block(1)]))
    assert read_result(writer.path).blocks == [block(0)]


def test_nothing_is_written_by_who_keeps_the_result_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    writer = Unwritten()
    writer.start(small_result())
    writer.append(block(0))
    writer.finish(small_result(status="finished"))
    assert not os.listdir(tmp_path)


def test_a_result_without_blocks_is_whole_too(tmp_path: Path) -> None:
    finished = small_result(status="interrupted")
    with ResultWriter(tmp_path) as writer:
        writer.start(small_result())
        writer.finish(finished)
    assert read_result(tmp_path / RESULT_FILE) == finished


def test_a_measurement_that_never_began_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), ResultWriter(tmp_path / "results" / "first"):
        raise ZeroDivisionError
    assert not (tmp_path / "results" / "first").exists()


def test_a_folder_with_other_files_stays(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ZeroDivisionError), ResultWriter(tmp_path):
        raise ZeroDivisionError
    assert os.listdir(tmp_path) == ["notes.txt"]


def test_what_was_measured_stays_when_nobody_finishes_it(tmp_path: Path) -> None:
    with ResultWriter(tmp_path) as writer:
        writer.start(small_result())
        writer.append(block(0))
    assert read_result(tmp_path / RESULT_FILE).blocks == [block(0)]


def test_an_existing_result_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / RESULT_FILE).write_text("precious")
    with pytest.raises(UsageError, match="exists: use another folder with --out"):
        ResultWriter(tmp_path)
    assert (tmp_path / RESULT_FILE).read_text() == "precious"


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "out"
    place.write_text("precious")
    with pytest.raises(UsageError, match="cannot write to"):
        ResultWriter(place)
    assert place.read_text() == "precious"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root writes everywhere")
def test_an_unwritable_folder_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(UsageError, match="Permission denied"):
            ResultWriter(tmp_path / "out")
    finally:
        tmp_path.chmod(0o700)


def test_a_block_that_was_written_in_part_is_left_out_and_the_others_are_read(tmp_path: Path) -> None:
    with ResultWriter(tmp_path) as writer:
        writer.start(small_result())
        writer.append(block(0))
        before = writer.path.read_bytes()
        writer.append(block(1))
        after = writer.path.read_bytes()
    for size in range(len(before) + 1, len(after)):
        writer.path.write_bytes(after[:size])
        assert read_result(writer.path).blocks in ([block(0)], [block(0), block(1)])


def test_a_finished_result_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    with ResultWriter(tmp_path) as writer:
        writer.start(small_result())
        writer.finish(small_result(status="finished", blocks=[block(0), block(1)]))
    writer.path.write_bytes(writer.path.read_bytes()[:-10])
    with pytest.raises(UsageError, match="not a complete JSON document"):
        read_result(writer.path)


def test_a_killed_run_leaves_a_result_with_every_block_that_ended(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", _APPENDS_FOR_EVER, str(tmp_path)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "started\n"
        while (tmp_path / RESULT_FILE).stat().st_size < 500_000 and process.poll() is None:
            time.sleep(0.005)
        process.kill()
    result = read_result(tmp_path / RESULT_FILE)
    assert result.status == "running"
    assert result.blocks == [block(number, calls=1000) for number in range(len(result.blocks))]
    assert len(result.blocks) > 50


def test_a_result_has_room_until_its_readers_would_refuse_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.records.writer.MOST_BYTES", 60_000)
    monkeypatch.setattr("bench.records.writer._FIGURES_BYTES", 10_000)
    monkeypatch.setattr("bench.records.result.MOST_BYTES", 60_000)
    with ResultWriter(tmp_path) as writer:
        writer.start(small_result())
        blocks = []
        while writer.has_room():
            blocks.append(block(len(blocks)))
            writer.append(blocks[-1])
        writer.finish(small_result(status="finished"))
    assert 50_000 < writer.path.stat().st_size < 60_000
    assert read_result(writer.path).blocks == blocks
