"""What ``celery -A`` takes is taken; of everything else a sentence says what to name instead."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bench.subject.failing import WrongApp, reason
from bench.subject.finding import find_app, find_task, include

Write = Callable[[dict[str, str]], None]
CELERY = "from celery import Celery\n"
MAKE = CELERY + "{name} = Celery('{main}', broker='memory://')\n"


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write modules by their paths into the working folder, and forget what is imported from there."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def written(modules: dict[str, str]) -> None:
        for name, text in modules.items():
            path = tmp_path / name
            if path.parent != tmp_path:
                path.parent.mkdir(exist_ok=True)
                (path.parent / "__init__.py").touch()
            path.write_text(text)

    return written


LAYOUTS: dict[str, tuple[str, dict[str, str], str]] = {
    "an attribute": ("shop:app", {"shop.py": MAKE.format(name="app", main="one")}, "one"),
    "a module": ("shop", {"shop.py": MAKE.format(name="app", main="one")}, "one"),
    "a name with dots alone": ("shop.celery.app", {"shop/celery.py": MAKE.format(name="app", main="one")}, "one"),
    "a package with a submodule celery": ("shop", {"shop/celery.py": MAKE.format(name="app", main="one")}, "one"),
    "the submodule": ("shop.celery", {"shop/celery.py": MAKE.format(name="app", main="one")}, "one"),
    "another name in the submodule": ("shop", {"shop/celery.py": MAKE.format(name="queue", main="one")}, "one"),
    "another name": ("shop", {"shop.py": MAKE.format(name="worker_of_shop", main="one")}, "one"),
    "the name celery": ("shop", {"shop.py": MAKE.format(name="celery", main="one")}, "one"),
    "the second of two": (
        "shop:second",
        {"shop.py": MAKE.format(name="app", main="one") + MAKE.format(name="second", main="two")},
        "two",
    ),
    "a factory that a module calls": (
        "make",
        {
            "shop.py": CELERY + "def create():\n    return Celery('one')\n",
            "make.py": "import shop\nown = shop.create()\n",
        },
        "one",
    ),
    "an app beside a Flask object": (
        "shop:celery",
        {"shop.py": MAKE.format(name="celery", main="one") + "class Flask: pass\napp = Flask()\n"},
        "one",
    ),
    "a module of the same name as the app in its package": (
        "shop.app",
        {
            "shop/__init__.py": MAKE.format(name="app", main="one"),
            "shop/app.py": "raise RuntimeError('not this one')\n",
        },
        "one",
    ),
    "a subclass": ("shop", {"shop.py": CELERY + "class Own(Celery): pass\napp = Own('one')\n"}, "one"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_an_app_is_found_as_celery_finds_it(layout: str, write: Write) -> None:
    name, modules, main = LAYOUTS[layout]
    write(modules)
    assert find_app(name).main == main


FLASK = "class Flask: pass\napp = Flask()\n"
SENTENCES: dict[str, tuple[str, dict[str, str], str]] = {
    "a Flask object": (
        "shop",
        {"shop.py": MAKE.format(name="celery_app", main="one") + FLASK},
        r"shop is a Flask, not a Celery app; name its Celery app with --app shop:celery_app$",
    ),
    "a factory": (
        "shop:create",
        {"shop.py": CELERY + "def create():\n    return Celery('one')\n"},
        r"shop:create is the function create, not a Celery app; make the Celery app when its module is imported",
    ),
    "no such module": ("shoop:app", {}, r"No module named 'shoop' in .*; name it as 'celery -A' does"),
    "a path": ("shop/celery.py", {"shop/celery.py": "app = 1\n"}, r"No module named 'shop/celery.py'"),
    "no such submodule": (
        "shop.celeri:app",
        {"shop/celery.py": MAKE.format(name="app", main="one")},
        r"shop has no 'celeri'; name its Celery app with --app shop.celery:app$",
    ),
    "no such attribute": (
        "shop:celery_app",
        {"shop.py": MAKE.format(name="own", main="one")},
        r"shop has no 'celery_app'; name its Celery app with --app shop:own$",
    ),
    "no app at all": ("shop", {"shop.py": "x = 1\n"}, r"shop has no Celery app; make the Celery app when"),
    "an empty name": ("", {}, r"No module named ''"),
}


@pytest.mark.parametrize("kind", SENTENCES)
def test_what_is_not_an_app_gets_a_sentence(kind: str, write: Write) -> None:
    name, modules, words = SENTENCES[kind]
    write(modules)
    with pytest.raises(WrongApp, match=words):
        find_app(name)


FAILING: dict[str, tuple[str, dict[str, str], str]] = {
    "a missing variable": (
        "shop",
        {"shop.py": "import os\n\nPREFETCH = os.environ['SHOP_PREFETCH']\n"},
        "KeyError: 'SHOP_PREFETCH' (shop.py, line 3)",
    ),
    "a missing library": (
        "shop:app",
        {"shop.py": "x = 1\nimport no_such_library\n"},
        "ModuleNotFoundError: No module named 'no_such_library' (shop.py, line 2)",
    ),
    "a missing library below a package": (  # of which Celery's finder says only that there is no app
        "shop",
        {"shop/celery.py": "import no_such_library\n"},
        "ModuleNotFoundError: No module named 'no_such_library' (shop/celery.py, line 1)",
    ),
    "a missing attribute": (  # which Celery's finder takes for a module's
        "shop:app",
        {"shop.py": "import os\nos.no_such_function()\n"},
        "AttributeError: module 'os' has no attribute 'no_such_function' (shop.py, line 2)",
    ),
    "a mistake in its syntax": (
        "shop",
        {"shop.py": "x = 1\ny = = 2\n"},
        "SyntaxError: invalid syntax (shop.py, line 2)",
    ),
    "a mistake in a library's call": (
        "shop",
        {"shop.py": "import json\n\n\njson.loads('')\n"},
        "JSONDecodeError: Expecting value: line 1 column 1 (char 0) (shop.py, line 4)",
    ),
    "a missing file": (
        "shop",
        {"shop.py": "open('config.yml')\n"},
        "FileNotFoundError: [Errno 2] No such file or directory: 'config.yml' (shop.py, line 1); "
        "the working folder is ",
    ),
    "an exit": ("shop", {"shop.py": "import sys\nsys.exit('set SHOP')\n"}, "SystemExit: set SHOP (shop.py, line 2)"),
}


@pytest.mark.parametrize("kind", FAILING)
def test_the_reason_of_an_app_that_fails_is_its_exception_and_the_line_in_its_file(kind: str, write: Write) -> None:
    name, modules, words = FAILING[kind]
    write(modules)
    with pytest.raises(BaseException) as failed:  # noqa: PT011 - of any kind
        find_app(name)
    found = reason(failed.value, {})
    assert found.startswith(words)
    assert found.removeprefix(words) in ("", os.getcwd())


def test_a_file_that_only_the_working_tree_has_is_said_not_to_be_in_git(write: Write, tmp_path: Path) -> None:
    origin = tmp_path / "origin"
    origin.mkdir()
    for name in ("config.yml", ".env"):
        (origin / name).touch()
    write({"shop.py": "open('config.yml')\n", "shop_with_dotenv.py": "import os\nos.environ['SHOP']\n"})
    job: dict[str, Any] = {"checked_out_from": str(origin)}
    for module, missing in (("shop", "config.yml"), ("shop_with_dotenv", ".env")):
        with pytest.raises((OSError, KeyError)) as failed:
            find_app(module)
        assert f"; git does not hold {missing}" in reason(failed.value, job)


def test_an_included_module_that_does_not_exist_is_named_and_one_that_fails_says_why(write: Write) -> None:
    write({"shop.py": MAKE.format(name="app", main="one"), "jobs.py": "import no_such_library\n"})
    app = find_app("shop")
    with pytest.raises(WrongApp, match=r"--include more\.jobs: No module named 'more' in .*; name a module as"):
        include(app, "more.jobs")
    with pytest.raises(ModuleNotFoundError, match="no_such_library"):
        include(app, "jobs")


def app_with(*names: str) -> Any:
    return SimpleNamespace(tasks=dict.fromkeys((*names, "celery.chord")))


@pytest.mark.parametrize(
    ("names", "wanted", "words"),
    [
        (("shop.tasks.add", "shop.tasks.sub"), "shop.tasks.ad", "did you mean shop.tasks.add or shop.tasks.sub?"),
        (("shop.jobs.purchases.buy",), "buy", "it has shop.jobs.purchases.buy; did you mean shop.jobs.purchases.buy?"),
        (("shop.a",), "zzzzzz", "has no task 'zzzzzz'; it has shop.a$"),
        (tuple(f"shop.{n:02}" for n in range(12)), "x", r"it has shop.00, .*, shop.09 and 2 more$"),
        ((), "buy", "it has none; name the module of its tasks with --include"),
    ],
)
def test_an_unknown_task_is_answered_with_the_near_names(names: tuple[str, ...], wanted: str, words: str) -> None:
    with pytest.raises(WrongApp, match=words):
        find_task(app_with(*names), {"app": "shop:app", "task": wanted})


def test_an_unknown_task_is_said_to_be_another_apps_or_in_a_module_that_is_not_imported(write: Write) -> None:
    second = "@second.task(name='shop.buy', shared=False)\ndef buy(): pass\n"
    shop = MAKE.format(name="app", main="one") + MAKE.format(name="second", main="two") + second
    write({"shop.py": shop, "extra/jobs.py": "raise RuntimeError('not imported')\n"})
    app = find_app("shop")
    with pytest.raises(WrongApp, match=r"; shop:second has it$"):
        find_task(app, {"app": "shop", "task": "shop.buy"})
    with pytest.raises(WrongApp, match=r"add --include extra\.jobs$"):
        find_task(app, {"app": "shop", "task": "extra.jobs.sell"})
