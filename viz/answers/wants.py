"""Weights of a mesa-objective in words. A negative weight is a dislike: what has it is avoided."""

from collections.abc import Collection, Mapping

import numpy as np

from evosim.mind.kinds import which_want
from evosim.numerics.formatting import enumerated, number, weight_in_words
from evosim.scenario import Scenario
from evosim.scenario.schema.names import objective_names, types_in, worlds_of
from evosim.scenario.schema.worlds import GridWorld

LEAST = 0.05  # mean weights smaller than this are not named
LEFT, UNWANTED, RIGHT = "← dislikes", "← counts as 0", "wants →"


def place_features(scenario: Scenario) -> set[str]:
    """Return the features that only places have, whose negative weights count as 0 (docs/model.md)."""
    worlds = worlds_of(scenario)
    of_places = {
        name
        for world in worlds
        if isinstance(world, GridWorld)
        for place in world.places.values()
        for name in (*place.features.named(), *(place.features.one_of or {}))
    }
    of_objects = {
        name
        for world in worlds
        for kind in types_in(world).values()
        for name in (*kind.features.named(), *(kind.features.one_of or {}))
    }
    return of_places - of_objects


def rank_weights(weights: Mapping[str, float], of_places: Collection[str] = ()) -> tuple[list[str], list[str]]:
    """Split weights into wants and dislikes, strongest first; features of places alone are never disliked."""
    order = sorted(weights, key=lambda name: -abs(weights[name]))
    wanted = [name for name in order if weights[name] > 0.0]
    disliked = [name for name in order if weights[name] < 0.0 and name.partition(".")[0] not in of_places]
    return wanted, disliked


def describe_weights(weights: Mapping[str, float], of_places: Collection[str] = (), least: float = 0.0) -> str:
    """Describe weights in words: wants red 0.60 and key 0.10, dislikes blue −0.60.

    Both are ordered by strength; weights smaller than `least` are left out.
    """
    labels = {name: f"{weight_in_words(name)} {number(weight)}" for name, weight in weights.items()}
    strong = {name: weight for name, weight in weights.items() if abs(weight) >= least}
    wanted, disliked = rank_weights(strong, of_places)
    parts = [f"wants {enumerated([labels[name] for name in wanted])}"] if wanted else []
    parts += [f"dislikes {enumerated([labels[name] for name in disliked])}"] if disliked else []
    return ", ".join(parts) or "wants nothing"


def describe_mean_weights(scenario: Scenario, individuals: Mapping[str, np.ndarray]) -> str:
    """Describe the mean weights of planners, from columns `[P]`; empty without planners or with a fixed objective."""
    names = objective_names(scenario)
    rows = which_want(individuals["controller"])
    if not scenario.mind.objective.evolves or not rows.any():
        return ""
    weights = {name: float(individuals[f"objective.{name}"][rows].mean()) for name in names}
    words = describe_weights(weights, place_features(scenario), LEAST)
    return f"Mean weights, the strongest first: a planner {words}."


def axis_label(weight: str, low: float, drive: str = "", *, of_place: bool = False) -> str:
    """Label an axis of weights that begins at `low`; `drive` names agents at the maximum of the drive, if any.

    Negative weights on features of places have no effect.
    """
    if drive:
        return f"← less · {weight} when {drive} · more →" if low < 0.0 else f"wants {weight} more, when {drive}"
    return f"{UNWANTED if of_place else LEFT} · {weight} · {RIGHT}" if low < 0.0 else f"wants {weight}"
