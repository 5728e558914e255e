"""What others wrote into results, as every command shows it."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from forked import Forks
from outside import HOSTILE, SECRET, assert_harmless, assert_harmless_markdown, spoilt
from sides import made_side

from bench.cli import cli
from bench.records.result import Result, read_result


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two results in which every text that may be anything is hostile."""
    folder = tmp_path_factory.mktemp("hostile")
    for number, factor in enumerate((1.0, 1.3)):
        side = made_side({"redis": factor}, rng=number, labels=("redis", "sqs")).model_dump(mode="json")
        blocks, side["blocks"] = side["blocks"], []
        side["warnings"], side["subjects"][1]["failure"] = ["a warning"], "its worker ended"
        hostile = spoilt(side, Result)
        text = json.dumps(blocks)
        for subject in ("redis", "sqs"):
            text = text.replace(f'"{subject}"', json.dumps(subject + HOSTILE))
        hostile["blocks"] = json.loads(text)
        (folder / str(number)).mkdir()
        (folder / str(number) / "result.json").write_text(json.dumps(hostile))
    return folder


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    monkeypatch.chdir(folder)

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(cli, arguments)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.output

    return run


def test_the_texts_are_hostile_as_they_stand_in_the_files(folder: Path) -> None:
    for path in folder.rglob("*.json"):
        assert path.read_text().count(SECRET) > 20


def test_a_record_that_is_read_holds_no_hostile_text(folder: Path) -> None:
    record = read_result(folder / "0")
    for text in record.model_dump_json().split('"'):
        assert_harmless(text.replace("\\n", "\n"))


def test_a_gate_shows_hostile_results_harmlessly(run: Callable[..., str], folder: Path) -> None:
    text = run("gate", "0", "1", "--allow", "seed", "--markdown", "gate.md", "--junit", "gate.xml")
    assert "add-mask" in text
    assert_harmless(text)
    assert_harmless_markdown((folder / "gate.md").read_text())
    document = ElementTree.parse(folder / "gate.xml")
    for element in document.iter():
        for said in (element.text or "", *element.attrib.values()):
            assert_harmless(said)


def test_a_history_shows_hostile_results_harmlessly(run: Callable[..., str], folder: Path) -> None:
    text = run("history", ".", "--html", "history.html")
    assert "redis" in text
    assert_harmless(text)
    page = (folder / "history.html").read_text()
    assert SECRET not in page
    assert "<b>|" not in page


@pytest.mark.parametrize("form", ["github-action-benchmark", "bencher", "csv"])
def test_an_export_holds_nothing_hostile(form: str, run: Callable[..., str]) -> None:
    text = run("export", "0", "--format", form)
    assert "redis" in text
    assert_harmless(text)


@pytest.fixture
def hostile_server() -> Iterator[str]:
    """Return the place of a Redis that answers everything with a hostile error."""

    class Answer(StreamRequestHandler):
        def handle(self) -> None:
            said = " ".join(HOSTILE.splitlines())
            with suppress(OSError):
                while self.connection.recv(65536):
                    self.connection.sendall(f"-ERR {said}\r\n".encode())

    with ThreadingTCPServer(("127.0.0.1", 0), Answer) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_a_hostile_servers_error_is_shown_harmlessly(hostile_server: str, forked: Forks, tmp_path: Path) -> None:
    url = f"redis://:{SECRET}@{hostile_server}"
    answer = forked("compare", "redis", "--quick", cwd=tmp_path, REDIS_URL=url)
    assert answer.returncode == 3
    assert f"redis at redis://{hostile_server} does not answer" in answer.stderr
    assert_harmless(answer.stdout + answer.stderr)
