"""The record of a process of a subject."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from disks import files_up_to, mounted

from bench.subject.recorder import (
    ACK_BEGUN,
    ACKED,
    CALLED,
    FINISHED,
    PUBLISHED,
    RECEIVED,
    REFUSED,
    SERIALISED,
    STARTED,
    Recorder,
    is_full,
    read_events,
    task_id,
)

MANY = 10_000  # more than a file first has room for


def events_in(directory: Path) -> list[tuple[int, int, int]]:
    return [event for path in directory.glob("*.events") for event in read_events(str(path))]


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    return Recorder(str(tmp_path))


def test_a_task_id_is_as_long_as_celerys_own_and_tells_its_number() -> None:
    assert len(task_id(0)) == len(task_id(2**48 - 1)) == 36
    assert task_id(1) != task_id(2)


def test_events_are_read_as_they_were_written(recorder: Recorder, tmp_path: Path) -> None:
    recorder.record(task_id(7), STARTED)
    recorder.record(task_id(7), FINISHED)
    first, second = events_in(tmp_path)
    assert first[:2] == (7, STARTED)
    assert second[:2] == (7, FINISHED)
    assert 0 < first[2] <= second[2]


@pytest.mark.parametrize("number", [0, 1, 2**48 - 1])
def test_each_kind_of_event_is_told_from_the_others(recorder: Recorder, tmp_path: Path, number: int) -> None:
    kinds = [STARTED, FINISHED, CALLED, SERIALISED, PUBLISHED, RECEIVED, ACK_BEGUN, ACKED, REFUSED]
    for kind in kinds:
        recorder.record(task_id(number), kind)
    assert [event[:2] for event in events_in(tmp_path)] == [(number, kind) for kind in kinds]


def test_events_are_read_on_from_where_one_was(recorder: Recorder, tmp_path: Path) -> None:
    for number in range(5):
        recorder.record(task_id(number), STARTED)
    (path,) = tmp_path.glob("*.events")
    assert [number for number, _, _ in read_events(str(path), 3)] == [3, 4]
    assert read_events(str(path), 5) == []


def test_a_file_grows_as_far_as_it_must(recorder: Recorder, tmp_path: Path) -> None:
    for number in range(MANY):
        recorder.record(task_id(number), FINISHED)
    assert [number for number, _, _ in events_in(tmp_path)] == list(range(MANY))


@pytest.mark.parametrize("foreign", ["", "7b0e7c56-0000-4000-8000-000000000001", "not an id"])
def test_tasks_that_the_harness_did_not_send_are_ignored(recorder: Recorder, tmp_path: Path, foreign: str) -> None:
    recorder.record(foreign, STARTED)
    recorder.record(foreign, FINISHED)
    assert events_in(tmp_path) == []


def test_threads_share_a_file_and_lose_nothing(recorder: Recorder, tmp_path: Path) -> None:
    def record(first: int) -> None:
        for number in range(first, first + 2000):
            recorder.record(task_id(number), STARTED)

    threads = [threading.Thread(target=record, args=(first,)) for first in range(0, 8000, 2000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(tmp_path.glob("*.events"))) == 1
    assert sorted(number for number, _, _ in events_in(tmp_path)) == list(range(8000))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_each_forked_process_has_a_file_of_its_own(tmp_path: Path) -> None:
    script = (
        "import os, sys\n"
        "from bench.subject.recorder import FINISHED, STARTED, Recorder, task_id\n"
        "recorder = Recorder(sys.argv[1])\n"
        "recorder.record(task_id(0), STARTED)\n"
        "children = []\n"
        "for number in (1, 2):\n"
        "    child = os.fork()\n"
        "    if not child:\n"
        "        recorder.record(task_id(number), STARTED)\n"
        "        os._exit(0)\n"
        "    children.append(child)\n"
        "for child in children:\n"
        "    os.waitpid(child, 0)\n"
        "recorder.record(task_id(0), FINISHED)\n"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, timeout=30)
    assert len(list(tmp_path.glob("*.events"))) == 3
    assert sorted(event[:2] for event in events_in(tmp_path)) == [
        (0, STARTED),
        (0, FINISHED),
        (1, STARTED),
        (2, STARTED),
    ]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_process_that_was_forked_amid_an_event_writes_its_own(tmp_path: Path) -> None:
    script = (
        "import os, sys\n"
        "from bench.subject.recorder import FINISHED, STARTED, Recorder, task_id\n"
        "recorder = Recorder(sys.argv[1])\n"
        "with recorder._lock:\n"
        "    child = os.fork()\n"
        "    if not child:\n"
        "        recorder.record(task_id(1), STARTED)\n"
        "        os._exit(0)\n"
        "os.waitpid(child, 0)\n"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, timeout=30)
    assert [event[:2] for event in events_in(tmp_path)] == [(1, STARTED)]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_events_survive_a_killed_process(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys\n"
        "from bench.subject.recorder import FINISHED, STARTED, Recorder, task_id\n"
        "recorder = Recorder(sys.argv[1])\n"
        f"for number in range({MANY}):\n"
        "    recorder.record(task_id(number), FINISHED)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    process = subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False, timeout=30)
    assert process.returncode == -signal.SIGKILL
    assert len(events_in(tmp_path)) == MANY


@pytest.mark.parametrize("size", [0, 1, 7, 8, 20, 24])
def test_a_file_that_is_only_begun_holds_no_event(tmp_path: Path, size: int) -> None:
    path = tmp_path / "1.events"
    path.write_bytes(bytes(size))
    assert read_events(str(path)) == []


def test_an_event_that_the_count_does_not_cover_yet_is_not_read(recorder: Recorder, tmp_path: Path) -> None:
    for number in range(3):
        recorder.record(task_id(number), STARTED)
    (path,) = tmp_path.glob("*.events")
    with path.open("r+b") as file:
        file.write((2).to_bytes(8, "little"))
    assert [number for number, _, _ in read_events(str(path))] == [0, 1]


def names_in(directory: Path) -> list[str]:
    return [path.name for path in directory.iterdir()]


def test_where_there_is_no_room_an_event_is_an_error_and_the_record_says_so(recorder: Recorder, tmp_path: Path) -> None:
    with files_up_to(1000), pytest.raises(OSError, match=f"cannot record tasks in {tmp_path}: File too large"):
        recorder.record(task_id(1), STARTED)
    assert is_full(names_in(tmp_path))
    assert events_in(tmp_path) == []


def test_events_that_had_room_are_kept_when_there_is_no_more(recorder: Recorder, tmp_path: Path) -> None:
    recorded: list[int] = []

    def record_many() -> None:
        for number in range(MANY):
            recorder.record(task_id(number), FINISHED)
            recorded.append(number)

    with files_up_to(100_000), pytest.raises(OSError, match="File too large"):
        record_many()
    assert 0 < len(recorded) < MANY
    assert [number for number, _, _ in events_in(tmp_path)] == recorded
    assert is_full(names_in(tmp_path))
    recorder.record(task_id(MANY), FINISHED)
    assert [number for number, _, _ in events_in(tmp_path)] == [*recorded, MANY]


def test_a_record_that_has_room_does_not_say_otherwise(recorder: Recorder, tmp_path: Path) -> None:
    for number in range(MANY):
        recorder.record(task_id(number), FINISHED)
    assert not is_full(names_in(tmp_path))


def test_a_full_memory_is_an_error_and_does_not_kill_the_process(tmp_path: Path) -> None:
    script = (
        "import os, sys\n"
        "from bench.subject.recorder import STARTED, Recorder, is_full, task_id\n"
        "recorder = Recorder(sys.argv[1])\n"
        "try:\n"
        "    for number in range(100_000):\n"
        "        recorder.record(task_id(number), STARTED)\n"
        "except OSError as error:\n"
        "    print(error.strerror, is_full(os.listdir(sys.argv[1])))\n"
    )
    command = [*mounted(f"-t tmpfs -o size=200k none {tmp_path}"), sys.executable, "-c", script, str(tmp_path)]
    process = subprocess.run(command, check=False, timeout=30, capture_output=True, text=True)
    assert process.returncode == 0, process.stderr
    assert process.stdout == f"cannot record tasks in {tmp_path}: No space left on device True\n"
