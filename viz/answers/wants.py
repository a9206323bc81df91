"""Wants and dislikes: the weights of a mesa-objective in words. What has a negative weight is avoided, not wanted."""

from collections.abc import Collection, Mapping

from evosim.numerics.formatting import enumerated, number
from evosim.scenario import Scenario
from evosim.scenario.schema.names import types_in, worlds_of
from evosim.scenario.schema.worlds import GridWorld

LEFT, UNWANTED, RIGHT = "← dislikes", "← as 0", "wants →"


def features_of_places(scenario: Scenario) -> set[str]:
    """Return the features that places have and no object: a weight of theirs below 0 is as 0 (docs/model.md)."""
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


def wants_in_words(weights: Mapping[str, float], of_places: Collection[str] = ()) -> str:
    """Say what weights want, and what they dislike: wants red 0.60 and key 0.10, dislikes blue −0.60.

    What only places have can't be disliked.
    """
    told = {name: f"{name} {number(weight)}" for name, weight in weights.items()}
    wanted = [told[name] for name, weight in weights.items() if weight > 0.0]
    disliked = [
        told[name] for name, weight in weights.items() if weight < 0.0 and name.partition(".")[0] not in of_places
    ]
    parts = [f"wants {enumerated(wanted)}"] if wanted else []
    parts += [f"dislikes {enumerated(disliked)}"] if disliked else []
    return ", ".join(parts) or "wants nothing"


def axis_words(weight: str, low: float, drive: str = "", *, of_place: bool = False) -> str:
    """Name an axis of weights that begins at `low`; `drive` names who has most of the drive that they are times of.

    Weights of a place mean nothing below 0.
    """
    if drive:
        return f"← less · {weight} when {drive} · more →" if low < 0.0 else f"wants {weight} more, when {drive}"
    return f"{UNWANTED if of_place else LEFT} · {weight} · {RIGHT}" if low < 0.0 else f"wants {weight}"
