"""The reader of futures: reads each run that is shown, and makes of them what is shown of all."""

from collections.abc import Sequence

import numpy as np

from evosim.storage.schema import RunFileError
from viz.live.futures.charts import CurveLook, RunCharts, merge_charts
from viz.live.scenes.sources import RunProgress
from viz.live.scenes.timeline_events import PARTING, TimelineEvent
from viz.live.worker.reader import BEFORE, Reader, RunView

RUNNING, DONE = "running", "complete"


class FuturesReader:
    """Reads runs that share their past up to a step. It belongs to the worker's thread."""

    def __init__(
        self, readers: Sequence[Reader], names: Sequence[tuple[str, CurveLook]], step: int, words: str
    ) -> None:
        """Read with `readers`, one for each run; `names` are those of the runs, with how their curves look."""
        self.readers, self.names, self.step, self.words = readers, names, step, words
        self.views: tuple[RunView | None, ...] = (None,) * len(readers)
        self.troubles = [""] * len(readers)  # why there is nothing of one
        self.merged: RunView | None = None
        for reader in readers:
            reader.baseline = max(step + 1 - BEFORE, 0), step + 1

    def look(self) -> RunView | None:
        """Read what is new; return None while there is nothing to be shown.

        Raises:
            RunFileError: there will be nothing of any run.
        """
        views = tuple(self._look_at(i) for i in range(len(self.readers)))
        known = [view for view in views if view is not None]
        new = any(view.new for view in known) or sum(map(bool, views)) != sum(map(bool, self.views))
        self.views = views
        if not known:
            if all(self.troubles):
                raise RunFileError(self.troubles[0])
            return None
        if self.merged is not None and not new and self._standing(known) == self.merged.standing:
            self.merged = self.merged._replace(new=False)
            return self.merged
        shown = [
            RunCharts(*names, view.charts) for names, view in zip(self.names, views, strict=True) if view is not None
        ]
        stored = sorted({number for view in known for number in view.stored if number >= self.step})
        mark = TimelineEvent(float(self.step), PARTING, self.words)
        self.merged = RunView(
            self._standing(known), stored, merge_charts(shown, self.step), [mark], known[-1].environments, new,
            np.zeros(0), np.zeros(0),
        )  # fmt: skip
        return self.merged

    def _look_at(self, i: int) -> RunView | None:
        try:
            return self.readers[i].look()
        except RunFileError as error:
            if not self.readers[i].source.is_evolving():
                self.troubles[i] = str(error)
            return self.views[i]

    def _standing(self, known: Sequence[RunView]) -> RunProgress:
        """Return how far the runs have come: as far as the last of those that go on."""
        missing = len(known) + sum(map(bool, self.troubles)) < len(self.readers)
        goes_on = missing or any(
            reader.source.is_evolving() or (view is not None and view.standing.state == RUNNING)
            for reader, view in zip(self.readers, self.views, strict=True)
        )
        done = max(view.standing.done for view in known)
        return RunProgress(done, max(view.standing.asked for view in known), RUNNING if goes_on else DONE)

    def close(self) -> None:
        """Close all files."""
        for reader in self.readers:
            reader.close()

    def close_at_rest(self, patience: float) -> None:
        """Close all files from another thread, each once it is not read at the moment."""
        for reader in self.readers:
            reader.close_at_rest(patience)
