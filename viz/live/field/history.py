"""What the field's charts need of a run file: the means of weights of mesa-objectives too."""

from evosim.simulation.runs import RunFile
from viz.live.scenes.history import History, Line, Table


class FieldHistory(History):
    """The table `generations`, and means of the table `loci`."""

    def __init__(self) -> None:
        super().__init__()
        self.loci: dict[str, Table] = {}

    def read_more(self, run: RunFile, before: int, last: int) -> None:
        """Read the means of weights after an interval, up to another."""
        wanted = "locus like 'objective.%' and generation > ? and generation <= ?"
        more = run.frame("loci", wanted, (before, last))
        for name in dict.fromkeys(more["locus"].tolist()):
            rows = more["locus"] == name
            part = {key: more[key][rows] for key in ("generation", "mean")}
            self.loci.setdefault(name.removeprefix("objective."), Table()).append(part)

    def locus(self, name: str) -> Line:
        """Give the mean weight of an objective."""
        table = self.loci.get(name, Table())
        return table.column("generation"), table.column("mean")
