"""The names of modules, apps and tasks are shown whatever they sound like; a secret beside them is not."""

import json
from pathlib import Path

import pytest
from forked import Forks
from sides import made_side

from bench.records.result import read_result
from bench.records.workload import Workload
from brokers.outside import safe_line
from brokers.secrets import keep_paths

_APP = "from celery import Celery\n\ntoken = Celery('shop')\n\n\n@token.task(name='secret')\ndef add():\n    pass\n"
_OWN = ("--dry", "--quick", "--metric", "enqueue")


@pytest.mark.parametrize(
    ("app", "task", "told"),
    [
        ("token_service:token", "secret.add", "token_service:token has no task 'secret.add'; it has secret"),
        ("token_service:tokn", "secret", "token_service has no 'tokn'; name its Celery app with --app token_service:"),
        ("token_service.token:app", "secret", "name its Celery app with --app token_service:token"),
        ("token_service:token", "token", "token_service:token has no task 'token'; it has secret"),
        ("secret_service", "secret", "No module named 'secret_service' in "),
    ],
)
def test_an_error_about_a_module_that_sounds_secret_can_be_understood(
    app: str, task: str, told: str, forked: Forks, tmp_path: Path
) -> None:
    (tmp_path / "token_service.py").write_text(_APP)
    run = forked("compare", "redis", "--app", app, "--task", task, *_OWN, cwd=tmp_path)
    assert run.returncode == 2
    assert told in run.stderr
    assert "***" not in run.stderr


def test_a_result_keeps_the_names_with_which_a_gate_measures_again(tmp_path: Path) -> None:
    own = Workload(
        name="own", app="auth_token:app", task="secret.jobs:run", app_dir=str(tmp_path), include=["a.secret"]
    )
    document = json.loads(made_side(workload=own).model_dump_json())
    document["warnings"] = ["auth_token:app got token:hunter2"]
    (tmp_path / "result.json").write_text(json.dumps(document))
    result = read_result(tmp_path)
    assert (result.workload.app, result.workload.task) == ("auth_token:app", "secret.jobs:run")
    assert result.warnings == ["auth_token:app got token:***"]


@pytest.mark.parametrize(
    "text", ["token:app", "my_token:appendix", "my_token:app@host", "a.my_token:app", "my_token=app"]
)
def test_only_the_whole_path_is_kept(text: str) -> None:
    keep_paths("my_token:app --kwargs")
    assert safe_line("my_token:app: gone") == "my_token:app: gone"
    assert safe_line(f"see {text}") != f"see {text}"
