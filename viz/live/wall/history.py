"""The history of a generational run, which adds table `measurements` by environment."""

from evosim.scenario import Scenario
from evosim.simulation.runs import RunFile
from viz.live.scenes.history import GrowingTable, History, Series


class WallHistory(History):
    """The tables `generations` and `measurements`."""

    def __init__(self, scenario: Scenario) -> None:
        super().__init__()
        self.environments: list[str] = list(scenario.measure.environments)
        self.measurements = {name: GrowingTable() for name in self.environments}

    def read_more(self, run: RunFile, before: int, last: int) -> None:
        """Read the measurements of the generations after `before` up to `last`."""
        for name, table in self.measurements.items():
            rows = "environment = ? and generation > ? and generation <= ?"
            more = run.frame("measurements", rows, (name, before, last))
            if len(more["generation"]):
                table.append(more)

    def measured(self, environment: str, name: str) -> Series:
        """Return a column of `measurements` in an environment."""
        table = self.measurements[environment]
        return table.column("generation"), table.column(name)
