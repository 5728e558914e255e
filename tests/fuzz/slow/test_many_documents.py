"""``make fuzz``: as many documents as DOCUMENTS says, shared between the readers, and how long the slowest took."""

import os
import sys
import time
from collections import Counter
from collections.abc import Iterator

import pytest
from ending import no_measuring, why_not
from hypothesis import HealthCheck, Phase, given, settings
from readers import READERS

_DOCUMENTS = int(os.environ.get("DOCUMENTS") or 10_000)
_MOST_S = 20.0
"""Longer than this, a small document holds a CI job up."""


@pytest.fixture(scope="module", autouse=True)
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with no_measuring(tmp_path_factory.mktemp("documents")):
        yield


@pytest.mark.timeout(0)
@pytest.mark.parametrize("name", READERS)
def test_no_document_harms_a_reader(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    reader, codes, slowest_s, found = READERS[name], Counter[int](), 0.0, dict[str, str]()
    each = -(-_DOCUMENTS * reader.share // sum(one.share for one in READERS.values()))

    @settings(
        max_examples=each,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(content=reader.documents())
    def check(content: bytes) -> None:
        nonlocal slowest_s
        begun_s = time.monotonic()
        ended = reader.take(content)
        took_s = time.monotonic() - begun_s
        slowest_s = max(slowest_s, took_s)
        codes[ended.code] += 1
        if why := why_not(ended) or (f"it took {took_s:.0f} s" if took_s > _MOST_S else None):
            found.setdefault(why.strip().splitlines()[-1][:80], f"{why}\n{content!r}")

    begun_s = time.monotonic()
    check()
    took_s = time.monotonic() - begun_s
    ends = ", ".join(f"{count:,} ended with {code}" for code, count in sorted(codes.items()))
    with capsys.disabled():
        sys.stdout.write(
            f"\n{name}: {codes.total():,} documents in {took_s:.0f} s: {ends}; the slowest took {slowest_s:.2f} s; "
            f"{len(found)} findings\n"
        )
        sys.stdout.writelines(f"{one}\n" for one in found.values())
    assert not found
