"""Finds the Celery app and the task that the user named, as ``celery -A`` does, or says what to name instead."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from contextlib import nullcontext, suppress
from difflib import get_close_matches
from types import ModuleType
from typing import Any, Iterator

from .failing import WrongApp

__all__ = ["find_app", "find_task", "include"]

_MOST_NAMES = 10
_AS_IMPORTED = "name a module as Python imports it, for example proj.jobs"
_AS_CELERY = "name it as 'celery -A' does, for example --app proj.celery:app, and its folder with --app-dir"


def find_app(name: str) -> Any:
    """Return the app that Celery's own finder takes for this name.

    Raises WrongApp if it finds none or something else, and the user's own error if the app's module raises one.
    """
    from celery import Celery
    from celery.app.utils import find_app as celerys

    try:
        found = celerys(name)
    except (AttributeError, ImportError, ValueError) as error:
        raise _not_found(name) from error
    if not isinstance(found, Celery):
        raise WrongApp(f"{name} is {_kind(found)}, not a Celery app; {_instead(name)}")
    return found


def find_task(app: Any, job: dict[str, Any]) -> Any:
    """Return the job's task. Raises WrongApp if the app does not have it, with the names that are near."""
    name = job["task"]
    if name not in app.tasks:
        raise WrongApp(f"{job['app']} has no task {name!r}; {_known_tasks(app, name)}{_where_it_is(app, job)}")
    return app.tasks[name]


def include(app: Any, module: str) -> None:
    """Import a module with more of the app's tasks. Raises WrongApp if there is none of that name."""
    try:
        app.loader.import_task_module(module)
    except ModuleNotFoundError as error:
        if error.name and (module == error.name or module.startswith(error.name + ".")):
            raise WrongApp(
                f"--include {module}: {error} in {os.getcwd()} or the environment; {_AS_IMPORTED}"
            ) from error
        raise


def _not_found(name: str) -> WrongApp:
    """Return the sentence about an app that is not there. Raises what the user's own module raises, if it does."""
    module_name, _, attribute = name.partition(":")
    module, missing = _import(module_name)
    if module is not None and hasattr(module, "__path__"):
        with suppress(Exception) if attribute or missing else nullcontext():
            _import(f"{module.__name__}.celery")  # Celery's finder does not say why this cannot be imported
    if module is None or (missing and attribute and not list(_apps_beside(name))):
        whole = f"{module.__name__}.{missing}" if module else missing
        return WrongApp(f"No module named {whole!r} in {os.getcwd()} or the environment; {_AS_CELERY}")
    wanted = missing or attribute
    what = f"has no {wanted!r}" if wanted else "has no Celery app"
    return WrongApp(f"{module.__name__} {what}; {_instead(name)}")


def _import(dotted: str) -> tuple[ModuleType | None, str]:
    """Import as much of a dotted name as there is, and return the module and the rest of the name."""
    module, parts = None, dotted.split(".")
    for place, part in enumerate(parts):
        is_attribute = module is not None and not isinstance(getattr(module, part, module), ModuleType)
        if is_attribute or not part:
            return module, ".".join(parts[place:])
        whole = ".".join(parts[: place + 1])
        try:
            module = importlib.import_module(whole)
        except ModuleNotFoundError as error:
            if error.name != whole:
                raise
            return module, ".".join(parts[place:])
    return module, ""


def _instead(name: str) -> str:
    """Return what to name: the Celery apps in the package, or how to make one."""
    found = sorted(_apps_beside(name))
    if found:
        return f"name its Celery app with --app {' or --app '.join(found[:_MOST_NAMES])}"
    return "make the Celery app when its module is imported, and name it with --app MODULE:NAME"


def _apps_beside(name: str) -> Iterator[str]:
    """Name the Celery apps in the imported modules of the package, or the module, that a name begins with."""
    from celery import Celery

    package = name.partition(":")[0].partition(".")[0]
    for path, module in list(sys.modules.items()):
        if path == package or path.startswith(package + "."):
            for attribute, value in list(vars(module).items()):
                if isinstance(value, Celery) and not attribute.startswith("_"):
                    yield f"{path}:{attribute}"


def _kind(found: Any) -> str:
    if isinstance(found, (ModuleType, type)) or (callable(found) and hasattr(found, "__name__")):
        kind = "module" if isinstance(found, ModuleType) else "class" if isinstance(found, type) else "function"
        return f"the {kind} {found.__name__}"
    return f"a {type(found).__name__}"


def _known_tasks(app: Any, name: str) -> str:
    own = sorted(one for one in app.tasks if not one.startswith("celery."))
    if not own:
        return "it has none; name the module of its tasks with --include"
    last = name.rpartition(".")[2]
    near = get_close_matches(name, own, 3) or [one for one in own if one.rpartition(".")[2] == last][:3]
    all_of_them = f"it has {', '.join(own[:_MOST_NAMES])}"
    if len(own) > _MOST_NAMES:
        all_of_them += f" and {len(own) - _MOST_NAMES} more"
    return f"{all_of_them}; did you mean {' or '.join(near)}?" if near else all_of_them


def _where_it_is(app: Any, job: dict[str, Any]) -> str:
    """Return where the task seems to be: in another app, or in a module that the app does not import."""
    name = job["task"]
    for place in sorted(_apps_beside(job["app"])):
        module, _, attribute = place.partition(":")
        other = getattr(sys.modules[module], attribute)
        if other is not app and name in other.tasks:
            return f"; {place} has it"
    module_name = name.rpartition(".")[0]
    if module_name and module_name not in sys.modules and _exists(module_name):
        return f"; its worker may import {module_name}: add --include {module_name}"
    return ""


def _exists(module_name: str) -> bool:
    try:
        return importlib.util.find_spec(module_name) is not None
    except Exception:  # whatever the packages above it raise
        return False
