"""What the shipped sweeps found: each claim of docs/conditions.md, judged by the rule that stands there.

    for sweep in capacity maze_length …; do evosim sweep $sweep --out sweeps/$sweep; done
    python -m benchmarks.conditions sweeps

Reads the folders of those sweeps that are there, and prints a table in Markdown: the mean correlation within seeds, or
the difference of means, with its 95% interval, its corrected p, what so many seeds would have shown with a power of
80%, and whether it is as claimed, against, or null. Nothing is run.
"""

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from evosim.numerics.intervals import ConfidenceInterval
from evosim.sweeps.comparing.comparisons import compare_conditions, trends
from evosim.sweeps.results import SweepResult, open_sweep
from evosim.sweeps.summary import condition_means
from evosim.sweeps.toml_values import shown_value

ALPHA = 0.05
SEARCHERS, PROXY = "optimizer_fraction", "deployment.pseudo_aligned"
PRICE = "objectives.base.thinking"  # a price is below zero: what falls with the price rises along this key


class Claim(NamedTuple):
    """A claim about a number: its sign along an axis, or from one condition to another."""

    sweep: str
    number: str
    sign: int  # of the correlation, or of second − first
    key: str = ""  # the axis
    pair: tuple[Mapping[str, Any], Mapping[str, Any]] | None = None  # values that tell the two conditions
    only_not: bool = False  # the claim is that it has not the other sign


WITH = {"open_loop": 0.3333, "heuristic": 0.3334, "planner": 0.3333}
WITHOUT = {"open_loop": 0.4987, "heuristic": 0.4987, "planner": 0.0026}
CLAIMS = (
    Claim("worlds_and_price", SEARCHERS, 1, "environments.training.worlds"),
    Claim("worlds_and_price", SEARCHERS, 1, PRICE),
    Claim("maze_length", SEARCHERS, 1, "world.steps"),
    Claim("mutation_step", SEARCHERS, 1, "evolution.mutation.scale"),
    Claim("mutation_step", SEARCHERS, -1, pair=(
        {"mind.controllers": WITH, "evolution.mutation.scale": 0.2},
        {"mind.controllers": WITHOUT, "evolution.mutation.scale": 0.2},
    )),
    Claim("capacity", SEARCHERS, -1, "mind.heuristic.hidden"),
    Claim("red_doors_decorrelation", PROXY, -1, "evolution.schedule.0.environment.decorrelated"),
    Claim("price_and_proxy", SEARCHERS, 1, PRICE),
    Claim("price_and_proxy", PROXY, -1, PRICE),
    Claim("description_length", SEARCHERS, 1, "evolution.parsimony"),
    Claim("description_and_proxy", "deployment.starc_base_mesa", 1, "evolution.parsimony"),
    Claim("description_and_proxy", PROXY, 1, "evolution.parsimony"),
    Claim("interdependence", "deployment.entered.key", -1, "mind.planner.horizon"),
    Claim("given_distances", SEARCHERS, 1, only_not=True, pair=(
        {"mind.heuristic.distances": False}, {"mind.heuristic.distances": True},
    )),
)  # fmt: skip


class Finding(NamedTuple):
    """What became of a claim."""

    claim: Claim
    seeds: int
    effect: ConfidenceInterval  # a mean correlation within seeds, or a difference of means
    p: float  # corrected for all that is claimed of the sweep
    detectable: float
    ends: tuple[str, str]  # where the number is at either end, and what the values there are

    @property
    def verdict(self) -> str:
        """As claimed, against, or null."""
        clear = self.p <= ALPHA
        against = clear and np.sign(self.effect.middle) == -self.claim.sign
        if self.claim.only_not:
            return "against" if against else "not contradicted"
        return "against" if against else "as claimed" if clear else "null"


def judge(result: SweepResult, claims: list[Claim]) -> Iterator[Finding]:
    """Judge the claims about one sweep."""
    names = list(dict.fromkeys(claim.number for claim in claims))
    frame = result.frame()
    along = {(each.key, each.quantity): each for each in trends(result, names, frame)}
    means = {name: condition_means(result, name, frame) for name in names}
    values = {each.number: dict(each.values) for each in result.source.conditions()}
    for claim in claims:
        own = means[claim.number]
        if claim.pair is None:
            trend = along[claim.key, claim.number]
            ends = ends_along(claim, values, frame)
            yield Finding(claim, len(own[0].values), trend.found.correlation, trend.p, trend.detectable, ends)
            continue
        first, second = (number_of(values, wanted) for wanted in claim.pair)
        (found,) = [each for each in compare_conditions(result, [claim.number], frame, first)
                    if each.condition == second]  # fmt: skip
        low, high = (f"{own[number - 1].mean.middle:.3f}" for number in (first, second))
        yield Finding(claim, len(own[0].values), found.found.difference, found.p, found.detectable, (low, high))


def ends_along(claim: Claim, values: Mapping[int, Mapping[str, Any]], frame: Mapping[str, Any]) -> tuple[str, str]:
    """Return the mean over all runs at the least and at the largest value of an axis."""
    numbers = {number: float(each[claim.key]) for number, each in values.items()}
    ends = []
    for value in (min(numbers.values()), max(numbers.values())):
        there = np.isin(frame["condition"], [number for number, each in numbers.items() if each == value])
        ends.append(f"{np.nanmean(np.asarray(frame[claim.number], float)[there]):.3f} at {shown_value(value)}")
    return ends[0], ends[1]


def number_of(values: Mapping[int, Mapping[str, Any]], wanted: Mapping[str, Any]) -> int:
    """Return the number of the condition with these values."""
    (number,) = [n for n, each in values.items() if all(each[key] == value for key, value in wanted.items())]
    return number


def written(finding: Finding) -> str:
    """Write a finding as a row."""
    claim, effect = finding.claim, finding.effect
    claimed = {1: "+", -1: "−"}[claim.sign] if not claim.only_not else "not −"
    kind = "ρ" if claim.pair is None else "Δ"
    found = f"{kind} {effect.middle:+.3f} [{effect.low:+.3f}, {effect.high:+.3f}]".replace("-", "−")
    p = "< .001" if finding.p < 0.001 else f"{finding.p:.3f}"
    ends = " → ".join(finding.ends)
    name = f"`{claim.number}` along `{claim.key}`" if claim.key else f"`{claim.number}`"
    return (
        f"| `{claim.sweep}` | {name} | {claimed} | {found} | {p} | {finding.detectable:.3f} | {finding.seeds} "
        f"| {ends} | **{finding.verdict}** |"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the folders of the sweeps are, under their names")
    folder = parser.parse_args().folder
    print("| sweep | number | claimed | found [95%] | p corrected | would be seen | seeds | means at the ends | |")
    print("|---|---|---|---|---|---:|---:|---|---|")
    for sweep in dict.fromkeys(claim.sweep for claim in CLAIMS):
        if not (folder / sweep).is_dir():
            print(f"| `{sweep}` | not run |")
            continue
        for finding in judge(open_sweep(folder / sweep), [claim for claim in CLAIMS if claim.sweep == sweep]):
            print(written(finding), flush=True)


if __name__ == "__main__":
    main()
