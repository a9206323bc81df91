"""A blueprint: one environment of a scenario as plain numbers, from which worlds are drawn."""

from typing import NamedTuple

import numpy as np

from evosim.scenario.names import object_names, own_outcomes
from evosim.scenario.schema import Scenario
from evosim.scenario.worlds import MazeLayout, Probability, RoomsLayout, ScatterLayout
from evosim.types import Cells, Flags, Reals
from evosim.world.layouts import LayoutKind


class Blueprint(NamedTuple):
    """One distribution of worlds with N objects, F features and O outcomes of the scenario's own."""

    rows: int
    columns: int
    layout: int  # a LayoutKind
    layout_first: float
    layout_second: float
    steps: int  # ticks that an episode lasts at most
    slip: float  # probability that a move goes to a random neighbour
    type_of: Cells  # [N] number of the object's type, the same in all environments
    fixed: Reals  # [N, F] features that never vary
    probability: Reals  # [N, F] probability that a feature is 1
    one_of: Reals  # [N, F] probabilities of being the one feature that is 1; a row sums to 1 or 0
    outcomes: Reals  # [N, O] amounts that happen on entry
    ends: Flags  # [N] entering ends the episode
    consumed: Flags  # [N] entering removes the object


def blueprint(scenario: Scenario, environment: str) -> Blueprint:
    """Turn an environment of a scenario into numbers.

    Raises:
        KeyError: the scenario has no such environment.
    """
    world = scenario.environments[environment]
    types, outcomes = object_names(scenario), own_outcomes(scenario)
    instances = [name for name, kind in world.objects.items() for _ in range(kind.count)]
    shape = (len(instances), len(world.features))
    fixed, probability, one_of = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    amounts = np.zeros((len(instances), len(outcomes)))
    for n, name in enumerate(instances):
        kind = world.objects[name]
        for feature, value in kind.features.named().items():
            column = world.features.index(feature)
            if isinstance(value, Probability):
                probability[n, column] = value.probability
            else:
                fixed[n, column] = value
        for feature, share in (kind.features.one_of or {}).items():
            one_of[n, world.features.index(feature)] = share
        for outcome, amount in kind.outcomes.items():
            amounts[n, outcomes.index(outcome)] = amount
    first, second = 0.0, 0.0
    match world.layout:
        case ScatterLayout(density=first) | MazeLayout(opened=first):
            pass
        case RoomsLayout(rows=down, columns=across):
            first, second = float(down), float(across)
    return Blueprint(
        rows=world.size[0],
        columns=world.size[1],
        layout=int(LayoutKind[world.layout.kind.upper()]),
        layout_first=first,
        layout_second=second,
        steps=world.steps,
        slip=world.slip,
        type_of=np.array([types.index(name) for name in instances], np.int32),
        fixed=fixed,
        probability=probability,
        one_of=one_of,
        outcomes=amounts,
        ends=np.array([world.objects[name].ends_episode for name in instances]),
        consumed=np.array([world.objects[name].consumed for name in instances]),
    )
