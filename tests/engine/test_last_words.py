"""What a process printed last may have nothing to do with its end, so it is called what it is."""

import sys
from pathlib import Path

import pytest
from support import eventually

from bench.processes.drain import WorkerRecord
from bench.processes.errors import SubjectFailed
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


def test_tasks_that_a_worker_refused_have_its_last_error_beside_them(tmp_path: Path) -> None:
    refusal = "kombu.exceptions.ContentDisallowed: Refusing to deserialize content of type pickle"
    for log, words in (
        (f"Traceback\n{refusal}\n[tasks]\n", f"; its worker's last error: {refusal}"),
        ("[queues]\n", ""),
    ):
        program = tmp_path / "python"
        program.write_text(
            f"#!{sys.executable}\nimport sys, time\nsys.stderr.write({log!r})\nsys.stderr.flush()\ntime.sleep(60)\n"
        )
        program.chmod(0o755)
        process = SubjectProcess(str(program), {}, tmp_path / "worker.log", hash_seed=1)
        try:
            assert eventually(lambda log=log: (tmp_path / "worker.log").read_text() == log, 20)
            pair = Pair(process, process, WorkerRecord(tmp_path / "records"))
            assert pair.lost(sent=2, finished=0, waited_s=30).format_message() == (
                f"2 tasks sent, 0 finished, and no progress for 30 s{words}"
            )
        finally:
            process.end()
