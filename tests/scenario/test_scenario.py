"""Scenarios: a short human form, one explicit form, and mistakes told with their places."""

import json
import tomllib
from pathlib import Path

import pytest
from edited_scenarios import RED_DOORS, diagnostics
from hypothesis import given, settings
from hypothesis import strategies as st

import scenarios
from evosim.scenario import Scenario, ScenarioError, load_scenario, parse_scenario
from evosim.scenario.errors.toml_positions import find_source_positions
from evosim.scenario.loading.load import scenario_digest, scenario_from_json, scenario_to_json
from evosim.scenario.schema.names import outcome_names


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


def test_a_scenario_that_is_not_there_is_reported_with_what_is():
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
    places = find_source_positions(RED_DOORS)
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
        assert error.diagnostics
        assert all(diagnostic.what for diagnostic in error.diagnostics)


def test_several_objectives_need_no_elites_and_leave_other_digests_alone():
    without = load_scenario("red_doors")
    assert "pareto" not in scenario_to_json(without)
    text = RED_DOORS.replace("elites = 1\n", "").replace('"tournament", size = 3', '"nsga2"')
    text = text.replace("[objectives]", "[objectives]\npareto = [{ door_reached = 1 }, { thinking = -1 }]")
    scenario = parse_scenario(text)
    assert scenario.evolution.elites == 0
    assert scenario_from_json(scenario_to_json(scenario), "itself") == scenario


def test_a_file_in_the_folder_is_proposed_by_its_full_name(tmp_path, monkeypatch):
    (tmp_path / "mine.toml").write_text(RED_DOORS)
    (tmp_path / "child.toml").write_text('extends = "mine"')
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ScenarioError, match=r"did you mean 'mine\.toml'\?"):
        load_scenario("mine")
    monkeypatch.chdir("/")
    with pytest.raises(ScenarioError, match=r"did you mean 'mine\.toml'\?"):
        load_scenario(tmp_path / "child.toml")


def test_a_large_run_is_announced(tmp_path):
    path = tmp_path / "big.evosim"
    path.write_bytes(b"SQLite format 3\0" + b"\0" * 1_000_001)
    with pytest.raises(ScenarioError, match="a run or another database, not a scenario"):
        load_scenario(path)


def test_a_seed_is_no_part_of_a_scenario():
    assert diagnostics(RED_DOORS, "seed=3") == ["--set seed=3: a scenario has no seed: use --seed"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_scenario_in_utf_16_is_said_to_be_that(encoding, tmp_path):
    text = (Path(scenarios.__file__).parent / "red_doors.toml").read_text()
    (tmp_path / "mine.toml").write_bytes(("\ufeff" + text if encoding != "utf-16" else text).encode(encoding))
    with pytest.raises(ScenarioError, match="UTF-16 text; save it as UTF-8"):
        load_scenario(tmp_path / "mine.toml")
