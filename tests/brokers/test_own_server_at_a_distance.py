"""What a run at a distance made on a user's own server is deleted directly, not through the relay."""

from pathlib import Path

import pytest
from commands import leftovers, relay_of, start_brokerbench
from probes import probe_of
from support import Servers, eventually

from bench.records.result import read_result


@pytest.mark.parametrize("name", ["redis", "rabbitmq"])
def test_what_a_run_made_is_deleted_also_after_its_relay_is_gone(name: str, servers: Servers, tmp_path: Path) -> None:
    server = servers.as_users(name)
    probe = probe_of(name, server)
    with probe.canaries():
        before = probe.contents()
        asked = (f"{name}@1ms", "--metric", "enqueue", "--no-ceilings", "--budget", "60s", "--out", "out")
        run = start_brokerbench("compare", *asked, cwd=tmp_path, **{f"{name.upper()}_URL": server.url})
        assert eventually(lambda: _has_blocks(tmp_path), 80)
        assert probe.contents() != before
        relay = relay_of(tmp_path)
        assert relay
        relay.kill()
        output, _ = run.communicate(timeout=120)
        (subject,) = read_result(tmp_path / "out").subjects
        assert "the relay ended" in str(subject.failure), output
        assert not leftovers(tmp_path)
        assert probe.contents() == before


def _has_blocks(folder: Path) -> bool:
    path = folder / "out" / "result.json"
    return path.exists() and path.read_text().count('"metric":"') >= 3
