"""What thinking buys: the front of pareto over seeds, against its control with one price.

    python benchmarks/pareto.py --seeds 10

Every individual of the last generation is counted with those of about its horizon: heuristics with
0. A number is the mean of those of one seed, and the median over seeds that have any, with a
interval over seeds. Nobody is picked for having done well.
"""

import argparse
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from benchmarks.over_seeds import interval, last_generation, written
from evosim.mind.expression import have_objective
from evosim.numerics.arrays import Reals

BANDS = ((0, 0), (1, 4), (5, 8), (9, 12), (13, 16), (17, 20), (21, 32))
NAMES = ("share", "thinking", "door", "steps")


class Front(NamedTuple):
    """A population by how far it looks ahead; NaN where there is nobody."""

    bands: Reals  # [B, 4] share of the population, thinking, share of episodes that reach the door, and steps
    spread: float  # standard deviation of the horizon, heuristics and bottle caps counted with 0


def measure(name: str, seed: int, overrides: Sequence[str] = ()) -> Front:
    """Run a scenario, and measure its last generation."""
    last = last_generation(name, seed, overrides)
    (measured,) = last.generation.measured
    minds = last.generation.minds
    thinking, door, steps = (
        measured.outcomes[:, :, last.laboratory.outcomes.index(o)].mean(axis=1)
        for o in ("thinking", "entered_first.door", "steps")
    )
    horizon = np.where(have_objective(minds), minds.own["planner"].horizon, 0)
    bands = np.full((len(BANDS), len(NAMES)), np.nan)
    for band, (low, high) in enumerate(BANDS):
        rows = (horizon >= low) & (horizon <= high)
        if low == 0:
            rows = minds.is_of("heuristic")
        bands[band, 0] = rows.mean()
        if rows.any():
            bands[band, 1:] = [column[rows].mean() for column in (thinking, door, steps)]
    return Front(bands, float(horizon.std()))


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10, help="how many seeds, from 1 (default: 10)")
    arguments = parser.parse_args()
    for name in ("pareto", "pareto_weighted"):
        fronts = [measure(name, seed) for seed in range(1, arguments.seeds + 1)]
        print(f"\n## {name}\n\n| horizon | seeds | " + " | ".join(NAMES) + " |")
        print("|---:|---:|" + "---:|" * len(NAMES))
        for band, (low, high) in enumerate(BANDS):
            rows = np.array([front.bands[band] for front in fronts])
            cells = [entry(column) for column in rows.T]
            label = f"{low}–{high}" if high else "heuristics"
            print(f"| {label} | {int((rows[:, 0] > 0).sum())} | " + " | ".join(cells) + " |")
        middle, low_end, high_end = interval(front.spread for front in fronts)
        spread = f"**{middle:.1f}** [{low_end:.1f}, {high_end:.1f}] steps"
        print(f"\nStandard deviation of the horizon within a population: {spread}.", flush=True)


def entry(values: Reals) -> str:
    """Write a median with its interval."""
    if np.isnan(values).all():
        return "–"
    middle, low, high = (round(number) if 10 <= number < np.inf else number for number in interval(values))
    return f"**{written(middle)}** [{written(low)}, {written(high)}]"


if __name__ == "__main__":
    main()
