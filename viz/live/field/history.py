"""The history of an ecology, which adds mean weights of mesa-objectives."""

import numpy as np

from evosim.simulation.runs import RunFile
from viz.live.scenes.history import GrowingTable, History, Series


class FieldHistory(History):
    """The table `generations`, and the means in table `loci`."""

    def __init__(self) -> None:
        super().__init__()
        self.loci: dict[str, GrowingTable] = {}

    def read_more(self, run: RunFile, before: int, last: int) -> None:
        """Read the mean weights of the intervals after `before` up to `last`."""
        wanted = "locus like 'objective.%' and generation > ? and generation <= ?"
        more = run.frame("loci", wanted, (before, last))
        for name in dict.fromkeys(more["locus"].tolist()):
            rows = more["locus"] == name
            part = {key: more[key][rows] for key in ("generation", "mean")}
            self.loci.setdefault(name.removeprefix("objective."), GrowingTable()).append(part)

    def locus(self, name: str) -> Series:
        """Return the mean weight of a feature in objectives, by interval.

        It is that of agents that act on an objective, where anybody ever did; otherwise, and in runs of earlier
        releases, that of everybody's genome, expressed or silent.
        """
        at, mean = self.generation(f"wanted.{name}")
        if (known := ~np.isnan(mean)).any():
            return at[known], mean[known]
        table = self.loci.get(name, GrowingTable())
        return table.column("generation"), table.column("mean")
