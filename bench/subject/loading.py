"""Loads a module from a file that the harness names."""

from __future__ import annotations

import os
import sys
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType

__all__ = ["module_at"]


def module_at(path: str) -> ModuleType:
    """Return the module in that file, under a private name that no user's module has."""
    name = "_brokerbench_" + os.path.splitext(os.path.basename(path))[0]
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"cannot load {path}: it is not a Python file")
    module = sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
