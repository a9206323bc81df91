"""Who got what counts: the outcomes of all lives of a generation, as they are counted on the wall."""

import numpy as np

from evosim.alignment.mdp.objectives import events_in, outcome_objective
from evosim.episode.grid_environment import Grid
from evosim.episode.rollout import OVER, live, new_traces
from evosim.mind.phenotype import select_minds
from evosim.numerics.arrays import Flags
from evosim.simulation.laboratory import Laboratory
from viz.live.scenes.scene import Cast, count_worlds, measurement_keys

AT_ONCE = 4_000_000  # ticks of lives, that are held in memory


def got_what_counts(laboratory: Laboratory, cast: Cast, environment: str) -> Flags | None:
    """Return which agents got what evolution counts in which world of the measurement, `[P, E]`.

    It is what the base objective pays for, by what was entered and where the life ended. None for worlds of a plugin.
    """
    place = laboratory.environments[environment]
    if not isinstance(place, Grid):
        return None
    worlds_key, lives_key = measurement_keys(laboratory, cast.generation)
    count = count_worlds(laboratory)
    ground = place.draw(worlds_key, count)
    plan, counted = ground.plan, outcome_objective(ground.plan, laboratory.base)
    events = events_in(plan)
    of_things = np.append(counted[: events.ended], 0.0)  # the last: nothing was entered
    of_places = np.append(counted[events.ended : events.came] + counted[events.came : events.hungry], 0.0)
    agents, most = len(cast.ids), max(AT_ONCE // max(count * plan.steps, 1), 1)
    found = np.zeros((agents, count), np.bool_)
    for start in range(0, agents, most):
        rows = slice(start, min(start + most, agents))
        traces = new_traces(rows.stop - start, count, plan.steps)
        live(*ground, select_minds(cast.minds, rows), cast.ids[rows], lives_key, traces=traces)
        lived = traces.action != OVER
        paid = of_things[np.where(lived, traces.entered, -1)].sum(axis=2)
        if ground.worlds.place.shape[1]:
            last = np.take_along_axis(traces.cell, lived.sum(axis=2)[:, :, None], axis=2)[:, :, 0]
            paid += of_places[ground.worlds.place[np.arange(count), last]]
        found[rows] = paid > 0.0
    return found
