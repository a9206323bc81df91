"""What kinds of mind share that climb a map: everything but what the map is computed with."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from evosim.gridworld.sampling import Worlds
from evosim.gridworld.shortest_paths import Atlas
from evosim.gridworld.spec import Blueprint
from evosim.mind.map_kind import MapKind, Push, ThoughtInputs
from evosim.mind.maps.inputs import COLUMN, FEATURES, HERE, ROW, THING, WALL
from evosim.mind.phenotype import Phenotypes
from evosim.numerics.arrays import Cells, Ids, Reals
from evosim.scenario.schema.locus import Locus
from evosim.scenario.schema.scenario import Scenario
from evosim.scenario.schema.worlds import GridWorld

RATE = 20e6  # steps of lives whose maps are thought, a second and thread


class OwnMaps(Protocol):
    """What P individuals of such a kind have of their own, at least: a NamedTuple."""

    @property
    def thoughts(self) -> Cells:
        """How often `[P]` each thinks a map over."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """What a cell can read; `features` stands for all of them."""

    @property
    def features(self) -> tuple[str, ...]:
        """The names of these."""


class ClimbingKind(MapKind):
    """A kind whose minds climb a map, and share how they act, when they think, and what they are shown."""

    @abstractmethod
    def thinks(self, own: Any) -> Any:
        """Return what individuals compute a map with: a NamedTuple that has the kernels of boards.py."""

    @abstractmethod
    def parts(self, own: Any) -> Cells:
        """Return what a thought of each costs `[P]`, in units of `thinking`."""

    def own(self, phenotypes: Phenotypes) -> OwnMaps:
        """Return what only this kind has."""
        found: OwnMaps = phenotypes.own[self.name]
        return found

    def minds(self, phenotypes: Phenotypes) -> Any:
        """Return the minds of all individuals, as kernels know them."""
        from evosim.mind.maps.policy import ABSENT, Climbers, Shown

        own = self.own(phenotypes)
        first, at = {}, 0
        for name in own.inputs:
            first[name], at = at, at + (len(own.features) if name == FEATURES else 1)
        wall, features, thing, here = (first.get(name, ABSENT) for name in (WALL, FEATURES, THING, HERE))
        shown = Shown(wall, features, thing, here, first.get(ROW, ABSENT), first.get(COLUMN, ABSENT), at)
        nothing = np.zeros(len(own.thoughts), np.int64), np.zeros((0, 0, 0), np.uint8)
        sees = phenotypes.detectors, phenotypes.sharpness
        return Climbers(self.thinks(own), own.thoughts, self.parts(own), shown, *sees, *nothing)

    def prepare(self, minds: Any, rows: Ids, plan: Blueprint, worlds: Worlds, believed: Atlas) -> Any:
        """Return minds of which those of `rows` `[M]` have thought of all worlds of a batch."""
        from evosim.mind.maps.foresight import foreseeing

        return foreseeing(minds, rows, plan, worlds, believed)

    def thoughts(self, phenotypes: Phenotypes) -> Cells:
        """Return how often `[P]` each thinks a map over."""
        return self.own(phenotypes).thoughts

    def think(self, phenotypes: Phenotypes, individuals: Ids, inputs: ThoughtInputs, thoughts: int | None) -> Reals:
        """Return the maps `[M, W, rows, columns]` that M individuals climb in W worlds."""
        from evosim.mind.maps.thinking import layers_of, maps_of

        own = self.own(phenotypes)
        own_number = own.thoughts[individuals]
        times = own_number if thoughts is None else np.full_like(own_number, thoughts)
        return maps_of(self.thinks(own), individuals, times, layers_of(inputs, own.inputs))

    def state_layers(self, board: Any, climbed: int) -> Sequence[int]:
        """Return the layers of a board in which stands what a cell holds from thought to thought, `climbed` first."""
        return [climbed]

    def states(
        self,
        phenotypes: Phenotypes,
        individual: int,
        inputs: ThoughtInputs,
        thoughts: int | None,
        push: Push | None = None,
    ) -> Reals | None:
        """Return what one individual holds after so many thoughts, `[C, W, rows, columns]`, what it climbs first."""
        from evosim.mind.maps.thinking import layers_of, states_of

        own = self.own(phenotypes)
        times = int(own.thoughts[individual]) if thoughts is None else thoughts
        layers = layers_of(inputs, own.inputs)
        return states_of(self.thinks(own), individual, times, layers, self.state_layers, push)

    def with_budget(self, phenotypes: Phenotypes, steps: Cells) -> Phenotypes:
        """Return minds that think a map over as many times `[P]`."""
        return phenotypes.with_own(self.name, thoughts=np.asarray(steps, np.int32))


def steps_a_second(scenario: Scenario, thoughts: Locus, inputs: list[Any], seconds: float, begun: float = 0.0) -> float:
    """Estimate how many steps of agents a thread does in a second.

    A thought of a cell takes so many `seconds`, and to begin to think in a world `begun` seconds.
    """
    usual = sum(thoughts.range) / 2 if thoughts.range else thoughts.initial or 0.0
    longest = 1 / RATE
    for world in scenario.environments.values():
        if isinstance(world, GridWorld):
            thinking = begun + usual * seconds * world.size[0] * world.size[1]
            changes = HERE in inputs or bool(world.vision)
            longest = max(longest, thinking / (1 if changes else world.steps) + 1 / RATE)
    return 1 / longest
