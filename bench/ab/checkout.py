"""Writes an app's repository at a git reference into its own directory.

The repository itself does not change and records no worktree: the files are written through a separate index, which is
next to them. So there is only one directory to clean up, also when the run is killed.
"""

import os
import re
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

from brokers.errors import NotWritten, UsageError
from brokers.writing import says_full

__all__ = ["Checkout", "changed", "check_out", "ignored_files", "working_tree"]

_GIT_S = 120


@dataclass(frozen=True, kw_only=True)
class Checkout:
    """An app's folder in the repository ``top``; if it was checked out, in its ``tree`` at a ``commit``."""

    app_dir: Path
    top: Path
    tree: Path | None = None
    commit: str = ""

    @property
    def root(self) -> Path:
        """Return the folder with the files of the repository."""
        return self.tree or self.top


def working_tree(app_dir: Path, because: str) -> Checkout:
    """Return an app's folder as it is. Raises UsageError, with the reason for asking, if it is in no repository."""
    outside = f"{because}: {app_dir} is not in a git repository"
    return Checkout(app_dir=app_dir, top=Path(_git(app_dir, "rev-parse", "--show-toplevel", failure=outside)))


def check_out(app_dir: Path, ref: str, directory: Path) -> Checkout:
    """Write out the repository that contains ``app_dir`` at ``ref``.

    Submodules stay empty. Raises UsageError when there is no repository, no such reference, or no such folder.
    """
    top = working_tree(app_dir, f"ref={ref}").top
    unknown = f"ref={ref}: {top} has no such branch, tag or commit"
    commit = _git(top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}", failure=unknown)
    directory.mkdir(parents=True)
    tree, index = directory / "tree", {"GIT_INDEX_FILE": str(directory / "index")}
    failure = f"ref={ref}: cannot write out {commit[:12]}"
    _git(top, "read-tree", commit, failure=failure, **index)
    _git(top, "checkout-index", "--all", f"--prefix={tree}/", failure=failure, **index)
    place = tree / app_dir.resolve().relative_to(top.resolve())
    if not place.is_dir():
        raise UsageError(f"ref={ref}: {place.relative_to(tree)} does not exist at {commit[:12]}")
    return Checkout(app_dir=place, top=top, tree=tree, commit=commit)


def ignored_files(app_dir: Path) -> list[str]:
    """Return the names of the files in this folder that git ignores, so that no checkout has them; without bytecode."""
    command = ("ls-files", "--others", "--ignored", "--exclude-standard", "--directory", "--", ".")
    found = _git(app_dir, *command, failure=f"{app_dir} is not in a git repository").splitlines()
    return [name for name in found if (app_dir / name).is_file() and not name.endswith((".pyc", ".log"))]


def changed(a: Checkout, b: Checkout) -> list[str]:
    """Return the files that differ between two checkouts, or a checkout and the folder as it is, by relative path."""
    commits = [one.commit for one in (a, b) if one.commit]
    failure = f"cannot compare {' and '.join(commit[:12] for commit in commits)}"
    return _git(a.top, "diff", "--name-only", "--no-ext-diff", *commits, "--", failure=failure).splitlines()


def _git(where: Path, *command: str, failure: str, **environment: str) -> str:
    """Run git there and return its output. Raises UsageError with ``failure`` and the last line of git's error.

    Raises NotWritten when that error says that a disk is full.
    """
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        answer = subprocess.run(
            ["git", "-C", str(where), *command],
            capture_output=True,
            text=True,
            env={**own, "LC_ALL": "C", **environment},
            timeout=_GIT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(f"{failure} (git does not run: {error})") from error
    if answer.returncode:
        words = answer.stderr.strip().splitlines()
        if says_full(answer.stderr):
            raise NotWritten(f"{failure} ({words[-1]}): free space there, or set TMPDIR to another folder")
        if "dubious ownership" in answer.stderr:
            allow = f"git config --global --add safe.directory {shlex.quote(_refused(answer.stderr, where))}"
            raise UsageError(f"{failure.partition(':')[0]}: git refuses a repository of another user: run '{allow}'")
        if _is_shallow(where):
            raise UsageError(f"{failure}: this is a shallow clone, so run 'git fetch --unshallow' first")
        raise UsageError(f"{failure}{f' ({words[-1]})' if words else ''}: use an existing one")
    return answer.stdout.strip()


def _refused(errors: str, where: Path) -> str:
    """Return the repository that git names in its refusal."""
    found = re.search(r"repository at '(.*)'", errors)
    return found[1] if found else str(where)


def _is_shallow(where: Path) -> bool:
    question = ["git", "-C", str(where), "rev-parse", "--is-shallow-repository"]
    return subprocess.run(question, capture_output=True, text=True, check=False).stdout.strip() == "true"
