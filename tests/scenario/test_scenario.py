"""Scenarios: a short human form, one explicit form, and mistakes told with their places."""

import json
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import scenarios
from evosim.scenario import Scenario, ScenarioError, load_scenario, parse_scenario
from evosim.scenario.errors.toml_positions import find_places
from evosim.scenario.loading.json_schema import json_schema
from evosim.scenario.loading.load import scenario_digest, scenario_from_json, scenario_to_json
from evosim.scenario.schema.names import is_shared, outcome_names

RED_DOORS = scenarios.paths()["red_doors"].read_text()


def complaints(text: str, *overrides: str) -> list[str]:
    """Read a text that is wrong, and list what is said of it."""
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text, source="doors.toml", overrides=overrides)
    return str(caught.value).splitlines()


def with_change(old: str, new: str) -> str:
    assert RED_DOORS.count(old) == 1, old
    return RED_DOORS.replace(old, new)


@pytest.mark.parametrize("name", scenarios.paths())
def test_every_shipped_scenario_says_what_it_asks_and_what_chance_would_do(name):
    scenario = load_scenario(name)
    assert scenario.name == name
    assert scenario.title
    assert scenario.question.endswith("?")
    assert scenario.claim
    assert scenario.paper
    assert (scenario.chance_level is None) == is_shared(scenario)  # nobody is scored where selection is natural
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


def test_the_explicit_form_leaves_nothing_unsaid_and_reads_back_the_same():
    scenario = load_scenario("red_doors")
    text = scenario_to_json(scenario)
    assert scenario_from_json(text, "stored") == scenario
    explicit = json.loads(text)
    assert explicit["environments"]["deployment"]["size"] == [13, 13]
    assert explicit["environments"]["deployment"]["objects"]["door"]["count"] == 1
    assert explicit["mind"]["planner"]["discount"] == {"initial": 0.95, "range": None}
    assert explicit["evolution"]["hall_of_fame"] == 10


def test_objects_keep_their_order_when_stored():
    scenario = load_scenario("red_doors")
    again = scenario_from_json(scenario_to_json(scenario), "stored")
    assert list(again.world.objects) == ["door", "key", "gem", "ball"]
    assert outcome_names(again) == outcome_names(scenario)


def test_an_environment_replaces_what_it_names_and_inherits_the_rest():
    scenario = load_scenario("red_doors")
    training, deployment = scenario.environments["training"], scenario.environments["deployment"]
    assert training == scenario.world
    assert deployment.objects["door"].features.named() == {"door": 1.0, "blue": 1.0}
    assert deployment.objects["door"].outcomes == {"door_reached": 1.0}
    assert deployment.objects["ball"] == training.objects["ball"]


def test_what_may_be_left_out_is_filled_in():
    scenario = parse_scenario(
        """
        schema = 1
        title = "Small"
        world = { size = [5, 5], steps = 9, features = ["food"], objects.food = { features = { food = 1 } } }
        objectives.base = { "entered.food" = 1 }
        mind.controllers = { heuristic = 1 }
        evolution = { population = 4, generations = 2 }
        """
    )
    assert list(scenario.environments) == ["training"]
    assert scenario.objectives.intended == {"entered.food": 1.0}
    assert scenario.evolution.schedule[0].environment == "training"
    assert scenario.measure.environments == ["training"]
    assert scenario.world.layout.kind == "open"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("elites = 1", "elite = 1", "doors.toml:68:1: evolution.elite: unknown field 'elite'; did you mean 'elites'?"),
        ("steps = 60", 'steps = "60"', "doors.toml:21:1: world.steps: expected a whole number, got '60'"),
        ("steps = 60", "steps = 60.5", "doors.toml:21:1: world.steps: expected a whole number, got 60.5"),
        ("steps = 60", "steps = true", "doors.toml:21:1: world.steps: expected a whole number, got True"),
        ("steps = 60\n", "", "doors.toml:18:2: world.steps: is missing"),
        ("opened = 0.2", "opned = 1", "doors.toml:20:27: world.layout.opned: unknown field 'opned'; did you mean"),
        ('"maze"', '"mase"', "doors.toml:20:12: world.layout.kind: expected 'open', 'scatter', 'rooms', 'maze'"),
        ("[13, 13]", "[13, 12]", "doors.toml:19:1: world.size: a maze needs an odd number of rows and of columns"),
        ("[13, 13]", "[13]", "doors.toml:19:"),
        ("{ door = 1, red = 1 }", "{ door = 1, rad = 1 }", "25:24: world.objects.door.features.rad: 'rad' is not in"),
        ("{ door = 1, red = 1 }", "{ door = 2, red = 1 }", "25:14: world.objects.door.features.door: expected at most"),
        (
            "objects.door.features",
            "objects.door.feature",
            "44:14: environments.deployment.objects.door.feature: unknown",
        ),
        (
            "base = { door_reached",
            "base = { door_reachd",
            "50:10: objectives.base.door_reachd: no object has the outcome",
        ),
        (
            "{ heuristic = 0.5,",
            "{ heuristc = 0.5,",
            "53:17: mind.controllers.heuristc: expected 'open_loop', 'heuristic'",
        ),
        ("{ heuristic = 0.5,", "{ heuristic = 0.6,", "53:1: mind.controllers: the shares add up to 1.1, not to 1"),
        ("range = [1, 32]", "range = [32, 1]", "57:26: mind.planner.horizon.range: the range is upside down"),
        ("initial = 8", "initial = 80", "57:13: mind.planner.horizon.initial: 80 lies outside the range 1 to 32"),
        ("discount = 0.95", "discount = 1", "58:1: mind.planner.discount: must lie between 0.001 and 0.999999"),
        (
            '"tournament", size',
            '"turnament", size',
            "65:1: evolution.selection: operator is 'tournament', 'truncation'",
        ),
        (
            'crossover = { operator = "uniform"',
            'crossover = { operator = "uniformly"',
            "evolution.crossover: operator is 'uniform', 'one_point', 'two_point', 'blend' or 'sbx'",
        ),
        (
            'crossover = { operator = "uniform"',
            'crossover = { alpha = 1, operator = "sbx"',
            "evolution.crossover.alpha: unknown field 'alpha'; allowed: operator, rate, eta",
        ),
        ('"gaussian", ', '"polynomial", eta = -1, ', "evolution.mutation.eta: expected at least 0, got -1"),
        ('"gaussian", ', '"polynomial", ', "evolution.mutation.scale: unknown field 'scale'"),
        ('"gaussian", ', '"cauchy", ', "operator is 'gaussian', 'polynomial' or 'reset'"),
        (
            '"tournament", size = 3',
            '"nsga2"',
            "evolution.selection: nsga2 needs at least two objectives to choose between",
        ),
        ('"tournament", size = 3', '"nsga2"', "evolution.elites: nsga2 has survivors, half of the population"),
        (
            "base = { door_reached = 1, ",
            "pareto = [{ steps = 1 }, { stepz = 1 }]\nbase = { door_reached = 1, ",
            "objectives.pareto[1].stepz: no object has the outcome 'stepz'; did you mean 'steps'?",
        ),
        (
            "base = { door_reached = 1, ",
            "pareto = [{ steps = 1 }, { steps = -1 }]\nbase = { door_reached = 1, ",
            "objectives.pareto: selection by tournament looks at objectives.base only; nsga2 looks at these",
        ),
        ('algorithm = "genetic"', 'algorithm = "cma_es"', "evolution.elites: cma_es has no elites: leave this out"),
        ('algorithm = "genetic"', 'algorithm = "cma_es"', "evolution.mutation: cma_es has no mutation"),
        ("elites = 1", "cma_es = { sigma = 0.1 }", "evolution.cma_es: the algorithm is 'genetic', not 'cma_es'"),
        (
            'episodes = 16\nselection = { operator = "tournament", size = 3',
            'episodes = 1\nselection = { operator = "lexicase"',
            "evolution.episodes: lexicase selects by single episodes, and needs at least 2",
        ),
        ('"tournament", size = 3', '"deap.selTournament"', "selTournament needs the argument 'tournsize'"),
        (
            '"tournament", size = 3',
            '"deap.selTournament", tournsize = -1',
            "tournsize: expected a whole number from 1 to 10,000, got -1",
        ),
        (
            '"tournament", size = 3',
            '"deap.selTournament", tournsize = 1000000000',
            "tournsize: expected a whole number from 1 to 10,000, got 1000000000",
        ),
        (
            '"tournament", size = 3',
            '"deap.selTournament", tournsize = 2.5',
            "tournsize: expected a whole number from 1 to 10,000, got 2.5",
        ),
        (
            '"tournament", size = 3',
            '"deap.selEpsilonLexicase", epsilon = -1',
            "epsilon: expected a number from 0 to 1e9, got -1",
        ),
        ('"tournament", size = 3', '"deap.selBest", tournsize = 3', "unknown argument of selBest; it has none"),
        (
            '"tournament", size = 3',
            '"deap.selTournamentDCD"',
            "selection.operator: it compares crowding distances, which only NSGA-II measures",
        ),
        (
            '"tournament", size = 3',
            '"deap.selNSGA3"',
            "selection.operator: it needs reference points, which a scenario can't say",
        ),
        ('"tournament", size = 3', '"deap.selTurnament"', "DEAP has no operator 'selTurnament'; did you mean"),
        ("elites = 1", "elites = 512", "evolution.elites: 512 elites leave no room for offspring"),
        ("from = 0", "from = 3", "evolution.schedule[0].from: the first entry must start from generation 0"),
        (
            'environments = ["training", ',
            'environments = ["trainin", ',
            "there is no environment 'trainin'; did you mean",
        ),
        ('["training", "dep', '["training", "training", "dep', "measure.environments[1]: 'training' is named twice"),
        ("[world.objects.ball]", "[world.objects.nothing]", "world.objects.nothing: this name is taken"),
        ('"ball"]', '"Red"]', "world.features: 'Red' is named twice; capitals make no difference"),
        ("[world.objects.ball]", "[world.objects.Key]", "world.objects.Key: is named twice"),
        ("steps = 60", "steps = 1000000000000", "world.steps: expected at most 1000000"),
        ("size = 3 }", "size = 1000000000000 }", "evolution.selection.size: expected at most 10000"),
        ("steps = -0.002", "steps = -1e300", "objectives.base.steps: expected at least"),
        ('title = "Red doors"', 'title = "\\u001b]0;"', "title: has characters that don't belong here"),
        ('title = "Red doors"', 'name = "../x"\ntitle = "Red"', "name: has characters that don't belong here"),
        ("schema = 1", "schema = 2", "doors.toml:11:1: schema: expected 1, got 2"),
        ("steps = 60", "steps = = 60", "doors.toml:21:9: not valid TOML: invalid value"),
        ("steps = 60", "steps = nan", "doors.toml:21:1: world.steps: expected a whole number"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_would_be_right(old, new, said):
    lines = complaints(with_change(old, new))
    assert any(said in line for line in lines), lines
    assert all(line.startswith("doors.toml:") for line in lines)


def test_all_mistakes_of_form_are_told_at_once_and_each_once():
    text = with_change("elites = 1", "elite = 1").replace("steps = 60", "steps = false").replace('"maze"', '"mase"')
    lines = complaints(text)
    assert [line.split(":")[1] for line in lines] == ["20", "21", "68"]


FIVE_MISTAKES = """\
schema = 1
title = "Five “mistakes”"
[world]
size = [13, 13]
layout = { kind = "mase", opened = 0.2 }
steps = "60"
features = ["red", "door"]
[world.objects.door]
features = { door = 1, rad = 1 }
outcomes = { door_reached = 1 }
[objectives]
base = { door_reachd = 1 }
[mind]
controllers = { heuristic = 0.5, planner = 0.5 }
[evolution]
population = 16
generations = 3
elite = 2
"""


def test_mistakes_of_form_and_of_meaning_are_told_in_one_go():
    lines = complaints(FIVE_MISTAKES)
    assert [line.split(":")[1] for line in lines] == ["5", "6", "9", "12", "18"]


@pytest.mark.parametrize(
    ("old", "new", "count"),
    [
        ("outcomes = {", "outcomess = {", 1),  # the objective's outcome is then not known, but that only follows
        ('features = ["red", "door"]', "features = 3", 1),
        ("population = 16", 'population = "16"', 1),
        ("population = 16\n", "", 1),
        ("[world.objects.door]", "[world.object.door]", 2),
    ],
)
def test_what_only_follows_from_a_mistake_is_not_told(old, new, count):
    right = FIVE_MISTAKES.replace("mase", "maze").replace('"60"', "60").replace("rad", "red")
    right = right.replace("reachd", "reached").replace("elite ", "elites ")
    parse_scenario(right)
    assert old in right
    assert len(complaints(right.replace(old, new))) == count


def test_a_mistake_is_shown_with_its_line_and_a_caret_under_the_word():
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(FIVE_MISTAKES)
    last = caught.value.complaints[-1].shown().splitlines()
    assert last[1:] == ["   18 | elite = 2", "      | ^^^^^"]
    with pytest.raises(ScenarioError) as caught:
        parse_scenario('title = "“é” ü" # x\nschema = = 1')
    assert caught.value.complaints[0].shown().splitlines()[1:] == ["    2 | schema = = 1", "      |          ^"]


def test_a_scenario_can_extend_another_and_names_what_differs(tmp_path):
    base = tmp_path / "base.toml"
    base.write_text(RED_DOORS)
    child = tmp_path / "child.toml"
    child.write_text(
        'schema = 1\nextends = "base.toml"\nworld.layout = { kind = "open" }\nworld.objects.door.count = 2\n'
        "environments.deployment.objects.key.count = 3\nobjectives.base = { steps = -1 }\nevolution.elites = 2\n"
    )
    scenario, doors = load_scenario(child), load_scenario(base)
    assert scenario.name == "child"
    assert scenario.title == doors.title
    assert scenario.world.layout.kind == "open"
    assert scenario.world.objects["door"] == doors.world.objects["door"].model_copy(update={"count": 2})
    deployment = scenario.environments["deployment"].objects["key"]
    assert deployment == doors.environments["deployment"].objects["key"].model_copy(update={"count": 3})
    assert scenario.objectives.base == {"steps": -1.0}
    assert scenario.objectives.intended == doors.objectives.intended
    assert scenario.evolution == doors.evolution.model_copy(update={"elites": 2})


def test_a_mistake_is_told_in_the_file_that_made_it(tmp_path):
    (tmp_path / "base.toml").write_text(with_change("elites = 1", "elite = 1"))
    (tmp_path / "child.toml").write_text('schema = 1\nextends = "base.toml"\nworld.steps = 0\n')
    with pytest.raises(ScenarioError) as caught:
        load_scenario(tmp_path / "child.toml")
    files = [(complaint.source.rsplit("/", 1)[-1], complaint.line) for complaint in caught.value.complaints]
    assert files == [("child.toml", 3), ("base.toml", 68)]


def test_another_algorithm_leaves_behind_what_only_the_one_before_had_a_use_for(tmp_path):
    by_option = load_scenario("red_doors", ["evolution.algorithm=cma_es", "evolution.cma_es.sigma=0.1"])
    assert by_option.evolution.elites == 0
    assert by_option.evolution.population == load_scenario("red_doors").evolution.population
    path = tmp_path / "red_doors.toml"
    path.write_text('extends = "red_doors"\nevolution = { algorithm = "cma_es", cma_es = { sigma = 0.1 } }\n')
    assert load_scenario(path) == by_option
    back = load_scenario(path, ["evolution.elites=3", "evolution.algorithm=genetic"])
    assert (back.evolution.algorithm, back.evolution.elites) == ("genetic", 3)
    again = load_scenario("red_doors", ["evolution.algorithm=cma_es", "evolution.algorithm=genetic"])
    assert again == load_scenario("red_doors", ["evolution.algorithm=genetic"]) == load_scenario("red_doors")


def test_what_is_asked_for_beside_another_algorithm_is_not_left_behind(tmp_path):
    overrides = ("evolution.elites=2", "evolution.algorithm=cma_es", "evolution.mutation.rate=0.7")
    assert complaints(RED_DOORS, *overrides) == [
        "--set evolution.elites=2: evolution.elites: cma_es has no elites: leave this out",
        "--set evolution.mutation.rate=0.7: evolution.mutation: cma_es has no mutation: leave this out",
    ]
    assert any(
        "evolution: is 3, in which there is no 'algorithm'" in line
        for line in complaints("evolution = 3", overrides[1])
    )
    path = tmp_path / "child.toml"
    path.write_text('extends = "red_doors"\n[evolution]\nalgorithm = "cma_es"\nelites = 2\n')
    with pytest.raises(ScenarioError, match=r"child\.toml:4:1: evolution\.elites: cma_es has no elites"):
        load_scenario(path)


@pytest.mark.parametrize(
    ("extends", "said"),
    [
        ('"missing.toml"', "missing.toml: no such file"),
        ('"red_dors"', "did you mean 'red_doors'"),
        ('"child.toml"', "does one extend itself"),
        ("3", "expected the path of a scenario"),
    ],
)
def test_what_cannot_be_extended_is_told(extends, said, tmp_path):
    (tmp_path / "child.toml").write_text(f"schema = 1\nextends = {extends}\n")
    with pytest.raises(ScenarioError, match=said) as caught:
        load_scenario(tmp_path / "child.toml")
    assert caught.value.complaints[0].line == 2


@pytest.mark.parametrize("path", [*scenarios.paths().values(), scenarios.TEMPLATE], ids=lambda path: path.stem)
def test_editors_accept_what_we_accept(path):
    schema = json_schema()
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(tomllib.loads(path.read_text()))
    load_scenario(path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("elites = 1", "elite = 1"),
        ("population = 512\n", ""),
        ("features = { key = 1, blue = 1 }\n", ""),
        ("steps = 60", 'steps = "60"'),
        ("steps = 60\n", ""),
        ('"maze"', '"mase"'),
        ("opened = 0.2", "opened = 2"),
        ("{ door = 1, red = 1 }", "{ door = 2, red = 1 }"),
        ("objects.door.features", "objects.door.feature"),
        ("{ heuristic = 0.5,", "{ heuristc = 0.5,"),
        ("discount = 0.95", 'discount = "1"'),
    ],
)
def test_editors_refuse_what_we_refuse(old, new):
    text = with_change(old, new)
    assert complaints(text)
    assert not Draft202012Validator(json_schema()).is_valid(tomllib.loads(text))


def test_overrides_are_read_like_the_file_and_named_in_complaints():
    scenario = load_scenario("red_doors", ["evolution.population=64", "world.layout={kind='open'}", "title=Doors"])
    assert scenario.evolution.population == 64
    assert scenario.world.layout.kind == "open"
    assert scenario.environments["deployment"].layout.kind == "open"
    assert scenario.title == "Doors"
    assert complaints(RED_DOORS, "evolution.populaton=3") == [
        "--set evolution.populaton=3: evolution.populaton: unknown field 'populaton'; did you mean 'population'?"
    ]
    assert complaints(RED_DOORS, "mutation.rate=0.3")[0].startswith("--set mutation.rate=0.3: mutation: unknown field")
    for no_assignment in ("evolution.population", "# a=1", "=", ""):
        assert complaints(RED_DOORS, no_assignment)
    assert "expected KEY=VALUE" in complaints(RED_DOORS, "# a=1")[0]
    assert complaints(RED_DOORS, "evolution.elites=600")[0].startswith("--set evolution.elites=600: evolution.elites")


def test_an_override_reaches_into_arrays_and_appends_one_past_the_end():
    scenario = load_scenario(
        "red_doors",
        [
            "evolution.schedule.0.environment=deployment",
            "evolution.schedule.1.from=3",
            "evolution.schedule[1].environment=training",
            "world.size.0=15",
            "environments.deployment.size.1=17",
            "measure.environments.1=training",
            "measure.environments.0=deployment",
        ],
    )
    assert [(phase.start, phase.environment) for phase in scenario.evolution.schedule] == [
        (0, "deployment"),
        (3, "training"),
    ]
    assert scenario.environments["training"].size == (15, 13)
    assert scenario.environments["deployment"].size == (15, 17)
    assert scenario.measure.environments == ["deployment", "training"]


def test_an_override_leaves_the_rest_of_what_the_file_does_not_say():
    scenario = load_scenario(
        "red_doors",
        [
            "mind.objective.range.0=-2",
            "mind.planner.discount.range=[0.5, 0.99]",
            "mind.heuristic.temperature.initial=0.2",
            "environments.deployment.objects.ball.features.red=1",
            "environments.deployment.layout.opened=0.5",
        ],
    )
    assert scenario.mind.objective.range == (-2, 1)
    discount, temperature = scenario.mind.planner.discount, scenario.mind.heuristic.temperature
    assert (discount.initial, discount.range) == (0.95, (0.5, 0.99))
    assert (temperature.initial, temperature.range) == (0.2, (0, 1))
    deployment = scenario.environments["deployment"]
    assert deployment.objects["ball"].features.named() == {"ball": 1, "blue": 1, "red": 1}
    assert deployment.layout.model_dump() == {"kind": "maze", "opened": 0.5}
    assert scenario.environments["training"] == load_scenario("red_doors").environments["training"]


def test_an_override_adds_an_environment_to_those_there_are():
    text = RED_DOORS[: RED_DOORS.index("[environments.training]")] + RED_DOORS[RED_DOORS.index("[objectives]") :]
    text = text[: text.index("[[evolution.schedule]]")]
    scenario = parse_scenario(text, overrides=["environments.larger.size=[21, 21]"])
    assert list(scenario.environments) == ["training", "larger"]
    assert scenario.environments["larger"].size == (21, 21)


@pytest.mark.parametrize(
    ("override", "said"),
    [
        (
            "evolution.schedule.7.from=3",
            "evolution.schedule: there is no element 7: it has element 0, and 1 appends one",
        ),
        ("evolution.schedule.-1.from=3", "evolution.schedule: an array, where '-1' is no number of an element: it has"),
        (
            "measure.environments.first=x",
            "measure.environments: an array, where 'first' is no number of an element: it",
        ),
        ("measure.environments.3=x", "measure.environments: there is no element 3: it has elements 0 to 1, and 2 app"),
        ("evolution.schedule.1.from=3", "evolution.schedule[1].environment: is missing"),
        ("evolution.schedule.0.from=3", "evolution.schedule[0].from: the first entry must start from generation 0"),
        ("evolution.schedule=[]", "evolution.schedule: expected at least 1 entry"),
        ("evolution.schedul.7.from=3", "evolution.schedul: unknown field 'schedul'; did you mean 'schedule'?"),
        ("measure.environments.1=deploymnt", "measure.environments[1]: there is no environment 'deploymnt'; did you"),
        ("world.size.0=14", "world.size: a maze needs an odd number of rows and of columns"),
        ("world.size.2=3", "world.size: expected at most 2 entries"),
        ("world.steps.most=3", "world.steps: is 60, in which there is no 'most' to set; replace it as a whole"),
        ("title.short=Doors", "title: is 'Red doors', in which there is no 'short' to set; replace it as a whole"),
        ("mind.controllers.planner=0.6", "mind.controllers: the shares add up to 1.1, not to 1"),
        ("world.objects.door.count=500", "world.objects: 503 objects and the agent don't fit into 121 cells"),
        ("objectives.intended.door=1", "objectives.intended.door: no object has the outcome 'door'"),
        ("world=3", "world: expected a table, got 3"),
        ("world.size=[3,", "not TOML: invalid value; expected KEY=VALUE"),
        ("world.steps=3\ntitle='x'", "more than one assignment; repeat --set for each"),
    ],
)
def test_a_mistake_of_an_override_is_told_of_the_option_and_not_of_the_file(override, said):
    lines = "\n".join(complaints(RED_DOORS, override))
    assert lines.startswith(f"--set {override}: {said}"), lines
    assert "doors.toml" not in lines


def test_an_option_is_not_blamed_for_a_mistake_of_the_file():
    text = with_change("{ heuristic = 0.5,", "{ heuristic = 0.6,")
    assert complaints(text, "mind.controllers.planner=0.5", "evolution.schedule.2.from=3") == [
        "--set evolution.schedule.2.from=3: evolution.schedule: there is no element 2: it has element 0, and 1 appends one",
        "doors.toml:53:1: mind.controllers: the shares add up to 1.1, not to 1",
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("objects.dor.count = 3", "there is no object 'dor' in [world.objects] to change; did you mean 'door'?"),
        (
            "objects.trap.count = 3",
            "there is no object 'trap' in [world.objects] to change, and a new one needs features; allowed: door, key, gem, ball",
        ),
        (
            "objects.dor.features = { door = 1, blue = 1 }",
            "there is no object 'dor' in [world.objects]; did you mean 'door'? If not, define 'dor' there, with count = 0",
        ),
    ],
)
def test_an_environment_changes_only_objects_that_there_are(line, said):
    name = line.split(".")[1]
    text = with_change("objects.door.features = { door = 1, blue = 1 }", line)
    assert complaints(text) == [f"doors.toml:44:9: environments.deployment.objects.{name}: {said}"]
    also = complaints(text.replace("elites = 1", "elite = 1"))
    assert len(also) == 2
    assert said in also[0]
    _, override = line.split("objects.", 1)
    override = f"environments.deployment.objects.{override}"
    assert complaints(RED_DOORS, override) == [f"--set {override}: environments.deployment.objects.{name}: {said}"]


@pytest.mark.parametrize("name", ["trap", "door2", "doorway", "d"])
def test_an_environment_may_have_a_new_object_of_a_name_of_its_own(name):
    text = with_change("objects.door.features = {", f"objects.{name}.features = {{")
    assert name in parse_scenario(text).environments["deployment"].objects


def test_an_object_may_have_nearly_the_name_of_another_if_the_world_has_both():
    text = with_change("objects.door.features = {", "objects.doors.count = 1\nobjects.doors.features = {")
    assert "did you mean 'door'?" in complaints(text)[0]
    text = text.replace("[world.objects.key]", "[world.objects.doors]\nfeatures = {}\ncount = 0\n\n[world.objects.key]")
    scenario = parse_scenario(text)
    assert scenario.environments["training"].objects["doors"].count == 0
    assert scenario.environments["deployment"].objects["doors"].count == 1


@pytest.mark.parametrize(
    ("override", "said"),
    [
        (
            "environments.deploymnt.steps=9",
            "environments.deploymnt: there is no environment 'deploymnt'; did you mean 'dep",
        ),
        ("environments.later.steps=9", "environments.later: there is no such environment, and nothing uses a new one"),
        ("world.objects.dor.count=3", "world.objects.dor: there is no object 'dor'; did you mean 'door'?"),
        (
            "world.objects.dor.features={ door = 1 }",
            "world.objects.dor: there is no object 'dor'; did you mean 'door'?",
        ),
    ],
)
def test_a_slip_in_an_override_makes_nothing_new(override, said):
    (line,) = complaints(RED_DOORS, override)
    assert line.startswith(f"--set {override}: {said}")


def test_an_override_makes_an_environment_that_is_used():
    scenario = parse_scenario(RED_DOORS, overrides=["environments.later.steps=9", "measure.environments.2=later"])
    assert scenario.environments["later"].steps == 9
    assert scenario.measure.environments == ["training", "deployment", "later"]


def test_the_last_of_two_options_is_blamed():
    assert complaints(RED_DOORS, "evolution.elites=600", "evolution.elites=700")[0].startswith(
        "--set evolution.elites=700"
    )


def test_a_scenario_that_is_not_there_is_told_with_what_is():
    with pytest.raises(ScenarioError, match="did you mean 'red_doors'"):
        load_scenario("red_dors")
    with pytest.raises(ScenarioError, match=r"missing\.toml: no such file"):
        load_scenario("missing.toml")


def test_a_byte_order_mark_and_a_name_with_spaces_do_no_harm(tmp_path):
    path = tmp_path / ".my red doors!.toml"
    path.write_text("\ufeff" + RED_DOORS)
    assert load_scenario(path).name == "my-red-doors-"


def test_a_folder_does_not_hide_a_shipped_scenario(tmp_path, monkeypatch):
    (tmp_path / "red_doors").mkdir()
    monkeypatch.chdir(tmp_path)
    assert load_scenario("red_doors").title == "Red doors"


def test_a_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "bad.toml"
    path.write_bytes(b"schema = 1\xff")
    with pytest.raises(ScenarioError, match="not UTF-8"):
        load_scenario(path)
    path.write_bytes(b"#" * 1_000_001)
    with pytest.raises(ScenarioError, match="larger than"):
        load_scenario(path)


def test_the_digest_knows_the_scenario_and_the_seed_but_not_the_length():
    scenario = load_scenario("red_doors")
    longer = load_scenario("red_doors", ["evolution.generations=500"])
    other = load_scenario("red_doors", ["evolution.elites=2"])
    assert scenario_digest(scenario, 1) == scenario_digest(longer, 1)
    assert len({scenario_digest(scenario, 1), scenario_digest(scenario, 2), scenario_digest(other, 1)}) == 3


def test_places_agree_with_the_text():
    places = find_places(RED_DOORS)
    lines = RED_DOORS.splitlines()
    for path, place in places.items():
        word = path[-1]
        if isinstance(word, str):
            assert lines[place.line - 1][place.column - 1 :].startswith(word), (path, place)
    for path in leaves(tomllib.loads(RED_DOORS)):
        assert path in places


def leaves(value, above=()):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*above, key))
    else:
        yield above


def test_a_hostile_explicit_form_is_refused():
    text = scenario_to_json(load_scenario("red_doors"))
    for bad in ("", "[]", "null", "{}", text[:-1], text.replace('"population":512', '"population":-1'), "[" * 100_000):
        with pytest.raises(ScenarioError):
            scenario_from_json(bad, "stored")


TOML_WORDS = st.sampled_from(RED_DOORS.replace("\n", " \n ").split(" "))


@given(st.lists(st.tuples(st.integers(0, 400), TOML_WORDS), max_size=6))
@settings(deadline=None, max_examples=200)
def test_any_scrambled_scenario_is_read_or_refused_with_a_reason(changes):
    words = RED_DOORS.replace("\n", " \n ").split(" ")
    for at, word in changes:
        words[at % len(words)] = word
    try:
        assert isinstance(parse_scenario(" ".join(words)), Scenario)
    except ScenarioError as error:
        assert error.complaints
        assert all(complaint.what for complaint in error.complaints)


OVERRIDE_WORDS = st.sampled_from(
    [part for path in find_places(RED_DOORS) for part in map(str, path)] + ["7", "-1", "dor"]
)
OVERRIDE_VALUES = st.sampled_from(["3", "0.5", "x", "[]", "[1, 2]", "{}", "{ a = 1 }", "[[1]]", "true", "nan"])


@given(st.lists(st.tuples(st.lists(OVERRIDE_WORDS, min_size=1, max_size=5), OVERRIDE_VALUES), min_size=1, max_size=3))
@settings(deadline=None, max_examples=200)
def test_any_overrides_are_taken_or_refused_with_a_reason(overrides):
    try:
        scenario = parse_scenario(RED_DOORS, overrides=[f"{'.'.join(words)}={value}" for words, value in overrides])
        assert isinstance(scenario, Scenario)
    except ScenarioError as error:
        assert error.complaints
        assert all(complaint.what for complaint in error.complaints)


def test_several_objectives_need_no_elites_and_leave_other_digests_alone():
    without = load_scenario("red_doors")
    assert "pareto" not in scenario_to_json(without)
    text = RED_DOORS.replace("elites = 1\n", "").replace('"tournament", size = 3', '"nsga2"')
    text = text.replace("[objectives]", "[objectives]\npareto = [{ door_reached = 1 }, { thinking = -1 }]")
    scenario = parse_scenario(text)
    assert scenario.evolution.elites == 0
    assert scenario_from_json(scenario_to_json(scenario), "itself") == scenario


def test_another_operator_or_kind_leaves_behind_what_it_does_not_know():
    chosen = ["evolution.selection.operator=lexicase", "world.layout.kind=open", "evolution.mutation.operator=reset"]
    scenario = load_scenario("red_doors", chosen)
    assert scenario.evolution.selection.model_dump() == {"operator": "lexicase"}
    assert scenario.environments["deployment"].layout.model_dump() == {"kind": "open"}
    assert scenario.evolution.mutation.rate == load_scenario("red_doors").evolution.mutation.rate
    alone = load_scenario("red_doors", ["environments.deployment.layout.kind=scatter"])
    assert alone.environments["deployment"].layout.model_dump() == {"kind": "scatter", "density": 0.2}
    assert alone.environments["training"] == load_scenario("red_doors").environments["training"]
    by_deap = ["evolution.selection.operator=deap.selTournament", "evolution.selection.tournsize=4"]
    assert load_scenario("red_doors", by_deap).evolution.selection.arguments() == {"tournsize": 4}
    assert load_scenario("red_doors", ["evolution.selection.operator=tournament"]) == load_scenario("red_doors")


def test_what_is_set_beside_another_operator_or_kind_is_not_left_behind():
    for chosen, beside in (
        ("evolution.selection.operator=lexicase", "evolution.selection.size=4"),
        ("world.layout.kind=open", "world.layout.opened=0.5"),
    ):
        for overrides in ((chosen, beside), (beside, chosen)):
            (line,) = complaints(RED_DOORS, *overrides)
            assert line.startswith(f"--set {beside}: {beside.split('=')[0]}: unknown field")
    (line,) = complaints(RED_DOORS, "evolution.selection.operator=tournement")
    assert line.startswith("--set evolution.selection.operator=tournement: evolution.selection: operator is 'tourn")


def test_a_file_in_the_folder_is_proposed_by_its_full_name(tmp_path, monkeypatch):
    (tmp_path / "mine.toml").write_text(RED_DOORS)
    (tmp_path / "child.toml").write_text('extends = "mine"')
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ScenarioError, match=r"did you mean 'mine\.toml'\?"):
        load_scenario("mine")
    monkeypatch.chdir("/")
    with pytest.raises(ScenarioError, match=r"did you mean 'mine\.toml'\?"):
        load_scenario(tmp_path / "child.toml")


def test_a_large_run_is_told_to_be_one(tmp_path):
    path = tmp_path / "big.evosim"
    path.write_bytes(b"SQLite format 3\0" + b"\0" * 1_000_001)
    with pytest.raises(ScenarioError, match="a run or another database, not a scenario"):
        load_scenario(path)


def test_a_seed_is_no_part_of_a_scenario():
    assert complaints(RED_DOORS, "seed=3") == ["--set seed=3: a scenario has no seed: use --seed"]


def test_an_operator_that_is_nearly_one_is_told_which():
    (line,) = complaints(with_change('"tournament", size', '"tournement", size'))
    assert line.endswith("; did you mean 'tournament'?")


def test_an_objective_without_weights_is_told_what_it_needs():
    (line,) = complaints(with_change("base = { door_reached = 1, steps = -0.002 }", "base = {}"))
    assert line.startswith("doors.toml:50:1: objectives.base: needs a weight on an outcome")


def test_an_object_cannot_be_named_start():
    (line,) = complaints(with_change("[world.objects.ball]", "[world.objects.start]"))
    assert "world.objects.start: this name is taken: it says where agents start" in line


@pytest.mark.parametrize(
    ("sign", "said"),
    [
        ("\u00a0", r"no-break space \(U\+00A0\)"),
        ("\u200b", r"zero width space \(U\+200B\)"),
        ("\u202e", r"U\+202E"),
        ("\ufeff", r"U\+FEFF"),
    ],
)
def test_a_title_with_a_sign_that_cannot_be_seen_is_refused_with_its_name(sign, said, tmp_path):
    text = (Path(scenarios.__file__).parent / "red_doors.toml").read_text()
    (tmp_path / "mine.toml").write_text(text.replace('title = "Red doors"', f'title = "Red{sign}doors"'), "utf-8")
    with pytest.raises(ScenarioError, match=f"title: holds .*{said}"):
        load_scenario(tmp_path / "mine.toml")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_scenario_in_utf_16_is_said_to_be_that(encoding, tmp_path):
    text = (Path(scenarios.__file__).parent / "red_doors.toml").read_text()
    (tmp_path / "mine.toml").write_bytes(("\ufeff" + text if encoding != "utf-16" else text).encode(encoding))
    with pytest.raises(ScenarioError, match="UTF-16 text; save it as UTF-8"):
        load_scenario(tmp_path / "mine.toml")
