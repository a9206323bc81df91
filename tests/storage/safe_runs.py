"""Runs that are to be kept safe, and what is said of them and left in their folder."""

from evosim.simulation.runs import RunFile

SMALL = ["evolution.population=16", "evolution.episodes=2", "measure.episodes=2", "measure.every=2"]
LONG = [*SMALL, "evolution.generations=40"]


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def digests_of(path):
    with RunFile.open(path) as run:
        return run.digests()
