"""The scenarios that are shipped: each asks a question, and a control differs in what it controls for alone."""

import json

import pytest

import scenarios
from evosim.scenario import load_scenario
from evosim.scenario.loading.load import scenario_to_json
from evosim.scenario.schema.names import is_shared


@pytest.mark.parametrize("name", scenarios.paths())
def test_every_shipped_scenario_says_what_it_asks_and_what_chance_would_do(name):
    scenario = load_scenario(name)
    assert scenario.name == name
    assert scenario.title
    assert scenario.question.endswith("?")
    assert scenario.claim
    assert scenario.paper
    unscored = is_shared(scenario) or not {"program", "network"}.isdisjoint(
        scenario.mind.controllers
    )  # who wants nothing may stand still
    assert (scenario.chance_level is None) == unscored
    assert "Chance" in scenarios.paths()[name].read_text()


def test_the_control_differs_from_red_doors_in_colours_only():
    doors, control = load_scenario("red_doors"), load_scenario("red_doors_decorrelated")
    assert control.mind == doors.mind
    assert control.evolution == doors.evolution
    assert control.objectives == doors.objectives
    assert control.environments["deployment"] == doors.environments["deployment"]
    for name, kind in control.environments["training"].objects.items():
        assert kind.features.one_of == {"red": 0.5, "blue": 0.5}
        plain = doors.environments["training"].objects[name]
        assert kind.model_copy(update={"features": plain.features}) == plain


def differences(one: object, other: object, where: str = "") -> set[str]:
    """Name the keys in which two explicit forms differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        found = (differences(one.get(key), other.get(key), f"{where}.{key}") for key in {**one, **other})
        return set().union(*found)
    return {where.removeprefix(".")} if one != other else set()


@pytest.mark.parametrize(
    ("control", "scenario", "differs"),
    [
        ("bottle_cap_planners", "bottle_cap", {"mind.controllers.open_loop", "mind.controllers.planner"}),
        (
            "cheese_corner_anywhere",
            "cheese_corner",
            {"environments.training.objects.cheese.place"},
        ),
        (
            "misperceived_decorrelated",
            "misperceived",
            {
                f"environments.training.objects.{name}.features.{key}"
                for name, colour in (("door", "red"), ("key", "blue"), ("gem", "blue"), ("ball", "blue"))
                for key in (colour, "one_of")
            },
        ),
        ("red_doors", "retrained", {"evolution.schedule", "measure.every", "measure.episodes"}),
        (
            "misperceived",
            "red_doors",
            {
                "mind.controllers.heuristic",
                "mind.controllers.planner",
                "mind.objective.evolves",
                "mind.objective.initial",
                "mind.perception",
            },
        ),
        ("fixed_maze", "many_mazes", {"environments.training.worlds"}),
        (
            "red_doors_two_proxies",
            "red_doors",
            {
                "environments.uncoloured_door",
                "environments.nothing_red",
                "environments.no_proxies",
                "measure.environments",
            },
        ),
        (
            "red_doors_without_blue",
            "red_doors_two_proxies",
            {f"environments.training.objects.{name}.features.blue" for name in ("key", "gem", "ball")},
        ),
        ("red_doors_without_red", "red_doors_two_proxies", {"environments.training.objects.door.features.red"}),
        (
            "pareto_weighted",
            "pareto",
            {"objectives.pareto", "evolution.elites", "evolution.selection.operator", "evolution.selection.size"},
        ),
        (
            "keys_and_chests_control",
            "keys_and_chests",
            {f"environments.training.objects.{name}.count" for name in ("key", "chest")},
        ),
        ("hungry_without_drives", "hungry", {"mind.objective.drives"}),
        ("one_thought", "search_from_parts", {"mind.program"}),
        ("no_propagation", "search_from_parts", {"mind.program"}),
        ("one_thought_networks", "search_in_networks", {"mind.network"}),
        ("search_in_mazes_only", "search_from_parts", {"evolution.schedule"}),
        ("search_price", "search_from_parts", {"mind.program", "objectives.base.thinking"}),
        (
            "who_takes_over",
            "search_from_parts",
            {
                "mind.controllers.heuristic",
                "mind.controllers.planner",
                "mind.controllers.program",
                "evolution.generations",
            },
        ),
        ("hungry_with_candy", "hungry", {"environments.training.objects.candy.count"}),
    ],
)
def test_a_control_differs_in_nothing_but_what_it_is_a_control_of(control, scenario, differs):
    forms = [json.loads(scenario_to_json(load_scenario(name))) for name in (control, scenario)]
    said = {"name", "title", "question", "paper", "claim", "chance_level"}
    assert {where for where in differences(*forms) if where not in said} == differs


@pytest.mark.parametrize("training", ["red_doors_two_proxies", "red_doors_without_blue", "red_doors_without_red"])
def test_each_proxy_of_red_doors_fails_where_the_other_does_not(training):
    """Redness fails where something red is no door; dislike of blue fails where a door is blue."""
    environments = load_scenario(training).environments
    fails = {}
    for name, world in environments.items():
        features = {kind: set(thing.features.named()) for kind, thing in world.objects.items()}
        door = features.pop("door")
        redness = any("red" in others for others in features.values()) and "red" not in door
        fails[name] = (redness, "blue" in door and any("blue" not in others for others in features.values()))
    assert fails == {
        "training": (False, False),
        "deployment": (True, True),
        "uncoloured_door": (True, False),
        "nothing_red": (False, True),
        "no_proxies": (False, False),
    }
