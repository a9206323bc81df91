"""The behavioural objective of one agent: what its lives in training worlds appear to maximise.

Inferred by maximum causal entropy from its states and actions, without reading its genome (docs/inference.md).
"""

from typing import NamedTuple

import numpy as np

from evosim.alignment.assessment.behavioural import expected_rewards
from evosim.alignment.inference.irl import Demonstration, InferredObjective, infer_objective
from evosim.alignment.mdp.objectives import feature_objective
from evosim.alignment.mdp.tabular_world import BEGIN, TabularWorld, tabulate
from evosim.episode.grid_environment import Ground
from evosim.episode.rollout import OVER, Traces
from evosim.gridworld.sampling import Worlds
from evosim.gridworld.shortest_paths import Atlas
from evosim.numerics.arrays import Reals
from evosim.numerics.formatting import in_words

MOST_STATES = 400  # of a world; behaviour in larger ones takes too long to be read
MOST_WORLDS = 32
LEAST_PART = 0.3  # of a direction: smaller components are left out of words


class InferredBehaviour(NamedTuple):
    """The inferred objective, or the reason why there is none."""

    found: InferredObjective | None
    worlds: int
    why_not: str = ""


def infer_behaviour(ground: Ground, traces: Traces, discount: float) -> InferredBehaviour:
    """Infer weights on features from the traces `[1, E, T]` of an agent."""
    worlds = min(MOST_WORLDS, len(ground.worlds.start))
    some = select_from_sample(ground, slice(0, worlds))
    listed = tabulate(some, most=MOST_STATES)
    if listed is None:
        return InferredBehaviour(None, 0, f"its worlds can't be listed with at most {MOST_STATES} states")
    discount = min(max(discount, 0.0), 1.0)
    units = [feature_objective(some, unit) for unit in np.eye(some.worlds.features.shape[2])]
    shown = [_demonstration(world, [unit[e] for unit in units], discount, traces, e) for e, world in enumerate(listed)]
    return InferredBehaviour(infer_objective(shown, discount=discount), worlds)


def select_from_sample(ground: Ground, some: slice) -> Ground:
    """Return some worlds of a sample."""
    worlds, atlas = ([each[some] for each in parts] for parts in (ground.worlds, ground.atlas))
    return Ground(ground.plan, Worlds._make(worlds), Atlas._make(atlas))


def describe_directions(found: InferredObjective, features: list[str]) -> list[str]:
    """Describe the directions in which weights make no observable difference."""
    written = []
    for direction in found.unidentified:
        signed = direction * np.sign(direction[np.abs(direction).argmax()])
        parts = [
            f"{'+' if part > 0 else '−'} {in_words(name)}"
            for part, name in sorted(zip(signed.tolist(), features, strict=True), key=lambda each: -each[0])
            if abs(part) >= LEAST_PART
        ]
        written.append(" ".join(parts).removeprefix("+ "))
    return written


def _demonstration(world: TabularWorld, units: list[Reals], discount: float, traces: Traces, e: int) -> Demonstration:
    """Convert a life to states and actions, with the payments of each unit objective `[K]` as features."""
    actions = traces.action[0, e].astype(np.int64)
    actions[actions == OVER] = -1
    states = np.full(len(actions), -1, np.int64)
    state = BEGIN
    for tick in np.flatnonzero(actions >= 0).tolist():
        states[tick] = state
        state = _next(world, state, int(actions[tick]), int(traces.cell[0, e, tick + 1]))
    met, last = (expected_rewards(world, units, discount, last=last) for last in (False, True))
    return Demonstration(states[None], actions[None], world.transition, met, last)


def _next(world: TabularWorld, state: int, action: int, cell: int) -> int:
    """Return the state that an action led to, given the agent's next cell; the end if none fits."""
    possible = world.transition.successor[state, action][world.transition.probability[state, action] > 0.0]
    there = possible[world.cell[possible] == cell]
    return int(there[0] if len(there) else possible.min())
