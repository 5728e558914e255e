"""The scripts of action.yml, in repositories and with a ``gh`` that are made for it."""

import json
import os
import stat
import subprocess
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the action's scripts are for a POSIX shell")
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
SHOP = {"AB_APP": "shop:app", "AB_TASK": "shop.number"}
# It does with a file what GitHub does with its comments.
GH = """\
import json, os, re, sys
from pathlib import Path

if os.environ.get("GH_REFUSES"):
    sys.exit("gh: Resource not accessible by integration (HTTP 403) 100%")
arguments, store = sys.argv[1:], Path(os.environ["GH_STORE"])
comments = json.loads(store.read_text()) if store.exists() else []
options = dict(zip(arguments, arguments[1:]))
place = next(one for one in arguments if one.startswith("repos/"))
if "--jq" in arguments:
    begin = re.fullmatch(r'\\.\\[\\] \\| select\\(\\.body \\| startswith\\("(.*)"\\)\\) \\| \\.id', options["--jq"])[1]
    print("".join(f"{number}\\n" for number, text in enumerate(comments) if text.startswith(begin)), end="")
else:
    body = Path(options["--field"].removeprefix("body=@")).read_text()
    if options["--method"] == "PATCH":
        comments[int(place.rpartition("/")[2])] = body
    else:
        comments.append(body)
    store.write_text(json.dumps(comments))
"""


@dataclass
class Job:
    """A job on a runner: its temporary folder, the checkout, and the comments of its pull request."""

    folder: Path
    checkout: Path

    def run(self, script: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run a script of the action as a step of the job."""
        told = {
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "RUNNER_TEMP": str(self.folder),
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "GITHUB_SERVER_URL": "https://git.example",
            "GITHUB_REPOSITORY": "me/shop",
            "GITHUB_RUN_ID": "7",
            "GITHUB_STEP_SUMMARY": "",
            "GH_STORE": str(self.folder / "comments.json"),
        }
        return subprocess.run(
            ["sh", str(ROOT / "tools" / "action" / script)],
            cwd=self.checkout,
            env={**os.environ, **told, **environment},
            capture_output=True,
            text=True,
            timeout=110,
            check=False,
        )

    @property
    def output(self) -> dict[str, str]:
        """Give what the steps put out."""
        lines = (self.folder / "output").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)

    @property
    def comments(self) -> list[str]:
        store = self.folder / "comments.json"
        return list(json.loads(store.read_text())) if store.exists() else []


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def git(where: Path, *command: str) -> str:
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    who = ("-c", "user.name=me", "-c", "user.email=me@git.example", "-c", "commit.gpgsign=false")
    answer = subprocess.run(
        ["git", *who, "-C", str(where), *command], env=own, capture_output=True, text=True, timeout=60, check=True
    )
    return answer.stdout.strip()


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """Check out the newer of two commits alone, as CI does."""
    origin, checkout, folder = (tmp_path / name for name in ("origin", "checkout", "runner"))
    origin.mkdir()
    folder.mkdir()
    git(origin, "init", "--quiet", "--initial-branch", "main")
    for before in ("pass", "time.sleep(0.002)"):
        (origin / "shop.py").write_text(APP.format(before=before))
        git(origin, "add", ".")
        git(origin, "commit", "--quiet", "--message", before)
    git(tmp_path, "clone", "--quiet", "--depth=1", origin.as_uri(), str(checkout))
    program(folder / "bin" / "gh", f"#!{sys.executable}\n{GH}")
    return Job(folder, checkout)


def commits(job: Job) -> dict[str, str]:
    origin = job.checkout.parent / "origin"
    return {"AB_BASE": git(origin, "rev-parse", "HEAD~1"), "AB_HEAD": git(origin, "rev-parse", "HEAD")}


def asked(job: Job, **more: str) -> dict[str, str]:
    """Give the inputs of a comparison."""
    none = dict.fromkeys(("AB_A", "AB_B", "AB_ARGS", "AB_APP_DIR", "AB_PYTHON", "AB_METRICS"), "")
    usual = {"AB_SUBJECT": "redis", "AB_DRY": "false", "AB_MAX_REGRESSION": "5%", "AB_BUDGET": "60s"}
    return {**none, **usual, **SHOP, "AB_INCONCLUSIVE": "fail", **commits(job), **more}


def instead_of_brokerbench(job: Job, code: int, markdown: str = "") -> Path:
    """Put a program in brokerbench's place that keeps its arguments."""
    kept = job.folder / "arguments.json"
    text = f"""\
import json, sys
from pathlib import Path

Path({str(kept)!r}).write_text(json.dumps(sys.argv[1:]))
if {markdown!r}:
    Path(sys.argv[sys.argv.index("--markdown") + 1]).write_text({markdown!r})
sys.exit({code})
"""
    program(job.folder / "brokerbench" / "bin" / "brokerbench", f"#!{sys.executable}\n{text}")
    return kept


def test_a_commit_that_a_shallow_checkout_lacks_is_fetched_alone(job: Job) -> None:
    answer = job.run("fetch.sh", **commits(job))
    assert answer.returncode == 0, answer.stderr
    assert job.output == {"base": commits(job)["AB_BASE"], "head": commits(job)["AB_HEAD"]}
    assert git(job.checkout, "rev-parse", "--is-shallow-repository") == "true"
    assert git(job.checkout, "show", f"{job.output['base']}:shop.py").count("pass") == 1


def test_branches_are_found_at_the_origin(job: Job) -> None:
    origin = job.checkout.parent / "origin"
    git(origin, "branch", "release", "HEAD~1")
    assert job.run("fetch.sh", AB_BASE="release", AB_HEAD="main").returncode == 0
    assert job.output["base"] == commits(job)["AB_BASE"]


@pytest.mark.parametrize(
    ("base", "words"),
    [("", "base ''"), ("nothing", "base 'nothing' of the comparison: neither here nor"), ("HEAD", "the same commit")],
)
def test_a_base_that_cannot_be_compared_with_is_an_error_of_the_step(job: Job, base: str, words: str) -> None:
    answer = job.run("fetch.sh", AB_BASE=base, AB_HEAD="HEAD")
    assert answer.returncode == 2
    (error,) = (line for line in answer.stderr.splitlines() if line.startswith("::error::"))
    assert words in error


def test_inputs_become_arguments_and_nothing_of_them_is_run(job: Job) -> None:
    kept = instead_of_brokerbench(job, 0, "fine")
    hostile = '[1, "$(touch ran)`touch ran`; touch ran"]'
    more = {
        "AB_METRICS": "enqueue, cpu",
        "AB_DRY": "true",
        "AB_ARGS": hostile,
        "AB_A": "kombu==5.3.1",
        "AB_PYTHON": "py",
    }
    assert job.run("compare.sh", **asked(job, **more)).returncode == 0
    found = json.loads(kept.read_text())
    assert found[:2] == ["ab", "redis"]
    options = dict(pairwise(found))
    assert options["--a"] == f"ref={commits(job)['AB_BASE']} kombu==5.3.1"
    assert options["--b"].strip() == f"ref={commits(job)['AB_HEAD']}"
    assert (options["--args"], options["--python"], options["--app"]) == (hostile, "py", "shop:app")
    assert [after for before, after in pairwise(found) if before == "--metric"] == [
        "enqueue",
        "cpu",
    ]
    assert "--dry" in found
    assert not (job.checkout / "ran").exists()


@pytest.mark.parametrize(
    ("code", "outcome"), [(0, "passed"), (1, "regressed"), (3, "inconclusive"), (2, "error"), (130, "error")]
)
def test_the_step_ends_with_the_commands_exit_code_and_says_what_it_means(job: Job, code: int, outcome: str) -> None:
    instead_of_brokerbench(job, code, "found")
    assert job.run("compare.sh", **asked(job)).returncode == code
    assert (job.output["outcome"], job.output["exit-code"]) == (outcome, str(code))
    assert Path(job.output["markdown"]).read_text() == "found"


def test_a_comparison_that_could_not_begin_is_told_too(job: Job) -> None:
    instead_of_brokerbench(job, 2)
    job.run("compare.sh", **asked(job))
    assert "Not measured: the log of the job says why (exit code 2)" in Path(job.output["markdown"]).read_text()


def commented(job: Job, text: str, **more: str) -> "subprocess.CompletedProcess[str]":
    found = job.folder / "found.md"
    found.write_text(text)
    return job.run("comment.sh", **{"AB_SUBJECT": "redis", "AB_PULL_REQUEST": "3", "AB_MARKDOWN": str(found), **more})


def test_a_pull_request_has_one_comment_for_each_subject(job: Job) -> None:
    for subject, text in (("redis", "first"), ("rabbitmq:quorum", "other"), ("redis", "second")):
        answer = commented(job, text, AB_SUBJECT=subject)
        assert (answer.returncode, answer.stdout) == (0, ""), answer.stdout
    run = "[The run](https://git.example/me/shop/actions/runs/7)\n"
    assert job.comments == [
        f"<!-- brokerbench:redis -->\nsecond\n{run}",
        f"<!-- brokerbench:rabbitmq:quorum -->\nother\n{run}",
    ]


def test_a_name_cannot_end_the_marker(job: Job) -> None:
    commented(job, "text", AB_SUBJECT='redis -->")) | <b>')
    assert job.comments[0].startswith("<!-- brokerbench:redis--b -->\n")


def test_a_token_that_may_not_write_is_a_warning_and_no_failure(job: Job) -> None:
    answer = commented(job, "text", GH_REFUSES="yes")
    assert answer.returncode == 0
    (line,) = answer.stdout.splitlines()
    assert line.startswith(
        "::warning::No comment was written (gh: Resource not accessible by integration (HTTP 403) 100%25)"
    )
    assert not job.comments


@pytest.mark.slow
def test_a_pull_request_that_makes_enqueues_slower_is_found_and_told(job: Job) -> None:
    command = f"exec {sys.executable} -c 'from bench.cli import main; main()' \"$@\"\n"
    program(job.folder / "brokerbench" / "bin" / "brokerbench", f"#!/bin/sh\nexport PYTHONPATH={ROOT}\n{command}")
    assert job.run("fetch.sh", **commits(job)).returncode == 0
    own = {"AB_BASE": job.output["base"], "AB_HEAD": job.output["head"], "AB_METRICS": "enqueue", "AB_DRY": "true"}
    answer = job.run("compare.sh", **asked(job, **own))
    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert job.output["outcome"] == "regressed"
    result = json.loads((Path(job.output["result"]) / "result.json").read_text())
    assert [one["spec"] for one in result["subjects"]] == [f"ref={own['AB_BASE']}", f"ref={own['AB_HEAD']}"]
    for _ in range(2):
        assert (
            job.run(
                "comment.sh", AB_SUBJECT="redis", AB_PULL_REQUEST="3", AB_MARKDOWN=job.output["markdown"]
            ).returncode
            == 0
        )
    (comment,) = job.comments
    assert comment.startswith("<!-- brokerbench:redis -->\n### Brokerbench: redis, B against A\n")
    assert "**Regressed by more than 5 %: enqueue.**" in comment
    assert f"- B: ref={own['AB_HEAD']}\n" in comment
