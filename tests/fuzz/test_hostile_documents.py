"""No document that others wrote ends a command with a traceback, with "regressed", or with more than one line."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from readers import READERS, no_measuring, why_not


@pytest.fixture(scope="module", autouse=True)
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with no_measuring(tmp_path_factory.mktemp("documents")):
        yield


@pytest.mark.parametrize("name", READERS)
def test_a_spoilt_document_is_refused_in_one_line_or_read(name: str) -> None:
    reader = READERS[name]

    @settings(
        max_examples=12,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(content=reader.documents())
    def check(content: bytes) -> None:
        assert why_not(reader.take(content)) is None

    check()


@pytest.mark.parametrize("name", READERS)
def test_a_whole_document_is_read(name: str, tmp_path: Path) -> None:
    reader = READERS[name]
    for whole in reader.wholes():
        ended = reader.take(reader.write(whole).encode())
        assert why_not(ended) is None
