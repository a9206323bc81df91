"""The look of things in every picture: the colour that their features name, else one of their type's own.

The window, films, figures and maps of reports all use it, so that a red door is red in each of them. Colour is never
the only cue: things also differ by shape in worlds, by hatch in charts and by letters on maps.
"""

from collections.abc import Mapping

from evosim.scenario import Scenario
from evosim.scenario.schema.ecologies import Food
from evosim.scenario.schema.names import object_names, place_names
from evosim.scenario.schema.worlds import Features, ObjectType, Place, Probability, World
from viz.palette import NAMED_COLOURS, OBJECTS, AreaStyle

SURE_LOOK = 0.5  # of a thing's feature or of how likely it is, from where on it looks like it


def named_colour(features: Mapping[str, float]) -> str | None:
    """Return the colour of the strongest feature that names one; None if none does."""
    named = {name: value for name, value in features.items() if name in NAMED_COLOURS and value > SURE_LOOK}
    return NAMED_COLOURS[max(named, key=lambda name: named[name])] if named else None


def mean_feature(features: Features, name: str) -> float:
    """Return the mean value of a feature over things of a type."""
    value = features.named().get(name, 0.0)
    value = value.probability if isinstance(value, Probability) else value
    return value + (features.one_of or {}).get(name, 0.0)


def possible_looks(name: str, features: Features) -> set[bool]:
    """Return whether things with these features look as if they had the one of a name: yes, no, or either."""
    mean = mean_feature(features, name)
    is_drawn = isinstance(features.named().get(name), Probability) or name in (features.one_of or {})
    return {True, False} if is_drawn and 0.0 < mean < 1.0 else {mean > SURE_LOOK}


def type_area_style(number: int) -> AreaStyle:
    """Return the colour and hatch of an object type by its number; the first 49 pairs are distinct."""
    count = len(OBJECTS)
    return AreaStyle(OBJECTS[number % count].colour, OBJECTS[(number + number // count) % count].hatch)


def environment_look(scenario: Scenario, environment: str, name: str) -> str | None:
    """Return the colour that an object type, food or place has in an environment, or None.

    What an environment lacks looks as in the base world, as does everything in an environment unknown to the scenario.
    """
    here = scenario.environments.get(environment)
    return named_colour(_features(here, name) or _features(scenario.world, name))


def _features(world: World | None, name: str) -> dict[str, float]:
    """Return the mean features of a named thing in a world; empty if it isn't there."""
    if world is None:
        return {}
    match world.objects.get(name) or world.places.get(name):
        case ObjectType(features=features) | Place(features=features):
            return {each: mean_feature(features, each) for each in world.features}
        case Food(features=certain):
            return dict(certain)
    return {}


def area_style(scenario: Scenario, environment: str, name: str) -> AreaStyle:
    """Return the fill of an object type or place in charts about an environment."""
    own = type_area_style([*object_names(scenario), *place_names(scenario)].index(name))
    looks = environment_look(scenario, environment, name)
    return own if looks is None else AreaStyle(looks, own.hatch)
