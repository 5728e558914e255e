"""Runs commands that end soon, each forked from a process that has imported everything: importing takes longer.

Whatever measures, or is interrupted, has a process of its own: see ``commands``.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from commands import environment_of

__all__ = ["Forks", "code_of", "import_everything", "in_fork"]


class Forks:
    """The process that forks; it ends with the ``with`` block."""

    def __enter__(self) -> "Forks":
        own = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OPENBLAS_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **own},
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def __call__(self, *arguments: str, cwd: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run the command to its end, as ``commands.brokerbench`` does."""
        asked = {"arguments": arguments, "cwd": str(cwd), "environment": environment_of(cwd, **environment)}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        code, output, errors = json.loads(self._process.stdout.readline())
        return subprocess.CompletedProcess(arguments, code, output, errors)


def in_fork(step: Callable[[], int], output: Path, errors: Path) -> int:
    """Run the step in a forked process whose streams are these files, and return its exit code."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        for number, place in ((1, output), (2, errors)):
            os.dup2(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        os._exit(step())
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def code_of(main: Callable[[], None]) -> int:
    """Run the program to its end, and return the exit code that the interpreter would give it."""
    try:
        main()
    except SystemExit as ended:
        sys.stdout.flush()
        return {None: 0}.get(ended.code, ended.code)  # type: ignore[arg-type]
    except BaseException:
        return 1
    return 0


def import_everything() -> None:
    """Import every command, and whatever one imports only when it runs."""
    import bench.commands
    from bench.stats import load_libraries

    for module in iter_modules(bench.commands.__path__, "bench.commands."):
        import_module(module.name)
    load_libraries()


def _main() -> None:
    import_everything()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_answer(**json.loads(line))) + "\n")
        sys.stdout.flush()


def _answer(arguments: list[str], cwd: str, environment: dict[str, str]) -> tuple[int, str, str]:
    with tempfile.TemporaryDirectory() as folder:
        places = (Path(folder, "output"), Path(folder, "errors"))
        code = in_fork(partial(_as_child, arguments, cwd, environment), *places)
        output, errors = (place.read_text(encoding="utf-8", errors="replace") for place in places)
    return code, output, errors


def _as_child(arguments: list[str], cwd: str, environment: dict[str, str]) -> int:
    from bench.start import main

    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None  # it was found with another environment
    sys.argv = ["brokerbench", *arguments]
    return code_of(main)


if __name__ == "__main__":
    _main()
