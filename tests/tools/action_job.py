"""A job on a runner, as far as the actions see one: it runs their steps, and its command files do what GitHub's do."""

import json
import os
import re
import stat
import subprocess
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

__all__ = ["APP", "ROOT", "SHOP", "Job", "commits", "git", "program"]

ROOT = Path(__file__).parents[2]
APP = """\
import time
from celery import Celery, Task


class Sending(Task):
    def apply_async(self, *args, **kwargs):
        {before}
        return super().apply_async(*args, **kwargs)


app = Celery("shop", task_cls=Sending)


@app.task
def number():
    return 1
"""
SHOP = {"app": "shop:app", "task": "shop.number"}
_COMMANDS = {
    "GITHUB_ENV": "set_env_",
    "GITHUB_OUTPUT": "set_output_",
    "GITHUB_PATH": "add_path_",
    "GITHUB_STATE": "save_state_",
    "GITHUB_STEP_SUMMARY": "step_summary_",
}


@dataclass
class Job:
    """A job: its temporary folder, the checkout, and what its steps made of the steps after them."""

    folder: Path
    checkout: Path
    shell: str = "sh"
    environment: dict[str, str] = field(default_factory=dict)
    path: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    """What was printed as a command to the runner while it listened."""

    def run(self, script: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run a script of the actions, with one file for its outputs."""
        return self._start(
            ["tools/action/" + script],
            {"GITHUB_OUTPUT": str(self.folder / "output"), "GITHUB_STEP_SUMMARY": "", **environment},
        )

    def _start(self, script: list[str], environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
        known = {
            "PATH": os.pathsep.join([*reversed(self.path), str(self.folder / "bin"), os.environ["PATH"]]),
            "HOME": str(self.folder / "home"),
            "RUNNER_TEMP": str(self.folder),
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_SERVER_URL": "https://git.example",
            "GITHUB_REPOSITORY": "me/shop",
            "GITHUB_RUN_ID": "7",
            "GH_STORE": str(self.folder / "comments.json"),
            "SERVERS": "skip",
        }
        return subprocess.run(
            [self.shell, *(str(ROOT / one) for one in script)],
            cwd=self.checkout,
            env={**os.environ, **known, **self.environment, **environment},
            capture_output=True,
            text=True,
            errors="replace",
            timeout=220,
            check=False,
        )

    def use(self, action: str, given: dict[str, str]) -> tuple[int, dict[str, str]]:
        """Run an action's steps as a runner does, until one fails; return its exit code and the action's outputs."""
        described = yaml.safe_load((ROOT / action).read_text(encoding="utf-8"))
        inputs = {name: one.get("default", "") for name, one in described["inputs"].items()} | given
        outer, steps, code = self._command_files(), {}, 0
        for step in described["runs"]["steps"]:
            own = self._command_files()
            (script,) = re.findall(r"\$GITHUB_ACTION_PATH/([\w./-]+)", step["run"])
            environment = {name: _evaluated(text, inputs, steps) for name, text in step["env"].items()}
            answer = self._start([script], environment | {name: str(path) for name, path in own.items()})
            self._hear(answer.stdout + answer.stderr)
            steps[step.get("id", "")] = self._process(own)
            if code := answer.returncode:
                break
        outputs = {name: _evaluated(one["value"], inputs, steps) for name, one in described["outputs"].items()}
        return code, outputs | self._process(outer)

    def _command_files(self) -> dict[str, Path]:
        place, suffix = self.folder / "_runner_file_commands", uuid.uuid4()
        place.mkdir(exist_ok=True)
        files = {name: place / f"{prefix}{suffix}" for name, prefix in _COMMANDS.items()}
        for path in files.values():
            path.touch()
        return files

    def _process(self, files: dict[str, Path]) -> dict[str, str]:
        """Do what the command files say, and return the outputs."""
        self.path += [line for line in _text(files["GITHUB_PATH"]).splitlines() if line]
        self.environment |= _assigned(_text(files["GITHUB_ENV"]))
        return _assigned(_text(files["GITHUB_OUTPUT"]))

    def _hear(self, log: str) -> None:
        mark = None
        for line in log.splitlines():
            if mark is None and (stopped := re.fullmatch(r"::stop-commands::(\w+)", line)):
                mark = stopped[1]
            elif mark is not None:
                mark = None if line == f"::{mark}::" else mark
            elif line.startswith("::"):
                self.told.append(line)

    @property
    def output(self) -> dict[str, str]:
        """Return what the scripts put out."""
        return _assigned((self.folder / "output").read_text())

    @property
    def comments(self) -> list[dict[str, str]]:
        store = self.folder / "comments.json"
        return list(json.loads(store.read_text())) if store.exists() else []


def _text(path: Path) -> str:
    """Read a command file; what is none has nothing in it, as a runner's own error would say."""
    return path.read_text() if path.is_file() else ""


def _assigned(text: str) -> dict[str, str]:
    """Read ``name=value`` and ``name<<MARK`` as a runner does."""
    found, lines = {}, iter(text.splitlines())
    for line in lines:
        name, several, mark = line.partition("<<")
        if several and "=" not in name:
            value = []
            while (one := next(lines)) != mark:
                value.append(one)
            found[name] = "\n".join(value)
        else:
            name, _, found_value = line.partition("=")
            found[name] = found_value
    return found


def _evaluated(text: str, inputs: dict[str, str], steps: dict[str, dict[str, str]]) -> str:
    """Put in the values of ``inputs.NAME`` and ``steps.ID.outputs.NAME``; a runner knows more, which is empty here."""

    def value(found: re.Match[str]) -> str:
        names: list[Any] = found[1].strip().split(".")
        if names[0] == "inputs":
            return inputs[names[1]]
        return steps.get(names[1], {}).get(names[3], "") if names[0] == "steps" else ""

    return re.sub(r"\$\{\{(.*?)\}\}", value, str(text))


def program(path: Path, text: str) -> None:
    """Write a program."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def git(where: Path, *command: str) -> str:
    """Run git there and return what it printed."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    who = ("-c", "user.name=me", "-c", "user.email=me@git.example", "-c", "commit.gpgsign=false")
    answer = subprocess.run(
        ["git", *who, "-C", str(where), *command], env=own, capture_output=True, text=True, timeout=60, check=True
    )
    return answer.stdout.strip()


def commits(job: Job) -> dict[str, str]:
    """Return the inputs that name both commits."""
    origin = job.checkout.parent / "origin"
    return {"base": git(origin, "rev-parse", "HEAD~1"), "head": git(origin, "rev-parse", "HEAD")}
