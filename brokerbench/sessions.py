"""What one session of pytest measures: what its tests asked for, and what came of it."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

__all__ = ["Session", "session_of"]

# -P: the working folder may have anything in it
_COMMAND = [sys.executable, "-P", "-m", "brokerbench.for_pytest"]


@dataclass
class Session:
    """What the tests ask for, by their ids, and the answer. ``records`` is True while the tests only ask."""

    config: pytest.Config
    asked: dict[str, dict[str, Any]] = field(default_factory=dict)
    answer: dict[str, Any] | None = None
    records: bool = False
    _subjects: list[str] | None = None
    _wrong: pytest.UsageError | None = None

    def subjects(self) -> list[str]:
        """Return the labels of the subjects that are measured; none if a name is wrong, until ``check`` says so."""
        if self._subjects is None:
            self._subjects = []
            try:
                self._subjects = self._answer(None)["subjects"]
            except pytest.UsageError as error:
                self._wrong = error
        return self._subjects

    def check(self) -> None:
        """Raise pytest.UsageError if a name is wrong: while a module is collected, it would be that module's error."""
        if self._wrong:
            raise self._wrong

    def measure(self) -> None:
        """Measure what the tests asked for. Raises pytest.UsageError if that is refused, and KeyboardInterrupt."""
        with _terminal(self.config):
            self.answer = self._answer(list(self.asked.values()))
        if self.answer.get("interrupted"):
            raise KeyboardInterrupt

    def _answer(self, tests: list[dict[str, Any]] | None) -> dict[str, Any]:
        with tempfile.TemporaryDirectory(prefix="brokerbench-pytest-") as folder:
            code = _run(json.dumps(_request(self.config) | {"folder": folder, "tests": tests}))
            try:
                found: dict[str, Any] = json.loads((Path(folder) / "answer.json").read_text(encoding="utf-8"))
            except OSError:
                raise pytest.UsageError(f"Brokerbench ended with {code} and no answer: see its last line") from None
        if "refused" in found and found["exit_code"] == pytest.ExitCode.INTERRUPTED:  # 2, as wrong use has everywhere
            raise pytest.UsageError(found["refused"])
        if "refused" in found:
            pytest.exit(found["refused"], returncode=found["exit_code"])
        return found


_KEY = pytest.StashKey[Session]()


def session_of(config: pytest.Config) -> Session:
    """Return the only one."""
    if _KEY not in config.stash:
        config.stash[_KEY] = Session(config)
    return config.stash[_KEY]


def _run(request: str) -> int:
    """Let a separate process answer the request, and return its exit code.

    It has its own session, so that Ctrl-C reaches only pytest. It ends, in order, as soon as its standard input
    is closed, also because pytest was killed.
    """
    with subprocess.Popen(_COMMAND, stdin=subprocess.PIPE, start_new_session=True, text=True) as process:
        try:
            with suppress(BrokenPipeError):
                process.stdin.write(request + "\n")  # type: ignore[union-attr]
                process.stdin.flush()  # type: ignore[union-attr]
            return process.wait()
        except KeyboardInterrupt:
            process.stdin.close()  # type: ignore[union-attr]
            process.wait()
            raise


@contextmanager
def _terminal(config: pytest.Config) -> Iterator[None]:
    """Let the process print to the terminal, from the beginning of a line."""
    capture, reporter = (config.pluginmanager.get_plugin(name) for name in ("capturemanager", "terminalreporter"))
    shown: AbstractContextManager[None] = capture.global_and_fixture_disabled() if capture else nullcontext()
    if reporter:
        reporter.ensure_newline()
    if (terminal := config.get_terminal_writer()).width_of_current_line:
        terminal.line()
    with shown:
        yield


def _request(config: pytest.Config) -> dict[str, Any]:
    """Return the session's options, as the process reads them."""
    own = config.inipath.parent if config.inipath else config.rootpath
    option, ini = config.getoption, config.getini
    python = ini("brokerbench_python")
    return {
        "brokers": option("--brokers") or ini("brokerbench_brokers") or os.environ.get("BROKER"),
        "budget": option("--brokers-budget") or ini("brokerbench_budget") or "quick",
        "workload": option("--brokers-workload") or ini("brokerbench_workload") or "noop",
        "rtt": option("--brokers-rtt"),
        "jitter": option("--brokers-jitter"),
        "bandwidth": option("--brokers-bandwidth"),
        "stall": option("--brokers-stall"),
        "seed": option("--brokers-seed"),
        "out": option("--brokers-out"),
        "yes": option("--brokers-yes"),
        "servers": option("--brokers-server"),
        "only_warms_up": option("benchmark_disable") and not option("benchmark_enable"),
        "app": ini("brokerbench_app") or None,
        "app_dir": str(own / ini("brokerbench_app_dir")),
        "include": ini("brokerbench_include"),
        "import_path": [str(path) for path in ini("pythonpath")],
        "python": str(own / python) if os.sep in python else python or None,
        "baseline": option("--brokerbench-baseline"),
        "limits": option("--brokerbench-limits"),
        "max_regression": option("--brokerbench-max-regression"),
        "allow": option("--brokerbench-allow"),
        "inconclusive": option("--brokerbench-inconclusive"),
    }
