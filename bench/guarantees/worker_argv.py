"""The command line of a scene's workers."""

import uuid
from collections.abc import Sequence
from pathlib import Path

from bench.guarantees.setup import Setup
from bench.processes.launcher import WORKER_OPTIONS

__all__ = ["worker_argv"]


def worker_argv(setup: Setup, queues: Sequence[str], folder: Path) -> list[str]:
    """Return the arguments of ``celery worker`` for these queues; the setup's own options come last.

    ``folder`` is what the setup's options call ``{folder}``.
    """
    usual = [option for option in WORKER_OPTIONS if option != "--without-mingle" or not setup.mingle]
    own = [option.replace("{folder}", str(folder)) for option in setup.worker_options]
    argv = ["--pool", "prefork", "--concurrency", str(setup.concurrency), "--queues", ",".join(queues)]
    return [*argv, "--hostname", f"{uuid.uuid4().hex[:8]}@%h", *usual, *own]
