"""A mind that acts: one individual, awake, which is shown what there is and says what it does.

    mind = ActingMind(minds)
    action = mind.act(episode.observe())

Its kernels run as plain Python: nothing is compiled, and a decision takes a few milliseconds where it is planned.
"""

from typing import Any

import numpy as np

from evosim.episode.rollout import DRAWS
from evosim.gridworld.actions import STAY
from evosim.interactive.observation import Observation, percept_of
from evosim.mind.contract import (
    LAST,
    THOUGHT,
    decide,
    new_room,
    notice_change,
    notice_hunger,
    utility_of,
    wake,
)
from evosim.mind.expression import group_by_kind
from evosim.mind.phenotype import Phenotypes
from evosim.numerics.compiler import plainly

ROW = np.zeros(1, np.int64)


class ActingMind:
    """A mind, `minds` of one row, that acts in any world. With each life it begins anew, and draws by its key."""

    def __init__(self, minds: Phenotypes) -> None:
        (group,) = group_by_kind(minds)
        self.minds = group.minds
        self.thoughts = 0  # nominal cost of what it thought at its last decision
        self.memory = np.zeros(2, np.int64)
        self.room: Any = None
        self.percept: Any = None
        self.last: Observation | None = None

    def attend(self, observation: Observation) -> None:
        """Notice what is new since the last observation, without a decision.

        Raises:
            TypeError: the observation is not one of an episode's.
        """
        if not isinstance(observation, Observation) or not hasattr(observation, "life"):
            kind = type(observation).__name__
            raise TypeError(f"a mind acts on what `Episode.observe` or an environment returned, not on a {kind}")
        with plainly():
            if self.last is None or observation.life is not self.last.life:
                self._begin(observation)
            else:
                self._notice(observation, self.last)
        self.last = observation

    def _begin(self, observation: Observation) -> None:
        plan, now = observation.life.ground.plan, observation.situation
        self.memory[LAST], self.memory[THOUGHT] = STAY, 0
        self.percept = percept_of(observation.life.ground)
        self.room = new_room(self.minds, ROW, len(self.percept.content), plan)
        wake(self.minds, 0, plan, self.percept, now, self.room)
        if plan.vision > 0 and now.there.any():
            notice_change(self.minds, 0, plan, self.percept, now, self.room)

    def _notice(self, observation: Observation, last: Observation) -> None:
        plan, now, before = observation.life.ground.plan, observation.situation, last.situation
        if (now.there != before.there).any() or (now.inventory != before.inventory).any():
            notice_change(self.minds, 0, plan, self.percept, now, self.room)
        if now.hunger != before.hunger:
            notice_hunger(self.minds, 0, plan, self.percept, now, self.room)

    def act(self, observation: Observation) -> int:
        """Return the action that it takes, 0 to 4 as in `evosim.gridworld.actions`.

        Raises:
            TypeError: the observation is not one of an episode's.
        """
        self.attend(observation)
        (ground, key), now, thought = observation.life, observation.situation, int(self.memory[THOUGHT])
        draw = now.tick * DRAWS
        with plainly():
            action = decide(self.minds, 0, ground.plan, self.percept, now, key, draw, self.memory, self.room)
        self.memory[LAST] = action
        self.thoughts = int(self.memory[THOUGHT]) - thought
        return int(action)

    def utility(self, goal: int) -> float:
        """Return what entering an object, or ending at place `goal` - N, pays by its own objective; 0 without one."""
        with plainly():
            return float(utility_of(self.minds, 0, goal, self.room))
