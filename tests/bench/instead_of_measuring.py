"""Return made-up results instead of measuring, in every process that imports this.

``MADE_RESULTS`` names their files, in the order in which they are "measured".
"""

import os
from pathlib import Path
from typing import Any

from bench.compare import run as comparing
from bench.records.result import Result, read_result
from bench.records.writer import Writer

_left = [Path(path) for path in os.environ["MADE_RESULTS"].split(os.pathsep)]


def _compare(_: Any, writer: Writer, *__: Any) -> Result:
    result = read_result(_left.pop(0))
    writer.start(result.model_copy(update={"blocks": []}))
    for block in result.blocks:
        writer.append(block)
    writer.finish(result)
    return result


comparing.compare = _compare  # type: ignore[assignment]
