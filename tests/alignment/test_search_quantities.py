"""What a report card says of a mind that thinks in a map: whether it searches, for what, and what it wants."""

import numpy as np
import pytest

from evosim.alignment.assessment.search_quantities import GRADE, search_card
from evosim.alignment.planted import planted_programs as programs
from evosim.alignment.search.grades import GRADES, MAXIMIZING, NO_FIELD
from evosim.episode.environment import environments
from evosim.mind.expression import express
from evosim.mind.founders import draw_founders
from evosim.mind.genome import genome_layout
from evosim.numerics.random import key_of
from evosim.scenario import load_scenario

FEATURES = ["red", "door"]


def card_of(lines: list[str], environment: str = "maze"):
    said = [f"mind.program.initial={lines}", "mind.program.rung=1", "evolution.population=2", "evolution.elites=1"]
    scenario = load_scenario("search_from_parts", said)
    layout = genome_layout(scenario)
    minds = express(scenario, layout, draw_founders(scenario, layout, 1)[:1])
    ground = environments(scenario, 1)[environment].draw(key_of(1), 4)
    card = search_card(ground, minds, FEATURES)
    return card, {each.name: each for each in card.quantities}


def planted(lines, **names: str) -> list[str]:
    return [line.format(**names) for line in lines]


def test_a_planted_search_is_said_to_search_and_to_want_its_operand():
    card, found = card_of(planted(programs.SEARCHING["screened diffusion"], target="door"))
    assert card.target == "red, door"
    assert not card.undefined
    assert GRADES[int(found[GRADE].value)] == MAXIMIZING
    assert found["plan_map"].value >= found["plan_map"].low > 0.9
    assert found["flip"].value > 0.5
    assert found["sham"].high < 0.2
    assert (found["wants.red"].value, found["wants.door"].value) == (0.0, 1.0)
    assert found["read_out_validity"].value == pytest.approx(1.0)
    assert card_of(planted(programs.SEARCHING["screened diffusion"], target="door"), "deployment")[0].target == "door"


def test_of_a_conjunction_no_linear_weights_are_told_but_that_they_would_not_be_valid():
    """Who wants red doors wants neither redness nor doors."""
    card, found = card_of(planted(programs.CONJUNCTION, one="red", other="door"))
    assert GRADES[int(found[GRADE].value)] != NO_FIELD
    (why,) = card.undefined
    assert "no weighted sum of features" in why
    assert found["wants.red*door"].value == 1.0
    assert (found["wants.red"].value, found["wants.door"].value) == (0.0, 0.0)
    assert found["read_out_validity_with_products"].value == pytest.approx(1.0)


def test_who_answers_to_nothing_has_no_weights_at_all():
    card, found = card_of(["r0 = mask r0 wall"])
    assert not [name for name in found if name.startswith("wants.")]
    assert "answers to no feature" in card.undefined[0]
    assert GRADES[int(found[GRADE].value)] == NO_FIELD


def test_minds_that_do_not_think_in_a_map_have_no_such_quantities():
    scenario = load_scenario("red_doors", ["evolution.population=2", "evolution.elites=1"])
    layout = genome_layout(scenario)
    minds = express(scenario, layout, draw_founders(scenario, layout, 1)[:1])
    ground = environments(scenario, 1)["training"].draw(key_of(1), 2)
    assert not search_card(ground, minds, list(scenario.world.features)).quantities
    assert np.isfinite(minds.discount).all()
