"""Scenarios of ecologies: each mistake is told at its place, with what would be right; shipped ones parse and run."""

import tomllib
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from meadows import MEADOW

import scenarios
from evosim.ecology.simulation import EcologySimulation
from evosim.scenario import ScenarioError, load_scenario, parse_scenario
from evosim.scenario.loading.json_schema import json_schema
from evosim.scenario.schema.names import is_shared
from evosim.simulation.ecology.intervals import intervals

CANDY, FRUIT, CEILING = "objects.candy.grows", "objects.fruit.grows", "ceiling"
CONTRACEPTION = {"mating.contraception.fertility", "mating.contraception.used_by"}
CHANGED = {  # all that changes at tick 6,000
    "ancestral": set(),
    "candy_alone": {CANDY},
    "contraception_alone": CONTRACEPTION,
    "contraception": {CANDY, *CONTRACEPTION},
    "scarcity": {FRUIT},
    "scarcity_with_candy": {FRUIT, CANDY},
    "scarcity_with_contraception": {FRUIT, *CONTRACEPTION},
    "scarcity_with_both": {FRUIT, CANDY, *CONTRACEPTION},
    "culling": {CEILING},
    "slow_change": {CANDY, *CONTRACEPTION},
    "heuristics_only": {CANDY, *CONTRACEPTION},
}
SHIPPED = tuple(CHANGED)


def diagnostics(text: str, *overrides: str) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text, source="meadow.toml", overrides=overrides)
    return [str(diagnostic) for diagnostic in caught.value.diagnostics]


def line_of(words: str) -> int:
    return MEADOW[: MEADOW.index(words)].count("\n") + 1


def test_the_meadow_is_a_scenario():
    scenario = parse_scenario(MEADOW)
    assert is_shared(scenario)
    assert scenario.environments["after"].objects["candy"].grows == 1.5
    assert scenario.environments["after"].energy.per_tick == 0.15
    assert scenario.environments["after"].energy.per_move == scenario.world.energy.per_move
    assert scenario.environments["before"] == scenario.world
    assert scenario.objectives.base == scenario.objectives.intended == {"children": 1}
    assert scenario.evolution.generations == 10


OF_WORLDS = [
    ("size = [12, 12]", "size = [12, 4]", "world.size: rows and columns must be at least 5"),
    ("size = [12, 12]", "size = [12, 4]", "on a torus an agent sees 2 cells each way, and must see no cell twice"),
    ("size = [12, 12]", "size = [2000, 1000]", "world.size: rows and columns must be at least 5, and at most 1,000,000 cells together"),
    ("size = [12, 12]", 'size = [2, 12]\nedges = "walls"', "world.size: rows and columns must be at least 3"),
    ("[world.objects.mud]", "[world.objects.Fruit]\nfeatures = {}\n[world.objects.mud]", "is named twice; capitals make no difference"),
    ("count = 40", "count = 139", "world.objects: more food at the beginning than there are cells, 144"),
    ("features = { wet = 1 }", "features = { wett = 1 }", "world.objects.mud.features.wett: 'wett' is not in world.features; did you mean 'wet'?"),
    ("features = { company = 1 }", "features = { compny = 1 }", "world.mating.features.compny: 'compny' is not in world.features; did you mean 'company'?"),
    ("child = { child = 1 }", "child = { chlid = 1 }", "world.mating.child.chlid: 'chlid' is not in world.features; did you mean 'child'?"),
    ("wet = 0.5, company = 0.1 } }", "wte = 0.5, company = 0.1 } }", "world.drives.thirst.sated_by.wte: 'wte' is not in world.features; did you mean 'wet'?"),
    ("initial = 9, most = 12", "initial = 13, most = 12", "world.energy.initial: 13 is more than the maximum energy, 12"),
    ("energy = 4.5", "energy = 3", "world.mating.energy: must be more than 3, what each parent gives a child"),
    ("energy = 4.5", "energy = 13", "world.mating.energy: more than the maximum energy, 12"),
    ("energy = 4.5\n", "energy = 11\n", "environments.after.mating.energy: more than the maximum energy, 10"),
    ("child_energy = 6", "child_energy = 12.5", "world.mating.child_energy: more than the maximum energy, 12"),
    ("adult_at = 5", "adult_at = 70", "world.life.adult_at: no agent gets that old: lifespan is 70"),
    ("drives.thirst =", "drives.hunger = { rises = 0.1 }\ndrives.thirst =", "world.drives.hunger: 'hunger' is the drive that every agent has from its energy: choose another name"),
]  # fmt: skip
OF_ENVIRONMENTS = [
    ("energy.most = 10", "vision = 3", "environments.after.vision: an environment can't change the vision: agents stay where they are"),
    ("energy.most = 10", "size = [12, 13]", "environments.after.size: an environment can't change the size"),
    ("energy.most = 10", 'edges = "walls"', "environments.after.edges: an environment can't change the edges"),
    ("energy.most = 10", 'layout = { kind = "open" }', "environments.after.layout: an environment can't change the layout"),
    ("energy.most = 10", "drives.cold = { rises = 0.1 }", "environments.after.drives: an environment can't add or leave out drives"),
    ("ceiling = 35", "ceiling = 17", "environments.after.ceiling: less than evolution.floor, 18"),
    ("population = 30", "population = 73", "evolution.population: more founders than half of the 144 cells"),
]  # fmt: skip
GRID = 'kind = "grid"\nsteps = 9\nsize = [9, 9]\nfeatures = ["sweet", "wet", "company", "child"]\nobjects.fruit = { features = { sweet = 1 } }'
OF_SELECTION = [
    ("[environments.before]", f"[environments.before]\n{GRID}", "environments.before.kind: natural_selection needs a shared world: kind = 'ecology'"),
    ('algorithm = "natural_selection"\n', "", "evolution.algorithm: in an ecology selection is birth and death: it needs 'natural_selection'; 'genetic' selects by fitness"),
    ("ticks = 200", "ticks = 200\ngenerations = 3", "evolution.ticks: conflicts with `generations`; set one of them"),
    ("from = 80", "from = 75", "evolution.schedule[1].from: must be a multiple of evolution.interval, 20 ticks"),
    ('environment = "before"', 'environment = "before"\nover = 20', "evolution.schedule[0].over: the first entry has no change to spread: leave this out"),
    ("[mind]", "[objectives]\nbase = { children = 2 }\n[mind]", "objectives.base: natural_selection counts children and nothing else: leave this out, or { children = 1 }"),
    ("floor = 18", "floor = 31", "evolution.floor: more than the 30 founders"),
    ("floor = 18", "elites = 2", "evolution.elites: natural_selection has no elites: leave this out"),
    ("floor = 18", "episodes = 4", "evolution.episodes: natural_selection has no episodes: leave this out"),
    ("floor = 18", "hall_of_fame = 4", "evolution.hall_of_fame: natural_selection has no hall_of_fame: leave this out"),
    ("floor = 18", "selection = { operator = 'roulette' }", "evolution.selection: natural_selection has no selection: leave this out"),
    ("floor = 18", "cma_es = { sigma = 0.5 }", "evolution.cma_es: the algorithm is 'natural_selection', not 'cma_es'"),
    ("from = 0\n", "from = 20\n", "evolution.schedule[0].from: the first entry must start from"),
    ('environment = "after"', 'environment = "aftr"', "evolution.schedule[1].environment: there is no environment 'aftr'; did you mean 'after'?"),
]  # fmt: skip
OF_MINDS = [
    ("controllers = { heuristic = 0.4,", "controllers = { open_loop = 0.4,", "mind.controllers.open_loop: 'open_loop' is a kind of mind for grids, and can't live in a shared world: leave this out"),
    ("planner = { horizon = { initial = 4,", 'planner = { algorithm = "tree_search", horizon = { initial = 4,', "mind.planner.algorithm: in an ecology planners plan by 'value_iteration'"),
    ("planner = { horizon = { initial = 4,", 'planner = { algorithm = "mcts", horizon = { initial = 4,', "mind.planner.algorithm: in an ecology planners plan by 'value_iteration'"),
    ("beliefs.persistence", "beliefs.slip = 0.1\nbeliefs.persistence", "mind.beliefs.slip: no move slips in an ecology: leave this out"),
    ('drives = ["hunger", "thirst"]', 'drives = ["hunger", "thirts"]', "mind.objective.drives[1]: expected 'hunger' or 'thirst', got 'thirts'"),
    ('drives = ["hunger", "thirst"]', 'drives = ["hunger", "hunger"]', "mind.objective.drives[1]: 'hunger' is named twice"),
    ("company = 0.2 }", 'company = 0.2, "company.hungr" = 1 }', "mind.objective.initial.company.hungr: there is no weight 'company.hungr'; did you mean 'company.hunger'?"),
    ("court = 0.3", "cuort = 0.3", "mind.heuristic.initial.cuort: there is no weight 'cuort'; did you mean 'court'?"),
    ("court = 0.3", '"remembered.ahead.nearness" = 0.3', "mind.heuristic.initial.remembered.ahead.nearness: there is no weight 'remembered.ahead.nearness'"),
    ("court = 0.3", "court = 3", "mind.heuristic.initial.court: 3 lies outside the range -1 to 1"),
]  # fmt: skip
ALL = [*OF_WORLDS, *OF_ENVIRONMENTS, *OF_SELECTION, *OF_MINDS]


@pytest.mark.parametrize(
    ("old", "new", "said"), ALL, ids=[f"{said.split(':')[0]}-{n}" for n, (*_, said) in enumerate(ALL)]
)
def test_a_mistake_is_reported_with_its_place_and_what_would_be_right(old, new, said):
    assert MEADOW.count(old) == 1 or old in ("[environments.before]", "[mind]", "from = 0\n")
    found = diagnostics(MEADOW.replace(old, new, 1))
    assert any(said in diagnostic for diagnostic in found), found


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("energy = 4.5", "energy = 13", "energy = 4.5"),
        ("features = { wet = 1 }", "features = { wett = 1 }", "features = { wet = 1 }"),
        ("floor = 18", "floor = 31", "floor = 18"),
        ("from = 80", "from = 75", "from = 80"),
        ("ceiling = 35", "vision = 3", "ceiling = 35"),
    ],
)
def test_a_mistake_is_reported_at_its_line(old, new, where):
    assert any(each.startswith(f"meadow.toml:{line_of(where)}:") for each in diagnostics(MEADOW.replace(old, new)))


def test_what_only_natural_selection_has_is_reported_where_selection_is_by_fitness():
    for key, value in (("interval", 50), ("floor", 3), ("ticks", 30)):
        with pytest.raises(ScenarioError, match=f"evolution.{key}: genetic has no {key}: leave this out"):
            load_scenario("red_doors", [f"evolution.{key}={value}"])
    spread = "evolution.schedule=[{from=0, environment='training'}, {from=9, environment='deployment', over=5}]"
    with pytest.raises(ScenarioError, match="only natural_selection has gradual changes"):
        load_scenario("red_doors", [spread])


def test_natural_selection_in_a_grid_is_reported():
    with pytest.raises(ScenarioError, match=r"world\.kind: natural_selection needs a shared world"):
        load_scenario("red_doors", ['evolution.algorithm="natural_selection"'])


def test_more_kinds_of_food_than_a_map_can_hold_are_refused():
    """A kind's number must never be taken for somebody's."""

    def with_kinds(count: int) -> str:
        more = "".join(f"[world.objects.f{i}]\nfeatures = {{ sweet = 1 }}\n" for i in range(count))
        return MEADOW.replace("[world.mating]", f"{more}[world.mating]")

    assert len(parse_scenario(with_kinds(997)).environments["after"].objects) == 1000
    said = "world.objects: 1,001 kinds of food in all environments; at most 1,000"
    assert any(said in each for each in diagnostics(with_kinds(998)))


def test_all_mistakes_of_a_meadow_are_reported_at_once():
    text = MEADOW
    for old, new, _ in (OF_WORLDS[5], OF_WORLDS[6], OF_WORLDS[7], OF_WORLDS[15], OF_SELECTION[6], OF_MINDS[3], OF_ENVIRONMENTS[0]):  # fmt: skip
        assert text.count(old) == 1
        text = text.replace(old, new)
    found = diagnostics(text)
    for _, _, said in (OF_WORLDS[5], OF_WORLDS[6], OF_WORLDS[7], OF_WORLDS[15], OF_SELECTION[6], OF_MINDS[3], OF_ENVIRONMENTS[0]):  # fmt: skip
        assert any(said in each for each in found), (said, found)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("vision = 2", "vison = 2", "world.vison: unknown field 'vison'; did you mean 'vision'?"),
        ("vision = 2", "vision = 0", "world.vision: expected at least 1, got 0"),
        ("vision = 2", "steps = 2", "world.steps: unknown field 'steps'"),
        ("fertility = 0.8", "fertility = 1.8", "world.mating.fertility: expected at most 1"),
        ("recovery = 4", "recovry = 4", "world.mating.recovry: unknown field 'recovry'; did you mean 'recovery'?"),
        ("lifespan = 70,", "", "world.life.lifespan: is missing"),
        ("child_energy = 6\n", "", "world.mating.child_energy: is missing"),
        ("rises = 0.05,", "", "world.drives.thirst.rises: is missing"),
        ("grows = 6\n", "grows = -6\n", "world.objects.fruit.grows: expected at least 0"),
        ('kind = "scatter", density = 0.1', 'kind = "maze"', "world.layout.kind: expected 'open', 'scatter', 'rooms'"),
        ("{ fertility = 0.3 }", "{ fertility = 0.3, used_by = 'nobody' }", "environments.after.mating.contraception.used_by: expected 'planners' or 'everybody'"),
        ("ticks = 200", "ticks = 0", "evolution.ticks: expected at least 1"),
        ("ticks = 200\n", "", "evolution.generations: is missing"),
    ],
)  # fmt: skip
def test_a_mistake_of_form_is_reported_and_nothing_that_only_follows_from_it(old, new, said):
    assert MEADOW.count(old) == 1
    found = diagnostics(MEADOW.replace(old, new))
    assert any(said in each for each in found), found
    assert len(found) <= 3, found


# ---------------------------------------------------------------- what changes


def numbers_of(world: dict[str, Any], path: str = "") -> dict[str, Any]:
    """Give every number of a world by its path."""
    found: dict[str, Any] = {}
    for name, value in world.items():
        found |= numbers_of(value, f"{path}{name}.") if isinstance(value, dict) else {path + name: value}
    return found


@pytest.mark.parametrize("name", SHIPPED)
def test_the_world_changes_in_what_the_scenario_is_about_and_in_nothing_else(name):
    scenario = load_scenario(name)
    first, *later = [
        numbers_of(scenario.environments[environment].model_dump())
        for phase in scenario.evolution.schedule
        for environment in phase.shares()
    ]
    changed = {key for world in later for key in first.keys() | world.keys() if first.get(key) != world.get(key)}
    assert changed == CHANGED[name]


def test_every_shipped_ecology_is_held_to_what_changes():
    assert {name for name in scenarios.paths() if is_shared(load_scenario(name))} == set(CHANGED)


# ---------------------------------------------------------------- how long


def test_ticks_are_reported_in_intervals_the_last_one_whole():
    assert parse_scenario(MEADOW.replace("ticks = 200", "ticks = 201")).evolution.generations == 11
    assert parse_scenario(MEADOW.replace("ticks = 200", "generations = 7")).evolution.generations == 7
    assert (
        parse_scenario(MEADOW.replace("interval = 20\n", "").replace("from = 80", "from = 100")).evolution.generations
        == 2
    )


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        (["evolution.generations=3"], 3),
        (["evolution.ticks=40"], 2),
        (["evolution.interval=40"], 5),
        (["evolution.interval=10", "evolution.ticks=95"], 10),
        (["evolution.generations=3", "evolution.interval=40"], 3),
    ],
)
def test_how_long_is_said_last_is_what_holds(overrides, expected):
    scenario = parse_scenario(MEADOW, overrides=overrides)
    assert scenario.evolution.generations == expected
    assert scenario.evolution.ticks is None


def test_who_extends_a_scenario_says_in_ticks_or_in_generations_how_long(tmp_path):
    (tmp_path / "meadow.toml").write_text(MEADOW)
    for said, expected in (("ticks = 60", 3), ("generations = 4", 4)):
        (tmp_path / "child.toml").write_text(f'extends = "meadow.toml"\n[evolution]\n{said}\n')
        assert load_scenario(tmp_path / "child.toml").evolution.generations == expected


# ---------------------------------------------------------------- other kinds of world


CHANGES = [
    (["world.kind='grid'"], "red_doors", None),
    (["world.kind='ecology'"], "red_doors", "world"),
    (["world.kind='grid'"], "contraception", "world"),
    (["world.kind='elsewhere'"], "contraception", "world"),
    (["world.kind=3"], "contraception", "world.kind"),
    (["evolution.algorithm='genetic'"], "contraception", "evolution.algorithm"),
    (["evolution.algorithm='cma_es'"], "contraception", "evolution.algorithm"),
    (["evolution.algorithm='natural_selection'"], "contraception", None),
    (["environments.modern.kind='grid'"], "contraception", "environments.modern"),
    (["world=3"], "contraception", "world"),
    (["environments.modern=3"], "contraception", "environments.modern"),
    (["mind.controllers={ open_loop = 1 }"], "contraception", "mind.controllers.open_loop"),
]


@pytest.mark.parametrize(("overrides", "name", "where"), CHANGES)
def test_another_kind_of_world_or_selection_is_read_or_refused_in_our_words(overrides, name, where):
    if where is None:
        assert load_scenario(name, overrides)
        return
    with pytest.raises(ScenarioError) as caught:
        load_scenario(name, overrides)
    assert any(where in str(diagnostic) for diagnostic in caught.value.diagnostics), caught.value


@pytest.mark.parametrize("base", ["red_doors", "contraception"])
@pytest.mark.parametrize("kind", ["grid", "ecology", "elsewhere"])
def test_extending_into_another_kind_of_world_does_not_crash(base, kind, tmp_path):
    (tmp_path / "child.toml").write_text(f'schema = 1\nextends = "{base}"\n[world]\nkind = "{kind}"\n')
    same = (base, kind) in (("red_doors", "grid"), ("contraception", "ecology"))
    if same:
        assert load_scenario(tmp_path / "child.toml")
        return
    with pytest.raises(ScenarioError):
        load_scenario(tmp_path / "child.toml")


def test_a_grid_that_becomes_an_ecology_leaves_behind_what_only_grids_have(tmp_path):
    (tmp_path / "child.toml").write_text(MEADOW.replace("schema = 1", 'schema = 1\nextends = "red_doors"'))
    with pytest.raises(ScenarioError) as caught:
        load_scenario(tmp_path / "child.toml")
    found = [str(each) for each in caught.value.diagnostics]
    assert not [each for each in found if ": world." in each]
    assert [each for each in found if ": objectives.base: natural_selection counts children" in each]


# ---------------------------------------------------------------- shipped ones, and editors


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_ecology_can_be_lived_in(name):
    small = ["world.size=[40,40]", "evolution.population=60", "evolution.generations=1", "evolution.interval=5", "world.objects.fruit.count=100"]  # fmt: skip
    scenario = load_scenario(name, small)
    assert is_shared(scenario)
    assert next(intervals(scenario, 1)).lived > 0
    whole = load_scenario(name)
    assert EcologySimulation(whole, 1).alive == whole.evolution.population
    assert [phase.start for phase in whole.evolution.schedule][:2] == [0, 6000]


@pytest.mark.parametrize("name", [name for name in SHIPPED if name != "contraception"])
def test_a_control_differs_from_contraception_only_in_what_it_says(name):
    one, other = load_scenario("contraception"), load_scenario(name)
    assert other.world == one.world
    assert (other.mind != one.mind) == (name == "heuristics_only")
    assert other.environments["ancestral"] == one.environments["ancestral"]
    assert other.evolution.model_copy(update={"schedule": one.evolution.schedule}) == one.evolution


@pytest.mark.parametrize("name", SHIPPED)
def test_editors_accept_shipped_ecologies(name):
    said = tomllib.loads(scenarios.paths()[name].read_text())
    assert not list(Draft202012Validator(json_schema()).iter_errors(said))


def test_editors_accept_the_meadow():
    schema = json_schema()
    Draft202012Validator.check_schema(schema)
    assert not list(Draft202012Validator(schema).iter_errors(tomllib.loads(MEADOW)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("vision = 2", "vison = 2"),
        ("vision = 2", "vision = 0"),
        ("lifespan = 70,", ""),
        ("child_energy = 6\n", ""),
        ("recovery = 4", "recovry = 4"),
        ("rises = 0.05,", ""),
        ("objects.fruit.grows = 5", "objects.fruit.grws = 5"),
        ("objects.fruit.grows = 5", "objects.fruit.grows = -5"),
        ("energy.most = 10", "energy.mst = 10"),
        ("energy.most = 10", "life.lifspan = 10"),
        ("energy.most = 10", "drives.thirst.rise = 0.1"),
        ("mating.contraception = { fertility", "mating.contraception = { fertilty"),
        ("mating.contraception = { fertility", "mating.contracption = { fertility"),
        ("ceiling = 35", "celing = 35"),
    ],
)
def test_editors_refuse_what_we_refuse(old, new):
    assert MEADOW.count(old) == 1
    text = MEADOW.replace(old, new)
    assert diagnostics(text)
    assert not Draft202012Validator(json_schema()).is_valid(tomllib.loads(text))
