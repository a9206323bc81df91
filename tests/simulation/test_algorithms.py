"""What names evosim's own algorithms, in the scenario and in the simulation, names the same."""

import pytest

from evosim.scenario import load_scenario
from evosim.scenario.schema.evolution import ALGORITHMS, Evolution
from evosim.scenario.validation.evolution import LACKING
from evosim.simulation.laboratory import Laboratory
from evosim.simulation.process import PROCESS_OF_ALGORITHM, process_class

SMALL = ["evolution.population=4", "evolution.elites=0"]
ECOLOGY = "natural_selection"


def scenario_of(algorithm):
    if algorithm == ECOLOGY:
        return load_scenario("contraception")
    return load_scenario("red_doors", [*SMALL, f"evolution.algorithm={algorithm}"])


def test_every_algorithm_is_said_to_be_run_by_a_process():
    assert tuple(PROCESS_OF_ALGORITHM) == ALGORITHMS
    assert set(LACKING) <= set(ALGORITHMS)
    assert Evolution.model_fields["algorithm"].default in ALGORITHMS


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_algorithm_can_be_chosen_and_has_a_process_of_its_own_name(algorithm):
    scenario = scenario_of(algorithm)
    assert scenario.evolution.algorithm == algorithm
    module, name = PROCESS_OF_ALGORITHM[algorithm].split(":")
    assert (process_class(scenario).__module__, process_class(scenario).__name__) == (module, name)


def test_every_algorithm_of_generations_has_an_optimizer_and_no_two_the_same():
    kinds = [type(Laboratory(scenario_of(each), 1).optimizer()) for each in ALGORITHMS if each != ECOLOGY]
    assert len(set(kinds)) == len(ALGORITHMS) - 1
    with pytest.raises(ValueError, match="natural_selection is no optimizer"):
        Laboratory(scenario_of(ECOLOGY), 1).optimizer()
