"""What a measured app is told of the CI job that it is measured in."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.ab import virtualenvs as environments
from bench.processes.errors import SubjectFailed
from bench.processes.process import SubjectProcess
from brokers.errors import UsageError

FILES = ("GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STATE", "GITHUB_STEP_SUMMARY")
CREDENTIALS = (
    *("GITHUB_TOKEN", "GH_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN", "ACTIONS_RUNTIME_TOKEN"),
    *("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL", "CI_JOB_TOKEN", "CI_JOB_JWT_V2"),
    *("CI_REGISTRY_PASSWORD", "CI_DEPLOY_PASSWORD", "CI_DEPENDENCY_PROXY_PASSWORD", "CI_REPOSITORY_URL"),
)
NEEDED = ("CI", "GITHUB_ACTIONS", "GITHUB_SHA", "GITHUB_ENVIRONMENT", "CI_COMMIT_SHA", "AWS_ACCESS_KEY_ID", "APP_TOKEN")


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], set[str]]:
    """Set the variables of a job, and return what the stand-in for a program was told of them."""
    for name in (*FILES, *CREDENTIALS, *NEEDED):
        monkeypatch.setenv(name, "a value")
    program = tmp_path / "program"
    writes = f"import json, os; open({str(tmp_path / 'told.json')!r}, 'w').write(json.dumps(dict(os.environ)))"
    program.write_text(f"#!{sys.executable}\n{writes}\nprint('{{}}')\n")
    program.chmod(0o755)

    def of_the_job() -> set[str]:
        return {name for name, value in json.loads((tmp_path / "told.json").read_text()).items() if value == "a value"}

    return of_the_job


def test_a_subject_gets_neither_the_runners_files_nor_what_signs_the_job_in(
    told: Callable[[], set[str]], tmp_path: Path
) -> None:
    process = SubjectProcess(str(tmp_path / "program"), {}, tmp_path / "subject.log", 0)
    try:
        process.receive(30)
    finally:
        process.end()
    assert told() == set(NEEDED)


def test_the_line_in_the_users_file_is_told_of_a_traceback_that_only_the_log_has(tmp_path: Path) -> None:
    frames = (f"{tmp_path}/shop/jobs.py", f"{tmp_path}/venv/lib/site-packages/celery/app.py", "/usr/lib/x.py")
    log = "".join(f'  File "{path}", line {place}, in f\n' for place, path in enumerate(frames, 7))
    program = tmp_path / "program"
    text = f"Traceback (most recent call last):\n{log}ValueError: no bread\n"
    program.write_text(f"#!{sys.executable}\nimport sys\nsys.stderr.write({text!r})\n")
    program.chmod(0o755)
    for traceback in (False, True):
        job = {"import_path": [str(tmp_path)], "traceback": traceback}
        process = SubjectProcess(str(program), job, tmp_path / "worker.log", 0)
        with pytest.raises(SubjectFailed) as failed:
            process.receive(30)
        process.end()
        first, *frames_shown = failed.value.format_message().splitlines()
        assert first == "its worker ended with code 0: last log line: ValueError: no bread (shop/jobs.py, line 7)"
        assert bool(frames_shown) == traceback


def test_an_interpreter_of_the_users_is_asked_what_it_has_without_them(
    told: Callable[[], set[str]], tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="is not a working interpreter"):
        environments.look_at(str(tmp_path / "program"))
    assert told() == set(NEEDED)


def test_what_installs_requirements_may_sign_in_but_gets_no_file_of_the_runner(
    told: Callable[[], set[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environments, "find_uv_bin", lambda: str(tmp_path / "program"))
    here = environments.Interpreter(sys.executable)
    with pytest.raises(FileNotFoundError):  # the stand-in writes no answer
        environments.newest(here, "kombu")
    assert told() == {*NEEDED, *CREDENTIALS}
