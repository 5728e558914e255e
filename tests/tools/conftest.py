"""A job that has checked out a pull request."""

from pathlib import Path

import pytest
from action_job import APP, Job, git


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """Check out the newer of two commits alone, as CI does."""
    origin, checkout, folder = (tmp_path / name for name in ("origin", "checkout", "runner temp"))
    origin.mkdir()
    (folder / "home").mkdir(parents=True)
    git(origin, "init", "--quiet", "--initial-branch", "main")
    for before in ("pass", "time.sleep(0.002)"):
        (origin / "shop.py").write_text(APP.format(before=before))
        git(origin, "add", ".")
        git(origin, "commit", "--quiet", "--message", before)
    git(tmp_path, "clone", "--quiet", "--depth=1", origin.as_uri(), str(checkout))
    return Job(folder, checkout)
