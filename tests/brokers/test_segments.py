"""A process that is killed leaves no shared memory, whenever it is killed."""

import ctypes
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from support import eventually

from brokers.marks import Mark, end_marked
from brokers.processes import child_environment
from brokers.segments import Creators, remove_segment

SEGMENTS = Path("/proc/sysvipc/shm")
FILES = Path("/dev/shm")
CREATES = """
import ctypes, mmap, pathlib, sys, time
file = open(sys.argv[1], "xb+")
file.truncate(4096)
mapped = mmap.mmap(file.fileno(), 4096)
number = ctypes.CDLL(None).shmget(0, 56, 0o1600)
print(number, flush=True)
time.sleep(60)
"""
BOOTS = """
from brokers.registry import find_broker
from brokers.server import serve
from brokers.workspace import open_workspace
broker = find_broker("postgres")
with open_workspace() as workspace, serve(broker, broker.profiles["default"], workspace):
    pass
"""

pytestmark = pytest.mark.skipif(not SEGMENTS.exists(), reason="only Linux tells who created a segment")


def _creators() -> dict[int, int]:
    names, *rows = (line.split() for line in SEGMENTS.read_text().splitlines())
    return {int(row[names.index("shmid")]): int(row[names.index("cpid")]) for row in rows}


@pytest.fixture
def mark() -> Mark:
    return Mark("BROKERBENCH_TEST_SEGMENTS", uuid.uuid4().hex)


@pytest.fixture
def file() -> Path:
    return FILES / f"PostgreSQL.{uuid.uuid4().int % 10**12}"


@pytest.fixture
def created(mark: Mark, file: Path) -> Iterator[tuple[psutil.Process, int]]:
    command, environment = [sys.executable, "-c", CREATES, str(file)], child_environment({mark.name: mark.value})
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        number = int(process.stdout.readline())
        yield psutil.Process(process.pid), number
        process.kill()
    file.unlink(missing_ok=True)
    with suppress(AttributeError):
        ctypes.CDLL(None).shmctl(number, 0, None)


def test_the_segments_of_a_killed_process_are_removed(
    mark: Mark, file: Path, created: tuple[psutil.Process, int]
) -> None:
    process, number = created
    assert _creators()[number] == process.pid
    assert file.exists()
    end_marked(mark)
    assert number not in _creators()
    assert not file.exists()


def test_the_segment_of_another_process_with_the_same_number_stays(created: tuple[psutil.Process, int]) -> None:
    process, number = created
    creators = Creators()
    creators.note([process])
    creators._started_s[process.pid] += 3600  # the number was given again, later
    creators.remove_segments()
    assert number in _creators()


def test_what_cannot_be_removed_is_no_error() -> None:
    remove_segment(2**31 - 1, 65534)


def test_a_run_that_is_killed_while_its_cluster_is_made_leaves_no_segment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("POSTGRES_URL", raising=False)
    held, before = list[int](), _postgres_files()
    run = subprocess.Popen([sys.executable, "-c", BOOTS], start_new_session=True)
    try:
        assert eventually(lambda: _hold_one(psutil.Process(run.pid), held))
    finally:
        subprocess.run(["kill", "-KILL", "--", f"-{run.pid}"], check=True)
        run.wait()
    assert eventually(lambda: held[0] not in _creators())
    assert eventually(lambda: not [path for path in _postgres_files() - before if _is_nobodys(path)])


def _postgres_files() -> set[Path]:
    return set(FILES.glob("PostgreSQL.*"))


def _is_nobodys(path: Path) -> bool:
    """Return whether no process maps the file: those of other tests' servers do."""
    maps = []
    for process in psutil.process_iter():
        with suppress(OSError):
            maps.append(Path(f"/proc/{process.pid}/maps").read_bytes())
    return path.exists() and not any(str(path).encode() in one for one in maps)


def _hold_one(run: psutil.Process, held: list[int]) -> bool:
    """Stop a process of the run that has a segment, so that it is killed before it can remove it."""
    family = {child.pid: child for child in run.children(recursive=True)}
    for number, creator in _creators().items():
        with suppress(psutil.Error, KeyError):
            family[creator].suspend()
            if number in _creators():
                held.append(number)
                return True
            family[creator].resume()
    return False
