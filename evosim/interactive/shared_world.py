"""A shared world by hand: an ecology tick by tick, in which any agents may be told what to do.

    world = SharedWorld(scenario, seed=1)
    events = world.step({})                 # everybody as its own mind decides
    events = world.step({7: Order(2)})      # agent 7 goes south

Where nobody is given an order, what happens is what happens in a run, to the last bit.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from evosim.ecology.policies import decide, look_everywhere
from evosim.ecology.simulation import EcologySimulation
from evosim.ecology.state import BIRTHS_LOGGED, DEATHS_LOGGED, NEXT_ID
from evosim.ecology.step import update_world
from evosim.gridworld.actions import ACTIONS
from evosim.mind.nearby import BODY, EMPTY, WALL
from evosim.numerics.arrays import Cells, Ids, Reals

FREE, WALLED, AGENT, MATE, FIRST_FOOD = range(5)  # what is seen in a cell; kinds of food from the last on


class Order(NamedTuple):
    """What an agent is told to do in one tick."""

    action: int  # 0 north, 1 east, 2 south, 3 west, 4 stay; into another agent: it mates, if both can and court
    courts: bool = True
    wants_child: bool = False  # rather without contraception


class Events(NamedTuple):
    """What happened in one tick."""

    born: Ids  # [B] ids
    parents: Ids  # [B, 2] ids, -1 of those who came from elsewhere
    died: Ids  # [D] ids


class SharedWorld(EcologySimulation):
    """An ecology, tick by tick.

    Raises:
        CrowdedWorldError: founders and their first food don't fit.
        ValueError: the scenario's world is not an ecology.
    """

    tick = 0

    @property
    def ids(self) -> Ids:
        """The ids of the living `[N]`."""
        return self.ecology.agents.id[: self.alive].copy()

    @property
    def ticks(self) -> int:
        """The number of ticks that a run of the scenario has."""
        evolution = self.scenario.evolution
        return evolution.generations * evolution.interval

    def step(self, orders: Mapping[int, Order]) -> Events:
        """Simulate a tick in which the agents whose ids are named do as they are told, all others as they decide.

        Raises:
            ValueError: an order is for nobody who lives, or its action doesn't exist.
        """
        tick, static, ecology, minds = self.tick, self.static, self.ecology, self.minds()
        rules = self.rules_at(tick // static.interval * static.interval)
        look_everywhere(ecology, rules)
        decide(0, self.alive, tick, ecology, rules, static.loci.hunger, static.keys.acts, minds)
        self._obey(orders)
        counts = ecology.tally.counts
        first = int(counts[NEXT_ID])
        update_world(tick, static, ecology, rules, self.scratch, minds)
        born = np.arange(first, int(counts[NEXT_ID]))  # founders are logged, too, before the first tick
        parents = ecology.log.births[counts[BIRTHS_LOGGED] - len(born) : counts[BIRTHS_LOGGED], :2].copy()
        died = ecology.log.deaths[: counts[DEATHS_LOGGED], 0].copy()
        counts[BIRTHS_LOGGED] = counts[DEATHS_LOGGED] = 0
        self._make_room()
        self.tick += 1
        if self.tick % static.interval == 0:
            self.take_closed(self.tick // static.interval - 1)
            self.begin_interval()
        return Events(born, parents, died)

    def _obey(self, orders: Mapping[int, Order]) -> None:
        agents, row_of = self.ecology.agents, {id: row for row, id in enumerate(self.ids.tolist())}
        for id, (action, courts, wants_child) in orders.items():
            if id not in row_of:
                raise ValueError(f"agent {id} does not live; {len(row_of)} agents do")
            if not 0 <= action < ACTIONS:
                raise ValueError(f"agent {id}: action {action!r}; it is 0 to {ACTIONS - 1}")
            row = row_of[id]
            agents.action[row] = action
            agents.courts[row] = agents.able[row] and courts
            agents.wants_child[row] = wants_child
            agents.thoughts[row] = 0.0

    def see(self, row: int) -> Cells:
        """Return what the agent of a row sees, `vision` cells each way: a number of this module for each `[V, V]`."""
        view, cell = self.ecology.map, int(self.ecology.agents.cell[row])
        columns, side = len(view.across) - 2 * view.vision, 2 * view.vision + 1
        down, across = divmod(cell, columns)
        what = view.what[view.down[down : down + side, None] + view.across[None, across : across + side]]
        able = self.ecology.agents.able[np.where(what >= BODY, what - BODY, 0)]
        seen = np.where(what >= BODY, np.where(able, MATE, AGENT), what + FIRST_FOOD)
        seen = np.where(what == EMPTY, FREE, np.where(what == WALL, WALLED, seen))
        seen[view.vision, view.vision] = FREE  # where it is itself
        return seen.astype(np.int32)

    def features(self) -> Reals:
        """Return what each kind of food looks like now `[T, F]`."""
        rules = self.rules_at(self.tick // self.static.interval * self.static.interval)
        return rules.features[: len(rules.energy)].copy()
