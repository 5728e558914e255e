"""Entry of a subject's process: reads its job from standard input and becomes a producer, a worker or a ceiling."""

import importlib
import os
import sys
import types

_PACKAGE = "_brokerbench_subject"  # a name that no user's module has


def _load_package() -> None:
    """Import this folder under its private name, and remove it from the path, which the user's modules are on."""
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != here]
    package = types.ModuleType(_PACKAGE)
    package.__path__ = [here]
    sys.modules[_PACKAGE] = package


def main() -> None:
    """Take the job and do it until the harness closes the connection; report what it fails of."""
    _load_package()
    pipe = importlib.import_module(_PACKAGE + ".pipe").Pipe()
    job = pipe.receive()
    try:
        os.environ.update(job.get("environment", {}))  # libraries read some variables as they are imported
        if "folder" in job:
            os.chdir(job["folder"])
        importlib.import_module(_PACKAGE + "." + job["role"]).run(job, pipe)
    except BaseException as error:
        if pipe.is_ready and not isinstance(error, Exception):  # it ends
            raise
        importlib.import_module(_PACKAGE + ".failing").fail(error, job, pipe)


if __name__ == "__main__":
    main()
