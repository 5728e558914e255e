"""A secret, wherever it comes in, is in nothing that a command prints or writes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import brokerbench
from support import URL_VARIABLES

from bench.start import main

SECRET = "hunter2"
APP = """
import sys
from celery import Celery

app = Celery("shop", broker="redis://:hunter2@127.0.0.1:1/0")
app.conf.update(security_key_password="hunter2", redis_password="hunter2")


@app.task(name="shop.sell")
def sell(*args, **kwargs):
    print("AWS_SECRET_ACCESS_KEY=hunter2", file=sys.stderr)


{ending}
"""
SHAPES = (
    "connect({'user': 'me', 'password': 'hunter2'}) failed",
    'the server says {"password": "hunter2"}',
    "headers: Authorization: Basic hunter2hunter2",
    "401 for Bearer hunter2",
    "AWS_SECRET_ACCESS_KEY=hunter2",
    "cannot reach postgresql+psycopg://u:hunter2@h/db",
    "cannot reach amqp%3A%2F%2Fu%3Ahunter2%40h",
    "Command ['mysql', '--password', 'hunter2'] failed",
)


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., str]:
    """Run a command here to its end, and return all that it printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("threading.excepthook", None)  # which the command sets
    monkeypatch.setattr("bench.start.end_soon_when_interrupted", lambda: None)

    def run(*arguments: str) -> str:
        monkeypatch.setattr("sys.argv", ["brokerbench", *arguments])
        with pytest.raises(SystemExit):
            main()
        captured = capfd.readouterr()
        return captured.out + captured.err

    return run


@pytest.mark.parametrize("variable", URL_VARIABLES)
@pytest.mark.parametrize(
    "url",
    [
        "hunter2",
        ":hunter2@127.0.0.1",
        "me:hunter2@127.0.0.1:1",
        "{scheme}://me:hunter2%40127.0.0.1:1",
        "{scheme}://me:hunt/hunter2@127.0.0.1:1",
        "{scheme}://127.0.0.1:hunter2/0",
        "{scheme}://me:hunter2@127.0.0.1:1/0?password=hunter2#hunter2",
        "{scheme}://[hunter2/",
        "{scheme}://me:hunter2@127.0.0.1:1/0?hunter2=hunter2",
    ],
)
def test_a_url_that_leads_nowhere_is_told_without_its_password(
    variable: str, url: str, run: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    broker = variable.removesuffix("_URL").lower()
    scheme = {"postgres": "postgresql", "rabbitmq": "amqp", "sqs": "http"}.get(broker, broker)
    monkeypatch.setenv(variable, url.format(scheme=scheme))
    text = run("compare", broker, "--quick")
    assert broker in text
    assert SECRET not in text


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_diagnosis_shows_no_password(
    form: tuple[str, ...], run: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", "me:hunter2@127.0.0.1:1")
    monkeypatch.setenv("RABBITMQ_URL", "amqp://me:hunter2%40127.0.0.1:1")
    monkeypatch.setenv("SQS_URL", "http://me:hunter2@127.0.0.1:1")
    text = run("doctor", *form)
    assert text.count("127.0.0.1:1") > 0
    assert SECRET not in text


@pytest.mark.parametrize(
    "arguments",
    [
        ("ab", "redis", "--a", "'hunter2"),
        ("ab", "redis", "--b", "redis_password=hunter2!"),
        ("ab", "redis", "--b", "git+https://me:hunter2@index.example/k.git"),
        ("ab", "redis", "--b", "worker_prefetch_multiplier=hunter2"),
        ("ab", "redis://:hunter2@127.0.0.1"),
        ("bisect", "--package", "vine", "--good", "1", "--bad", "2", "--also", "'hunter2"),
        ("releases", "--package", "vine", "--from", "1", "--also", "'hunter2"),
        ("releases", "--package", "redis://:hunter2@127.0.0.1"),
        ("compare", "redis", "--app", "shop:app", "--task", "shop.sell", "--args", "{'password': 'hunter2'}"),
        ("compare", "redis", "--app", "shop:app", "--task", "shop.sell", "--args", '{"password": "hunter2"}'),
        ("compare", "redis://:hunter2@127.0.0.1"),
        ("compare", "--password=hunter2"),
        ("compare", "redis", "--app-dir", "redis://:hunter2@127.0.0.1"),
        ("gate", "redis://:hunter2@127.0.0.1"),
        ("export", "redis://:hunter2@127.0.0.1", "--format", "csv"),
        ("history", "redis://:hunter2@127.0.0.1"),
        ("guarantees", "redis:redis://:hunter2@127.0.0.1"),
        ("guarantees", "--expect", "redis://:hunter2@127.0.0.1"),
        ("up", "redis://:hunter2@127.0.0.1"),
    ],
)
def test_what_was_typed_wrongly_is_told_without_its_secret(arguments: tuple[str, ...], run: Callable[..., str]) -> None:
    text = run(*arguments)
    assert "Error: " in text
    assert SECRET not in text


def test_a_workload_that_cannot_be_read_is_told_without_its_secret(run: Callable[..., str], tmp_path: Path) -> None:
    for text in (
        'name = "x"\nsettings = {redis_password = "hunter2", no = 1}',
        'name = "x"\nargs = "password=hunter2"',
        'name = "x"\npool = "amqp://me:hunter2@h"',
        'name = "x"\nsweep = {"settings.redis_password" = ["hunter2", "hunter3"]}',
        'name = "x"\npassword = hunter2',
    ):
        (tmp_path / "w.toml").write_text(text)
        said = run("compare", "memory", "--workload", "w.toml")
        assert "Error: " in said
        assert SECRET not in said


def test_an_app_that_fails_is_told_without_its_secrets(tmp_path: Path) -> None:
    ending = f"raise RuntimeError({' | '.join(SHAPES)!r})"
    (tmp_path / "shop.py").write_text(APP.format(ending=ending))
    own = ("--app", "shop:app", "--task", "shop.sell", "--metric", "enqueue", "--budget", "12s", "--out", "out")
    answer = brokerbench("compare", "memory", *own, cwd=tmp_path)
    assert "RuntimeError" in answer.stderr + answer.stdout
    assert SECRET not in answer.stderr + answer.stdout


@pytest.mark.slow
def test_a_measurement_keeps_no_secret_of_an_app_its_arguments_and_its_settings(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(APP.format(ending=""))
    (tmp_path / "w.toml").write_text(
        'name = "x"\napp = "shop:app"\napp_dir = "."\ntask = "shop.sell"\n'
        'args = [{password = "hunter2"}, "Bearer hunter2", "amqp://me:hunter2@h"]\nkwargs = {api_key = "hunter2"}\n'
        'settings = {security_key_password = "hunter2"}\n'
    )
    answer = brokerbench(
        "compare",
        "memory",
        "--workload",
        "w.toml",
        "--metric",
        "enqueue",
        "--budget",
        "12s",
        "--out",
        "out",
        cwd=tmp_path,
    )
    assert answer.returncode == 0, answer.stderr
    assert SECRET not in answer.stderr + answer.stdout
    written = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert len(written) >= 3
    assert [path.name for path in written if SECRET in path.read_text()] == []
    workload = json.loads((tmp_path / "out" / "result.json").read_text())["workload"]
    assert workload["args"] == [{"password": "***"}, "Bearer ***", "amqp://***@h"]
    again = brokerbench("gate", "out", cwd=tmp_path)
    assert again.returncode == 2
    assert "the baseline does not contain the secrets" in again.stderr
