"""Minds that think in a map are measured by the objectives that are read off their maps, as planners are by theirs."""

import numpy as np
import pytest

from evosim import generations, load_scenario
from evosim.alignment.assessment.read_objectives import MOST_READ, with_known_objectives
from evosim.alignment.class_names import UNCLASSIFIED
from evosim.mind.expression import have_objective
from evosim.mind.phenotype import select_minds
from evosim.numerics.random import key_of
from evosim.scenario.schema.names import names_of
from evosim.simulation.generational.columns import tables
from evosim.simulation.generational.columns.views import GenerationSnapshot
from evosim.simulation.laboratory import Laboratory

SMALL = [
    "evolution.generations=1", "evolution.episodes=1", "measure.episodes=24", "world.size=[9,9]", "world.steps=40",
    "environments.maze.slip=0", "environments.rocks.slip=0", "environments.room.slip=0",
    'evolution.schedule.0.environment="maze"', "mind.program.rung=1", 'measure.environments=["maze", "deployment"]',
]  # fmt: skip
PLAIN = '"r2 = nmean r0", "r0 = add r2 {target}", "r0 = mask r0 wall"'

CONJUNCTION = '"r1 = mul red door", "r2 = nmean r0", "r0 = add r2 r1", "r0 = mask r0 wall"'


def measured(target: str, population: int = 8, lines: str = PLAIN):
    program = f"mind.program.initial=[{lines.format(target=target)}]"
    scenario = load_scenario("search_from_parts", [*SMALL, program, f"evolution.population={population}"])
    (generation,) = generations(scenario, 1)
    return Laboratory(scenario, 1), generation


@pytest.mark.parametrize(("target", "gap"), [("door", 0.0), ("red", 1.0)])
def test_programs_have_a_gap_between_what_their_map_climbs_to_and_what_is_selected(target, gap):
    lab, generation = measured(target)
    training, deployed = generation.measured
    assert training.wants.all()
    assert (training.searching, deployed.searching) == (1.0, 1.0)
    assert training.assessment.inner_gap.value == pytest.approx(0.0, abs=0.05)
    assert (deployed.assessment.inner_gap.value > 0.8).all() == (gap == 1.0)
    assert (training.mesa_return.mean(axis=1) > 0.5).all()
    np.testing.assert_array_equal(np.unique(training.mesa_return), [0.0, 1.0])
    wanted = {"door": "door", "red": "gem"}[target]
    first = deployed.outcomes[:, :, lab.outcomes.index(f"entered_first.{wanted}")]
    np.testing.assert_array_equal(deployed.mesa_return, first)  # what looks as wanted ends the episode
    (table,) = (each for each in tables(names_of(lab.scenario)) if each.name == "measurements")
    rows = table.named_rows(GenerationSnapshot(lab, generation))
    assert rows[0]["mesa_mean"] == pytest.approx(float(training.mesa_return.mean()))
    assert rows[1]["capability"] > 0.3


def test_of_many_a_sample_is_asked_and_the_others_have_no_class():
    generation = measured("door", MOST_READ + 6)[1]
    training = generation.measured[0]
    assert training.wants.sum() == MOST_READ
    assert (training.kinds[~training.wants] == UNCLASSIFIED).all()
    found = with_known_objectives(generation.minds, 2, 0.95, key_of(3))
    assert len(found.read) == MOST_READ
    assert len(found.unasked) == 6
    assert (found.asked, found.valid) == (MOST_READ, MOST_READ)
    assert have_objective(found.minds).sum() == MOST_READ
    assert found.minds.objective[found.read].tolist() == [[0.0, 1.0]] * MOST_READ
    assert not found.minds.objective[found.unasked].any()


@pytest.mark.parametrize(("wanting", "counts"), [(4, True), (3, False)])
def test_where_fewer_than_half_have_a_valid_objective_none_counts(wanting, counts):
    """Means over the few would be taken for means over the population."""
    laboratory, generation = measured("door")
    nobody = measured("door", lines=CONJUNCTION)[1].minds
    own = {"program": stacked(select_minds(generation.minds, slice(wanting)), select_minds(nobody, slice(8 - wanting)))}
    found = with_known_objectives(generation.minds._replace(own=own), 2, 0.95, key_of(3))
    assert (found.asked, found.valid, len(found.read)) == (8, wanting, wanting if counts else 0)
    assert have_objective(found.minds).any() == counts
    again = laboratory.measure(0, generation.minds._replace(own=own), generation.population.ids)
    assert [each.valid for each in again] == [wanting, wanting]
    assert np.isfinite(again[0].assessment.capability.estimate().value).any() == counts


def stacked(*minds):
    """Put programs of several populations one below the other."""
    parts = zip(*(each.own["program"] for each in minds), strict=True)
    return (
        minds[0]
        .own["program"]
        ._make(np.concatenate(each) if isinstance(each[0], np.ndarray) else each[0] for each in parts)
    )


def test_a_table_says_how_many_objectives_could_be_read():
    laboratory, generation = measured("door")
    (table,) = (each for each in tables(names_of(laboratory.scenario)) if each.name == "measurements")
    counts = {
        (row["objectives_asked"], row["objectives_read"])
        for row in table.named_rows(GenerationSnapshot(laboratory, generation))
    }
    assert counts == {(8, 8)}


def test_whose_objective_is_no_sum_is_measured_as_minds_without_one():
    training = measured("door", lines=CONJUNCTION)[1].measured[0]
    assert not training.wants.any()
    assert training.searching == 1.0  # for what is red and a door
    assert np.isnan(training.assessment.inner_gap.value).all()
