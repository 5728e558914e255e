"""A side imports its own checkout, however its repository is on the import path, or refuses."""

import json
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest
from uv import find_uv_bin

import bench.subject

HOOK = """
import sys
from importlib.util import spec_from_file_location

class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "proj":
            return spec_from_file_location(name, {init!r}, submodule_search_locations=[{folder!r}])

sys.meta_path.append(Finder)
"""
PROBE = """
import importlib, json, sys, types
package = sys.modules["_brokerbench_subject"] = types.ModuleType("_brokerbench_subject")
package.__path__ = [{subject!r}]
origin = importlib.import_module("_brokerbench_subject.origin").Origin({repository!r}, {tree!r}, {packages!r})
origin.redirect()
sys.path[:0] = {path!r}
with origin.explaining():
    for name in {names!r}:
        importlib.import_module(name)
origin.check({names!r}[0])
print(json.dumps([[sys.modules[name].VALUE for name in {names!r}], sorted(origin.imported())]))
"""


class Lab:
    """A repository whose files say ``new``, a checkout whose files say ``old``, and an environment."""

    def __init__(self, folder: Path) -> None:
        self.repository, self.tree, environment = folder / "repository", folder / "tree", folder / "repository" / ".env"
        self.tree.mkdir()
        command = (find_uv_bin(), "venv", "--quiet", "--no-project", "--python", sys.executable, environment)
        subprocess.run(command, check=True)
        self.python = environment / "bin" / "python"
        self.packages = environment / Path(sysconfig.get_path("purelib")).relative_to(sys.prefix)

    def write(self, *files: str, text: str = "") -> None:
        """Write files of both."""
        for top, value in ((self.repository, "new"), (self.tree, "old")):
            for file in files:
                write(top / file, f"VALUE = {value!r}\n{text.format(repository=self.repository)}")

    def imports(
        self, *names: str, packages: tuple[str, ...] = (), path: tuple[Path, ...] = (), **own: str
    ) -> list[str]:
        """Return each module's value. Raises RuntimeError with the last line of an error."""
        probe = PROBE.format(
            subject=str(Path(bench.subject.__file__).parent),
            repository=str(self.repository),
            tree=str(self.tree),
            packages=packages,
            path=[str(place) for place in path or (self.tree,)],
            names=names,
        )
        command = [self.python, "-c", probe]
        run = subprocess.run(command, env=own, cwd=self.tree, capture_output=True, text=True, check=False)
        if run.returncode:
            raise RuntimeError(run.stderr.splitlines()[-1])
        values: list[str] = json.loads(run.stdout)[0]
        return values


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)


def by_path(lab: Lab) -> None:
    write(lab.packages / "__editable__.proj.pth", f"{lab.repository}/src\n")


def by_hook(lab: Lab) -> None:
    package = lab.repository / "src" / "proj"
    write(lab.packages / "proj_hook.py", HOOK.format(init=f"{package}/__init__.py", folder=str(package)))
    write(lab.packages / "proj.pth", "import proj_hook\n")


@pytest.mark.parametrize("install", [by_path, by_hook])
def test_an_editable_installation_of_the_repository_gives_way_to_the_checkout(
    install: Callable[[Lab], None], lab: Lab
) -> None:
    lab.write("src/proj/__init__.py", "src/proj/tasks.py")
    install(lab)
    assert lab.imports("proj", "proj.tasks") == ["old", "old"]


def test_a_folder_on_pythonpath_and_one_that_the_app_adds_give_way_to_the_checkout(lab: Lab) -> None:
    lab.write("app.py", text='import sys; sys.path.insert(0, "{repository}/plugins")')
    lab.write("plugins/extra.py", "lib/shared.py")
    assert lab.imports("app", "extra", "shared", PYTHONPATH=f"{lab.repository}/lib") == ["old", "old", "old"]


def test_a_package_in_several_folders_has_those_of_the_checkout_and_of_the_environment(lab: Lab) -> None:
    lab.write("src/company/shop/__init__.py", "other/company/late.py")
    write(lab.packages / "company" / "common.py", "VALUE = 'installed'")
    write(lab.packages / "shop.pth", f"{lab.repository}/src\n{lab.repository}/other\n")
    assert lab.imports("company.shop", "company.common", "company.late") == ["old", "installed", "old"]


def test_what_a_function_imports_later_comes_from_the_checkout(lab: Lab) -> None:
    lab.write("src/app.py", text="import threading")
    lab.write("src/late/__init__.py", text="from late import more")
    lab.write("src/late/more.py")
    by_path(lab)
    write(lab.tree / "src" / "app.py", "def task():\n import late.more\n return late.more.VALUE\nVALUE = task()\n")
    assert lab.imports("app", path=(lab.tree / "src",)) == ["old"]


def test_what_the_environment_has_from_elsewhere_stays(lab: Lab) -> None:
    lab.write("app.py", "sound/__init__.py")
    write(lab.packages / "installed.py", "VALUE = 'installed'")  # in a folder of the repository
    assert lab.imports("app", "installed", "sound") == ["old", "installed", "old"]


def test_an_installed_copy_of_the_app_is_refused_with_the_option_to_use(lab: Lab) -> None:
    lab.write("src/proj/__init__.py", "src/proj/tasks.py")
    for name in ("__init__", "tasks"):
        write(lab.packages / "proj" / f"{name}.py", "VALUE = 'copy'")
    with pytest.raises(RuntimeError, match=rf"it imported \S+/proj/tasks.py .*--app-dir {lab.repository}/src$"):
        lab.imports("proj.tasks")
    assert lab.imports("proj.tasks", path=(lab.tree / "src",)) == ["old"]


def test_an_installed_copy_of_another_package_of_the_repository_is_refused(lab: Lab) -> None:
    lab.write("app.py", "lib/shared.py")
    write(lab.packages / "shared.py", "VALUE = 'copy'")
    own = lab.packages / "shared-1.0.dist-info"
    write(own / "METADATA", "Metadata-Version: 2.1\nName: shared\nVersion: 1.0\n")
    write(own / "RECORD", "shared.py,,\n")
    write(own / "direct_url.json", json.dumps({"url": (lab.repository / "lib").as_uri(), "dir_info": {}}))
    with pytest.raises(RuntimeError, match=rf"it imported \S+/shared.py .*--app-dir {lab.repository}/lib$"):
        lab.imports("app", "shared")


@pytest.mark.parametrize("how", ["before the app", "by the app"])
def test_a_file_that_was_loaded_from_the_repository_is_named(how: str, lab: Lab) -> None:
    lab.write("app.py", "odd.py")
    load = "import importlib.util as u, sys; s = u.spec_from_file_location('odd', {!r}); m = u.module_from_spec(s); "
    code = load.format(f"{lab.repository}/odd.py") + "sys.modules['odd'] = m; s.loader.exec_module(m)\n"
    if how == "by the app":
        write(lab.tree / "app.py", code + "VALUE = 1")
    else:
        write(lab.packages / "early.pth", code)
    with pytest.raises(RuntimeError, match=f"it imported {lab.repository}/odd.py instead of the file in its own check"):
        lab.imports("app")


@pytest.mark.parametrize("name", ["made", "package.made"])
def test_a_module_that_the_commit_does_not_have_is_named(name: str, lab: Lab) -> None:
    lab.write("app.py", "package/__init__.py")
    write(lab.tree / "app.py", f"import {name}")
    made = lab.repository / f"{name.replace('.', '/')}.py"
    write(made, "")
    write(lab.packages / "own.pth", f"{lab.repository}\n")
    with pytest.raises(RuntimeError, match=f"No module named '{name}': {made} is not in git at this commit"):
        lab.imports("app")


def test_a_package_from_another_place_than_its_environment_is_refused(lab: Lab, tmp_path: Path) -> None:
    lab.write("app.py")
    write(tmp_path / "elsewhere" / "thing" / "__init__.py", "VALUE = 'elsewhere'")
    write(lab.packages / "thing" / "__init__.py", "VALUE = 'installed'")
    own = lab.packages / "thing-1.0.dist-info"
    write(own / "METADATA", "Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n")
    write(own / "RECORD", "thing/__init__.py,,\n")
    assert lab.imports("app", "thing", packages=("thing",)) == ["old", "installed"]
    with pytest.raises(RuntimeError, match=r"it imported \S+/elsewhere/thing/__init__.py instead of thing 1.0 "):
        lab.imports("app", "thing", packages=("thing",), PYTHONPATH=str(tmp_path / "elsewhere"))
