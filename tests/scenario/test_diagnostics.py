"""What is said of mistakes in scenarios: the place, and what would be right."""

from pathlib import Path

import pytest
from edited_scenarios import RED_DOORS, diagnostics, with_change

import scenarios
from evosim.scenario import ScenarioError, load_scenario, parse_scenario


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
        ("range = [1, 32]", "range = [32, 1]", "57:26: mind.planner.horizon.range: the range is reversed"),
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
        ('"tournament", size = 3', '"nsga2"', "evolution.elites: with nsga2 half of the population survives"),
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
            '"deap.selNSGA2", nd = "log"',
            "nd: expected 'standard'; 'log' sorts by several objectives",
        ),
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
            "selection.operator: it needs reference points, which a scenario can't give",
        ),
        ('"tournament", size = 3', '"deap.selTurnament"', "DEAP has no operator 'selTurnament'; did you mean"),
        ("elites = 1", "elites = 512", "evolution.elites: 512 elites leave no room for offspring"),
        (
            "elites = 1",
            "islands.count = 5",
            "evolution.islands.count: a population of 512 can't be split into 5 islands",
        ),
        ("elites = 1", "islands.count = 5", "into 5 islands of equal size; 510 or 515 can"),
        ("elites = 1", "islands.count = 512", "each needs 2 individuals or more, so there can be at most 256"),
        ("elites = 1", "islands.every = 5", "evolution.islands.count: is missing"),
        (
            "elites = 1",
            "islands = { count = 64, migrants = 8 }",
            "evolution.islands.migrants: 8 from the island before it leave nobody of its own on an island of 8",
        ),
        (
            "elites = 1",
            "islands = { count = 64, topology = 'full' }",
            "evolution.islands.migrants: 1 from each of 63 others leave nobody of its own on an island of 8",
        ),
        (
            "elites = 1",
            "elites = 8\nislands.count = 64",
            "evolution.islands.count: 8 elites leave no room for offspring on an island of 8",
        ),
        (
            "elites = 1",
            "islands.count = 256\nfounders = { loci = ['objective.red'], genomes = [[0], [0.1], [0.2]] }",
            "evolution.islands.count: each island is founded by all 3 given genomes, and has room for 2",
        ),
        (
            'algorithm = "genetic"',
            'algorithm = "random_search"\nislands.count = 5',
            "evolution.islands: random_search has no islands, on which parents are chosen",
        ),
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
def test_a_mistake_is_reported_with_its_place_and_what_would_be_right(old, new, said):
    lines = diagnostics(with_change(old, new))
    assert any(said in line for line in lines), lines
    assert all(line.startswith("doors.toml:") for line in lines)


def test_all_mistakes_of_form_are_reported_at_once_and_each_once():
    text = with_change("elites = 1", "elite = 1").replace("steps = 60", "steps = false").replace('"maze"', '"mase"')
    lines = diagnostics(text)
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


def test_mistakes_of_form_and_of_meaning_are_reported_in_one_go():
    lines = diagnostics(FIVE_MISTAKES)
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
def test_what_only_follows_from_a_mistake_is_not_reported(old, new, count):
    right = FIVE_MISTAKES.replace("mase", "maze").replace('"60"', "60").replace("rad", "red")
    right = right.replace("reachd", "reached").replace("elite ", "elites ")
    parse_scenario(right)
    assert old in right
    assert len(diagnostics(right.replace(old, new))) == count


def test_a_mistake_is_shown_with_its_line_and_a_caret_under_the_word():
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(FIVE_MISTAKES)
    last = caught.value.diagnostics[-1].shown().splitlines()
    assert last[1:] == ["   18 | elite = 2", "      | ^^^^^"]
    with pytest.raises(ScenarioError) as caught:
        parse_scenario('title = "“é” ü" # x\nschema = = 1')
    assert caught.value.diagnostics[0].shown().splitlines()[1:] == ["    2 | schema = = 1", "      |          ^"]


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
    assert diagnostics(text) == [f"doors.toml:44:9: environments.deployment.objects.{name}: {said}"]
    also = diagnostics(text.replace("elites = 1", "elite = 1"))
    assert len(also) == 2
    assert said in also[0]
    _, override = line.split("objects.", 1)
    override = f"environments.deployment.objects.{override}"
    assert diagnostics(RED_DOORS, override) == [f"--set {override}: environments.deployment.objects.{name}: {said}"]


@pytest.mark.parametrize("name", ["trap", "door2", "doorway", "d"])
def test_an_environment_may_have_a_new_object_of_a_name_of_its_own(name):
    text = with_change("objects.door.features = {", f"objects.{name}.features = {{")
    assert name in parse_scenario(text).environments["deployment"].objects


@pytest.mark.parametrize(
    ("one", "many"), [("berry", "berries"), ("box", "boxes"), ("leaf", "leaves"), ("knife", "knives"), ("axis", "axes")]
)
def test_a_plural_is_taken_for_its_singular_and_the_other_way_round(one, many):
    for name, other in ((one, many), (many, one)):
        text = with_change("objects.door.features = {", f"objects.{name}.features = {{")
        (said,) = diagnostics(
            text.replace("[world.objects.key]", f"[world.objects.{other}]\nfeatures = {{}}\n\n[world.objects.key]")
        )
        assert f"there is no object {name!r} in [world.objects]; did you mean {other!r}?" in said


def test_an_object_may_have_nearly_the_name_of_another_if_the_world_has_both():
    text = with_change("objects.door.features = {", "objects.doors.count = 1\nobjects.doors.features = {")
    assert "did you mean 'door'?" in diagnostics(text)[0]
    text = text.replace("[world.objects.key]", "[world.objects.doors]\nfeatures = {}\ncount = 0\n\n[world.objects.key]")
    scenario = parse_scenario(text)
    assert scenario.environments["training"].objects["doors"].count == 0
    assert scenario.environments["deployment"].objects["doors"].count == 1


def test_an_operator_that_is_nearly_one_is_answered_with_the_one():
    (line,) = diagnostics(with_change('"tournament", size', '"tournement", size'))
    assert line.endswith("; did you mean 'tournament'?")


def test_of_an_objective_without_weights_it_is_reported_what_it_needs():
    (line,) = diagnostics(with_change("base = { door_reached = 1, steps = -0.002 }", "base = {}"))
    assert line.startswith("doors.toml:50:1: objectives.base: needs a weight on an outcome")


def test_an_object_cannot_be_named_start():
    (line,) = diagnostics(with_change("[world.objects.ball]", "[world.objects.start]"))
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
