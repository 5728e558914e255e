"""Interpreters in which Celery is slower by known amounts, so that a slowdown is one more ``Subject.interpreter``.

A call waits by spinning, in proportion to what it took itself. On a machine with other work to do the wait also cools
the caches and uses up the process's turn on its core, so that calls take a little longer than the factor says.
"""

import shlex
import sys
from pathlib import Path

__all__ = ["slowed_interpreter", "write_program"]

_SLOWING = Path(__file__).parent / "slowing"


def slowed_interpreter(directory: Path, *, enqueue_factor: float = 1.0, task_ns: int = 0) -> str:
    """Write an interpreter in which ``apply_async`` takes ``enqueue_factor`` times as long and a task ``task_ns`` more.

    It is this interpreter otherwise. With 1.0 and 0 nothing waits, but all else is the same: compare with that one.
    """
    return write_program(
        directory / f"python-{enqueue_factor}-{task_ns}",
        f"export TRUTHS_ENQUEUE_FACTOR={enqueue_factor} TRUTHS_TASK_NS={task_ns}",
        f"export PYTHONPATH={shlex.quote(str(_SLOWING))}${{PYTHONPATH:+:$PYTHONPATH}}",
        f'exec {shlex.quote(sys.executable)} "$@"',
    )


def write_program(path: Path, *lines: str) -> str:
    """Write lines of shell as a program, and return its path."""
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o700)
    return str(path)
