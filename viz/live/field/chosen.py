"""The chosen agent of an ecology: what is known of it, what it sees, and where it was."""

from evosim.numerics.arrays import Ids
from evosim.scenario import Scenario
from viz.live.field.field import row_of
from viz.live.panels.animal import portrait_of_animal
from viz.live.panels.portrait import Portrait
from viz.live.scenes.field_lens import Around, Sight, around, detectors_of, discount_of
from viz.live.scenes.replay import Snapshot

TRAIL = 60  # ticks
DIED = "has died"
LOOKS_FAR, NOW_AND_THEN = 10, 5  # cells of sight, from which on it looks only at every so many ticks


class Chosen:
    """Nobody, or an agent by its id."""

    def __init__(self, scenario: Scenario, vision: int) -> None:
        self.scenario, self.vision = scenario, vision
        self.id: int | None = None
        self.portrait: Portrait | None = None
        self.around: Around | None = None
        self.trail: list[int] = []

    def choose(self, id: int | None) -> None:
        """Choose somebody else, or nobody."""
        self.id, self.portrait, self.around, self.trail = id, None, None, []

    def cell(self, snapshot: Snapshot | None) -> int | None:
        """Say where it is; None if it is nowhere."""
        row = row_of(snapshot, self.id) if snapshot is not None else None
        return int(snapshot.cell[row]) if snapshot is not None and row is not None else None

    def walk(self, snapshot: Snapshot | None) -> None:
        """Note where it has come to."""
        cell = self.cell(snapshot)
        if cell is not None:
            self.trail = [*self.trail[-TRAIL:], cell]

    def look(self, snapshot: Snapshot | None, sight: Sight | None, parents: Ids) -> None:
        """See how it is, and what it sees."""
        if self.id is None or snapshot is None or sight is None:
            self.portrait = self.around = None
            return
        row = row_of(snapshot, self.id)
        if row is None:
            self.around = None
            if self.portrait is not None and DIED not in self.portrait.where:  # what was known of it stays
                self.portrait = self.portrait._replace(where=f"{DIED}: this was {self.portrait.where}")
            return
        discount, detectors = discount_of(snapshot, row, sight), detectors_of(snapshot, row, sight)
        self.portrait = portrait_of_animal(self.scenario, snapshot, row, parents, discount, detectors)
        if self.vision <= LOOKS_FAR or self.around is None or snapshot.tick % NOW_AND_THEN == 0:
            self.around = around(snapshot, row, sight)

    def relatives(self, snapshot: Snapshot | None) -> set[int]:
        """Say which of its relatives live."""
        if self.portrait is None or snapshot is None:
            return set()
        alive = set(snapshot.id.tolist())
        return {id for id in (*self.portrait.parents, *self.portrait.children) if id in alive}
