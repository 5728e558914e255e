"""What a process printed last may have nothing to do with its end, so it is called what it is."""

import sys
from pathlib import Path

import pytest

from bench.processes.errors import SubjectFailed
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
