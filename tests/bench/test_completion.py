"""A shell completes what a command takes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from bench.cli import cli

ROOT = Path(__file__).parents[2]


def completed(*words: str, incomplete: str) -> list[str]:
    shell = ShellComplete(cli, {}, "brokerbench", "_BROKERBENCH_COMPLETE")
    return [item.value or item.type for item in shell.get_completions(list(words), incomplete)]


@pytest.mark.parametrize(
    ("words", "incomplete", "expected"),
    [
        ([], "comp", ["compare"]),
        (["compare", "redis"], "rabbitmq", ["rabbitmq", "rabbitmq:durable", "rabbitmq:quorum"]),
        (["ab"], "redis:", ["redis:durable"]),
        (["compare"], "redis:durable@3", ["redis:durable@3ms", "redis:durable@30ms"]),
        (["compare"], "reddis@", []),
        (["up"], "redis@", []),
        (["compare", "--workload"], "sweep-pr", ["sweep-prefetch"]),
        (["compare", "--workload"], "./mine", ["file"]),
        (["compare", "--metric"], "th", ["throughput"]),
    ],
)
def test_what_fits_is_offered(words: list[str], incomplete: str, expected: list[str]) -> None:
    assert completed(*words, incomplete=incomplete) == expected


def test_an_answer_to_a_shell_is_not_a_crash() -> None:
    asked = {"_BROKERBENCH_COMPLETE": "zsh_complete", "COMP_WORDS": "brokerbench comp", "COMP_CWORD": "1"}
    ended = subprocess.run(
        [sys.executable, "-c", "import sys; sys.argv = ['brokerbench']; from bench.start import main; main()"],
        env={**os.environ, "PYTHONPATH": str(ROOT), **asked},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == "plain\ncompare\nMeasure subjects side by side.\n"
