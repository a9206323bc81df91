"""The selected agent of an ecology: its portrait, its surroundings and its trail."""

from evosim.numerics.arrays import Ids
from evosim.scenario import Scenario
from viz.live.field.field import find_row
from viz.live.panels.ecology_portrait import make_ecology_portrait
from viz.live.panels.portrait import Portrait
from viz.live.scenes.field_lens import LensContext, LocalLandscape, detectors_of, view_around
from viz.live.scenes.replay import Snapshot

TRAIL = 60  # ticks
DIED = "has died"
LOOKS_FAR, NOW_AND_THEN = 10, 5  # cells of sight, from which on it looks only at every so many ticks


class SelectedAgent:
    """The selected agent, by its id, or none."""

    def __init__(self, scenario: Scenario, vision: int) -> None:
        self.scenario, self.vision = scenario, vision
        self.id: int | None = None
        self.portrait: Portrait | None = None
        self.around: LocalLandscape | None = None
        self.trail: list[int] = []

    def choose(self, id: int | None) -> None:
        """Select another agent by its id, or none."""
        self.id, self.portrait, self.around, self.trail = id, None, None, []

    def cell(self, snapshot: Snapshot | None) -> int | None:
        """Return the agent's cell; None if it isn't alive."""
        row = find_row(snapshot, self.id) if snapshot is not None else None
        return int(snapshot.cell[row]) if snapshot is not None and row is not None else None

    def walk(self, snapshot: Snapshot | None) -> None:
        """Append the agent's current cell to its trail."""
        cell = self.cell(snapshot)
        if cell is not None:
            self.trail = [*self.trail[-TRAIL:], cell]

    def look(self, snapshot: Snapshot | None, sight: LensContext | None, parents: Ids) -> None:
        """Update the agent's portrait and surroundings; `parents` `[M, 2]` are those of all agents ever born."""
        if self.id is None or snapshot is None or sight is None:
            self.portrait = self.around = None
            return
        row = find_row(snapshot, self.id)
        if row is None:
            self.around = None
            if self.portrait is not None and DIED not in self.portrait.where:  # what was known of it stays
                self.portrait = self.portrait._replace(where=f"{DIED}: this was {self.portrait.where}")
            return
        detectors = detectors_of(snapshot, row, sight)
        self.portrait = make_ecology_portrait(self.scenario, snapshot, row, parents, detectors)
        if self.vision <= LOOKS_FAR or self.around is None or snapshot.tick % NOW_AND_THEN == 0:
            self.around = view_around(snapshot, row, sight)

    def relatives(self, snapshot: Snapshot | None) -> set[int]:
        """Return the ids of its living relatives."""
        if self.portrait is None or snapshot is None:
            return set()
        alive = set(snapshot.id.tolist())
        return {id for id in (*self.portrait.parents, *self.portrait.children) if id in alive}
