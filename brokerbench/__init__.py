"""Measures what a Celery task costs on each broker: the command ``brokerbench`` and a plugin of pytest.

This is the only package that an installation adds to an environment. The code itself, the packages ``bench``,
``brokers`` and ``tasks``, is carried inside and found by its path, so a project may have modules of these names.
"""

import sys
from importlib.metadata import version
from pathlib import Path

__all__ = ["HOME", "__version__", "put_on_path"]

_CARRIED = Path(__file__).parent / "carried"

HOME = _CARRIED if _CARRIED.is_dir() else Path(__file__).parents[1]
"""The folder with ``bench``, ``brokers`` and ``tasks``: inside this package, or in a checkout beside it."""
__version__ = version("brokerbench")


def put_on_path() -> None:
    """Let this process import ``bench``, ``brokers`` and ``tasks`` from ``HOME``, whatever else has these names.

    The command and its processes do this. Do it in the ``conftest.py`` of a package with a broker or a metric.
    """
    sys.path[:] = [str(HOME), *(entry for entry in sys.path if entry != str(HOME))]
