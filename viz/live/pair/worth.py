"""What things are worth to one mind, by names that say how they look."""

from typing import NamedTuple

import numpy as np

from evosim.alignment.search.read_out import VALID, ReadObjective
from evosim.numerics.arrays import Reals
from evosim.numerics.formatting import in_words
from evosim.scenario import Scenario
from evosim.scenario.first_entries import object_rewards
from evosim.scenario.schema.names import object_names, place_names
from viz.live.scenes.landscape import goal_rewards, is_planner, perceived_features
from viz.live.scenes.scene import Scene, WorldState
from viz.names import thing_names, with_article


class ValuedThing(NamedTuple):
    """Things of one type that look alike, or a place."""

    words: str  # a name that says how they look, without an article
    kind: str  # their type, or the place
    number: int  # of one of them among the goals of its world
    type: int  # -1 for a place
    worth: float | None  # to enter one, or to be there; None to a mind that wants nothing
    counts: bool  # evolution pays for it

    @property
    def named(self) -> str:
        """The name with its article."""
        return f"the {self.words}" if self.type < 0 else with_article(self.words)


def list_things(scenario: Scenario, scene: Scene, e: int, moment: WorldState, worth: Reals | None) -> list[ValuedThing]:
    """Return the things of world e, each look once, with their `worth` `[N + Q]`."""
    plan, features = scene.ground.plan, scene.ground.worlds.features[e]
    types, places = object_names(scenario), place_names(scenario)
    pays, names = object_rewards(scenario, scene.environment), thing_names(scenario)
    found: dict[tuple[str, bytes], ValuedThing] = {}
    for n in range(len(features)):
        is_object = n < len(plan.type_of)
        kind = types[plan.type_of[n]] if is_object else places[plan.place_type[n - len(plan.type_of)]]
        counted = pays.get(kind, 0.0) > 0.0 if is_object else float(scene.counted[n]) > 0.0
        own = None if worth is None else float(worth[n])
        number = int(plan.type_of[n]) if is_object else -1
        words = names.name(number, features[n].tolist()) if is_object else in_words(kind)
        found.setdefault((kind, features[n].tobytes()), ValuedThing(words, kind, n, number, own, counted))
    return sorted(found.values(), key=lambda each: (each.type < 0, each.type))


def worth_of_all(scene: Scene, e: int, moment: WorldState, read: ReadObjective | None) -> Reals | None:
    """Return what goals `[N + Q]` are worth to the mind of world e; None if it wants nothing that could be named.

    For minds that think in maps it is how their map answers to such things, on the scale of the weights that are
    `read` off it.
    """
    if read is not None:
        if read.validity_with_products[0] < VALID:
            return None
        looks, objects = perceived_features(scene, e), len(scene.ground.plan.type_of)
        answers = looks @ read.weights[0] + np.einsum("nf,fg,ng->n", looks, read.products[0], looks)
        answers[:objects] += read.anything[0]
        return np.asarray(answers)
    return goal_rewards(scene, e, moment)[0] if is_planner(scene, e) else None
