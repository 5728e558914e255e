"""``brokerbench report``: what was measured is shown again, and its reports are written anew."""

from pathlib import Path

from click.testing import CliRunner, Result
from sides import made_side

from bench.cli import cli
from bench.records.result import RESULT_FILE


def stored(folder: Path) -> str:
    folder.mkdir()
    (folder / RESULT_FILE).write_text(made_side(metrics=("enqueue",)).model_dump_json())
    return str(folder)


def reported(*arguments: str) -> Result:
    ended = CliRunner().invoke(cli, ["report", *arguments])
    assert ended.exit_code == 0, ended.output
    return ended


def test_a_result_is_shown_from_its_folder_or_its_file_and_every_figure_on_request(tmp_path: Path) -> None:
    folder = stored(tmp_path / "one")
    brief = reported(folder).output
    assert brief == reported(f"{folder}/{RESULT_FILE}").output
    assert f"brokerbench report {folder} --details" in brief
    assert "p95" not in brief
    assert "p95" in reported(folder, "--details").output


def test_a_result_of_another_name_is_not_taken_for_its_folder(tmp_path: Path) -> None:
    renamed = (Path(stored(tmp_path / "one")) / RESULT_FILE).rename(tmp_path / "one" / "old.json")
    assert "brokerbench report" not in reported(str(renamed)).output


def test_its_reports_are_written_to_another_folder(tmp_path: Path) -> None:
    reported(stored(tmp_path / "one"), "--out", str(tmp_path / "new"))
    assert {path.name for path in (tmp_path / "new").iterdir()} >= {"report.md", "report.html"}
    assert {path.name for path in (tmp_path / "one").iterdir()} == {RESULT_FILE}


def test_several_results_share_one_page(tmp_path: Path) -> None:
    folders = [stored(tmp_path / name) for name in ("one", "two")]
    output = reported(*folders, "--out", str(tmp_path / "new")).output
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["report.html"]
    assert all(folder in output.splitlines() for folder in folders)


def test_what_is_not_a_result_is_one_line(tmp_path: Path) -> None:
    ended = CliRunner().invoke(cli, ["report", str(tmp_path)])
    assert ended.exit_code == 2
    assert ended.output.startswith("Error: cannot read the result")
    assert ended.output.count("\n") == 1
