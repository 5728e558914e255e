"""Whether a flip lies where it must: ``python tests/truths/flip.py [--extra 1ms]... [--budget 3m]``.

A call on RabbitMQ waits for no answer, and one on Redis waits for one round trip. So an app whose calls take longer on
RabbitMQ, by a known time, is faster on Redis up to some distance, and that distance grows by one millisecond for each
millisecond of the known time. Each line has the distance that the fit found, what a second run measured there, and by
how much the distance grew since the line before.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import click

from bench.records.quantities import rtt_ns
from bench.records.result import Result, read_result
from bench.report.crossings import crossing_sentences, flip_figure

__all__: list[str] = []

_HERE = Path(__file__).parent


@click.command
@click.option("--extra", "extras", multiple=True, default=("1ms", "2ms", "4ms"), show_default=True)
@click.option("--budget", default="3m", show_default=True, help="of each run: 90s, 3m")
def main(extras: tuple[str, ...], budget: str) -> None:
    """Print where the ranking of Redis and RabbitMQ flips for an app whose calls take longer on RabbitMQ."""
    click.echo("extra     flips at (95 %)             grew by, of the extra  the report's sentence")
    before: tuple[float, float] | None = None
    for text in extras:
        result = _compared(rtt_ns(text), budget)
        (crossing,) = result.crossings
        (told,) = crossing_sentences(result, "enqueue")
        if crossing.flip_ns is None:
            click.echo(f"{text:9} {'nowhere':50} {told}")
            continue
        here = (rtt_ns(text), crossing.flip_ns.value)
        grew = f"{(here[1] - before[1]) / (here[0] - before[0]):.2f}" if before else ""
        flip = str(flip_figure(crossing.flip_ns))
        click.echo(f"{text:9} {flip:27} {grew:>14}         {told}")
        before = here


def _compared(extra_ns: int, budget: str) -> Result:
    """Return the result of a sweep over the distance."""
    command = [sys.executable, "-m", "brokerbench", "compare", "redis", "rabbitmq", "--workload", "sweep-rtt"]
    own = ["--app", "flipping_app", "--app-dir", str(_HERE), "--task", "flipping_app.noop", "--metric", "enqueue"]
    environment = os.environ | {"TRUTHS_EXTRA_NS": str(extra_ns)}
    with tempfile.TemporaryDirectory() as directory:
        out = Path(directory) / "result"
        subprocess.run(
            [*command, *own, "--budget", budget, "--out", str(out)],
            cwd=_HERE.parents[1],
            env=environment,
            stdout=sys.stderr,
            check=True,
        )
        return read_result(out, blocks=False)


if __name__ == "__main__":
    main()
