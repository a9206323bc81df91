"""An episode by hand: one life in a grid, of which whoever calls decides each action.

    episode = run.typical().episode("deployment")
    while not episode.over:
        episode.step(action)

All follows the rules and the random numbers of `evosim.episode.rollout`: driven by a mind's own actions, an episode has
the outcomes of that mind's life, to the last bit. It runs without a compiler.
"""

from typing import NamedTuple

import numpy as np

from evosim.episode.grid_environment import Ground
from evosim.episode.outcomes import OutcomeLayout, numbered_layout
from evosim.episode.rollout import DRAWS, State, bring_back, hunger_at, look
from evosim.gridworld.actions import ACTIONS, STAY, step_of, stray
from evosim.gridworld.rules import can_have, take
from evosim.gridworld.sampling import NOWHERE
from evosim.gridworld.shortest_paths import BARRIER, NOTHING
from evosim.interactive.observation import CurrentLife, Observation, observation_of
from evosim.numerics.arrays import Reals
from evosim.numerics.compiler import plainly
from evosim.numerics.random import uniform

AT_THE_END = ("energy", "survived", "ended_at")  # outcomes that are counted when a life is over
GLYPHS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"  # of types of object in a map


class Happened(NamedTuple):
    """What happened in one tick."""

    observation: Observation  # after it
    entered: int  # number of the object whose entry had an effect, or -1
    moved: bool  # whether the agent came to another cell
    slipped: bool  # whether it went another way than it chose


class Episode:
    """One life in one world, tick by tick; `ground` is of that world alone, `key` that of the life."""

    def __init__(self, ground: Ground, key: np.uint64) -> None:
        plan, objects = ground.plan, len(ground.plan.type_of)
        self.ground, self.key, self.life = ground, key, CurrentLife(ground, key)
        self.layout: OutcomeLayout = numbered_layout(plan)
        self.tick = 0
        self.cell = int(ground.worlds.start[0])
        self.state = State(
            np.ones(objects, np.bool_),
            np.full(objects, plan.vision == 0),
            np.zeros(plan.types, np.int32),
            np.zeros(objects, np.int32),
        )
        self.energy = plan.supply.initial
        self.thoughts = 0  # nominal cost of all thinking so far
        self.terminated = False  # by an object, or starved
        self._lives_on_energy = plan.supply.initial > 0.0
        self._outcomes = np.zeros(len(self.layout.names))
        self._known = self.state.there.copy()
        self._perceive()

    @property
    def truncated(self) -> bool:
        """Whether the steps of an episode are used up, and nothing else ended it."""
        return self.tick >= self.ground.plan.steps and not self.terminated

    @property
    def over(self) -> bool:
        """Whether the life has ended."""
        return self.terminated or self.truncated

    @property
    def place(self) -> int:
        """The number of the place where the agent stands, or -1."""
        places = self.ground.worlds.place[0]
        return int(places[self.cell]) if len(places) else NOWHERE

    @property
    def outcomes(self) -> Reals:
        """The outcomes so far `[K]`, in the order of `OutcomeLayout`; what is counted at the end is 0 until then."""
        plan, at = self.ground.plan, self.layout.offsets
        outcomes = self._outcomes.copy()
        outcomes[at.steps] = self.tick
        outcomes[at.thinking] = self.thoughts
        if self.over:
            starved = self._lives_on_energy and self.energy <= 0.0
            outcomes[at.energy] = max(self.energy, 0.0)
            outcomes[at.survived] = 0.0 if starved else 1.0
            if self.place != NOWHERE:
                outcomes[at.ended_at + plan.place_type[self.place]] = 1.0
        return outcomes

    def observe(self) -> Observation:
        """Return what the agent knows now, in arrays of its own."""
        return observation_of(
            self.life, self.tick, self.cell, self.state.there, self._known, self.state.inventory, self.energy
        )

    def step(self, action: int, thoughts: int = 0) -> Happened:
        """Live on for a tick with an action, 0 to 4 as in `evosim.gridworld.actions`.

        `thoughts` is the amount of thinking that it took, which costs energy where thinking does.

        Raises:
            ValueError: the episode is over, or there is no such action.
        """
        if self.over:
            raise ValueError(f"the episode is over after {self.tick} steps; begin another")
        if isinstance(action, bool) or not isinstance(action, int | np.integer) or not 0 <= action < ACTIONS:
            raise ValueError(f"action {action!r}; it is 0 (north), 1 (east), 2 (south), 3 (west) or 4 (stay)")
        with plainly():
            return self._step(int(action), thoughts)

    def _step(self, chosen: int, thoughts: int) -> Happened:
        plan, content, state = self.ground.plan, self.ground.atlas.content[0], self.state
        draw, at = self.tick * DRAWS, self.layout.offsets
        self.tick += 1
        self.thoughts += thoughts
        action = chosen
        if plan.slip > 0.0 and action != STAY and uniform(self.key, draw + 1) < plan.slip:
            action = int(stray(action, plan.slip_kind, self.key, draw + 2))
        target = self.cell + step_of(action, plan.columns)
        n = int(content[target])
        moves_on = target != self.cell and n != BARRIER
        if self._lives_on_energy:
            self.energy -= plan.supply.per_tick + plan.supply.per_thought * thoughts
            if moves_on:
                self.energy -= plan.supply.per_move
        entered = NOTHING
        if moves_on:
            self._outcomes[at.moves] += 1.0
            was, self.cell = self.place, target
            if self.place not in (NOWHERE, was):
                self._outcomes[at.entered_place + plan.place_type[self.place]] += 1.0
            if n != NOTHING and can_have(n, plan, state.present, state.inventory):
                entered = n
                self._enter(n)
        if self._lives_on_energy and self.energy <= 0.0:
            self.terminated = True
        if not self.over:
            self._perceive()
        return Happened(self.observe(), entered, moves_on, action != chosen)

    def _enter(self, n: int) -> None:
        """Apply the effects of entering object n."""
        plan, state, at = self.ground.plan, self.state, self.layout.offsets
        first = self.layout.slice_of("entered")
        if not self._outcomes[first].any():
            self._outcomes[at.entered_first + plan.type_of[n]] = 1.0
        self._outcomes[self.layout.slice_of("own")] += plan.outcomes[n]
        self._outcomes[at.entered + plan.type_of[n]] += 1.0
        self.terminated = bool(plan.ends[n])
        self.energy = float(min(self.energy + plan.energy[n], plan.supply.most))
        take(n, plan, state.present, state.inventory, 1)
        if not state.present[n] and plan.respawns[n] > 0:
            state.back[n] = self.tick + plan.respawns[n]
        state.there[n] = state.present[n]

    def _perceive(self) -> None:
        """Respawn what is due, and look at what is in sight."""
        plan = self.ground.plan
        if plan.vision > 0 or (plan.respawns > 0).any():
            with plainly():
                bring_back(self.tick, self.state)
                look(self.cell, plan.vision, plan.columns, self.ground.worlds.cell[0], self.state)
        self._known |= self.state.there

    def __str__(self) -> str:
        """Return a map: `#` walls, `@` the agent, a letter for each object that is there, by its type."""
        plan = self.ground.plan
        board = np.where(self.ground.worlds.wall[0] == 1, "#", "·")
        for n in np.flatnonzero(self.state.present):
            board[self.ground.worlds.cell[0, n]] = GLYPHS[plan.type_of[n] % len(GLYPHS)]
        board[self.cell] = "@"
        return "\n".join("".join(row) for row in board.reshape(plan.rows, plan.columns))

    def __repr__(self) -> str:
        """Return how far it is, and how it ended."""
        plan = self.ground.plan
        how = "ended" if self.terminated else "out of steps" if self.over else f"hunger {self._hunger():g}"
        row, column = divmod(self.cell, plan.columns)
        return f"<Episode: step {self.tick} of {plan.steps}, at row {row}, column {column}, {how}>"

    def _hunger(self) -> float:
        with plainly():
            return float(hunger_at(self.energy, self.ground.plan)) if self._lives_on_energy else 0.0


def one_world(ground: Ground, e: int) -> Ground:
    """Return world e of a sample, alone.

    Raises:
        ValueError: there is no such world.
    """
    count = len(ground.worlds.start)
    if not 0 <= e < count:
        raise ValueError(f"there is no world {e}; there are {count}, from 0")
    worlds, atlas = ([each[e : e + 1] for each in parts] for parts in (ground.worlds, ground.atlas))
    return Ground(ground.plan, type(ground.worlds)._make(worlds), type(ground.atlas)._make(atlas))
