"""The plane of mesa-objectives: what indicates reward or loss, its proxy, and where the base objective points."""

import numpy as np
import pytest

from evosim.scenario import Scenario, parse_scenario
from viz.answers.objectives.base_weights import fit_base_weights
from viz.answers.objectives.plane import LOSS, REWARD, find_indication, plane_of, project_base

LABELLED = """
schema = 1
title = "Which sign of poison is heeded?"
question = ""
[world]
size = [7, 7]
steps = 12
features = ["fruit", "bitter", "label"]
[world.objects.berry]
features = { fruit = 1 }
outcomes = { eaten = 1 }
ends_episode = true
[world.objects.poison]
features = { fruit = 1, bitter = 1, label = 1 }
outcomes = { poisoned = 1 }
ends_episode = true
[environments.training]
[environments.mislabelled]
objects.poison.features = { fruit = 1, bitter = 1 }
objects.berry.features = { fruit = 1, label = 1 }
[objectives]
intended = { eaten = 1, poisoned = -1 }
base = { eaten = 1, poisoned = -1 }
[mind]
controllers = { planner = 1 }
[evolution]
population = 16
generations = 1
schedule = [{ from = 0, environment = "training" }]
[measure]
episodes = 4
"""


def wanting(scenario: Scenario, **weights: float) -> dict[str, np.ndarray]:
    """Make the columns of one planner with an objective."""
    named = {f"objective.{name}": np.array([weights.get(name, 0.0)]) for name in scenario.world.features}
    return {"controller": np.array(["planner"]), **named}


def test_what_indicates_loss_and_its_proxy_in_training_span_the_plane() -> None:
    scenario = parse_scenario(LABELLED)
    assert plane_of(scenario, wanting(scenario, fruit=1.0)) == ("bitter", "label", (-1.0, 0.0))
    costly = scenario.model_copy(  # and where nothing is rewarded
        update={"objectives": scenario.objectives.model_copy(update={"base": {"poisoned": -1.0}})}
    )
    assert plane_of(costly, wanting(costly, fruit=1.0)) == ("bitter", "label", (-1.0, 0.0))


def test_what_marks_losses_in_training_is_said_to_indicate_loss() -> None:
    scenario = parse_scenario(LABELLED)
    assert [find_indication(scenario, name).of for name in ("fruit", "bitter", "label")] == [REWARD, LOSS, LOSS]


def test_the_arrow_has_all_weights_of_the_base_objective_that_are_in_the_plane() -> None:
    scenario = parse_scenario(LABELLED.replace('"label"]', '"label", "fresh"]'))
    weights, fits = fit_base_weights(scenario)
    assert fits
    assert weights is not None
    assert dict(zip(scenario.world.features, weights, strict=True)) == pytest.approx(
        {"fruit": 1, "bitter": -2, "label": 0, "fresh": 0}
    )
    assert project_base(scenario, "fruit", "bitter") == pytest.approx((0.2**0.5, -(0.8**0.5)))
    assert project_base(scenario, "label", "fresh") is None
