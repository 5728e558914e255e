"""The options that several commands of ``brokerbench`` share."""

import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import click

from bench.commands.loading import loading
from bench.commands.parameters import BUDGET_S, MARGIN, REGRESSION, SUBJECT_AT, WORKLOAD
from bench.metrics.latency import LEAST_RATE, MOST_RATE
from bench.metrics.registry import catalogue
from bench.processes.subject import Chosen
from bench.records.bounds import MOST_SEED
from bench.records.margin import DEFAULT_MARGIN
from brokers.defaults import default_subject, default_subjects

__all__ = [
    "budget_option",
    "details_option",
    "margin_option",
    "metric_option",
    "random_seed",
    "rate_option",
    "regression_option",
    "seed_option",
    "subject_at_argument",
    "subjects_argument",
    "workload_option",
    "yes_option",
]


def _each_once(_: click.Context, option: click.Parameter, rates_per_s: tuple[float, ...]) -> tuple[float, ...]:
    """Return each rate once. Raises BadParameter for NaN, which passes every range check."""
    if any(map(math.isnan, rates_per_s)):
        raise click.BadParameter("nan is not a rate; use a number", param=option)
    return tuple(dict.fromkeys(rates_per_s))


def random_seed() -> int:
    """Return a random seed, for a run without --seed."""
    return random.SystemRandom().randrange(2**32)


def _or_random(_: click.Context, __: click.Parameter, seed: int | None) -> int:
    return random_seed() if seed is None else seed


def _or_default(_: click.Context, __: click.Parameter, chosen: Sequence[Chosen]) -> Sequence[Chosen]:
    """Return what was chosen; nothing means the default subjects."""
    if chosen:
        return chosen
    with loading("the default brokers"):
        return [Chosen(*one) for one in default_subjects()]


def regression_option(whose: str, default: str | None = "5%") -> Callable[[Any], Any]:
    """Return the option for how much worse something may be, as a share of one, or None without a default."""
    text = f"How much worse {whose} may be.  [default: {default or '5%'}]"
    return click.option("--max-regression", type=REGRESSION, metavar="PERCENT", default=default, help=text)


def budget_option(default: str, help_text: str) -> Callable[[Any], Any]:
    """Return the option for how long a command may measure."""
    return click.option("--budget", "budget_s", type=BUDGET_S, default=default, metavar="TIME", help=help_text)


details_option = click.option(
    "--details", is_flag=True, help="Also print every figure: percentiles, loads, phases, ceilings."
)
subject_at_argument = click.argument("subject", type=SUBJECT_AT, default=lambda: Chosen(*default_subject()))
subjects_argument = click.argument("subjects", nargs=-1, metavar="[SUBJECT]...", type=SUBJECT_AT, callback=_or_default)
workload_option = click.option(
    "--workload",
    type=WORKLOAD,
    default="noop",
    show_default=True,
    help="A name from 'brokerbench workloads', or a TOML file.",
)
metric_option = click.option(
    "--metric", "metrics", type=click.Choice(list(catalogue())), multiple=True, help="Only this metric; repeatable."
)
margin_option = click.option(
    "--margin",
    type=MARGIN,
    default=f"{DEFAULT_MARGIN:.0%}",
    show_default=True,
    metavar="PERCENT",
    help="Differences up to this count as equal.",
)
rate_option = click.option(
    "--rate",
    "rates_per_s",
    type=click.FloatRange(LEAST_RATE, MOST_RATE),
    multiple=True,
    callback=_each_once,
    metavar="N",
    help="Measure latency at this rate, in tasks per second; repeatable.  [default: shares of each capacity]",
)
seed_option = click.option(
    "--seed",
    type=click.IntRange(0, MOST_SEED),
    callback=_or_random,
    help="The seed for the order of turns and for hashes.  [default: random]",
)
yes_option = click.option(
    "--yes",
    is_flag=True,
    help="Spend money on AWS, and measure an app on a server that a variable names, without asking.",
)
