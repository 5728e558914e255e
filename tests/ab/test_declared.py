"""With ``env=ref``, a side's packages are those that the app's own files ask for at that commit."""

import sys
from pathlib import Path

import pytest
from repositories import commit

from bench.ab.checkout import Checkout, check_out
from bench.ab.declared import declared_by, import_roots, unlike
from bench.ab.interpreters import look_at
from bench.ab.sides import make_sides
from bench.ab.spec import read_spec
from bench.ab.virtualenvs import Lock, Wanted, lock_alone
from bench.records.workload import Workload
from brokers import split_subject
from brokers.errors import UsageError

APP = "from celery import Celery\napp = Celery('proj')\n@app.task(name='add')\ndef add():\n    return {}\n"
PROJECT = "[project]\nname = 'proj'\nversion = '1'\ndependencies = ['vine=={}']\n"
LOCK = """
version = 1
revision = 3
requires-python = ">=3.11"

[[package]]
name = "proj"
version = "1"
source = { virtual = "." }
dependencies = [{ name = "vine" }]

[package.metadata]
requires-dist = [{ name = "vine" }]

[[package]]
name = "vine"
version = "5.0.0"
source = { registry = "https://index.example/simple" }
"""

OTHER_LOCK = """
[[package]]
name = "Vine"
version = "5.0.0"

[[package]]
name = "amqp"
version = "5.1.0"

[[package]]
name = "amqp"
version = "5.2.0"

[[package]]
name = "lib"
version = "1.0"

[package.source]
type = "git"
url = "https://example.com/lib.git"
"""


def checkout(files: dict[str, str], tmp_path: Path, app_dir: str = ".") -> Checkout:
    commit(tmp_path / "repository", "only", {"src/app.py": "", **files})
    return check_out(tmp_path / "repository" / app_dir, "only", tmp_path / "out")


def lock(found: Checkout, *requirements: str) -> Lock:
    wanted = read_spec(" ".join(requirements)).requirements
    return lock_alone(Wanted(wanted, look_at(sys.executable), ("vine",), declared_by(found, "ref=only")), {})


@pytest.mark.parametrize(
    "files",
    [
        {"requirements.txt": "vine==5.0.0", "pyproject.toml": PROJECT.format("5.1.0")},
        {"requirements.txt": "-r more/base.txt", "more/base.txt": "vine==5.0.0"},
        {"pyproject.toml": PROJECT.format("5.0.0")},
        {"uv.lock": LOCK, "pyproject.toml": PROJECT.replace("=={}", "")},
        {"poetry.lock": OTHER_LOCK, "pyproject.toml": PROJECT.replace("=={}", "")},
        {"pdm.lock": OTHER_LOCK, "pyproject.toml": PROJECT.replace("=={}", "")},
        {"src/pyproject.toml": "[tool.ruff]\nline-length = 99", "requirements.txt": "vine==5.0.0"},
    ],
)
def test_the_first_file_above_the_app_decides(files: dict[str, str], tmp_path: Path) -> None:
    assert lock(checkout(files, tmp_path, "src")).versions == {"vine": "5.0.0"}


def test_what_the_side_names_itself_goes_over_the_file(tmp_path: Path) -> None:
    assert lock(checkout({"requirements.txt": "vine==5.0.0"}, tmp_path), "vine==5.1.0").versions == {"vine": "5.1.0"}


def test_a_lock_limits_only_what_it_says_in_one_way_and_a_side_does_not_name_itself(tmp_path: Path) -> None:
    found = checkout({"poetry.lock": OTHER_LOCK, "pyproject.toml": PROJECT.replace("=={}", "")}, tmp_path)
    assert declared_by(found, "ref=only").locked() == {"vine": "5.0.0"}
    assert lock(found, "vine==5.1.0").versions == {"vine": "5.1.0"}


def test_a_lock_that_is_not_one_is_refused(tmp_path: Path) -> None:
    found = checkout({"poetry.lock": "package = 1", "pyproject.toml": PROJECT.format("5.0.0")}, tmp_path)
    with pytest.raises(UsageError, match=r"poetry\.lock of the checkout is not a lock file"):
        lock(found)


def test_projects_of_the_checkout_are_imported_from_there_with_their_requirements(tmp_path: Path) -> None:
    library = {"lib/pyproject.toml": PROJECT.format("5.0.0"), "lib/src/lib.py": ""}
    found = checkout({"requirements.txt": "-e ./lib", **library}, tmp_path)
    locked = lock(found)
    assert locked.versions == {"vine": "5.0.0"}
    assert locked.urls == {}
    tree = tmp_path / "out" / "tree"
    assert import_roots(locked.own) == [str(tree / name) for name in ("src", "", "lib/src", "lib")]


def test_a_commit_without_such_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"env=ref: ref=only has no uv\.lock, "):
        declared_by(checkout({}, tmp_path), "ref=only")


@pytest.mark.parametrize("spec", ["env=ref", "env=main ref=main"])
def test_an_environment_is_that_of_a_reference(spec: str) -> None:
    with pytest.raises(UsageError, match="env=ref, and needs a ref="):
        read_spec(spec)


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"uv.lock": "1"}, ["uv.lock"]),
        ({"requirements/prod.txt": "vine", "setup.py": ""}, ["requirements/prod.txt", "setup.py"]),
        ({"pyproject.toml": PROJECT.format("5.0.0")}, ["pyproject.toml"]),
        ({"pyproject.toml": PROJECT.format("5.1.0") + "[tool.ruff]\nline-length = 99\n"}, []),
        ({"README.md": "vine"}, []),
    ],
)
def test_files_that_ask_for_other_packages_are_found(change: dict[str, str], names: list[str], tmp_path: Path) -> None:
    top = tmp_path / "repository"
    commit(top, "old", {"src/app.py": "", "pyproject.toml": PROJECT.format("5.1.0")})
    commit(top, "new", change)
    a, b = (check_out(top / "src", ref, tmp_path / ref) for ref in ("old", "new"))
    assert unlike(a, b) == names


def test_a_side_gets_its_own_packages_or_a_sentence(tmp_path: Path) -> None:
    top = tmp_path / "repository"
    for version in ("5.3.2", "5.3.4"):
        commit(
            top,
            version,
            {"proj.py": APP.format(repr(version)), "requirements.txt": f"celery==5.3.4\nkombu=={version}\n"},
        )
    chosen, workload = split_subject("rabbitmq"), Workload(name="own", app="proj:app", task="add", app_dir=str(top))
    for env, installed, notes in ((" env=ref", ["kombu 5.3.2 against 5.3.4"], 0), ("", [], 1)):
        specs = read_spec(f"ref=5.3.2{env}"), read_spec(f"ref=5.3.4{env}")
        made = make_sides(chosen, specs, workload, None, tmp_path / f"out{env}")
        assert (made.differing, len(made.notes)) == (installed, notes)
    assert made.notes == [
        "requirements.txt differs between A and B, but is not installed: add env=ref to each side with a ref="
    ]
