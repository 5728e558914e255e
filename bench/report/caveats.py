"""What a reader must know before believing a result: what went wrong in the run, and what its figures leave out."""

from collections.abc import Sequence

from bench.figures.disturbance import disturbed_share
from bench.records.result import Result
from bench.report.ways import missed_words, put_words
from bench.report.wording import ending, joined
from bench.text.cleaning import clean
from bench.text.numbers import percent, plural

__all__ = ["caveats"]


def caveats(result: Result) -> list[str]:
    """Return at most two sentences: what went wrong in the run, and what its figures leave out."""
    return [_sentence(parts) for parts in (_went_wrong(result), _left_out(result)) if parts]


def _sentence(parts: Sequence[str]) -> str:
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}."


def _went_wrong(result: Result) -> list[str]:
    failed = [clean(one.label) for one in result.subjects if one.failure is not None or one.failed_at]
    missing = f"not measured, or not to the end: {joined(failed)}" if failed else ""
    return list(filter(None, [ending(result), missing, missed_words(result), _disturbed(result)]))


def _disturbed(result: Result) -> str:
    share, found = disturbed_share(result), result.disturbance
    if not share or not found or found.other_cores is None:
        return ""
    cores = plural(result.environment.cores_allowed, "core")
    return f"other programs used {found.other_cores:.1f} of {cores} during {percent(share)} of the blocks"


def _left_out(result: Result) -> list[str]:
    return list(filter(None, [_emulators(result), _distance(result)]))


def _emulators(result: Result) -> str:
    names: dict[str, list[str]] = {}
    for one in result.subjects:
        if one.server and one.server.emulator:
            names.setdefault(clean(one.server.software), []).append(clean(one.label))
    if not names:
        return ""
    what, its = ("an emulator", "its") if len(names) == 1 else ("emulators", "their")
    stood = joined([name for subjects in names.values() for name in subjects])
    return f"{what} ({', '.join(names)}) stood in for {stood}: {its} speed says nothing about the real service"


def _distance(result: Result) -> str:
    """Return where the servers were: a distance that only some of the subjects have is in the figures of those."""
    servers = {clean(one.label): one.server.private for one in result.subjects if one.server}
    own = [name for name, private in servers.items() if not private]
    if not servers:
        return ""
    put = put_words(result)
    if not own:
        return f"all servers ran on this machine, {f'and {put}' if put else 'so no network is in the figures'}"
    further = f"; {put}" if put else ""
    if len(own) == len(servers):
        return f"the servers are yours, and the distance to them is in the figures{further}"
    alone = "" if put else " alone"
    return f"the distance to your server is in the figures of {joined(own)}{alone}{further}"
