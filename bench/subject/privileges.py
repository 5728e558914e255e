"""Says in one line why Celery runs no worker of a user's app for this user, where it would say it in a page."""

from __future__ import annotations

import warnings
from typing import Any

__all__ = ["refuse_root"]

_REFUSAL = (
    "Celery refuses to run a worker as root (or in an unknown group) if its app accepts pickle: run this as another "
    "user, take pickle out of accept_content, or set C_FORCE_ROOT=1 if you accept the risk"
)


def refuse_root(app: Any) -> None:
    """End the process with one line if Celery would refuse to run this app's worker. Celery 4 ends it by itself."""
    from celery.exceptions import SecurityError
    from celery.platforms import check_privileges

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Celery warns by itself
        try:
            check_privileges(app.conf.accept_content or ())
        except SecurityError:
            raise SystemExit(_REFUSAL) from None
