"""Scenarios that extend others, and what another operator or kind leaves behind."""

import pytest
from edited_scenarios import RED_DOORS, diagnostics, with_change

from evosim.scenario import ScenarioError, load_scenario


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


def test_keys_of_another_scenario_can_be_unset(tmp_path):
    (tmp_path / "base.toml").write_text(with_change("elites = 1", "elites = 4"))
    child = tmp_path / "child.toml"
    head = 'schema = 1\nextends = "base.toml"\nunset = ["evolution.elites", "world.objects.gem", "environments.deployment"]\n'
    child.write_text(head + '[measure]\nenvironments = ["training"]\n')
    scenario, doors = load_scenario(child), load_scenario(tmp_path / "base.toml")
    assert (doors.evolution.elites, scenario.evolution.elites) == (4, 1)  # which is the default
    assert list(scenario.world.objects) == [name for name in doors.world.objects if name != "gem"]
    assert list(scenario.environments) == ["training"]
    (tmp_path / "grandchild.toml").write_text(
        'extends = "child.toml"\nunset = ["measure.environments"]\nevolution.elites = 3\n'
    )
    again = load_scenario(tmp_path / "grandchild.toml", ["world.steps=9"])
    assert (again.evolution.elites, list(again.environments), again.world.steps) == (3, ["training"], 9)
    assert again.evolution.model_copy(update={"elites": scenario.evolution.elites}) == scenario.evolution


@pytest.mark.parametrize(
    ("unset", "column", "said"),
    [
        (
            '["evolution.elite"]',
            10,
            "unset[0]: evolution.elite: the scenario that this one extends doesn't say 'elite' in evolution; did you mean 'elites'?",
        ),
        (
            '["title", "world.size.0"]',
            19,
            "unset[1]: world.size.0: world.size is [13, 13], and no table: set it as a whole",
        ),
        ('["title", "title"]', 19, "unset[1]: title is there twice"),
        ('["a b"]', 10, "unset[0]: 'a b' is not a key; expected an array of keys"),
        ('["a = 1\\nb"]', 10, "is not a key"),
        ("[3]", 10, "unset[0]: 3 is not a key"),
        ('"title"', 1, "unset: expected an array of keys"),
        ('["objectives.base"]', 10, "objectives.base: is missing"),
    ],
)
def test_what_is_wrong_with_what_is_unset_is_said_at_its_place(unset, column, said, tmp_path):
    (tmp_path / "base.toml").write_text(RED_DOORS)
    (tmp_path / "child.toml").write_text(f'schema = 1\nextends = "base.toml"\nunset = {unset}\n')
    with pytest.raises(ScenarioError) as caught:
        load_scenario(tmp_path / "child.toml")
    told = caught.value.diagnostics[0]
    assert said in str(told)
    assert (told.line, told.column) == (3, column)
    assert "^" in told.excerpt


def test_what_no_longer_fits_since_a_key_was_unset_is_said_where_it_was(tmp_path):
    (tmp_path / "base.toml").write_text(
        'extends = "red_doors"\nworld.objects.ladybird = { count = 0, features = { red = 1 } }\n'
        "environments.deployment.objects.ladybird.count = 2\n"
    )
    child = tmp_path / "child.toml"
    child.write_text('schema = 1\nextends = "base.toml"\nunset = ["question", "world.objects.ladybird"]\n')
    for path, options in ((child, []), (child, ["evolution.population=8"]), (tmp_path / "grandchild.toml", [])):
        (tmp_path / "grandchild.toml").write_text('extends = "child.toml"\n')
        with pytest.raises(ScenarioError) as caught:
            load_scenario(path, options)
        (told,) = caught.value.diagnostics
        said = "unset[1]: without world.objects.ladybird, environments.deployment.objects.ladybird ("
        assert str(told).startswith(f"{child}:3:22: {said}{tmp_path / 'base.toml'}:")
        assert "must be unset or changed too: there is no object 'ladybird'" in told.what
        assert "^" in told.excerpt
    child.write_text(f"{child.read_text()}environments.elsewhere.objects.ladybird.count = 1\n")
    with pytest.raises(ScenarioError) as caught:
        load_scenario(child)
    assert [told.where for told in caught.value.diagnostics] == ["unset[1]", "environments.elsewhere.objects.ladybird"]


def test_only_what_extends_another_can_unset_something(tmp_path):
    (tmp_path / "alone.toml").write_text(f'unset = ["title"]\n{RED_DOORS}')
    with pytest.raises(
        ScenarioError, match=r"alone\.toml:1:1: unset: there is nothing to unset: this scenario extends no other"
    ):
        load_scenario(tmp_path / "alone.toml")


def test_a_mistake_is_reported_in_the_file_that_made_it(tmp_path):
    (tmp_path / "base.toml").write_text(with_change("elites = 1", "elite = 1"))
    (tmp_path / "child.toml").write_text('schema = 1\nextends = "base.toml"\nworld.steps = 0\n')
    with pytest.raises(ScenarioError) as caught:
        load_scenario(tmp_path / "child.toml")
    files = [(diagnostic.source.rsplit("/", 1)[-1], diagnostic.line) for diagnostic in caught.value.diagnostics]
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
    assert diagnostics(RED_DOORS, *overrides) == [
        "--set evolution.elites=2: evolution.elites: cma_es has no elites: leave this out",
        "--set evolution.mutation.rate=0.7: evolution.mutation: cma_es has no mutation: leave this out",
    ]
    assert any(
        "evolution: is 3, in which there is no 'algorithm'" in line
        for line in diagnostics("evolution = 3", overrides[1])
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
def test_what_cannot_be_extended_is_reported(extends, said, tmp_path):
    (tmp_path / "child.toml").write_text(f"schema = 1\nextends = {extends}\n")
    with pytest.raises(ScenarioError, match=said) as caught:
        load_scenario(tmp_path / "child.toml")
    assert caught.value.diagnostics[0].line == 2


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
            (line,) = diagnostics(RED_DOORS, *overrides)
            assert line.startswith(f"--set {beside}: {beside.split('=')[0]}: unknown field")
    (line,) = diagnostics(RED_DOORS, "evolution.selection.operator=tournement")
    assert line.startswith("--set evolution.selection.operator=tournement: evolution.selection: operator is 'tourn")
