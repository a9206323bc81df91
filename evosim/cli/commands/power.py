"""`evosim power`: how many seeds it takes to see an effect of a given size."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from evosim.cli.numbers import RealNumber, WholeNumber
from evosim.cli.options import json_option
from evosim.cli.printing import print_json, print_line
from evosim.numerics.formatting import number, short_number

if TYPE_CHECKING:
    from evosim.numerics.arrays import Reals


class Question(NamedTuple):
    """An effect, and the power of the test that is to see it."""

    test: str
    effect: str  # in words
    power_of: Callable[[int], float]  # by the number of seeds


@click.command()
@click.argument("sweep_path", metavar="[SWEEP]", required=False, type=click.Path(path_type=Path))
@click.option("--difference", type=float, metavar="D", help="A difference of means, with --spread or from SWEEP.")
@click.option("--spread", type=RealNumber(0, min_open=True), metavar="S", help="Standard deviation over seeds.")
@click.option("--column", metavar="NAME", help="Of SWEEP: the number whose spread over seeds is taken.")
@click.option("--shares", type=(RealNumber(0, 1),) * 2, metavar="P Q", help="Two shares of runs.")
@click.option("--correlation", type=RealNumber(-1, 1, min_open=True, max_open=True), metavar="R", help="Spearman.")
@click.option(
    "--values", type=WholeNumber(3, 100_000), metavar="K",
    help="With --correlation: that within each seed, whose runs are of so many conditions.",
)  # fmt: skip
@click.option("--seeds", type=WholeNumber(1, 2000), help="Print the power of so many seeds instead.")
@click.option("--power", type=RealNumber(0.05, 0.999), default=0.8, show_default=True, help="The power wanted.")
@click.option("--alpha", type=RealNumber(1e-6, 0.5), default=0.05, show_default=True, help="Largest p that counts.")
@click.option(
    "--comparisons", type=WholeNumber(1, 10_000), default=1, show_default=True,
    help="How many comparisons share alpha.",
)  # fmt: skip
@json_option
def power(
    sweep_path: Path | None,
    difference: float | None,
    spread: float | None,
    column: str | None,
    shares: tuple[float, float] | None,
    correlation: float | None,
    values: int | None,
    seeds: int | None,
    power: float,
    alpha: float,
    comparisons: int,
    as_json: bool,
) -> None:
    """Print how many seeds it takes to see an effect, in each of two conditions or, for a correlation, in all.

    The effect is a difference of means (Mann–Whitney), two shares of runs (Fisher) or a correlation (Spearman). How
    much seeds differ is given by --spread, or taken from SWEEP, the folder of a sweep that was run.

    \b
    Example:
      evosim power --shares 0.2 0.6
    """
    from evosim.numerics.statistics.power import MOST, seeds_needed

    effects = [difference is not None, shares is not None, correlation is not None]
    if sum(effects) != 1:
        raise click.UsageError("give one effect: --difference, --shares or --correlation")
    if difference is None and (spread or column or sweep_path):
        raise click.UsageError("--spread, --column and SWEEP are for a --difference")
    if values is not None and correlation is None:
        raise click.UsageError("--values is for a --correlation")
    found = residuals_of(sweep_path, column) if sweep_path is not None else None
    if difference is not None and (spread is None) == (found is None):
        raise click.UsageError("say how much seeds differ: by --spread, or by SWEEP and --column")
    each = alpha / comparisons
    question = question_of(difference, spread, shares, correlation, values, found, each)
    wanted = seeds_needed(question.power_of, power) if seeds is None else None
    reached = question.power_of(seeds) if seeds is not None else question.power_of(wanted) if wanted else None
    if as_json:
        print_json({
            "test": question.test, "effect": question.effect, "alpha": each, "seeds": seeds or wanted, "power": reached
        })  # fmt: skip
        return
    of_power = "" if reached is None else f"a power of {number(reached)}"
    where = "seeds" if correlation is not None else "seeds in each condition"
    if seeds is not None:
        print_line(f"{seeds} {where} see {question.effect} with {of_power}")
    elif wanted is None:
        print_line(f"more than {MOST:,} {where} would be needed to see {question.effect} with a power of {power:g}")
    else:
        print_line(f"{wanted} {where} see {question.effect} with {of_power}")
    print_line(f"by {question.test}, two-sided, with p at most {short_number(each, 3)}")


def residuals_of(path: Path, column: str | None) -> "Reals":
    """Return what the runs of a sweep differ by from the mean of their condition, in one number `[N]`.

    Raises:
        UsageError: no statistic is named, or it doesn't vary over seeds.
    """
    from evosim.sweeps.comparing.comparisons import residuals
    from evosim.sweeps.results import open_sweep
    from evosim.sweeps.summary import choose_quantities

    result = open_sweep(path)
    if column is None:
        raise click.UsageError("--column says which number's spread over seeds is taken, such as deployment.inner_gap")
    choose_quantities(result, [column])
    found = residuals(result, column)
    if len(found) < 3 or not found.any():
        raise click.UsageError(f"{path}: {column} varies over too few seeds to say how much it does; give --spread")
    return found


def question_of(
    difference: float | None,
    spread: float | None,
    shares: tuple[float, float] | None,
    correlation: float | None,
    values: int | None,
    residuals: "Reals | None",
    alpha: float,
) -> Question:
    """Return the test of an effect and its power; a difference has a spread, or residuals `[N]`."""
    from evosim.numerics.statistics.power import (
        power_of_correlation,
        power_of_difference,
        power_of_shares,
        power_within,
    )

    if shares is not None:
        first, second = shares
        return Question(
            "Fisher's exact test", f"shares of {short_number(first)} and {short_number(second)}",
            lambda seeds: power_of_shares(first, second, seeds, alpha=alpha),
        )  # fmt: skip
    if correlation is not None and values is not None:
        return Question(
            "permutations within seeds", f"a mean correlation of {correlation:g} within seeds, of {values} conditions",
            lambda seeds: power_within(correlation, values, seeds, alpha=alpha),
        )  # fmt: skip
    if correlation is not None:
        return Question(
            "Spearman's correlation", f"a correlation of {short_number(correlation)}",
            lambda seeds: power_of_correlation(correlation, seeds, alpha=alpha),
        )  # fmt: skip
    assert difference is not None
    effect = difference / spread if spread is not None else difference
    among = f"standard deviation {spread:g}" if residuals is None else f"spread as in {len(residuals)} runs"
    return Question(
        "Mann and Whitney's test", f"a difference of {short_number(difference)} ({among})",
        lambda seeds: power_of_difference(effect, seeds, alpha=alpha, residuals=residuals),
    )  # fmt: skip
