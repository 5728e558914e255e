"""An interrupt ends a command soon and with one line, whatever else is sent, and whoever reads what it prints."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest

from bench.commands.crash import print_uncatchable

PROMISED_S = 5.0
ORDERLY = """
import sys, time
from bench.commands.interrupt import end_soon_when_interrupted

end_soon_when_interrupted()
try:
    print("ready", flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    print("ending", flush=True)
    time.sleep(1)
    print("in order")
    sys.exit(130)
"""
ENDLESS = """
import time
from bench.commands.interrupt import end_soon_when_interrupted

end_soon_when_interrupted()
print("ready", flush=True)
while True:
    try:
        time.sleep(60)
    except KeyboardInterrupt:
        pass
"""
START = "from bench.start import main; main()"


def begun(
    program: str, *, preexec_fn: Callable[[], object] | None = None, stderr: int = subprocess.PIPE, **environment: str
) -> "subprocess.Popen[str]":
    """Start a program, and return it once it has said that it is ready."""
    run = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        env={**os.environ, **environment},
        preexec_fn=preexec_fn,  # noqa: PLW1509 - it sets a signal
    )
    assert run.stdout is not None
    assert run.stdout.readline() == "ready\n"
    return run


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_further_signals_do_not_break_off_an_orderly_end(second: signal.Signals) -> None:
    with begun(ORDERLY) as run:
        run.send_signal(signal.SIGINT)
        assert run.stdout is not None
        assert run.stdout.readline() == "ending\n"
        run.send_signal(second)
        output, errors = run.communicate(timeout=10)
    assert (output, errors, run.returncode) == ("in order\n", "", 130)


def test_a_hangup_does_not_end_what_was_started_with_nohup() -> None:
    with begun(ORDERLY, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)) as run:
        run.send_signal(signal.SIGHUP)
        with pytest.raises(subprocess.TimeoutExpired):
            run.wait(1)
        run.send_signal(signal.SIGTERM)
        run.communicate(timeout=10)
    assert run.returncode == 130


def test_an_interrupt_ends_a_command_whose_errors_nobody_reads() -> None:
    read, write = full_pipe()
    with begun(ENDLESS, stderr=write) as run:
        run.send_signal(signal.SIGINT)
        try:
            assert run.wait(PROMISED_S) == 130
        finally:
            run.kill()
            os.close(read)
            os.close(write)


def full_pipe() -> tuple[int, int]:
    """Return both ends of a pipe that takes no byte more."""
    read, write = os.pipe()
    os.set_blocking(write, False)
    for size in (4096, 1):
        with suppress(BlockingIOError):
            while True:
                os.write(write, bytes(size))
    os.set_blocking(write, True)
    return read, write


def test_an_interrupt_while_libraries_are_read_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "click.py").write_text("import os, time\nos.write(1, b'ready\\n')\ntime.sleep(60)\n")
    paths = os.pathsep.join([str(tmp_path), *sys.path])
    with begun(START, PYTHONPATH=paths) as run:
        run.send_signal(signal.SIGINT)
        output, errors = run.communicate(timeout=10)
    assert (output, errors, run.returncode) == ("", "interrupted\n", 130)


def test_a_command_whose_output_nobody_reads_ends_as_if_somebody_did() -> None:
    read, write = os.pipe()
    os.close(read)
    answer = subprocess.run(
        [sys.executable, "-c", START, "workloads"], stdout=write, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(write)
    assert (answer.returncode, answer.stderr) == (0, "")


def test_a_command_whose_streams_are_closed_ends_as_if_they_were_open() -> None:
    closed = subprocess.run(
        ["sh", "-c", '"$@" >&- 2>&- <&-', "sh", sys.executable, "-c", START, "workloads"], check=False
    )
    assert closed.returncode == 0


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no device that is full")
def test_a_full_disk_behind_standard_output_is_one_line_and_no_mistake_of_ours() -> None:
    with open("/dev/full", "w") as full:
        answer = subprocess.run(
            [sys.executable, "-c", START, "workloads"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert answer.returncode == 3
    assert answer.stderr == ("Error: cannot write standard output (No space left on device): free space on its disk\n")


def test_an_interrupt_that_meets_a_destructor_prints_nothing_and_an_error_is_safe_to_show(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for value in (KeyboardInterrupt(), ValueError("redis://user:hunter2@host\x1b[31m")):
        found = SimpleNamespace(
            exc_type=type(value), exc_value=value, exc_traceback=None, err_msg=None, object=print_uncatchable
        )
        print_uncatchable(found)  # type: ignore[arg-type]
    told = capsys.readouterr().err
    assert "ValueError" in told
    assert "KeyboardInterrupt" not in told
    assert not [secret for secret in ("hunter2", "\x1b") if secret in told]
