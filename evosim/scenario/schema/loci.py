"""How many loci the genomes of a scenario have, counted without naming them: their layout is made elsewhere."""

from evosim.scenario.schema.entry_points import MINDS, PluginError, summon
from evosim.scenario.schema.minds import CONTROLLERS
from evosim.scenario.schema.names import choice_names, objective_names, senses_of
from evosim.scenario.schema.scenario import Scenario


def count_loci(scenario: Scenario) -> int:
    """Count the loci of a genome, as `genome_layout` lays them out.

    Raises:
        PluginError: a kind of mind of another package fails.
    """
    mind, features = scenario.mind, len(scenario.world.features)
    count = len(mind.controllers) if len(mind.controllers) > 1 else 0
    if mind.perception.evolves and {"planner", "heuristic"} & set(mind.controllers):
        count += features * (features + 1)
    if "planner" in mind.controllers:
        count += len(objective_names(scenario)) if mind.objective.evolves else 0
        numbers = (mind.planner.horizon, mind.planner.discount, mind.planner.temperature, mind.beliefs.persistence)
        count += sum(each is not None and each.range is not None for each in (*numbers, mind.beliefs.slip))
    if "heuristic" in mind.controllers:
        senses, hidden = len(senses_of(scenario)), mind.heuristic.hidden
        count += senses * max(hidden, 1) + hidden + 1 if mind.heuristic.evolves else 0
        count += len(choice_names(scenario)) + (mind.heuristic.temperature.range is not None)
    count += mind.open_loop.length if "open_loop" in mind.controllers else 0
    return count + _count_others(scenario)


def _count_others(scenario: Scenario) -> int:
    """Count the loci of kinds of mind that other packages provide; 0 where one is not installed.

    Raises:
        PluginError: one fails.
    """
    mind = scenario.mind
    there = {"perception"} if {"planner", "heuristic"} & set(mind.controllers) else set()
    there |= {"objective", "beliefs.slip", "beliefs.persistence"} if "planner" in mind.controllers else set()
    count = 0
    for name in mind.controllers:
        if name in CONTROLLERS:
            continue
        what = f"the kind of mind {name!r}"
        try:
            make = summon(MINDS, name, "", what)
        except PluginError:
            continue
        try:
            segments = make().segments(scenario)
        except Exception as error:
            raise PluginError(f"{what} failed: {type(error).__name__}: {error}") from error
        new = {segment.name: len(segment.loci) for segment in segments if segment.name not in there}
        there |= set(new)
        count += sum(new.values())
    return count
