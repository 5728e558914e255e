"""What may have spoilt a search, and what it had no time for."""

from collections.abc import Sequence

from bench.figures import disturbance
from bench.records.figures import Disturbance
from bench.records.result import Result
from bench.tune.search import Search

__all__ = ["search_warnings"]


def search_warnings(search: Search) -> list[str]:
    """Return the warnings of all stages, each once; one about other programs for all stages together."""
    results = [stage.result for stage in search.stages]
    cores = results[0].environment.cores_allowed
    of_stages = {disturbance.warning(one.disturbance, cores) for one in results}
    found = [text for one in results for text in one.warnings if text not in of_stages]
    found.append(disturbance.warning(_together(results), cores))
    if search.final and len(search.final) > 1 and not search.was_ablated:
        found.append("there was too little time to take out the settings one by one: some of them may do nothing")
    return list(dict.fromkeys(filter(None, found)))


def _together(results: Sequence[Result]) -> Disturbance:
    known = [one.disturbance for one in results if one.disturbance]
    used = [(one.other_cores, one.disturbed) for one in known if one.other_cores is not None and one.disturbed]
    blocks = sum(count for _, count in used)
    return Disturbance(
        blocks=sum(one.blocks for one in known),
        disturbed=sum(one.disturbed for one in known),
        other_cores=sum(cores * count for cores, count in used) / blocks if blocks else None,
    )
