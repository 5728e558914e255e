"""The options of ``brokerbench`` that several commands have, or that need checks of their own."""

import math
from collections.abc import Callable
from typing import Any

import click

from bench.metrics.latency import LEAST_RATE, MOST_RATE
from bench.metrics.registry import catalogue
from bench.records.bounds import MOST_SEED
from bench.records.margin import DEFAULT_MARGIN, share

__all__ = [
    "limit_option",
    "margin_option",
    "metric_option",
    "rate_option",
    "regression_option",
    "seed_option",
    "workload_option",
    "yes_option",
]


def _each_once(_: click.Context, option: click.Parameter, rates_per_s: tuple[float, ...]) -> tuple[float, ...]:
    """Leave out what was given twice. Raises BadParameter for what is no number, which no range refuses."""
    if any(map(math.isnan, rates_per_s)):
        raise click.BadParameter("nan is no rate: give a number", param=option)
    return tuple(dict.fromkeys(rates_per_s))


def _as_share(_: click.Context, option: click.Parameter, text: str | None) -> float | None:
    """Read a percentage. Raises BadParameter when it is none."""
    try:
        return None if text is None else share(text, "limit")
    except ValueError as error:
        raise click.BadParameter(str(error), param=option) from error


def regression_option(whose: str, default: str | None = "5%") -> Callable[[Any], Any]:
    """Return the option that says how much worse something may be, as a share of one, or None without a default."""
    said = f"How much worse {whose} may be.  [default: {default or '5%'}]"
    return click.option("--max-regression", callback=_as_share, metavar="PERCENT", default=default, help=said)


workload_option = click.option(
    "--workload", default="noop", show_default=True, help="One of 'brokerbench workloads', or a TOML file."
)
metric_option = click.option(
    "--metric", "metrics", type=click.Choice(list(catalogue())), multiple=True, help="Only this one; may be repeated."
)
margin_option = click.option(
    "--margin",
    default=f"{DEFAULT_MARGIN:.0%}",
    show_default=True,
    metavar="PERCENT",
    help="A difference that counts as none.",
)
rate_option = click.option(
    "--rate",
    "rates_per_s",
    type=click.FloatRange(LEAST_RATE, MOST_RATE),
    multiple=True,
    callback=_each_once,
    metavar="N",
    help="Tasks a second at which latency is measured; may be repeated.  [default: shares of each capacity]",
)
limit_option = click.option(
    "--p99-limit",
    "limit",
    default="100ms",
    show_default=True,
    metavar="TIME",
    help="What the p99 of a sustained rate keeps under.",
)
seed_option = click.option(
    "--seed",
    type=click.IntRange(0, MOST_SEED),
    help="Of the order of turns and of hashes; a random one if not given.",
)
yes_option = click.option("--yes", is_flag=True, help="Spend money on AWS without asking.")
