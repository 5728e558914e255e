"""What a process printed last may have nothing to do with its end, so it is called what it is."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bench.processes.drain import WorkerRecord
from bench.processes.errors import SubjectFailed, TasksLost
from bench.processes.pair import Pair
from bench.processes.process import SubjectProcess


def test_a_reason_that_is_the_last_line_of_a_log_says_so(tmp_path: Path) -> None:
    program = tmp_path / "python"
    program.write_text(f"#!{sys.executable}\nimport sys\nsys.stderr.write('SomeWarning: use B\\n')\nsys.exit(3)\n")
    program.chmod(0o755)
    process = SubjectProcess(str(program), {}, tmp_path / "worker.log", hash_seed=1)
    try:
        with pytest.raises(SubjectFailed) as raised:
            process.receive(20)
        assert raised.value.format_message() == "its worker ended with code 3: last log line: SomeWarning: use B"
        assert process.last_words() == "last log line: SomeWarning: use B"
    finally:
        process.end()


def test_tasks_that_a_worker_refused_are_not_only_called_unfinished(tmp_path: Path) -> None:
    refuses: Any = SimpleNamespace(
        check=lambda: None,
        go_on=lambda: None,
        stop=lambda: None,
        last_words=lambda: "last log line: ContentDisallowed: Refusing to deserialize content of type pickle",
    )
    pair = Pair(refuses, refuses, WorkerRecord(tmp_path))
    pair.record.sent = 2
    with pytest.raises(TasksLost) as lost, pair.working():
        pair.record.wait(0, 2, patience_s=0.1)
    assert lost.value.format_message() == (
        "2 tasks sent, 0 finished, and no progress for 0 s; its worker's last log line: "
        "ContentDisallowed: Refusing to deserialize content of type pickle"
    )
