"""Validation of worlds and minds with all they can have: each mistake is reported at its place, with what would be right."""

import tomllib

import pytest
from jsonschema import Draft202012Validator

from evosim.gridworld.spec import blueprint
from evosim.scenario import ScenarioError, parse_scenario
from evosim.scenario.loading.json_schema import json_schema

ISLAND = '''schema = 1
title = "Island"
[world]
steps = 40
features = ["door", "key", "food", "home"]
energy = { initial = 20, most = 30 }
[world.layout]
kind = "map"
legend = { D = "door", k = "key" }
drawing = """
    #########
    #@..D..k#
    #.##.##.#
    #@..k...#
    #########
"""
[world.objects.door]
features = { door = 1 }
needs = { key = 1 }
ends_episode = true
[world.objects.key]
features = { key = 1 }
carried = true
[world.objects.food]
features = { food = 1 }
consumed = true
respawns = 7
energy = 5
count = 2
place = { kind = "region", rows = [2, 3], columns = [1, 7] }
[world.places.home]
place = { kind = "near", to = "start", within = 2 }
features = { home = 1 }
[environments.training]
[environments.deployment]
[objectives]
base = { "entered.door" = 1, survived = 1, "entered.home" = 0.1 }
[mind]
controllers = { planner = 1 }
objective = { drives = ["hunger"], initial = { food = 0.1, "food.hunger" = 0.5 }, spread = 0.2 }
perception = { evolves = true, spread = 0.1 }
beliefs = { slip = { initial = 0, range = [0, 0.5] }, persistence = 0.9 }
planner.horizon = { initial = 6, range = [1, 12], mutation = { rate = 0.1 } }
[evolution]
population = 10
generations = 2
[[evolution.schedule]]
from = 0
environment = { training = 0.5, deployment = 0.5 }
'''
CROWDS = "".join(f"[world.objects.stones{i}]\nfeatures = {{}}\ncount = 10_000\n" for i in range(3))
PLACES = "".join(f"[world.places.p{i}]\nplace = {{ kind = 'corner' }}\nfeatures = {{ home = 1 }}\n" for i in range(127))


def diagnostics(text: str) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text, source="island.toml")
    return [str(diagnostic) for diagnostic in caught.value.diagnostics]


def test_how_moves_slip_can_be_said_by_a_number_or_a_table():
    """A number means any direction, and is stored as it was, so that digests of older runs stay."""
    asked = {"slip = 0.1": 0, "slip = { chance = 0.1 }": 0, 'slip = { chance = 0.1, kind = "other" }': 1,
             'slip = { chance = 0.1, kind = "sideways" }': 2}  # fmt: skip
    validator = Draft202012Validator(json_schema())
    for said, kind in asked.items():
        text = ISLAND.replace("steps = 40", f"steps = 40\n{said}")
        plan = blueprint(parse_scenario(text), "training")
        assert (plan.slip, plan.slip_kind) == (0.1, kind)
        assert not list(validator.iter_errors(tomllib.loads(text)))
    assert parse_scenario(ISLAND.replace("steps = 40", "steps = 40\nslip = 0.1")).model_dump()["world"]["slip"] == 0.1
    wrong = ISLAND.replace("steps = 40", "steps = 40\nslip = { chance = 0.1, kind = 'sidewise' }")
    assert list(validator.iter_errors(tomllib.loads(wrong)))


def test_the_island_is_a_scenario():
    scenario = parse_scenario(ISLAND)
    assert scenario.world.objects["key"].count == 2
    assert scenario.environments["deployment"].size == (5, 9)
    assert scenario.evolution.schedule[0].shown() == "0.5 training + 0.5 deployment"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("#@..D..k#\n    #.##.##.#\n    #@..k", "#...D..k#\n    #.##.##.#\n    #...k", "10:1: world.layout.drawing: the map has no start: mark where agents may start with '@'"),
        ("#.##.##.#", "#.##.##.", "world.layout.drawing: line 3 of the map has 8 cells, the first line 9"),
        ("#.##.##.#", "#.##?##.#", "world.layout.drawing: line 3 of the map has '?', which is not in the legend"),
        ("#.##.##.#", "..##.##.#", "world.layout.drawing: line 3 of the map is open to the outside"),
        ('k = "key" }', 'k = "kay" }', "9:24: world.layout.legend.k: there is no object 'kay'; did you mean 'key'?"),
        ('k = "key" }', 'k = ["key"] }', "9:24: world.layout.legend.k: expected a text"),
        ("[world.objects.food]", "[world.objects.Nothing]", "world.objects.Nothing: this name is taken: it says that nothing was entered"),
        ("[world.objects.food]", f"[world.objects.stones]\nfeatures = {{}}\ncount = 10_000\n{CROWDS}[world.objects.food]", "world.objects: 40,005 objects in all; at most 32,767"),
        ("[environments.training]", f"{PLACES}[environments.training]", "world.places: 128 places; at most 127"),
        ("steps = 40", "steps = 40\nsize = [5, 8]", "world.size: the map has 5 rows and 9 columns; leave this out"),
        ("steps = 40", "steps = 40\nstart = { kind = 'corner' }", "world.start: the map marks where agents start"),
        ("carried = true", "carried = true\ncount = 3", "world.objects.key.count: 3 of 'key' don't fit: the map marks 2 of 'k'"),
        ("carried = true", "carried = true\nplace = { kind = 'corner' }", "world.objects.key.place: the map says where 'key' stands"),
        ("needs = { key = 1 }", "needs = { kye = 1 }", "19:11: world.objects.door.needs.kye: there is no object 'kye'; did you mean 'key'?"),
        ("carried = true", "consumed = true", "19:11: world.objects.door.needs.key: 'key' can't be carried"),
        ("consumed = true\nrespawns", "respawns", "world.objects.food.respawns: only an object that is taken can respawn"),
        ("energy = { initial = 20, most = 30 }", "", "world.objects.food.energy: agents have no energy here"),
        ("energy = { initial = 20, most = 30 }", "", "mind.objective.drives: agents without energy have no hunger"),
        ("most = 30", "most = 3", "6:12: world.energy.initial: 20 is more than the maximum energy, 3"),
        ("rows = [2, 3]", "rows = [3, 2]", "world.objects.food.place.rows: the range is reversed: 3 to 2"),
        ("columns = [1, 7]", "columns = [8, 9]", "place.columns: nothing but wall there: the floor has columns 1 to 7"),
        ('kind = "region"', 'kind = "regoin"', "world.objects.food.place.kind: expected 'anywhere', 'region', 'corner', 'near'"),
        ('to = "start"', 'to = "dor"', "world.places.home.place.to: there is no object 'dor'; did you mean 'door'?"),
        ('place = { kind = "near", to = "start", within = 2 }', 'place = { kind = "anywhere" }', "world.places.home.place: a place must be somewhere"),
        ("[world.places.home]", "[world.places.door]", "world.places.door: this name is taken by an object"),
        ('"entered.home" = 0.1', '"entered.hme" = 0.1', "objectives.base.entered.hme: no object has the outcome 'entered.hme'; did you mean"),
        ('"food.hunger" = 0.5', '"food.hungr" = 0.5', "mind.objective.initial.food.hungr: there is no weight 'food.hungr'; did you mean 'food.hunger'?"),
        ("food = 0.1,", "food = 2,", "mind.objective.initial.food: 2 lies outside the range -1 to 1"),
        ("spread = 0.2 }", "spread = 0.2, evolves = false, range = [1, -1] }", "mind.objective.range: the range is reversed"),
        ('initial = { food = 0.1, "food.hunger" = 0.5 }, spread = 0.2', "evolves = false", "mind.objective.initial: is missing: an objective that doesn't evolve must be given"),
        ('drives = ["hunger"]', 'drives = ["thirst"]', "mind.objective.drives[0]: expected 'hunger', got 'thirst'"),
        ("evolves = true,", "evolves = true, range = [-0.1, 0.1],", "mind.perception.range: true detectors have weights of 1"),
        ("range = [0, 0.5] }, pers", "range = [0, 1.5] }, pers", "mind.beliefs.slip: must lie between 0 and 0.999999"),
        ("planner.horizon", 'planner.algorithm = "tree_search"\nplanner.horizon', "mind.beliefs.slip: tree_search assumes that every move succeeds"),
        ("planner.horizon", 'planner.algorithm = "tree_search"\nplanner.temperature = 0.1\nplanner.horizon', "mind.planner.temperature: tree_search always takes the best walk"),
        ("planner.horizon", 'planner.algorithm = "plan_optimization"\nplanner.horizon', "mind.beliefs.slip: plan_optimization assumes that every move succeeds"),
        ("planner.horizon", 'planner.algorithm = "mcts"\nplanner.temperature = 0.1\nplanner.horizon', "mind.planner.temperature: mcts always takes the action that most simulations chose: leave this out"),
        ("planner.horizon", 'planner.algorithm = "mcts"\nplanner.simulations = 0\nplanner.horizon', "mind.planner.simulations: must lie between 1 and 100000"),
        ("planner.horizon", 'planner.algorithm = "mcts"\nplanner.candidates = 8\nplanner.horizon', "mind.planner.candidates: mcts has no candidates: leave this out, or plan by 'plan_optimization'"),
        ("planner.horizon", 'planner.algorithm = "plan_optimization"\nplanner.iterations = { range = [0, 4] }\nplanner.horizon', "mind.planner.iterations: must lie between 1 and 10000"),
        ("planner.horizon", "planner.simulations = 9\nplanner.horizon", "mind.planner.simulations: value_iteration has no simulations: leave this out, or plan by 'mcts'"),
        ("range = [1, 12]", "range = [1, 40]\n, ", "not valid TOML"),
        ("steps = 40", "steps = 40\nslip = 1", "world.slip: expected less than 1, got 1"),
        ("steps = 40", "steps = 40\nslip = { kind = 'other' }", "world.slip.chance: is missing"),
        ("steps = 40", "steps = 40\nslip = { chance = -0.1 }", "world.slip.chance: expected at least 0, got -0.1"),
        ("steps = 40", "steps = 40\nslip = { chance = 0.1, kind = 'sidewise' }", "world.slip.kind: expected 'any', 'other' or 'sideways', got 'sidewise'"),
        ("steps = 40", "steps = 40\nslip = { chance = 0.1, knid = 'any' }", "world.slip.knid: unknown field 'knid'; did you mean 'kind'?"),
        ('"entered.home" = 0.1', '"ended_at.hme" = 0.1', "objectives.base.ended_at.hme: no object has the outcome 'ended_at.hme'; did you mean 'ended_at.home'?"),
        ("beliefs = { slip = { initial = 0, range = [0, 0.5] }, persistence = 0.9 }\nplanner.horizon = { initial = 6, range = [1, 12]", 'planner.algorithm = "tree_search"\nplanner.horizon = { initial = 6, range = [1, 40]', "mind.planner.horizon: must lie between 1 and 24"),
        ("population = 10", 'population = 10\nalgorithm = "cma_es"', "mind.planner.horizon.mutation: cma_es does not mutate"),
        ("mutation = { rate = 0.1 }", "mutation = { scale = 0.1 } }\n[evolution.mutation]\noperator = 'reset'\n[x", "not valid TOML"),
        ("persistence = 0.9", "persistence = { initial = 0.9, mutation = { rate = 0.1 } }", "mind.beliefs.persistence.mutation: what has no range does not evolve"),
        ("deployment = 0.5 }", "deployment = 0.4 }", "evolution.schedule[0].environment: the shares add up to 0.9, not to 1"),
        ("deployment = 0.5 }", "deploymnet = 0.5 }", "evolution.schedule[0].environment.deploymnet: there is no environment 'deploymnet'; did you mean 'deployment'?"),
    ],
)  # fmt: skip
def test_a_mistake_is_reported_with_its_place_and_what_would_be_right(old, new, said):
    assert old in ISLAND
    assert any(said in diagnostic for diagnostic in diagnostics(ISLAND.replace(old, new))), diagnostics(
        ISLAND.replace(old, new)
    )


def test_all_mistakes_of_an_island_are_reported_at_once():
    text = ISLAND.replace("#@..D", "#?..D").replace("{ key = 1 }\nends", "{ kye = 1 }\nends")
    text = text.replace("rows = [2, 3]", "rows = [3, 2]").replace('"entered.home"', '"entered.hme"')
    text = text.replace("deployment = 0.5 }", "deployment = 0.4 }")
    found = diagnostics(text)
    assert len(found) == 5
    lines = [int(diagnostic.split(":")[1]) for diagnostic in found]
    assert sorted(lines) == [12, 19, 30, 37, 49]


def test_a_drawing_may_leave_out_an_object_by_its_count():
    scenario = parse_scenario(ISLAND.replace("carried = true", "carried = true\ncount = 1"))
    assert scenario.world.objects["key"].count == 1


def test_editors_accept_the_island_and_what_environments_change_of_it():
    editor = Draft202012Validator(json_schema())
    said = tomllib.loads(ISLAND)
    said["environments"]["deployment"] = {
        "places": {"home": {"features": {"home": 0.5}}}, "energy": {"most": 90}, "objects": {"food": {"count": 1}},
    }  # fmt: skip
    assert not list(editor.iter_errors(said))
    for wrong in (
        said | {"world": said["world"] | {"layout": {"kind": "open"}}},  # then it needs a size
        said | {"world": said["world"] | {"places": {"home": {"features": {}}}}},
        said | {"world": said["world"] | {"energy": {"most": 3}}},
        said | {"mind": said["mind"] | {"objective": {"drives": ["thirst"]}}},
    ):
        assert list(editor.iter_errors(wrong))


@pytest.mark.parametrize("name", ["survived", "steps", "moves", "energy", "Thinking"])
def test_an_object_cannot_have_an_outcome_that_every_world_has(name):
    text = ISLAND.replace("ends_episode = true", f"ends_episode = true\noutcomes = {{ {name} = 5 }}")
    said = f"21:14: world.objects.door.outcomes.{name}: '{name}' is an outcome of every world: leave it out here"
    assert diagnostics(text) == [f"island.toml:{said}"]
    for built_in in ("entered.key", "entered_first.key"):
        assert diagnostics(text.replace(f"{{ {name} =", f'{{ "{built_in}" ='))


def test_outcomes_that_differ_in_capitals_only_are_refused():
    text = ISLAND.replace("ends_episode = true", "ends_episode = true\noutcomes = { opened = 5 }")
    parse_scenario(text)
    said = "island.toml:25:14: world.objects.key.outcomes.Opened: 'Opened' is named twice; capitals make no difference"
    assert diagnostics(text.replace("carried = true", "carried = true\noutcomes = { Opened = 1 }")) == [said]
    changed = text.replace(
        "[environments.deployment]", "[environments.deployment]\nobjects.key.outcomes = { OPENED = 1 }"
    )
    assert "environments.deployment.objects.key.outcomes.OPENED: 'OPENED' is named twice" in diagnostics(changed)[0]


def test_an_outcome_that_an_environment_misspells_is_reported_unless_an_objective_names_it():
    text = ISLAND.replace("ends_episode = true", "ends_episode = true\noutcomes = { opened = 5 }")
    changed = text.replace(
        "[environments.deployment]", "[environments.deployment]\nobjects.door.outcomes = { opend = 1 }"
    )
    (said,) = diagnostics(changed)
    assert said.startswith(
        "island.toml:37:27: environments.deployment.objects.door.outcomes.opend: no object in [world"
    )
    assert "has the outcome 'opend'; did you mean 'opened'?" in said
    parse_scenario(changed.replace("survived = 1", "survived = 1, opend = 0"))
    parse_scenario(changed.replace("opend", "broken"))


def test_a_tab_in_a_map_is_reported_once_and_nothing_else_of_the_drawing():
    text = ISLAND.replace("    #.##.##.#", "\t#.##.##.#")
    assert diagnostics(text) == ["island.toml:13:1: world.layout.drawing: line 3 of the map has a tab; use spaces"]


@pytest.mark.parametrize("line", ["    #########\n    #@", "    #.##.##.#"])
def test_a_line_of_another_length_is_no_open_border(line):
    assert ISLAND.count(line) == 1
    found = diagnostics(ISLAND.replace(line, line.replace("    #", "    ", 1)))
    assert found
    assert all("cells, the first line" in each for each in found)


def test_mistakes_at_one_place_are_reported_in_the_order_in_which_they_are_found():
    text = ISLAND.replace("#@..D..k#", "#?..D..k&").replace("#@..k...#", "!.......#")
    lines = [each.split("line ")[1][0] for each in diagnostics(text) if "line " in each]
    assert lines == sorted(lines)
    assert len(lines) > 3


TEN_MISTAKES = (
    ("steps = 40", 'steps = "40"'),
    ('kind = "map"', 'kind = "map"\ncolour = "blue"'),
    ("#@..D..k#", "#@..D.k?#"),
    ("features = { door = 1 }", "features = { dor = 1 }"),
    ("needs = { key = 1 }", "needs = { kye = 1 }"),
    ("consumed = true", "consumed = 3"),
    ("rows = [2, 3]", "rows = [3, 2]"),
    ('"entered.home" = 0.1', '"entered.hme" = 0.1'),
    ("food = 0.1,", "food = 2,"),
    ("deployment = 0.5 }", "deployment = 0.4 }"),
)


def test_ten_mistakes_of_form_and_of_meaning_are_reported_at_once():
    text = ISLAND
    for old, new in TEN_MISTAKES:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    found = diagnostics(text)
    assert len(found) == len(TEN_MISTAKES)
    for said in (
        "world.steps: expected a whole number",
        "world.layout.colour: unknown field",
        "line 2 of the map has '?'",
        "'dor' is not in world.features",
        "there is no object 'kye'",
        "world.objects.food.consumed: expected true or false",
        "the range is reversed: 3 to 2",
        "no object has the outcome 'entered.hme'",
        "mind.objective.initial.food: 2 lies outside",
        "the shares add up to 0.9",
    ):
        assert any(said in each for each in found), (said, found)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('kind = "map"', 'kind = "mop"', "world.layout.kind"),
        ("legend = {", "legnd = {", "world.layout.legnd"),
        ("carried = true", "caried = true", "world.objects.key.caried"),
        ("carried = true", "carried = 1", "world.objects.key.carried"),
        ("consumed = true", "consumd = true", "world.objects.food.consumd"),
        ("energy = { initial = 20, most = 30 }", "energy = 20", "world.energy"),
        ("energy = { initial = 20, most = 30 }", "energi = { initial = 20, most = 30 }", "world.energi"),
        ('features = ["door", "key", "food", "home"]\n', "", "world.features: is missing"),
        ("spread = 0.2 }", "range = 3 }", "mind.objective.range"),
        ("[environments.deployment]", "[environments]\ndeployment = 3", "environments.deployment"),
        ("population = 10", 'population = "10"', "evolution.population"),
        ("features = { food = 1 }\n", "", "world.objects.food.features: is missing"),
        ('place = { kind = "near", to = "start", within = 2 }', 'place = { kind = "near" }', "places.home.place.to"),
    ],
)
def test_what_only_follows_from_a_mistake_of_form_is_not_reported(old, new, said):
    assert ISLAND.count(old) == 1
    (found,) = diagnostics(ISLAND.replace(old, new))
    assert said in found


def test_a_mistake_of_form_in_an_environment_leaves_its_other_mistakes_to_be_reported():
    changes = (
        "objects.food.count = 'two'\nobjects.door.features = { dor = 1 }\nobjects.key.place = { kind = 'corner' }\n"
    )
    found = diagnostics(ISLAND.replace("[environments.deployment]\n", f"[environments.deployment]\n{changes}"))
    assert [int(each.split(":")[1]) for each in found] == [36, 37, 38]


def test_of_an_environment_with_other_features_only_these_are_reported():
    found = diagnostics(ISLAND.replace("[environments.deployment]", "[environments.deployment]\nfeatures = ['door']"))
    (said,) = found
    assert "36:1: environments.deployment.features: an environment can't change the list of features" in said


def test_an_environment_changes_only_places_that_there_are():
    changed = "[environments.deployment]\nplaces.hoom.features = { home = 0.5 }"
    (said,) = diagnostics(ISLAND.replace("[environments.deployment]", changed))
    assert "36:8: environments.deployment.places.hoom: there is no place 'hoom' in [world.places] to change" in said
    assert said.endswith("; did you mean 'home'?")


def test_agents_cannot_start_near_an_object_which_is_placed_after_them():
    """Where it would stand was read before it was written: by chance outside the world, which ended the process."""
    grid = 'schema = 1\ntitle = "t"\n[world]\nsize = [5, 6]\nsteps = 9\nfeatures = ["a"]\nobjects.door.features = { a = 1 }\n'
    rest = 'start = { kind = "near", to = "door" }\n[objectives]\nbase = { survived = 1 }\n[mind]\ncontrollers = { planner = 1 }\n'
    found = diagnostics(f"{grid}{rest}[evolution]\npopulation = 4\ngenerations = 2\n")
    assert any("world.start.to: agents start before objects are placed" in each for each in found), found
