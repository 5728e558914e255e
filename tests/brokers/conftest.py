"""What several of these tests hold."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from held import Held, holding


@pytest.fixture
def hold(tmp_path: Path) -> Iterator[Callable[..., Held]]:
    """Start a run in a process of its own, which holds a server of each subject and uses leases of a user's."""
    with holding(tmp_path) as start:
        yield start
