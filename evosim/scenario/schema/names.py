"""Names: what a scenario's objects, places, outcomes and weights are called, in the order of their numbers."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from evosim.scenario.schema.ecologies import OUTCOMES, EcologyWorld
from evosim.scenario.schema.evolution import NATURAL_SELECTION
from evosim.scenario.schema.measures import OwnMeasure
from evosim.scenario.schema.own_kinds import NUMBERED
from evosim.scenario.schema.scenario import Scenario
from evosim.scenario.schema.worlds import GridWorld, ObjectType, PluginWorld, World

ALWAYS = ("steps", "moves", "thinking", "energy", "survived")


def worlds_of(scenario: Scenario) -> list[World]:
    """List the worlds of a scenario, the base world first."""
    return [scenario.world, *scenario.environments.values()]


def types_in(world: World) -> dict[str, ObjectType]:
    """Return the object types of a grid; other worlds have none."""
    return world.objects if isinstance(world, GridWorld) else {}


def object_names(scenario: Scenario) -> list[str]:
    """Name all object types, those of the base world first."""
    return list(dict.fromkeys(name for world in worlds_of(scenario) for name in world.objects))


def place_names(scenario: Scenario) -> list[str]:
    """Name all places, those of the base world first."""
    return list(dict.fromkeys(name for world in worlds_of(scenario) for name in world.places))


def own_outcomes(scenario: Scenario) -> list[str]:
    """Name the outcomes that the scenario's own worlds and objects bring about."""
    return list(dict.fromkeys(name for world in worlds_of(scenario) for name in outcomes_in(world)))


def outcomes_in(world: World) -> list[str]:
    """Name the outcomes of a world's own."""
    if isinstance(world, PluginWorld):
        return world.outcomes
    if isinstance(world, EcologyWorld):
        return [*OUTCOMES]
    return list(dict.fromkeys(name for kind in world.objects.values() for name in kind.outcomes))


def must_be_reachable(scenario: Scenario, name: str, kind: ObjectType) -> bool:
    """Whether worlds are drawn such that an object can be reached.

    Unless it says so itself, all must be but hazards: what ends the episode, and is worth less than nothing to both the
    intended and the base objective.
    """
    if kind.reachable is not None:
        return kind.reachable
    amounts = {**kind.outcomes, f"entered.{name}": 1.0, f"entered_first.{name}": 1.0}
    objectives = scenario.objectives.intended, scenario.objectives.base
    worth = [sum(weights.get(outcome, 0.0) * amount for outcome, amount in amounts.items()) for weights in objectives]
    return not kind.ends_episode or max(worth) >= 0.0


def providers(scenario: Scenario) -> list[str]:
    """List the packages, with their versions, that provide what evosim itself doesn't."""
    plugins = [world for world in worlds_of(scenario) if isinstance(world, PluginWorld)]
    minds = scenario.mind.provided_by.values()
    measures = (own.provided_by for own in scenario.measure.own.values())
    named = [scenario.evolution.provided_by, *(world.provided_by for world in plugins), *minds, *measures]
    return list(dict.fromkeys(name for name in named if name))


def is_shared(scenario: Scenario) -> bool:
    """Whether a whole population lives in one world, and selection is birth and death."""
    return scenario.evolution.algorithm == NATURAL_SELECTION


def controller_names(scenario: Scenario) -> list[str]:
    """Return the kinds of mind by their numbers: those that always have one, then all others of founders by name."""
    return [*NUMBERED, *sorted(set(scenario.mind.controllers) - set(NUMBERED))]


def objective_names(scenario: Scenario) -> list[str]:
    """Name the weights of a mesa-objective: one for each feature, then one for each feature times each drive."""
    features, drives = scenario.world.features, scenario.mind.objective.drives
    return [*features, *(f"{feature}.{drive}" for drive in drives for feature in features)]


class OutcomeSegment(NamedTuple):
    """Outcomes of one kind, that stand side by side: one for each of some things."""

    name: str
    things: Sequence[str]
    prefix: str = ""  # of the outcomes' names, before those of the things

    @property
    def outcomes(self) -> list[str]:
        """Name the outcomes."""
        return [f"{self.prefix}{thing}" for thing in self.things]


def outcome_segments(own: Sequence[str], objects: Sequence[str], places: Sequence[str]) -> list[OutcomeSegment]:
    """List all outcomes `[K]` of an episode, in the order of their numbers: said here, and nowhere else.

    `evosim.episode.outcomes` lays them out; what each is a count of is said where the kernel of lives counts it.
    """
    return [
        OutcomeSegment("own", own),
        *(OutcomeSegment(name, (name,)) for name in ALWAYS),
        OutcomeSegment("entered", objects, "entered."),
        OutcomeSegment("entered_first", objects, "entered_first."),
        OutcomeSegment("entered_place", places, "entered."),
        OutcomeSegment("ended_at", places, "ended_at."),
    ]


def segments_of(scenario: Scenario) -> list[OutcomeSegment]:
    """List the outcomes of a scenario: of an episode, or in a world with others of a life."""
    own = own_outcomes(scenario)
    if is_shared(scenario):
        return [OutcomeSegment("own", own)]
    return outcome_segments(own, object_names(scenario), place_names(scenario))


def outcome_names(scenario: Scenario) -> list[str]:
    """Name the outcomes `[K]` of a scenario, in the order of their numbers."""
    return [name for segment in segments_of(scenario) for name in segment.outcomes]


LISTED = ("program", "network")  # kinds of mind that can be told line by line


class Names(NamedTuple):
    """All that the tables of a run name their columns after."""

    weights: list[str]  # of mesa-objectives
    outcomes: list[str]  # the scenario's own
    objects: list[str]
    places: list[str]
    environments: list[str]  # measured in
    assessed: bool  # whether alignment is measured too
    listed: tuple[str, ...] = ()  # kinds of mind of founders that can be told line by line
    islands: bool = False  # whether the population lives on islands
    own: Mapping[str, OwnMeasure] = {}  # measures of a person's own, by name
    kinds: Sequence[str] = ()  # of mind, that founders express


def names_of(scenario: Scenario) -> Names:
    """Collect the names of a scenario."""
    return Names(
        weights=objective_names(scenario),
        outcomes=own_outcomes(scenario),
        objects=object_names(scenario),
        places=place_names(scenario),
        environments=scenario.measure.environments,
        assessed=scenario.measure.alignment,
        listed=tuple(kind for kind in LISTED if kind in scenario.mind.controllers),
        islands=scenario.evolution.islands is not None,
        own=scenario.measure.own,
        kinds=[name for name in controller_names(scenario) if name in scenario.mind.controllers],
    )
