"""Small runs that reports are made of."""

from itertools import islice
from pathlib import Path

from effort import cases

from evosim.numerics.compiler import DISABLED
from evosim.scenario import Scenario, load_scenario
from evosim.simulation.runner import carry_on
from evosim.simulation.runs import RunFile

POPULATION, EPISODES = cases(24, 4), cases(12, 2)
SMALLER = ("world.size=[9,9]", "world.steps=20") if DISABLED else ()  # a behavioural objective takes plain Python long
SMALL = (f"evolution.population={POPULATION}", "evolution.generations=3", "evolution.episodes=2",
         f"measure.episodes={EPISODES}", "measure.every=1", "evolution.selection.size=2", *SMALLER)  # fmt: skip


def record(path: Path, scenario: Scenario, stop: int | None = None) -> RunFile:
    run = RunFile.create(path, scenario, seed=1)
    for _ in islice(carry_on(run), stop):
        pass
    return run


def door_lovers() -> Scenario:
    """Make planners that begin with an objective and skill, so that few generations have all classes to show."""
    return load_scenario("red_doors", [*SMALL, "mind.controllers={planner=1}", "mind.planner.horizon=30"])


def column(run: RunFile, table: str, name: str, where: str, *values: str | int) -> list[float]:
    columns, rows = run.table(table, where, values)
    return [float(row[columns.index(name)]) for row in rows if row[columns.index(name)] is not None]
