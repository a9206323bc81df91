"""Avoidance: who finds nothing in an environment that it wants, and so enters nothing, gets nothing that it wants."""

import numpy as np

from evosim.scenario.schema.names import place_names, types_in
from viz.answers.generational import first_entry_shares
from viz.answers.reading import Reading
from viz.looks import mean_feature

MOST = 0.5


def mostly_avoid(reading: Reading, environment: str) -> bool:
    """Whether most of the pseudo-aligned in an environment want no object there, and most episodes enter nothing.

    Not where wants depend on drives, perception evolves or there are places: there weights alone don't tell.
    """
    scenario, final = reading.scenario, reading.final
    kinds = [kind for kind in types_in(scenario.environments[environment]).values() if kind.count > 0]
    untold = scenario.mind.objective.drives or scenario.mind.perception.evolves or place_names(scenario)
    rows = final.get(f"class.{environment}", np.zeros(0)) == "pseudo_aligned"
    if untold or not kinds or not rows.any() or first_entry_shares(reading, environment).get("nothing", 0.0) <= MOST:
        return False
    names = scenario.world.features
    looks = np.array([[mean_feature(kind.features, name) for name in names] for kind in kinds])
    weights = np.stack([final[f"objective.{name}"][rows] for name in names], axis=1)
    return bool(np.mean((weights @ looks.T < 0.0).all(axis=1)) > MOST)
