from pathlib import Path

import pytest
from repositories import git

from bench.ab.checkout import check_out, ignored_files
from brokers.errors import UsageError


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a repository with an app in a folder, of which the last commit's file was changed since."""
    top = tmp_path / "repository"
    (top / "src").mkdir(parents=True)
    git(top, "init", "--quiet")
    for text in ("old", "new"):
        (top / "src" / "app.py").write_text(text)
        git(top, "add", ".")
        git(top, "commit", "--quiet", "-m", text)
        git(top, "tag", text)
    (top / "src" / "app.py").write_text("not committed")
    return top


def test_the_app_is_as_it_was_and_the_repository_stays_as_it_is(repository: Path, tmp_path: Path) -> None:
    before = git(repository, "status", "--porcelain"), git(repository, "worktree", "list")
    place = check_out(repository / "src", "old", tmp_path / "out").app_dir
    assert (place / "app.py").read_text() == "old"
    assert place == tmp_path / "out" / "tree" / "src"
    assert (git(repository, "status", "--porcelain"), git(repository, "worktree", "list")) == before
    assert (repository / "src" / "app.py").read_text() == "not committed"


@pytest.mark.parametrize("ref", ["main", "HEAD~1", "new"])
def test_branches_tags_and_commits_are_references(ref: str, repository: Path, tmp_path: Path) -> None:
    assert (check_out(repository / "src", ref, tmp_path / "out").app_dir / "app.py").exists()


@pytest.mark.parametrize("ref", ["nothing", "--help", "old:src"])
def test_what_is_no_reference_is_refused(ref: str, repository: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such branch, tag or commit"):
        check_out(repository / "src", ref, tmp_path / "out")


def test_a_folder_that_was_not_there_then_is_named(repository: Path, tmp_path: Path) -> None:
    (repository / "later").mkdir()
    with pytest.raises(UsageError, match="later does not exist at"):
        check_out(repository / "later", "old", tmp_path / "out")


def test_ignored_files_beside_the_app_are_those_that_no_checkout_has(repository: Path) -> None:
    (repository / ".gitignore").write_text(".env\n*.pyc\nvenv\nlogs/\n")
    for name in (".env", "app.pyc", "new.py"):
        (repository / "src" / name).touch()
    (repository / "src" / "logs").mkdir()
    (repository / "src" / "logs" / "today").touch()
    (repository / "src" / "venv").symlink_to(repository)
    assert ignored_files(repository / "src") == [".env"]
    (repository / ".env").touch()
    assert ignored_files(repository / "src") == [".env"]


def test_a_folder_in_no_repository_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not in a git repository"):
        check_out(tmp_path, "main", tmp_path / "out")
