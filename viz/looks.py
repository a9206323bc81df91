"""What things look like in every picture: the colour that their features name, else one of their type's own.

The window, films, figures and maps of reports all ask here, so that a red door is red in each of them. Things are told
apart by more than colour: by their shape in worlds, by their hatch in charts, by letters on maps.
"""

from collections.abc import Mapping

from evosim.scenario import Scenario
from evosim.scenario.schema.ecologies import Food
from evosim.scenario.schema.names import object_names, place_names
from evosim.scenario.schema.worlds import Features, ObjectType, Place, Probability, World
from viz.palette import NAMED, OBJECTS, Area

SURE = 0.5  # of a thing's feature or of how likely it is, from where on it looks like it


def colour_named(features: Mapping[str, float]) -> str | None:
    """Return the colour that a thing's features name, of several the strongest; None if none does."""
    named = {name: value for name, value in features.items() if name in NAMED and value > SURE}
    return NAMED[max(named, key=lambda name: named[name])] if named else None


def expected(features: Features, name: str) -> float:
    """Return the mean value of a feature over things of a type."""
    value = features.named().get(name, 0.0)
    value = value.probability if isinstance(value, Probability) else value
    return value + (features.one_of or {}).get(name, 0.0)


def own_area(number: int) -> Area:
    """Return the colour and the hatch of a type of things by its number; the pair is a type's own up to 49 of them."""
    count = len(OBJECTS)
    return Area(OBJECTS[number % count].colour, OBJECTS[(number + number // count) % count].hatch)


def colour_in(scenario: Scenario, environment: str, name: str) -> str | None:
    """Return the colour that the features of an object type, of food or of a place name in an environment, or None.

    What an environment hasn't looks as in the base world; so does all where an environment is none of the scenario's.
    """
    here = scenario.environments.get(environment)
    return colour_named(_features(here, name) or _features(scenario.world, name))


def _features(world: World | None, name: str) -> dict[str, float]:
    """Give the mean features of what has a name in a world; none, if there is nothing of that name."""
    if world is None:
        return {}
    match world.objects.get(name) or world.places.get(name):
        case ObjectType(features=features) | Place(features=features):
            return {each: expected(features, each) for each in world.features}
        case Food(features=certain):
            return dict(certain)
    return {}


def area_of(scenario: Scenario, environment: str, name: str) -> Area:
    """Return how a type of objects, or a place, is filled in charts about an environment: as it looks there."""
    own = own_area([*object_names(scenario), *place_names(scenario)].index(name))
    looks = colour_in(scenario, environment, name)
    return own if looks is None else Area(looks, own.hatch)
