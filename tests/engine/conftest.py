import pytest
from fakes import Clock


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return the clock by which the engine's modules go."""
    clock = Clock()
    for module in ("runner", "search", "stage"):
        monkeypatch.setattr(f"bench.engine.{module}.time", clock)
    return clock
