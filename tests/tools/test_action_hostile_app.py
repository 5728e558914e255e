"""The action, step by step as a runner runs it, with an app that wants more than to be measured."""

import os
import shutil
import sys
from pathlib import Path

import pytest
from action_job import SHOP, Job, commits, program

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the action's scripts are for a POSIX shell")
# In brokerbench's place: it reports "within limits", and before that does what the app that it runs may do.
APP_AND_HARNESS = """\
import json, os, shutil, sys
from pathlib import Path

own = dict(one.split("=", 1) for one in sys.argv if "=" in one)
markdown, temporary = Path(own["--markdown"]), Path(os.environ["RUNNER_TEMP"])
markdown.write_text("within limits")
(temporary / "seen.json").write_text(json.dumps(dict(os.environ)))
runners = list((temporary / "_runner_file_commands").glob("*"))
{does}
"""
EVIL = {
    "add_path_": "/evil/bin",
    "set_env_": "BASH_ENV=/evil/rc\nLD_PRELOAD=/evil.so\nGH_HOST=evil.example",
    "set_output_": "outcome=passed\nexit-code=0\ntext=all is well",
    "save_state_": "x=y",
    "step_summary_": "all is well",
}
HIDDEN = "where the environment says"  # which says nothing
WRITES = {
    HIDDEN: """
for name in ("GITHUB_ENV", "GITHUB_PATH", "GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_STEP_SUMMARY"):
    if os.environ.get(name):
        Path(os.environ[name]).write_text("evil=yes")
        sys.exit("found " + name)
""",
    "to every file": "evil = "
    + repr(EVIL)
    + """
for one in runners:
    (words,) = (words for begin, words in evil.items() if one.name.startswith(begin))
    one.write_text(one.read_text() + words + "\\n")
""",
    "an output without an end": """
for one in runners:
    if one.name.startswith("set_output_"):
        one.write_text("outcome<<EOF\\npassed\\n")
""",
    "links": """
for one in runners:
    one.unlink()
    one.symlink_to(temporary / "theirs")
(temporary / "theirs").write_text("evil=yes\\n")
""",
    "pipes": """
for one in runners:
    one.unlink()
    os.mkfifo(one)
""",
    "folders": """
for one in runners:
    one.unlink()
    (one / "within").mkdir(parents=True)
""",
    "nothing, and takes the files away": """
shutil.rmtree(temporary / "_runner_file_commands")
""",
    "a file in the folder's place": """
shutil.rmtree(temporary / "_runner_file_commands")
(temporary / "_runner_file_commands").touch()
""",
    "more files": """
(temporary / "_runner_file_commands" / "add_path_a new one").write_text("/evil/bin")
""",
    "files that cannot be read": """
for one in runners:
    one.write_text("/evil/bin")
    one.chmod(0)
""",
}


def compared(job: Job, does: str, shell: str = "sh", **more: str) -> tuple[int, dict[str, str]]:
    """Use the action as a job does, with an app that does this."""
    source = APP_AND_HARNESS.replace("{does}", does)
    program(job.folder / "brokerbench" / "bin" / "brokerbench", f"#!{sys.executable}\n{source}")
    job.shell = shell
    usual = {"token": "ghs_SECRET", **commits(job), **SHOP}
    return job.use("action.yml", usual | more)


@pytest.mark.parametrize("shell", [shell for shell in ("dash", "bash") if shutil.which(shell)] or ["sh"])
@pytest.mark.parametrize("writes", WRITES)
def test_what_an_app_writes_into_the_runners_files_reaches_no_later_step(job: Job, shell: str, writes: str) -> None:
    code, outputs = compared(job, WRITES[writes], shell)
    assert (job.environment, job.path) == ({}, [])  # of the steps after it
    assert not [one for one in job.told if "evil" in one]
    if writes != HIDDEN:
        assert (code, outputs["outcome"], outputs["exit-code"]) == (3, "inconclusive", "3")
        assert "Not measured: the app wrote to the runner's command files" in outputs["text"]
        (error,) = job.told
        assert error.startswith("::error::Not measured: the app wrote to the runner's command files")
    else:
        assert (code, outputs["outcome"], outputs["text"], job.told) == (0, "passed", "within limits", [])


def test_an_app_that_does_no_harm_is_measured(job: Job) -> None:
    code, outputs = compared(job, "")
    assert (code, outputs["outcome"], outputs["text"], job.told) == (0, "passed", "within limits", [])


def test_an_app_is_told_neither_tokens_nor_files_of_the_runner(job: Job) -> None:
    secrets = {"GITHUB_TOKEN": "SECRET", "GH_TOKEN": "SECRET", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "SECRET"}
    job.environment |= secrets | {"GITHUB_SHA": "abc", "CI": "true", "GITHUB_ACTIONS": "true"}
    compared(job, "")
    seen = (job.folder / "seen.json").read_text()
    assert "SECRET" not in seen
    assert "_runner_file_commands" not in seen
    assert '"GITHUB_SHA": "abc"' in seen
    assert '"CI": "true"' in seen


def test_nothing_that_an_app_prints_is_a_command_of_the_runner(job: Job) -> None:
    prints = ("::set-output name=outcome::passed", "::add-mask::a", "::stop-commands::x", "::x::", "::error::x")
    does = f'print("\\n".join({prints}), end=""); print("::warning::x", file=sys.stderr); sys.exit(1)'
    code, outputs = compared(job, does)
    assert (code, outputs["outcome"], job.told) == (1, "regressed", [])


def test_programs_that_an_app_puts_into_the_first_folder_of_path_are_not_run(job: Job) -> None:
    names = ("cat", "cksum", "find", "rm", "sed", "sort", "tr", "uniq", "wc", "od", "tee", "awk", "gh")
    does = f"""
for name in {names}:
    evil = temporary / "bin" / name
    evil.parent.mkdir(exist_ok=True)
    evil.write_text("#!/bin/sh\\ntouch '" + str(temporary / "ran") + "'\\n")
    evil.chmod(0o755)
runners[0].write_text("evil=yes")
"""
    code, outputs = compared(job, does)
    assert (code, outputs["outcome"], job.environment, job.path) == (3, "inconclusive", {}, [])
    assert not (job.folder / "ran").exists()


@pytest.mark.parametrize(
    "does",
    [
        'markdown.unlink(); markdown.symlink_to("/etc/passwd")',
        "markdown.unlink(); os.mkfifo(markdown)",
        "markdown.unlink(); markdown.mkdir()",
        "shutil.rmtree(markdown.parent)",
        'markdown.write_text("x" * 70_000)',
    ],
)
def test_markdown_that_is_not_what_it_should_be_is_not_handed_on(job: Job, does: str) -> None:
    code, outputs = compared(job, does)
    assert (code, outputs["outcome"]) == (0, "passed")
    assert outputs["text"].startswith("### Brokerbench: redis, B against A\n\n**")
    assert len(outputs["text"]) < 200


def test_markdown_cannot_end_the_output_that_holds_it(job: Job) -> None:
    _, outputs = compared(job, 'markdown.write_text("EOF\\noutcome=evil\\ntext<<EOF\\nx\\nEOF\\n")')
    assert outputs["outcome"] == "passed"
    assert outputs["text"].splitlines() == ["EOF", "outcome=evil", "text<<EOF", "x", "EOF"]


def test_the_step_after_an_input_that_is_wrong_is_not_run(job: Job) -> None:
    code, _ = compared(job, "", budget="--help")
    assert code == 2
    assert [line.partition("'")[0] for line in job.told] == ["::error::budget "]
    assert not Path(job.folder, "seen.json").exists()
    assert os.listdir(job.folder / "brokerbench" / "bin") == ["brokerbench"]
