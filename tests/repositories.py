"""Git repositories for tests."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

__all__ = ["commit", "git"]


def git(where: Path, *command: str) -> str:
    """Run git there, and return its output."""
    own = ["-c", "user.name=me", "-c", "user.email=me@localhost", "-c", "init.defaultBranch=main"]
    answer = subprocess.run(["git", *own, *command], cwd=where, capture_output=True, text=True, check=True)
    return answer.stdout.strip()


def commit(top: Path, name: str, files: Mapping[str, str]) -> str:
    """Commit files, in a new repository if there is none, under a tag of that name; return the commit."""
    if not (top / ".git").exists():
        top.mkdir(parents=True, exist_ok=True)
        git(top, "init", "--quiet")
        (top / ".git" / "info" / "exclude").write_text("__pycache__\n")  # as every project ignores it
    for path, text in files.items():
        (top / path).parent.mkdir(parents=True, exist_ok=True)
        (top / path).write_text(text)
    git(top, "add", ".")
    git(top, "commit", "--quiet", "-m", name)
    git(top, "tag", name)
    return git(top, "rev-parse", "HEAD")
