"""What the action's inputs may be, in every shell that is here."""

import base64
import os
import re
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from action_job import ROOT, Job, commits, git

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the action's scripts are for a POSIX shell")
SHELLS = [shell for shell in ("dash", "bash") if shutil.which(shell)] or ["sh"]
SCRIPTS = ROOT / "tools" / "action"
# By the words that an error has; each value is harmful or meaningless.
HOSTILE = {
    "subject": [
        "",
        "--help",
        "-x",
        "redis --help",
        "redis\n::warning::x",
        "redis;id",
        "redis -->",
        "redis:",
        "a\x1b[2J",
    ],
    "base": [
        *("", "-x", "--upload-pack=touch ran", "+refs/heads/x:refs/heads/y", "refs/heads/x:refs/heads/y", "x:", ":x"),
        *("+main", "^main", "main^", "main^{tree}", "a..b", "a...b", "main@{1}", "@{-1}", "@", "refs/heads/*", "a?b"),
        *("a b", "main\nmain", "main\r", "main\n", 'a"b', "a'b", "a`id`", "$(id)", "a\\b", "/main", ".git", "a;b"),
    ],
    "app": ["", "--help", "shop:app --dry", "shop app", "shop:", ":app", "../shop:app", "shop:app\n", "$(id):app"],
    "task": ["", "--help", "-", "a\nb", "a\tb", "\n", "a\x7f"],
    "args": ["--help", "2", "[", "{}", "[1]\n", "[1,\n2]", "[1]; id"],
    "kwargs": ["--help", "2", "{", "[]", "{}\n", '{"a":\n2}', "{}; id"],
    "include": ["--help", "a/b", "a.py;id", "$(id)", "a\nb", "a --dry", "*"],
    "app-dir": ["-", "--", "-P", "..", "../x", "a/..", "a/../b", "/a/..", "a\nb"],
    "python": ["--help", "-c", "py\nthon"],
    "dry": ["yes", "True", "1", "true\n", "--dry", "true false"],
    "a": ["--help", "kombu==5.5.4\nref=x", "-r x"],
    "b": ["--help", "kombu==5.5.4\nref=x", "-r x"],
    "metrics": ["all", "*", "--help", "enqueue;cpu", "enqueuecpu", "enqueue\ncpu", "--budget"],
    "max-regression": ["", "5", "%", "-5%", "nan%", "5%%", "--help", "5% 6%", "1e3%"],
    "budget": ["", "-1", "1h", "nan", "inf", "--help", "3m\n", "m"],
    "inconclusive": ["", "maybe", "--help", "pass\n", "passfail"],
    "pull-request": ["", "0", "-1", "1/comments", "1\n2", "--help", "x"],
}
FINE = {
    "subject": ["redis", "rabbitmq:quorum", "my_broker", "sqs:fifo", "redis@0.5ms", "redis:durable@10ms"],
    "base": ["a" * 40, "main", "feature/a_b-1.2", "refs/heads/x", "v1.0", "größe", "HEAD", "HEAD~1", "fix/(a)#1,+b"],
    "app": ["proj.celery:app", "tasks", "größe:app", "a.b:c.d", "_a1:b"],
    "task": ["proj.tasks.add", "send mail", "größe"],
    "args": ["", "[]", "[2, 2]", ' ["-x", "$(id)"] '],
    "kwargs": ["", "{}", '{"x": 2}', ' {"-x": "$(id)"} '],
    "include": ["", "proj.jobs", "proj.jobs, größe", "a,b.c d"],
    "app-dir": ["", ".", "a b", "a/b", "/a", "..a", "a..b/c"],
    "python": ["", "python", "/opt/a b/bin/python", ".venv/bin/python"],
    "dry": ["", "true", "false"],
    "a": ["", "kombu==5.5.4 profile=durable", "'celery>=5.3,<5.4'", "worker_prefetch_multiplier=64"],
    "metrics": ["", "cpu", "enqueue, cpu", "enqueue,latency", "throughput connections"],
    "max-regression": ["5%", "0.5 %", "20%"],
    "budget": ["90", "90s", "3m", "5 min", "quick", "2.5m"],
    "inconclusive": ["pass", "fail"],
    "pull-request": ["1", "123456"],
}


def checked(
    shell: str, script: str = "inputs.sh", event: str = "", **inputs: str
) -> "subprocess.CompletedProcess[str]":
    """Run a script with just these inputs."""
    told = {f"AB_{name.upper().replace('-', '_')}": value for name, value in inputs.items()}
    runner = {"RUNNER_TEMP": "/nowhere", "GITHUB_OUTPUT": "/nowhere", "GITHUB_EVENT_NAME": event}
    environment = {"PATH": os.environ["PATH"], **runner, **told}
    return subprocess.run(
        [shell, str(SCRIPTS / script)], env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("name", HOSTILE)
def test_what_an_input_cannot_be_is_one_line_that_names_it(shell: str, name: str) -> None:
    for value in HOSTILE[name]:
        answer = checked(shell, **{name: value})
        assert (answer.returncode, answer.stdout) == (2, ""), repr(value)
        (line,) = answer.stderr.removesuffix("\n").split("\n")
        assert re.fullmatch(rf"::error::{name} [ -~]+: use [ -~]+", line), line


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("name", FINE)
def test_what_an_input_may_be_passes(shell: str, name: str) -> None:
    for value in FINE[name]:
        answer = checked(shell, **{name: value})
        assert (answer.returncode, answer.stderr) == (0, ""), repr(value)


@pytest.mark.parametrize("shell", SHELLS)
def test_a_value_is_shown_so_that_it_is_no_command_of_the_runner(shell: str) -> None:
    line = checked(shell, subject="100%\r\n::add-mask::x\x1b[2J").stderr
    assert line.startswith("::error::subject '100%25%0D%0A::add-mask::x?[2J' is not valid: use a broker")
    assert len(checked(shell, subject="x " * 9000).stderr) < 500


@pytest.mark.parametrize("name", ["a", "b", "args", "kwargs"])
def test_a_value_that_may_hold_a_password_is_not_shown(name: str) -> None:
    answer = checked(SHELLS[0], **{name: "-git+https://me:SECRET@git.example"})
    assert answer.returncode == 2
    assert "SECRET" not in answer.stderr


@pytest.mark.parametrize("shell", SHELLS)
def test_no_app_is_measured_where_strangers_code_would_have_secrets(shell: str) -> None:
    answer = checked(shell, app="shop:app", event="pull_request_target")
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.startswith("::error::on pull_request_target, strangers' code would run")
    for event, inputs in (("pull_request_target", {"subject": "redis"}), ("pull_request", {"app": "shop:app"})):
        assert checked(shell, event=event, **inputs).returncode == 0  # a comment may be written there


@pytest.mark.parametrize("script", sorted(path.name for path in SCRIPTS.glob("*.sh") if "AB_" in path.read_text()))
def test_every_script_checks_its_inputs_before_it_does_anything(script: str) -> None:
    answer = checked(SHELLS[0], script, subject="--help", base="+a:b")
    assert answer.returncode == 2
    assert answer.stderr.startswith("::error::subject '--help' is not valid")


@pytest.mark.parametrize("base", ["+refs/heads/feature:refs/heads/mine", "feature:mine", "--upload-pack=touch ran;"])
def test_no_base_changes_a_branch_or_runs_a_program(job: Job, base: str) -> None:
    git(job.checkout.parent / "origin", "branch", "feature", "HEAD~1")
    git(job.checkout, "branch", "mine")
    before = git(job.checkout, "show-ref")
    answer = job.run("fetch.sh", AB_BASE=base, AB_HEAD="HEAD")
    assert answer.returncode == 2
    assert answer.stderr.startswith("::error::base ")
    assert git(job.checkout, "show-ref") == before
    assert not (job.checkout / "ran").exists()


def test_a_folder_that_is_not_there_is_an_error_of_the_step(job: Job) -> None:
    answer = job.run("fetch.sh", AB_BASE="HEAD", AB_HEAD="HEAD", AB_APP_DIR="100%nowhere")
    assert answer.returncode == 2
    assert answer.stderr == "::error::app-dir '100%25nowhere' does not exist: use a folder of the repository\n"


class Asked(BaseHTTPRequestHandler):
    """Let nobody in, and keep what each had to show."""

    shown: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.shown.append(self.headers.get("Authorization", ""))
        self.send_error(403)

    def log_message(self, *_: Any) -> None:
        """Print nothing."""


def test_the_token_that_fetches_stays_nowhere(job: Job) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Asked) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        git(job.checkout, "remote", "set-url", "origin", f"{url}/me/shop.git")
        token = {"GH_TOKEN": "ghs_SECRET", "GITHUB_SERVER_URL": url}
        answer = job.run("fetch.sh", AB_BASE=commits(job)["base"], AB_HEAD="HEAD", **token)
        server.shutdown()
    secret = base64.b64encode(b"x-access-token:ghs_SECRET").decode()
    assert (answer.returncode, Asked.shown) == (2, ["", f"basic {secret}"])
    kept = [path.read_bytes() for path in job.checkout.parent.rglob("*") if path.is_file()]
    assert not [one for one in kept if b"ghs_SECRET" in one or secret.encode() in one]
    assert "SECRET" not in answer.stdout + answer.stderr
    assert secret not in answer.stdout + answer.stderr


@pytest.mark.parametrize("included", [False, True])
def test_a_token_that_the_checkout_keeps_is_warned_of(job: Job, included: bool) -> None:
    assert "::warning::" not in job.run("fetch.sh", AB_BASE=commits(job)["base"], AB_HEAD="HEAD").stdout
    key = ("http.https://git.example/.extraheader", "AUTHORIZATION: basic SECRET")
    if included:
        aside = Path(job.folder, "credentials.config")
        git(job.checkout, "config", "--file", str(aside), *key)
        git(job.checkout, "config", f"includeIf.gitdir:{job.checkout}/.git.path", str(aside))
    else:
        git(job.checkout, "config", *key)
    (warning,) = job.run("fetch.sh", AB_BASE=commits(job)["base"], AB_HEAD="HEAD").stdout.splitlines()
    assert warning.startswith("::warning::The checkout keeps its token")
    assert "SECRET" not in warning
