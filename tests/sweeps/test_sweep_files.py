"""Sweep files and options: what is swept, and what is wrong with it, at its line."""

import json
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_sweeps import RATES, TINY, tiny_plan

import scenarios
from evosim.scenario import ScenarioError, load_scenario
from evosim.scenario.toml_values import toml_value
from evosim.sweeps.folder import PLAN, SweepFolder
from evosim.sweeps.load import SweepOptions, load_sweep
from evosim.sweeps.plan import hypercube_axis
from evosim.sweeps.run import check_conditions, estimate
from evosim.sweeps.schema import LatinHypercube, parse_seeds
from evosim.sweeps.toml_values import split_values

FILE = """schema = 1
question = "Which rate?"
scenario = "red_doors"
seeds = "1-3"
set = ["evolution.population=24"]

[grid]
evolution.mutation.rate = [0.1, 0.2]

[zip]
"evolution.elites" = [1, 2]
evolution.mutation.scale = [0.1, 0.3]

[latin_hypercube]
points = 4
ranges.mind.planner.discount = { from = 0.5, to = 0.9 }
"""


def written(tmp_path, text=FILE):
    path = tmp_path / "rates.toml"
    path.write_text(text)
    return path


def test_conditions_are_all_combinations_and_cells_go_seed_by_seed(tmp_path):
    plan = load_sweep(written(tmp_path))
    assert (len(plan.conditions), plan.seeds, plan.question) == (2 * 2 * 4, (1, 2, 3), "Which rate?")
    assert [axis.keys for axis in plan.axes] == [
        ("evolution.mutation.rate",), ("evolution.elites", "evolution.mutation.scale"), ("mind.planner.discount",)
    ]  # fmt: skip
    pairs = {(each.values["evolution.elites"], each.values["evolution.mutation.scale"]) for each in plan.conditions}
    assert pairs == {(1, 0.1), (2, 0.3)}
    assert [cell.seed for cell in plan.cells] == sorted(cell.seed for cell in plan.cells)
    assert len({cell.name for cell in plan.cells}) == len(plan.cells) == 48


def test_a_condition_is_the_scenario_that_set_makes():
    plan = tiny_plan("evolution.mutation.rate=0.1,0.2", "world.layout.opened=0.3")
    assert plan.conditions[1].scenario == load_scenario(
        "red_doors", [*TINY, "evolution.mutation.rate=0.2", "world.layout.opened=0.3"]
    )


def test_what_is_set_in_all_conditions_is_stored_and_named(tmp_path):
    plan = tiny_plan(overrides=["mind.planner.horizon=1"])
    folder = SweepFolder.create(tmp_path / "one", plan)
    assert SweepFolder.open(folder.path).stored.changes == [*TINY, "mind.planner.horizon=1"]
    (tmp_path / "rates.toml").write_text('schema = 1\nscenario = "red_doors"\nseeds = [1]\nset = ["world.steps=12"]\n')
    options = SweepOptions(overrides=["world.size=[7,\n 7]"])
    of_file = SweepFolder.create(tmp_path / "two", load_sweep(tmp_path / "rates.toml", options))
    assert of_file.describe() == "red_doors with world.steps=12 and world.size=[7, 7], 1 seed"
    bare = load_sweep("red_doors", SweepOptions(seeds="1"))
    assert "changes" not in json.loads((SweepFolder.create(tmp_path / "three", bare).path / PLAN).read_text())


def test_options_replace_axes_and_seeds_of_a_file_and_add_others(tmp_path):
    options = SweepOptions(
        ["evolution.mutation.rate=0.5", "evolution.crossover.rate=0,1"], ["evolution.episodes=2"], "7,9"
    )
    plan = load_sweep(written(tmp_path), options)
    assert {each.values["evolution.mutation.rate"] for each in plan.conditions} == {0.5}
    assert {each.values["evolution.crossover.rate"] for each in plan.conditions} == {0, 1}
    assert {each.scenario.evolution.episodes for each in plan.conditions} == {2}
    assert plan.seeds == (7, 9)
    with pytest.raises(ValueError, match=r"changes evolution\.elites together with others"):
        load_sweep(written(tmp_path), SweepOptions(["evolution.elites=1,2"]))


def test_the_scenario_of_a_sweep_file_is_found_beside_it(tmp_path):
    (tmp_path / "mine.toml").write_text('extends = "red_doors"\nevolution.elites = 3\n')
    plan = load_sweep(written(tmp_path, 'schema = 1\nscenario = "mine.toml"\nseeds = [4]\n'))
    assert (plan.source, plan.conditions[0].scenario.evolution.elites, plan.axes) == ("mine", 3, ())


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("[0.1, 0.2]", "[0.1, 5]", 8, "evolution.mutation.rate: expected at most 1, got 5"),
        ("[0.1, 0.2]", "[0.1, 0.1]", 8, "value 0.1 is there twice"),
        ("[0.1, 0.2]", "[]", 8, "expected at least one value"),
        ("[0.1, 0.2]", "0.1", 8, "expected an array of values"),
        ("[0.1, 0.2]", "[0.1, 1979-05-27]", None, "expected a finite number"),
        ("mutation.rate =", "mutation.rat =", 8, "unknown field 'rat'; did you mean 'rate'?"),
        ("[grid]", "[girl]", 7, "unknown field 'girl'; allowed: schema, title"),
        ("[1, 2]", "[1, 2, 3]", 12, "has 2 values where evolution.elites has 3"),
        ("mutation.scale", "mutation.rate", 12, "is an axis already"),
        (
            "[1, 2]\nevolution.mutation.scale = [0.1, 0.3]",
            "[1, 1]\nevolution.mutation.scale = [0.1, 0.1]",
            11,
            "these values of all keys are there twice",
        ),
        (
            "[1, 2]\nevolution.mutation.scale = [0.1, 0.3]",
            "[1, 1]\nevolution.mutation.scale = [0.1, 3]",
            12,
            "evolution.mutation.scale: expected at most 1, got 3",
        ),
        ('"1-3"', '"3-1"', 4, "'3-1' ends before it begins"),
        ('"1-3"', "[1, 1]", 4, "seed 1 is there twice"),
        ('"1-3"', "3", 4, "expected seeds such as '1-20'"),
        ('"1-3"', "[-1]", 4, "-1 is not a seed"),
        ('seeds = "1-3"', "", None, "seeds: is missing"),
        ('"red_doors"', '"red_door"', 3, "did you mean 'red_doors'?"),
        ('"red_doors"', '"/etc/passwd"', 3, "neither a file whose name ends in .toml"),
        ("population=24", "population=1", 5, "evolution.population: expected at least"),
        ("from = 0.5", "from = 0.9", 16, "expected more than 0.9, got 0.9"),
        ("from = 0.5", "from = 0.0, scale = 'log'", 16, "a logarithmic scale begins above 0"),
        ("to = 0.9", "to = 1.9", 16, "mind.planner.discount: must lie between"),
        ("points = 4", "points = 1", 15, "expected at least 2"),
        ("schema = 1", "schema = 2", 1, "schema"),
        ("points = 4", "points = ", 15, "not valid TOML"),
    ],
)
def test_what_is_wrong_is_reported_at_its_line(old, new, line, said, tmp_path):
    assert FILE.count(old) == 1
    path = written(tmp_path, FILE.replace(old, new))
    with pytest.raises(ScenarioError) as raised:
        load_sweep(path)
    told = raised.value.diagnostics[0]
    assert said in str(told)
    assert (told.source, told.line) == (str(path), line)


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ("evolution.mutation.rate", "expected KEY=VALUE,VALUE"),
        ("evolution.mutation.rate=", "expected KEY=VALUE,VALUE"),
        ("evolution.mutation.rate=0.1,0.1", "value 0.1 is there twice"),
        ("evolution.mutation.rate=0.1,[", "not TOML"),
    ],
)
def test_a_wrong_axis_of_the_command_line_is_reported(over, said):
    with pytest.raises(ValueError, match="--over") as raised:
        tiny_plan(over)
    assert said in str(raised.value)


def test_what_is_wrong_with_a_condition_is_reported_at_its_option():
    with pytest.raises(ScenarioError) as raised:
        tiny_plan("evolution.mutation.rate=0.1,7")
    assert [str(each) for each in raised.value.diagnostics] == [
        "--over evolution.mutation.rate=0.1,7: evolution.mutation.rate: 7: expected at most 1, got 7"
    ]
    with pytest.raises(ValueError, match="an axis already"):
        tiny_plan(RATES, RATES)
    with pytest.raises(ValueError, match="--seeds is needed"):
        load_sweep("red_doors", SweepOptions([RATES]))


def test_a_latin_hypercube_has_one_point_in_each_part_of_each_range():
    asked = LatinHypercube.model_validate(
        {"points": 10, "ranges": {"a": {"from": 0.0, "to": 1.0}, "b": {"from": 1.0, "to": 1024.0, "scale": "log"},
                                  "c": {"from": 1.0, "to": 10.0, "whole": True}}}
    )  # fmt: skip
    axis = hypercube_axis(asked)
    a, b, c = zip(*axis.rows, strict=True)
    assert sorted(int(10 * each) for each in a) == list(range(10))
    assert sorted(int(each.bit_length()) for each in (int(value) for value in b)) == list(range(1, 11))
    assert sorted(c) == list(range(1, 11))
    assert all(type(each) is int for each in c)
    assert hypercube_axis(asked) == axis
    assert hypercube_axis(asked.model_copy(update={"seed": 1})) != axis


@pytest.mark.parametrize("seed", range(10))
def test_no_point_of_a_latin_hypercube_is_there_twice(seed):
    """Each coordinate stays in as many points; alone, it is moved to one nearby that is free."""
    small = {"from": 1.0, "to": 4.0, "whole": True}
    both = LatinHypercube.model_validate({"points": 12, "seed": seed, "ranges": {"a": small, "b": small}})
    rows = hypercube_axis(both).rows
    assert len(set(rows)) == 12
    assert [sorted(each) for each in zip(*rows, strict=True)] == [sorted(3 * [1, 2, 3, 4])] * 2
    wide = {"from": 1.0, "to": 11.0, "whole": True}
    (values,) = zip(*hypercube_axis(LatinHypercube(points=10, seed=seed, ranges={"a": wide})).rows, strict=True)
    assert len(set(values)) == 10
    assert set(values) < set(range(1, 12))
    assert all(abs(value - 1.1 * place) <= 2 for place, value in enumerate(sorted(values)))


def test_more_points_than_there_are_are_refused(tmp_path):
    path = tmp_path / "points.toml"
    path.write_text(
        'schema = 1\nscenario = "red_doors"\nseeds = "1"\n[latin_hypercube]\npoints = 5\n'
        "ranges.evolution.elites = { from = 1, to = 4, whole = true }\n"
    )
    with pytest.raises(ScenarioError, match="expected at most 4, as many as there are in whole numbers"):
        load_sweep(path)
    path.write_text(path.read_text().replace("points = 5", "points = 4"))
    assert sorted(each.values["evolution.elites"] for each in load_sweep(path).conditions) == [1, 2, 3, 4]


@pytest.mark.parametrize(("text", "seeds"), [("1-3", [1, 2, 3]), ("7", [7]), (" 1 - 2 , 9", [1, 2, 9]), ("0", [0])])
def test_seeds_are_read(text, seeds):
    assert parse_seeds(text) == seeds


@pytest.mark.parametrize("text", ["", "1-", "a", "1,,2", "-1", "1-3,2", "1-999999999999"])
def test_what_are_no_seeds_is_refused(text):
    with pytest.raises(ValueError, match=r"seed|ends"):
        parse_seeds(text)


plain = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(blacklist_categories=["Cs", "Cc"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab- é.", max_size=3), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@given(plain)
def test_values_survive_being_written_as_toml(value):
    text = toml_value(value)
    assert tomllib.loads(f"x = {text}") == {"x": value}
    assert split_values(f"{text},1") == [text, "1"] or '"' in str(value) or "\\" in text


@pytest.mark.parametrize(
    ("name", "conditions", "seeds"),
    [
        ("red_doors_decorrelation", 7, 20),
        ("worlds_and_price", 25, 10),
        ("maze_length", 4, 20),
        ("mutation_step", 8, 20),
        ("capacity", 4, 12),
        ("price_and_proxy", 5, 20),
        ("description_length", 12, 10),
        ("description_and_proxy", 5, 12),
        ("given_distances", 2, 20),
        ("interdependence", 6, 20),
    ],
)
def test_shipped_sweeps_are_valid_and_say_what_they_ask(name, conditions, seeds):
    assert name in scenarios.sweep_paths()
    plan = load_sweep(name)
    assert (len(plan.conditions), len(plan.seeds)) == (conditions, seeds)
    assert plan.question.endswith("?")
    needs = estimate(check_conditions(plan.conditions), seeds)
    assert needs.seconds is not None
    assert needs.memory < 1e9
    page = (Path(__file__).parents[2] / "docs/conditions.md").read_text()
    assert f"| `{name}` | " in page


def test_every_shipped_sweep_is_tested():
    tested = {name for name, *_ in test_shipped_sweeps_are_valid_and_say_what_they_ask.pytestmark[0].args[1]}
    assert tested == set(scenarios.sweep_paths())


def test_a_share_of_decorrelated_worlds_is_what_its_sweep_changes():
    plan = load_sweep("red_doors_decorrelation")
    for condition in plan.conditions:
        (phase,) = condition.scenario.evolution.schedule
        share = condition.values["evolution.schedule.0.environment.decorrelated"]
        assert phase.shares() == {"training": pytest.approx(1 - share), "decorrelated": share}
        assert condition.scenario.measure.environments == ["training", "decorrelated", "deployment"]
        control = load_scenario("red_doors_decorrelated")
        assert condition.scenario.environments["decorrelated"] == control.environments["training"]
