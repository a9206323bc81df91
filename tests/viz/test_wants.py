"""What agents want and dislike, in words: a dislike is never announced as a want."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evosim.numerics.formatting import enumerated
from evosim.scenario import load_scenario
from evosim.scenario.schema.names import objective_names
from viz.answers.wants import axis_label, describe_weights, place_features
from viz.live.drawing.theme import LIGHT, want_colour
from viz.live.field.colouring import colour_agents
from viz.live.panels.portrait import describe_wants

pytestmark = pytest.mark.compiled


@given(st.dictionaries(st.sampled_from(["red", "blue", "door"]), st.floats(-1, 1)))
def test_what_is_disliked_is_not_announced_as_a_want(weights: dict[str, float]) -> None:
    words = describe_weights(weights)
    wanted = words.split("dislikes")[0]
    assert all((name in wanted) == (weight > 0) for name, weight in weights.items())
    assert "−" not in wanted
    if not any(weights.values()):
        assert words == "wants nothing"


def test_axes_that_go_below_nothing_say_that_this_is_dislike() -> None:
    assert axis_label("red", -1.0) == "← dislikes · red · wants →"
    assert axis_label("red", 0.0) == "wants red"
    assert axis_label("corner", -1.0, of_place=True) == "← counts as 0 · corner · wants →"


def test_a_place_is_not_said_to_be_disliked():
    of_places = place_features(load_scenario("cheese_corner"))
    assert of_places == {"corner"}
    assert describe_weights({"cheese": 0.5, "corner": -0.5}, of_places) == "wants cheese 0.50"
    assert enumerated(["a", "b", "c"]) == "a, b and c"


def test_what_is_wanted_by_who_dislikes_everything_is_nothing() -> None:
    scenario = load_scenario("contraception")
    count = len(objective_names(scenario))
    weights = np.full((2, count), -0.5)
    weights[1, 2] = 0.5
    snapshot = SimpleNamespace(objective=weights, id=np.arange(2), plans=np.full(2, True), environment="training")
    found = colour_agents(SimpleNamespace(theme=LIGHT), snapshot, "wants", scenario)
    assert tuple(found.colours[0]) == LIGHT.faint
    assert tuple(found.colours[1]) == want_colour(2, LIGHT)
    assert found.legend[-1][2] == "nothing"


def test_a_positive_weight_that_is_left_out_is_said_to_be_left_out() -> None:
    assert describe_wants({"door": 0.5, "red": 0.04}, "")[0].words == "Wants door (0.50), and little else."
    assert describe_wants({"red": 0.03}, "")[0].words == "Wants nothing much."
