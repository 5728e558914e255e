"""The scripts of action.yml, in repositories and with a ``gh`` that are made for it."""

import html
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from action_job import ROOT, SHOP, Job, commits, git, program

if TYPE_CHECKING:
    import subprocess

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the action's scripts are for a POSIX shell")
# It does with a file what GitHub does with its comments.
GH = """\
import json, os, re, sys
from pathlib import Path

if os.path.exists(os.environ.get("GH_CONFIG_DIR", os.path.expanduser("~/.config/gh"))):
    sys.exit("gh: somebody else's configuration")
if os.environ.get("GH_REFUSES"):
    sys.exit("gh: Resource not accessible by integration (HTTP 403) 100%")
arguments, store = sys.argv[1:], Path(os.environ["GH_STORE"])
comments = json.loads(store.read_text()) if store.exists() else []
options = dict(zip(arguments, arguments[1:]))
place = next(one for one in arguments if one.startswith("repos/"))
if "--jq" in arguments:
    asked = r'\\.\\[\\] \\| select\\(\\.user\\.type == "Bot" and \\(\\.body \\| startswith\\("(.*)"\\)\\)\\) \\| \\.id'
    begin = re.fullmatch(asked, options["--jq"])[1]
    ours = [number for number, one in enumerate(comments) if one["type"] == "Bot" and one["body"].startswith(begin)]
    print("".join(f"{number}\\n" for number in ours), end="")
else:
    body = Path(options["--field"].removeprefix("body=@")).read_text()
    if options["--method"] == "PATCH":
        comments[int(place.rpartition("/")[2])]["body"] = body
    else:
        comments.append({"type": "Bot", "body": body})
    store.write_text(json.dumps(comments))
"""


def both(job: Job) -> dict[str, str]:
    """Return the variables that name both commits."""
    return {f"AB_{name.upper()}": commit for name, commit in commits(job).items()}


def asked(job: Job, **more: str) -> dict[str, str]:
    """Return the inputs of a comparison."""
    none = dict.fromkeys(
        ("AB_A", "AB_B", "AB_ARGS", "AB_KWARGS", "AB_INCLUDE", "AB_APP_DIR", "AB_PYTHON", "AB_METRICS"), ""
    )
    usual = {"AB_SUBJECT": "redis", "AB_DRY": "false", "AB_MAX_REGRESSION": "5%", "AB_BUDGET": "60s"}
    return {
        **none,
        **usual,
        "AB_APP": SHOP["app"],
        "AB_TASK": SHOP["task"],
        "AB_INCONCLUSIVE": "fail",
        **both(job),
        **more,
    }


def instead_of_brokerbench(job: Job, code: int, markdown: str = "") -> Path:
    """Put a program in brokerbench's place that keeps its arguments."""
    kept = job.folder / "arguments.json"
    text = f"""\
import json, sys
from pathlib import Path

Path({str(kept)!r}).write_text(json.dumps(sys.argv[1:]))
if {markdown!r}:
    (written,) = (one.partition("=")[2] for one in sys.argv if one.startswith("--markdown="))
    Path(written).write_text({markdown!r})
sys.exit({code})
"""
    program(job.folder / "brokerbench" / "bin" / "brokerbench", f"#!{sys.executable}\n{text}")
    return kept


def test_a_commit_that_a_shallow_checkout_lacks_is_fetched_alone(job: Job) -> None:
    answer = job.run("fetch.sh", **both(job))
    assert answer.returncode == 0, answer.stderr
    assert job.output == {"base": commits(job)["base"], "head": commits(job)["head"]}
    assert git(job.checkout, "rev-parse", "--is-shallow-repository") == "true"
    assert git(job.checkout, "show", f"{job.output['base']}:shop.py").count("pass") == 1


def test_branches_are_found_at_the_origin(job: Job) -> None:
    origin = job.checkout.parent / "origin"
    git(origin, "branch", "release", "HEAD~1")
    assert job.run("fetch.sh", AB_BASE="release", AB_HEAD="main").returncode == 0
    assert job.output["base"] == commits(job)["base"]


@pytest.mark.parametrize(
    ("base", "words"),
    [
        ("", "base ''"),
        ("nothing", "base 'nothing' of the comparison is neither in the checkout nor"),
        ("HEAD", "the same commit"),
    ],
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
        "AB_KWARGS": '{"x": "$(touch ran)"}',
        "AB_INCLUDE": "shop.jobs, shop.more",
        "AB_A": "kombu==5.3.1",
        "AB_PYTHON": "py",
    }
    assert job.run("compare.sh", **asked(job, **more)).returncode == 0
    found = json.loads(kept.read_text())
    assert found[:2] == ["ab", "redis"]
    options = dict(one.split("=", 1) for one in found if "=" in one)
    assert options["--a"] == f"ref={commits(job)['base']} kombu==5.3.1"
    assert options["--b"].strip() == f"ref={commits(job)['head']}"
    assert (options["--args"], options["--python"], options["--app"]) == (hostile, "py", "shop:app")
    assert options["--kwargs"] == '{"x": "$(touch ran)"}'
    assert [one for one in found if one.startswith("--include=")] == ["--include=shop.jobs", "--include=shop.more"]
    assert [one for one in found if one.startswith("--metric=")] == ["--metric=enqueue", "--metric=cpu"]
    assert "--dry" in found
    assert not (job.checkout / "ran").exists()


@pytest.mark.parametrize(
    ("subject", "named"),
    [("redis:durable", ["--server=REDIS_URL"]), ("valkey", ["--server=VALKEY_URL"]), ("rabbitmq", [])],
)
def test_a_server_that_the_job_names_is_named_to_the_command(job: Job, subject: str, named: list[str]) -> None:
    kept = instead_of_brokerbench(job, 0, "fine")
    job.run(
        "compare.sh",
        **asked(job, AB_SUBJECT=subject),
        REDIS_URL="redis://:hunter2@h/0",
        VALKEY_URL="redis://:hunter2@h/1",
        RABBITMQ_URL="",
    )
    assert [one for one in json.loads(kept.read_text()) if one.startswith("--server")] == named


@pytest.mark.parametrize(
    ("code", "outcome"), [(0, "passed"), (1, "regressed"), (3, "inconclusive"), (2, "error"), (130, "error")]
)
def test_the_step_ends_with_the_commands_exit_code_and_says_what_it_means(job: Job, code: int, outcome: str) -> None:
    instead_of_brokerbench(job, code, "found")
    assert job.run("compare.sh", **asked(job)).returncode == code
    assert (job.output["outcome"], job.output["exit-code"]) == (outcome, str(code))
    assert (Path(job.output["markdown"]).read_text(), job.output["text"]) == ("found", "found")


def test_a_comparison_that_could_not_begin_is_told_too(job: Job) -> None:
    instead_of_brokerbench(job, 2)
    job.run("compare.sh", **asked(job))
    assert "Not measured: see the job's log (exit code 2)" in job.output["text"]
    assert Path(job.output["markdown"]).read_text().strip() == job.output["text"]


def test_the_jobs_summary_has_what_was_found(job: Job) -> None:
    instead_of_brokerbench(job, 1, "found")
    summary = job.folder / "summary"
    job.run("compare.sh", **asked(job, GITHUB_STEP_SUMMARY=str(summary)))
    assert summary.read_text() == "found\n"


def commented(job: Job, text: str, **more: str) -> "subprocess.CompletedProcess[str]":
    program(job.folder / "bin" / "gh", f"#!{sys.executable}\n{GH}")
    return job.run("comment.sh", **{"AB_SUBJECT": "redis", "AB_PULL_REQUEST": "3", "AB_TEXT": text, **more})


def test_a_pull_request_has_one_comment_for_each_subject(job: Job) -> None:
    for subject, text in (("redis", "first"), ("rabbitmq:quorum", "other"), ("redis", "second")):
        answer = commented(job, text, AB_SUBJECT=subject)
        assert (answer.returncode, answer.stdout) == (0, ""), answer.stdout
    run = "[The run](https://git.example/me/shop/actions/runs/7)\n"
    assert [one["body"] for one in job.comments] == [
        f"<!-- brokerbench:redis -->\nsecond\n\n{run}",
        f"<!-- brokerbench:rabbitmq:quorum -->\nother\n\n{run}",
    ]


def test_a_persons_comment_that_begins_like_ours_is_left_alone(job: Job) -> None:
    theirs = {"type": "User", "body": "<!-- brokerbench:redis -->\nall is well"}
    (job.folder / "comments.json").write_text(json.dumps([theirs]))
    assert commented(job, "regressed").returncode == 0
    assert job.comments[0] == theirs
    assert "regressed" in job.comments[1]["body"]


def test_a_comment_mentions_nobody_whatever_the_measuring_job_says(job: Job) -> None:
    commented(job, "@everyone, (@me) and redis@0.5ms")
    assert "@\u200beveryone, (@\u200bme) and redis@\u200b0.5ms" in job.comments[0]["body"]


@pytest.mark.parametrize("entity", ["&#64;", "&#0064;", "&#x40;", "&#X040;", "&commat;", "<b>&#64"])
def test_a_comment_mentions_nobody_by_an_entity_either(job: Job, entity: str) -> None:
    commented(job, f"{entity}everyone, a &amp; b, c&#8203;d")
    assert "@" not in html.unescape(job.comments[0]["body"])
    assert "a & b, c\u200bd" in html.unescape(job.comments[0]["body"])


def test_a_comment_is_written_by_no_configuration_that_was_left_on_the_machine(job: Job) -> None:
    (job.folder / "home" / ".config" / "gh").mkdir(parents=True)
    answer = commented(job, "text", GH_CONFIG_DIR=str(job.folder / "home"))
    assert (answer.stdout, len(job.comments)) == ("", 1)


def test_a_comment_is_no_longer_than_github_allows(job: Job) -> None:
    assert commented(job, "x" * 70_000).returncode == 0
    assert "Too long for a comment" in job.comments[0]["body"]


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
    command = f"exec {sys.executable} -c 'from bench.start import main; main()' \"$@\"\n"
    program(job.folder / "brokerbench" / "bin" / "brokerbench", f"#!/bin/sh\nexport PYTHONPATH={ROOT}\n{command}")
    assert job.run("fetch.sh", **both(job)).returncode == 0
    own = {"AB_BASE": job.output["base"], "AB_HEAD": job.output["head"], "AB_METRICS": "enqueue", "AB_DRY": "true"}
    answer = job.run("compare.sh", **asked(job, **own))
    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert job.output["outcome"] == "regressed"
    result = json.loads((Path(job.output["result"]) / "result.json").read_text())
    assert [one["spec"] for one in result["subjects"]] == [f"ref={own['AB_BASE']}", f"ref={own['AB_HEAD']}"]
    for _ in range(2):
        assert commented(job, job.output["text"]).returncode == 0
    (comment,) = (one["body"] for one in job.comments)
    assert comment.startswith("<!-- brokerbench:redis -->\n### Brokerbench: redis, B against A\n")
    assert "**Regressed by more than 5 %: enqueue. Task bodies were not run (--dry): " in comment
    assert f"- B: ref={own['AB_HEAD']}\n" in comment
