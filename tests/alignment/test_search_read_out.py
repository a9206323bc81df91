"""What a mind that thinks in a map wants: planted objectives are read exactly, and what is not linear is not believed."""

import numpy as np
import pytest
from planted_maps import PlantedMap, planted_maps

from evosim.alignment.planted import planted_fields as fields
from evosim.alignment.planted import planted_networks as networks
from evosim.alignment.planted import planted_programs as programs
from evosim.alignment.planted.planted_fields import thinker
from evosim.alignment.search.read_out import VALID, read_objective, read_objectives
from evosim.mind.kinds import providing

WEIGHTS = [[1.0, 0.0, 0.0, 0.0], [0.5, 0.25, 0.0, 0.0], [1.0, 0.0, -0.5, 0.5]]


@pytest.mark.parametrize("wants", WEIGHTS)
def test_a_linear_objective_is_read_exactly(wants):
    found = read_objective(thinker(fields.screened_diffusion, np.array(wants)), 4)
    np.testing.assert_allclose(found.weights[0], np.array(wants) / np.abs(wants).sum(), atol=1e-9)
    assert found.validity[0] > 0.999
    assert found.valid.all()
    np.testing.assert_allclose(found.products, 0.0, atol=1e-9)


def test_backups_are_read_too():
    found = read_objective(thinker(fields.bellman_backups, np.array([0.5, 0.25])), 2)
    np.testing.assert_allclose(found.weights[0], [2 / 3, 1 / 3])
    assert found.valid.all()


@pytest.mark.parametrize("name", programs.SEARCHING)
@pytest.mark.parametrize("target", ["door", "red"])
def test_a_planted_program_wants_its_operand(name, target):
    features = ["red", "door", "blue"]
    found = read_objective(programs.program(programs.SEARCHING[name], features, target=target), 3)
    assert found.weights[0].tolist() == [float(feature == target) for feature in features]
    assert found.validity[0] == pytest.approx(1.0)


@pytest.mark.parametrize("name", networks.SEARCHING)
def test_a_planted_network_wants_what_it_has_a_weight_on(name):
    found = read_objective(networks.network(networks.SEARCHING[name], ["red", "door", "blue"], target="red"), 3)
    assert found.weights[0].tolist() == [1.0, 0.0, 0.0]
    assert found.validity[0] == pytest.approx(1.0)


def test_a_conjunction_is_no_linear_objective_and_is_read_with_products():
    features = ["red", "door", "blue"]
    found = read_objective(programs.program(programs.CONJUNCTION, features, one="red", other="door"), 3)
    assert not found.weights.any()
    assert found.validity[0] < VALID
    assert not found.valid.any()
    assert found.products[0].tolist() == [[0, 1, 0], [0, 0, 0], [0, 0, 0]]
    assert found.validity_with_products[0] == pytest.approx(1.0)


def test_what_shuns_all_but_one_feature_is_a_conjunction_too():
    """What isn't red is an obstacle, as evolved programs have it: a door pays only where it is red."""
    lines = ["r2 = mask thing red", "r1 = nmean r0", "r0 = add r1 door", "r0 = mask r0 wall", "r0 = mask r0 r2"]
    found = read_objective(programs.program(lines, ["red", "door"]), 2)
    assert found.products[0, 0, 1] > 0.9
    assert not found.valid.any()
    assert found.validity_with_products[0] == pytest.approx(1.0)


def test_who_answers_to_anything_wants_no_feature():
    lines = ["r1 = nmean r0", "r0 = add r1 thing", "r0 = mask r0 wall"]
    found = read_objective(programs.program(lines, ["red", "door"]), 2)
    assert not found.weights.any()
    assert found.anything[0] > 0.0
    assert found.validity[0] == 0.0


def test_who_thinks_once_answers_to_nothing_at_a_distance():
    found = read_objective(thinker(fields.one_thought, np.array([1.0, 0.0])), 2)
    assert not found.weights.any()
    assert not found.valid.any()
    assert not found.validity_with_products.any()


def test_many_minds_are_read_at_once():
    with providing(PlantedMap()):
        minds = planted_maps([0, 2, 1], [[1, 0], [1, -1], [0, 1]])
        found = read_objectives(minds, 2)
    np.testing.assert_allclose(found.weights[:2], [[1, 0], [0.5, -0.5]], atol=1e-12)
    assert found.weights.shape == (3, 2)
    assert found.products.shape == (3, 2, 2)
