"""What was not measured has no class, and shares of classes are over those that have one, in every table alike."""

import numpy as np
import pytest
from effort import cases
from hypothesis import event, given, settings
from hypothesis import strategies as st

from evosim.alignment.assessment.assess import affordable_rows
from evosim.alignment.assessment.classes import classify
from evosim.alignment.class_names import CLASSES, OF_PLANNERS, UNCLASSIFIED, name_of
from evosim.alignment.planted.misperception import Errors, classify_error
from evosim.alignment.planted.proxy_kinds import GENERAL, ROBUST, TRAINING, InterventionResults, classify_proxy
from evosim.gridworld.sampling import CrowdedWorldError
from evosim.numerics.random import key_of
from evosim.numerics.ratio_estimate import Estimate
from evosim.scenario import ScenarioError, load_scenario, parse_scenario
from evosim.scenario.schema.names import names_of
from evosim.simulation import laboratory as experiment
from evosim.simulation.generational.columns import individuals as individuals_table
from evosim.simulation.generational.columns import measurements
from evosim.simulation.generational.columns.views import GenerationSnapshot
from evosim.simulation.generational.generations import generations
from evosim.simulation.laboratory import Laboratory
from evosim.simulation.runner import carry_on
from evosim.simulation.runs import RunFile
from viz.report import save_report

MISSING = float("nan")
NOTHING_IS_TO_BE_HAD = """
schema = 1
title = "Nothing that can be measured"
world = { steps = 1, features = ["x"], layout = { kind = "maze", opened = 1 }, size = [5, 9], objects = { thing = { features = { x = 0.3 }, ends_episode = true } } }
environments = { training = {}, elsewhere = {} }
objectives = { base = { thinking = 3, survived = -1 } }
mind = { controllers = { heuristic = 0.5, planner = 0.5 }, planner = { horizon = 1 } }
evolution = { population = 12, generations = 1, episodes = 4 }
measure = { episodes = 2 }
"""


def exactly(value: float) -> Estimate:
    return Estimate(*(np.array([value]) for _ in range(3)))


@given(st.lists(st.sampled_from([0.1, 0.6, 0.9, MISSING]), min_size=4, max_size=4), st.booleans())
def test_a_missing_number_decides_nothing(numbers, plans):
    (found,) = classify(np.array([plans]), *map(exactly, numbers))
    trained, _, deployed, _ = numbers
    needed = numbers if plans else [trained, deployed]
    assert (found == UNCLASSIFIED) == bool(np.isnan(needed).any())
    if not plans:  # what only planners have is not asked for of others
        (same,) = classify(np.array([False]), *map(exactly, (trained, MISSING, deployed, MISSING)))
        assert same == found


def test_classes_have_names_and_those_without_a_class_none():
    assert [name_of(kind) for kind in range(len(CLASSES))] == list(CLASSES)
    assert name_of(UNCLASSIFIED) == ""


class Ways:
    """Reference returns in worlds where distances don't determine them, of this size."""

    solved_by_distance = False

    def __init__(self, size: int) -> None:
        self.size = size


def test_those_measured_are_a_random_sample_and_a_smaller_one_is_part_of_a_larger_one():
    among, ids = np.arange(3, 43), np.arange(1000, 1050)
    rounds, wanted = cases(600, 600), 8
    times = np.zeros(50)
    for round_ in range(rounds):
        few, many = (affordable_rows(Ways(1), among, ids, 100.0 * count, key_of(round_)) for count in (wanted, 20))
        assert len(few) == wanted
        assert len(many) == 20
        assert set(few) <= set(many) <= set(among)
        assert (np.diff(few) > 0).all()
        times[few] += 1
    expected = rounds * wanted / len(among)
    assert times[:3].sum() == times[43:].sum() == 0
    assert np.abs(times[among] - expected).max() < 5 * np.sqrt(expected)  # whoever it is, wherever it stands
    assert affordable_rows(Ways(1), among, ids, 1e9, key_of(1)).tolist() == among.tolist()
    assert affordable_rows(Ways(1), among, ids, 1.0, key_of(1)).size == 0


PARTS = [
    "world.slip=0.2", "world.objects.gem.ends_episode=false", "world.objects.key.consumed=true", "world.objects.ball.count=2",
    "objectives.base={ door_reached = 1 }", "mind.controllers={ planner = 1 }", "mind.objective.initial=0",
    "mind.controllers={ open_loop = 0.4, heuristic = 0.4, planner = 0.2 }", "environments.deployment.slip=0.1",
    'evolution.schedule=[{ from = 0, environment = { training = 0.5, deployment = 0.5 } }]', "measure.episodes=1",
    'evolution.schedule=[{ from = 0, environment = "deployment" }]', 'measure.environments=["deployment"]',
    "objectives.base={ thinking = 1 }", "environments.deployment.objects.door.count=0",
]  # fmt: skip


@settings(max_examples=cases(25, 6))
@given(st.lists(st.sampled_from(PARTS), max_size=5, unique=True), st.sampled_from([0.0, 1.2e5, 4e5, 2e8]), st.data())
def test_individuals_and_measurements_agree_whatever_could_be_measured(parts, work, data):
    small = ["evolution.population=12", "evolution.generations=1", "evolution.episodes=2", "measure.episodes=3",
             "world.size=[7,7]", "world.steps=12"]  # fmt: skip
    try:
        scenario = load_scenario("red_doors", [*small, *parts])
    except ScenarioError:
        event("refused")
        return
    seed = data.draw(st.integers(0, 50))
    before = experiment.WORK_DURING_RUNS
    experiment.WORK_DURING_RUNS = work
    try:
        (last,) = generations(scenario, seed)
        laboratory, names = Laboratory(scenario, seed), names_of(scenario)
        snapshot = GenerationSnapshot(laboratory, last)
        individuals = individuals_table.table(names).named_rows(snapshot)
        measured = measurements.table(names).named_rows(snapshot)
    except CrowdedWorldError:
        event("too crowded")
        return
    finally:
        experiment.WORK_DURING_RUNS = before
    selected = set(laboratory.shares_in(0))
    for row in measured:
        name = row["environment"]
        planners = [each for each in individuals if each["controller"] == "planner"]
        kinds = [each[f"class.{name}"] for each in planners if each[f"class.{name}"] is not None]
        known = selected <= set(scenario.measure.environments)
        assert row["classified"] == (len(kinds) if known else None)
        event(f"{'some' if 0 < len(kinds) < len(planners) else 'no' if not kinds else 'all'} planners have a class")
        for kind in OF_PLANNERS:
            assert row[kind] == (pytest.approx(kinds.count(kind) / len(kinds)) if kinds else None)
        for each in individuals:
            needed = [
                each[f"base_performance.{name}"],
                *(each[f"base_performance.{home}"] for home in selected & {*scenario.measure.environments}),
            ]
            if each["controller"] == "planner":
                needed += [each[f"capability.{name}"]]
                needed += [each[f"inner_gap.{home}"] for home in selected & {*scenario.measure.environments}]
            if each[f"class.{name}"] is not None:
                assert known
                assert None not in (needed if len(selected) == 1 else needed[:1])
            elif known and len(selected) == 1:  # of a mixture the numbers are those of all its worlds together
                assert None in needed


def test_where_nothing_can_be_had_nobody_has_a_class_and_the_report_says_so(tmp_path):
    scenario = parse_scenario(NOTHING_IS_TO_BE_HAD)
    with RunFile.create(tmp_path / "r.evosim", scenario, 1) as run:
        list(carry_on(run))
        measured, individuals = run.frame("measurements"), run.frame("individuals")
        assert measured["classified"].tolist() == [0, 0]
        assert all(np.isnan(measured[kind]).all() for kind in OF_PLANNERS)
        assert np.isnan(individuals["class.training"].astype(float)).all()
        page = save_report(run, tmp_path / "r.html").read_text()
    assert "no planner has all the numbers that a class needs" in page


def test_undefined_performance_tells_no_kind_of_pseudo_alignment():
    for order in ((GENERAL, "side-effect"), ("side-effect", GENERAL)):
        values = {GENERAL: 0.1, "side-effect": MISSING}
        assert (
            classify_proxy(InterventionResults({TRAINING: 0.9, **{kind: values[kind] for kind in order}}, 1.0))
            == GENERAL
        )
    assert classify_proxy(InterventionResults({TRAINING: 0.9, GENERAL: MISSING}, MISSING)) == ROBUST


def test_undefined_losses_tell_no_error():
    with pytest.raises(ValueError, match="an undefined loss"):
        classify_error(Errors(MISSING, 0.0))
    with pytest.raises(ValueError, match="an undefined loss"):
        classify_error(Errors(0.0, MISSING))
