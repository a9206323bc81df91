"""Planners in shared worlds: a plan is made at every tick, for what is seen from where the agent stands."""

from typing import NamedTuple

import numpy as np

from evosim.gridworld.actions import ACTIONS, MOVES
from evosim.mind.alleles import (
    Detectors,
    Number,
    Weights,
    detectors_in,
    number_in,
    number_of,
    objective_in,
    perceived_feature,
    weight_of,
)
from evosim.mind.contract import choose
from evosim.mind.nearby import Window, new_window, plan_nearby, wander_nearby, weigh_nearby
from evosim.mind.planner.plans import NO_PLAN
from evosim.mind.planner.settings import PlannerMind
from evosim.mind.segments import GenomeLayout
from evosim.mind.shared_contract import (
    FIRST_DRAW,
    LATER_DRAWS,
    Decision,
    SharedAgent,
    Surroundings,
    decide_in_shared_world,
    perceived_in_shared_world,
    utility_in_shared_world,
)
from evosim.numerics.arrays import Genes, Reals
from evosim.numerics.compiler import implements, inlined_kernel
from evosim.numerics.random import below
from evosim.scenario.schema.names import object_names
from evosim.scenario.schema.scenario import Scenario

WANDER, ROTATION = FIRST_DRAW, LATER_DRAWS


class SharedPlanners(NamedTuple):
    """Planners in a shared world, and the room in which one of them thinks; T kinds of things, W weights."""

    objective: Weights  # [W]
    detectors: Detectors
    horizon: Number  # steps
    discount: Number
    persistence: Number  # that it believes in
    temperature: Number  # of the choice among actions; 0: always the best
    window: Window
    worth: Reals  # [T + 1] of each kind of thing, and last of a mate
    scores: Reals  # [ACTIONS]


def shared_planners(scenario: Scenario, layout: GenomeLayout, vision: int) -> SharedPlanners:
    """Return what planners need where agents see `vision` cells each way."""
    planner = scenario.mind.of(PlannerMind)
    return SharedPlanners(
        objective=objective_in(layout, scenario),
        detectors=detectors_in(layout, scenario),
        horizon=number_in(layout, "planner.horizon", planner.horizon),
        discount=number_in(layout, "planner.discount", planner.discount),
        persistence=number_in(layout, "beliefs.persistence", scenario.mind.beliefs.persistence),
        temperature=number_in(layout, "planner.temperature", planner.temperature),
        window=new_window(vision),
        worth=np.zeros(len(object_names(scenario)) + 1),
        scores=np.zeros(ACTIONS),
    )


@implements(perceived_in_shared_world, SharedPlanners)
@inlined_kernel
def perceived_by_planner(mind: SharedPlanners, genome: Genes, feature: int, observed: Reals) -> float:
    """Return one of the features `[F]` as the planner with a genome `[L]` perceives it."""
    return perceived_feature(genome, feature, observed, mind.detectors)


@implements(utility_in_shared_world, SharedPlanners)
@inlined_kernel
def utility_to_planner(mind: SharedPlanners, genome: Genes, levels: Reals, observed: Reals) -> float:
    """Return the utility of what has features `[F]` by the mesa-objective, at levels `[D]` of drives."""
    count = observed.shape[0]
    total = 0.0
    for f in range(count):
        weight = weight_of(genome, f, mind.objective)
        for d in range(levels.shape[0]):
            weight += levels[d] * weight_of(genome, count * (1 + d) + f, mind.objective)
        total += weight * perceived_feature(genome, f, observed, mind.detectors)
    return total


@implements(decide_in_shared_world, SharedPlanners)
@inlined_kernel
def decide_by_planning_nearby(
    mind: SharedPlanners, agent: SharedAgent, around: Surroundings, key: np.uint64
) -> Decision:
    """Take the first step of the best plan; wander where nothing that is seen is worth wanting."""
    genome, worth, view, features = agent.genome, mind.worth, around.map, around.features
    mate = worth.shape[0] - 1
    for kind in range(mate + 1):
        worth[kind] = utility_to_planner(mind, genome, agent.levels, features[kind])
    courts = worth[mate] > 0.0
    wants_child = utility_to_planner(mind, genome, agent.levels, features[mate + 1]) > 0.0
    if not agent.able:
        worth[mate] = 0.0
    row, column, here, side = agent.row, agent.column, view.vision, 2 * view.vision + 1
    steps = np.rint(number_of(genome, mind.horizon))
    horizon = int(steps)
    discount = number_of(genome, mind.discount) * number_of(genome, mind.persistence)
    temperature = number_of(genome, mind.temperature)
    rotation = below(key, ROTATION, MOVES)
    if temperature > 0.0:
        weigh_nearby(row, column, horizon, discount, worth, view, rotation, mind.window, mind.scores)
        action = choose(mind.scores, temperature, key, WANDER)
    else:
        start = here, here
        action = plan_nearby(row, column, start, horizon, discount, worth, view, rotation, mind.window).action
        if action == NO_PLAN:
            action = wander_nearby(row, column, agent.last, worth, view, key, WANDER)
    return Decision(action, courts, wants_child, steps * side * side)
