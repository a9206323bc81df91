"""Options that change a scenario: read like the file, and named in diagnostics."""

import pytest
from edited_scenarios import RED_DOORS, diagnostics, with_change
from hypothesis import given, settings
from hypothesis import strategies as st

from evosim.scenario import Scenario, ScenarioError, load_scenario, parse_scenario
from evosim.scenario.errors.toml_positions import find_source_positions


def test_overrides_are_read_like_the_file_and_named_in_diagnostics():
    scenario = load_scenario("red_doors", ["evolution.population=64", "world.layout={kind='open'}", "title=Doors"])
    assert scenario.evolution.population == 64
    assert scenario.world.layout.kind == "open"
    assert scenario.environments["deployment"].layout.kind == "open"
    assert scenario.title == "Doors"
    assert diagnostics(RED_DOORS, "evolution.populaton=3") == [
        "--set evolution.populaton=3: evolution.populaton: unknown field 'populaton'; did you mean 'population'?"
    ]
    assert diagnostics(RED_DOORS, "mutation.rate=0.3")[0].startswith("--set mutation.rate=0.3: mutation: unknown field")
    for no_assignment in ("evolution.population", "# a=1", "=", ""):
        assert diagnostics(RED_DOORS, no_assignment)
    assert "expected KEY=VALUE" in diagnostics(RED_DOORS, "# a=1")[0]
    assert diagnostics(RED_DOORS, "evolution.elites=600")[0].startswith("--set evolution.elites=600: evolution.elites")


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
        (
            "evolution.schedule.-1.from=3",
            "evolution.schedule: an array, where '-1' is not the index of an element: it has",
        ),
        (
            "measure.environments.first=x",
            "measure.environments: an array, where 'first' is not the index of an element: it",
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
def test_a_mistake_of_an_override_is_reported_at_the_option_and_not_in_the_file(override, said):
    lines = "\n".join(diagnostics(RED_DOORS, override))
    assert lines.startswith(f"--set {override}: {said}"), lines
    assert "doors.toml" not in lines


def test_an_option_is_not_blamed_for_a_mistake_of_the_file():
    text = with_change("{ heuristic = 0.5,", "{ heuristic = 0.6,")
    assert diagnostics(text, "mind.controllers.planner=0.5", "evolution.schedule.2.from=3") == [
        "--set evolution.schedule.2.from=3: evolution.schedule: there is no element 2: it has element 0, and 1 appends one",
        "doors.toml:53:1: mind.controllers: the shares add up to 1.1, not to 1",
    ]


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
    (line,) = diagnostics(RED_DOORS, override)
    assert line.startswith(f"--set {override}: {said}")


def test_an_override_makes_an_environment_that_is_used():
    scenario = parse_scenario(RED_DOORS, overrides=["environments.later.steps=9", "measure.environments.2=later"])
    assert scenario.environments["later"].steps == 9
    assert scenario.measure.environments == ["training", "deployment", "later"]


def test_the_last_of_two_options_is_blamed():
    assert diagnostics(RED_DOORS, "evolution.elites=600", "evolution.elites=700")[0].startswith(
        "--set evolution.elites=700"
    )


OVERRIDE_WORDS = st.sampled_from(
    [part for path in find_source_positions(RED_DOORS) for part in map(str, path)] + ["7", "-1", "dor"]
)
OVERRIDE_VALUES = st.sampled_from(["3", "0.5", "x", "[]", "[1, 2]", "{}", "{ a = 1 }", "[[1]]", "true", "nan"])


@given(st.lists(st.tuples(st.lists(OVERRIDE_WORDS, min_size=1, max_size=5), OVERRIDE_VALUES), min_size=1, max_size=3))
@settings(deadline=None, max_examples=200)
def test_any_overrides_are_taken_or_refused_with_a_reason(overrides):
    try:
        scenario = parse_scenario(RED_DOORS, overrides=[f"{'.'.join(words)}={value}" for words, value in overrides])
        assert isinstance(scenario, Scenario)
    except ScenarioError as error:
        assert error.diagnostics
        assert all(diagnostic.what for diagnostic in error.diagnostics)


def test_an_environment_that_only_a_mixture_uses_can_be_made_by_an_option():
    made = "environments.later.steps=9"
    mixed = "evolution.schedule.0.environment={ training = 0.9, later = 0.1 }"
    scenario = load_scenario("red_doors", [made, mixed])
    assert scenario.evolution.schedule[0].shares() == {"training": 0.9, "later": 0.1}


def test_what_reaches_no_environment_is_refused_with_the_keys_that_do():
    text = with_change("[environments.training]\n", "[environments.training]\nsteps = 9\n")
    assert parse_scenario(text, overrides=["world.steps=7"]).environments["deployment"].steps == 7
    text = text.replace("[environments.deployment]\n", "[environments.deployment]\nsteps = 8\n")
    assert diagnostics(text, "world.steps=7") == [
        "--set world.steps=7: world.steps: changes nothing, for every environment says this itself; "
        "set environments.training.steps and environments.deployment.steps"
    ]


@pytest.mark.parametrize(
    ("scenario", "overrides", "what"),
    [
        ("contraception", [], "natural_selection has no selection"),
        ("red_doors", ["evolution.algorithm=cma_es"], "cma_es has no selection"),
        ("red_doors", ["evolution.algorithm=random_search"], "random_search has no selection"),
    ],
)
def test_an_operator_is_not_chosen_for_an_algorithm_that_has_none(scenario, overrides, what):
    for choice in (
        "selection.operator=tournament",
        "selection={ operator = 'tournament' }",
    ):  # which stands there, unused
        with pytest.raises(ScenarioError) as caught:
            load_scenario(scenario, [*overrides, f"evolution.{choice}"])
        assert str(caught.value) == f"--set evolution.{choice}: evolution.selection: {what}: leave this out"
