"""The typical agent of red_doors, seed by seed, beside the fittest: its class, and what changes if colours don't count.

    python benchmarks/typical_agent.py --seeds 20

A row is one seed, with the shares of planners and their classes in deployment, where doors are blue. The three numbers
are by how much the typical agent's base objective per episode rises in deployment if its weight of redness is set to 0,
that of blueness, or both; and in how many of the 64 worlds it then acts otherwise.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import click

from evosim.numerics.formatting import in_words
from evosim.scenario import load_scenario
from evosim.simulation.runner import run
from evosim.simulation.runs import RunFile
from evosim.studies.interventions import FITTEST, TYPICAL, intervene, select_agent

DEPLOYMENT = "deployment"
EDITS = {"red": ("objective.red",), "blue": ("objective.blue",), "both": ("objective.red", "objective.blue")}


def effect(stored: RunFile, loci: tuple[str, ...]) -> tuple[float, int]:
    """Set weights of the typical agent to 0; return how much better it does, and in how many worlds otherwise."""
    found = intervene(stored, alleles=dict.fromkeys(loci, 0.0), environment=DEPLOYMENT)
    step = found.steps[-1]
    return step.effects["base"].difference.middle, step.otherwise


def class_of(stored: RunFile, who: str) -> str:
    """Return the class in deployment of the typical agent, or of the fittest."""
    agent = select_agent(stored, who).agent
    frame = stored.frame("individuals", "id = ?", (agent.id,))
    return in_words(str(frame[f"class.{DEPLOYMENT}"][0]))


@click.command()
@click.option("--seeds", type=click.IntRange(1), default=20, show_default=True)
def main(seeds: int) -> None:
    """Print the table, and in how many seeds each edit has its effect."""
    print("| seed | the typical agent is | the fittest is | red = 0 | blue = 0 | both = 0 |")
    print("|---:|---|---|---:|---:|---:|")
    alike, better = 0, dict.fromkeys(EDITS, 0)
    scenario = load_scenario("red_doors", ["measure.every=1000000000"])
    for seed in range(1, seeds + 1):
        with TemporaryDirectory() as folder, run(scenario, seed=seed, out=Path(folder) / "run.evosim") as stored:
            typical, fittest = class_of(stored, TYPICAL), class_of(stored, FITTEST)
            alike += typical == fittest
            cells = [select_agent(stored).why, fittest]
            for name, loci in EDITS.items():
                rise, otherwise = effect(stored, loci)
                better[name] += rise > 0.5
                cells.append(f"{rise:+.2f} ({otherwise})")
        print(f"| {seed} | {' | '.join(cells)} |", flush=True)
    print(f"\nThe fittest is of the class of the typical agent in {alike} of {seeds} seeds.")
    told = ", ".join(f"{name} in {count}" for name, count in better.items())
    print(f"The base objective rises by more than .5 of a door: {told} of {seeds} seeds.")


if __name__ == "__main__":
    main()
