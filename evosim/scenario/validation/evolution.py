"""Rules about evolution: operators that don't fit, schedules that contradict themselves, islands that can't be."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from evosim.scenario.errors.diagnostic import Diagnostic, suggest
from evosim.scenario.schema.entry_points import PluginError
from evosim.scenario.schema.evolution import (
    MOST_ALLELES,
    NATURAL_SELECTION,
    RANDOM_SEARCH,
    CovarianceMatrixAdaptation,
    EpsilonLexicase,
    Evolution,
    GaussianMutation,
    Islands,
    Lexicase,
    ParetoSelection,
    Tournament,
    UniformCrossover,
)
from evosim.scenario.schema.loci import count_loci
from evosim.scenario.schema.scenario import Scenario
from evosim.scenario.validation.deap_selection import DEAP
from evosim.scenario.validation.natural_selection import NATURAL
from evosim.scenario.validation.rule import RuleSet

LACKING: dict[str, dict[str, Any]] = {
    "cma_es": {
        "selection": Tournament(operator="tournament"),
        "crossover": UniformCrossover(),
        "mutation": GaussianMutation(),
        "elites": 0,
    },
    NATURAL_SELECTION: {
        name: Evolution.model_fields[name].default
        for name in ("selection", "episodes", "elites", "hall_of_fame", "parsimony")
    },
    RANDOM_SEARCH: {
        name: Evolution.model_fields[name].default for name in ("selection", "crossover", "mutation", "founders")
    },
}  # what some algorithms have no use for, with what stands there if it is not said
CMA_LOCI = 1000  # of which every two have a covariance, and it is decomposed in each generation

EVOLUTION, ISLANDS = RuleSet(Scenario), RuleSet(Islands)


@EVOLUTION.rule(reads=("evolution.elites", "evolution.population", "evolution.algorithm", "evolution.selection?"))
def check_elites(scenario: Scenario) -> Iterator[Diagnostic]:
    elites, population = scenario.evolution.elites, scenario.evolution.population
    if elites >= population:
        what = f"{elites} elites leave no room for offspring in a population of {population}"
        yield Diagnostic(("evolution", "elites"), what)


@EVOLUTION.rule(each="evolution.schedule.{i}", reads=("evolution.schedule.{i}.environment", "environments.*?"))
def check_environment_of_a_phase(scenario: Scenario, i: int) -> Iterator[Diagnostic]:
    name = scenario.evolution.schedule[i].environment
    if isinstance(name, str) and name not in scenario.environments:
        what = f"there is no environment {name!r}; {suggest(name, scenario.environments)}"
        yield Diagnostic(("evolution", "schedule", i, "environment"), what)


@EVOLUTION.rule(each="evolution.schedule.{i}.environment.{name}", reads=("environments.*?",))
def check_environment_of_a_mixture(scenario: Scenario, i: int, name: str) -> Iterator[Diagnostic]:
    if name not in scenario.environments:
        what = f"there is no environment {name!r}; {suggest(name, scenario.environments)}"
        yield Diagnostic(("evolution", "schedule", i, "environment", name), what)


@EVOLUTION.rule(each="evolution.schedule.{i}", reads=("evolution.schedule.{i}.environment",))
def check_shares_of_a_phase(scenario: Scenario, i: int) -> Iterator[Diagnostic]:
    total = sum(scenario.evolution.schedule[i].shares().values())
    if abs(total - 1) > 1e-9:
        what = f"the shares add up to {total:g}, not to 1"
        yield Diagnostic(("evolution", "schedule", i, "environment"), what)


@EVOLUTION.rule(each="evolution.schedule.{i}", reads=("evolution.schedule.*.from",))
def check_beginning_of_a_phase(scenario: Scenario, i: int) -> Iterator[Diagnostic]:
    where, schedule = ("evolution", "schedule", i, "from"), scenario.evolution.schedule
    if i == 0 and schedule[0].start != 0:
        yield Diagnostic(where, "the first entry must start from generation 0")
    if i > 0 and schedule[i].start <= schedule[i - 1].start:
        yield Diagnostic(where, f"must lie after {schedule[i - 1].start}, where the entry before it starts")


def _check_superfluous(part: str) -> None:
    """Add the rule about a part that some algorithms don't use."""

    @EVOLUTION.rule(reads=(f"evolution.{part}", "evolution.algorithm"))
    def check_superfluous(scenario: Scenario) -> Iterator[Diagnostic]:
        evolution = scenario.evolution
        lacking = LACKING.get(evolution.algorithm, {})
        if part in lacking and getattr(evolution, part) != lacking[part]:
            yield Diagnostic(("evolution", part), f"{evolution.algorithm} has no {part}: leave this out")


for part in dict.fromkeys(part for lacking in LACKING.values() for part in lacking):
    _check_superfluous(part)
EVOLUTION.include("", NATURAL)


@EVOLUTION.rule(reads=("evolution.algorithm", "evolution.cma_es"))
def check_distribution(scenario: Scenario) -> Iterator[Diagnostic]:
    evolution = scenario.evolution
    if evolution.algorithm != "cma_es" and evolution.cma_es != CovarianceMatrixAdaptation():
        yield Diagnostic(("evolution", "cma_es"), f"the algorithm is {evolution.algorithm!r}, not 'cma_es'")


@EVOLUTION.rule(reads=("evolution.algorithm", "mind", "world.kind", "world.features"))
def check_number_of_loci(scenario: Scenario) -> Iterator[Diagnostic]:
    if scenario.evolution.algorithm != "cma_es":
        return
    try:
        count = count_loci(scenario)
    except PluginError:
        return  # where plugins are checked, it says what failed
    if not 1 <= count <= CMA_LOCI:
        what = f"cma_es takes genomes of 1 to {CMA_LOCI:,} loci; these have {count:,}"
        yield Diagnostic(("evolution", "algorithm"), what)


@EVOLUTION.rule(reads=("evolution.selection?", "objectives.pareto"))
def check_number_of_objectives(scenario: Scenario) -> Iterator[Diagnostic]:
    if isinstance(scenario.evolution.selection, ParetoSelection) and len(scenario.objectives.pareto) < 2:
        what = "nsga2 needs at least two objectives to choose between, as objectives.pareto = [{...}, {...}]"
        yield Diagnostic(("evolution", "selection"), what)


@EVOLUTION.rule(reads=("evolution.selection?", "evolution.elites"))
def check_survivors_are_no_elites(scenario: Scenario) -> Iterator[Diagnostic]:
    if isinstance(scenario.evolution.selection, ParetoSelection) and scenario.evolution.elites:
        what = (
            "with nsga2 half of the population survives, and there are no other elites: leave this out, or set it to 0"
        )
        yield Diagnostic(("evolution", "elites"), what)


@EVOLUTION.rule(reads=("evolution.selection?", "evolution.parsimony"))
def check_price_has_an_objective(scenario: Scenario) -> Iterator[Diagnostic]:
    if isinstance(scenario.evolution.selection, ParetoSelection) and scenario.evolution.parsimony:
        what = "a price on descriptions is taken off fitness, which nsga2 doesn't select by: leave this out"
        yield Diagnostic(("evolution", "parsimony"), what)


@EVOLUTION.rule(reads=("evolution.selection.operator", "evolution.episodes"))
def check_number_of_episodes(scenario: Scenario) -> Iterator[Diagnostic]:
    selection = scenario.evolution.selection
    if isinstance(selection, Lexicase | EpsilonLexicase) and scenario.evolution.episodes < 2:
        what = f"{selection.operator} selects by single episodes, and needs at least 2"
        yield Diagnostic(("evolution", "episodes"), what)


EVOLUTION.include("evolution.selection", DEAP)


@EVOLUTION.rule(reads=("evolution.founders.loci", "evolution.founders.genomes", "evolution.population"))
def check_founders(scenario: Scenario) -> Iterator[Diagnostic]:
    founders, at = scenario.evolution.founders, ("evolution", "founders")
    if founders is None:
        return
    count = len(founders.loci)
    name, times = Counter(founders.loci).most_common(1)[0]
    if times > 1:
        yield Diagnostic((*at, "loci"), f"{name!r} is named twice")
    wrong = next((n for n, row in enumerate(founders.genomes) if len(row) != count), None)
    if wrong is not None:
        found = len(founders.genomes[wrong])
        yield Diagnostic((*at, "genomes", wrong), f"{found} numbers; one for each of {count} loci is needed")
    if len(founders.genomes) * count > MOST_ALLELES:
        yield Diagnostic((*at, "genomes"), f"at most {MOST_ALLELES:,} numbers can be given")
    if len(founders.genomes) > scenario.evolution.population:
        what = f"{len(founders.genomes):,} genomes, and a population of {scenario.evolution.population:,}"
        yield Diagnostic((*at, "genomes"), what)


@ISLANDS.rule(reads=("evolution.algorithm",), conclusive=True)
def check_algorithm_of_islands(scenario: Scenario, _: Islands) -> Iterator[Diagnostic]:
    algorithm = scenario.evolution.algorithm
    if algorithm != "genetic":
        what = f"{algorithm} has no islands, on which parents are chosen: leave this out, or use algorithm = 'genetic'"
        yield Diagnostic((), what)


@ISLANDS.rule(reads=(".count", "evolution.population"), conclusive=True)
def check_islands_are_of_equal_size(scenario: Scenario, islands: Islands) -> Iterator[Diagnostic]:
    population, count = scenario.evolution.population, islands.count
    if population < 2 * count:
        what = f"{count:,} islands of a population of {population:,}: each needs 2 individuals or more"
        yield Diagnostic(("count",), f"{what}, so there can be at most {population // 2:,}")
    elif population % count:
        less = population - population % count
        what = f"a population of {population:,} can't be split into {count:,} islands of equal size"
        yield Diagnostic(("count",), f"{what}; {less:,} or {less + count:,} can")


@ISLANDS.rule(reads=(".count", "evolution.population", "evolution.elites", "evolution.selection?"))
def check_elites_of_islands(scenario: Scenario, islands: Islands) -> Iterator[Diagnostic]:
    elites, size = scenario.evolution.elites, scenario.evolution.population // islands.count
    if size <= elites < scenario.evolution.population:
        what = f"{elites} elites leave no room for offspring on an island of {size}; each island has its own elites"
        yield Diagnostic(("count",), what)


@ISLANDS.rule(reads=(".count", ".migrants", ".topology", "evolution.population"))
def check_room_for_migrants(scenario: Scenario, islands: Islands) -> Iterator[Diagnostic]:
    size = scenario.evolution.population // islands.count
    if islands.arrivals >= size:
        others = "the island before it" if islands.topology == "ring" else f"each of {islands.count - 1:,} others"
        what = f"{islands.migrants:,} from {others} leave nobody of its own on an island of {size:,}"
        yield Diagnostic(("migrants",), what)


@ISLANDS.rule(reads=(".count", "evolution.population", "evolution.founders.genomes"))
def check_founders_of_islands(scenario: Scenario, islands: Islands) -> Iterator[Diagnostic]:
    founders, size = scenario.evolution.founders, scenario.evolution.population // islands.count
    if founders is not None and size < len(founders.genomes) <= scenario.evolution.population:
        what = f"each island is founded by all {len(founders.genomes):,} given genomes, and has room for {size:,}"
        yield Diagnostic(("count",), what)


EVOLUTION.include("evolution.islands", ISLANDS)
