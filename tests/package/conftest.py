"""The wheel, installed into an environment of its own, beside a project that has modules of our names."""

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = {
    "tasks.py": (
        "from celery import Celery\n\n"
        "app = Celery('shop', broker='redis://nowhere.invalid')\n\n\n"
        "@app.task\ndef add(x, y):\n    return x + y\n\n\n"
        "@app.task\ndef mul(x, y):\n    return x * y\n"
    ),
    "bench/measure.py": "WHOSE = 'the project'\n",
    "brokers/__init__.py": "WHOSE = 'the project'\n",
    "conftest.py": "import bench.measure, brokers, tasks\n\nassert brokers.WHOSE == bench.measure.WHOSE\n",
}
"""A project as a Celery tutorial begins it; ``bench`` has no ``__init__.py``."""


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from the source distribution, as an index's file is built."""
    folder = tmp_path_factory.mktemp("wheel")
    _run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(folder), cwd=ROOT)
    (archive,) = folder.glob("*.tar.gz")
    subprocess.run(["tar", "xf", archive.name], cwd=folder, check=True)
    unpacked = folder / archive.name.removesuffix(".tar.gz")
    _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=unpacked)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into a new environment that sees the libraries of this one, and return its ``bin``."""
    environment = tmp_path_factory.mktemp("environment")
    _run(sys.executable, "-m", "venv", "--without-pip", str(environment), cwd=environment)
    bin_ = environment / "bin"
    site = Path(
        _run(
            str(bin_ / "python"), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=wheel.parent
        ).strip()
    )
    zipfile.ZipFile(wheel).extractall(site)
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    command = bin_ / "brokerbench"
    command.write_text(f"#!{bin_ / 'python'}\nfrom brokerbench.__main__ import main\nmain()\n")
    command.chmod(0o755)
    return bin_


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return the folder of the project."""
    folder = tmp_path / "shop"
    for name, text in PROJECT.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def _run(*command: str, cwd: Path) -> str:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=True).stdout
