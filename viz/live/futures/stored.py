"""Futures that are stored: the folder that `evosim branch` made of one state of a run, to be shown side by side."""

from pathlib import Path
from shlex import quote
from typing import NamedTuple

from evosim.numerics.formatting import pluralize
from evosim.simulation.runs import RunFile
from evosim.simulation.seeds import SEED
from evosim.storage.schema import RunFileError
from evosim.sweeps.branch import past_path
from evosim.sweeps.folder import SweepFolder
from viz.live.scenes.sources import StoredSource

MOST = 6  # that are shown: there is room for these, and for their numbers


class StoredFutures(NamedTuple):
    """Futures of one state of a run."""

    path: Path
    past: StoredSource  # all that they share
    step: int  # the last that they share
    runs: tuple[StoredSource, ...]
    planned: int  # runs that there are to be, of which at most MOST are shown
    varies: str  # of which random streams the seeds are
    changes: tuple[str, ...]  # from the next step on

    @property
    def note(self) -> str:
        """How many are shown, if not all; empty if all are."""
        return f"{len(self.runs)} of {self.planned}" if len(self.runs) < self.planned else ""


def open_futures(path: Path) -> StoredFutures | None:
    """Read which futures are in the folder of a sweep; None if it is a sweep of runs from founders.

    Raises:
        RunFileError: it can't be read, they are of several states, or none has a run yet.
    """
    folder = SweepFolder.open(path)
    stored = folder.stored
    if stored.kind != "futures":
        return None
    if stored.conditions > 1:
        what = (
            f"{path}: has futures of {pluralize(stored.conditions, 'state')}, and those of one are shown side by side"
        )
        raise RunFileError(
            f"{what}: `evosim branch RUN --generation N --futures 6` makes such a folder; `evosim show` compares these"
        )
    there = [run for run in map(folder.run_path, folder.cells) if run.exists()]
    past = past_path(folder, 1)
    if not there or not past.exists():
        raise RunFileError(
            f"{path}: no future has a run yet; `evosim sweep --join {quote(str(path))}` goes on with them"
        )
    with RunFile.open(past) as run:
        step = run.summary().done - 1
    shown = tuple(StoredSource(each) for each in there[:MOST])
    return StoredFutures(
        path, StoredSource(past), step, shown, len(folder.cells), "" if stored.varies == SEED else stored.varies,
        tuple(stored.changes),
    )  # fmt: skip
