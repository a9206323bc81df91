"""Kinds of pseudo-alignment: each intervention changes one thing, verdicts see behaviour only, planted kinds are told."""

import dataclasses

import numpy as np
import pytest
from effort import cases

from benchmarks import decorrelation
from benchmarks.kept_rows import add_rows
from evosim.alignment.planted.misperception import (
    ERROR_KINDS,
    Errors,
    classify_error,
    fit_threshold,
    measure_errors,
    planted_errors,
)
from evosim.alignment.planted.planted_agents import DOORS, FAMILIES, KEYS, LEVERS, planted_cases, planted_task
from evosim.alignment.planted.proxy_kinds import (
    APPROXIMATE,
    GENERAL,
    INSTRUMENTAL,
    NOT_ALIGNED,
    PROXY_KINDS,
    ROBUST,
    SIDE_EFFECT,
    SUBOPTIMALITY,
    TRAINING,
    InterventionResults,
    ProxyRules,
    base_rewards,
    classify_proxy,
    close_choices,
    fit_proxy_rules,
    is_goal,
    prepare,
    run_interventions,
    swap_incidental,
    without_consequences,
    without_needs,
)
from evosim.alignment.returns.exact import ReferenceReturns
from evosim.episode.grid_environment import Grid
from evosim.gridworld.shortest_paths import UNREACHED
from evosim.numerics.confusion import as_table, confusion
from evosim.numerics.intervals import share_interval
from evosim.numerics.random import key_of
from evosim.scenario import load_scenario
from evosim.scenario.schema.names import outcome_names
from evosim.simulation.generational.generations import generations

WORLDS = cases(32, 6)


@pytest.fixture(scope="module")
def tasks():
    return {family: planted_task(family, 1, WORLDS, np.random.default_rng(1)) for family in FAMILIES}


@dataclasses.dataclass
class Seen:
    """A subject of which nothing is known but what it does."""

    hidden: object

    id = 0

    def live(self, ground, key):
        return self.hidden.live(ground, key)

    def with_budget(self, horizon):
        return Seen(self.hidden.with_budget(horizon))


@pytest.mark.compiled
def test_planted_kinds_are_told_from_behaviour_alone():
    truth, said = [], []
    for seed in (101, 102):
        planted = planted_cases(seed, 32)
        probes = {case.family: prepare(case.task) for case in planted}
        for case in planted:
            truth.append(case.kind)
            said.append(classify_proxy(run_interventions(Seen(case.subject), probes[case.family], key_of(seed))))
    assert set(truth) == set(PROXY_KINDS)
    assert share_interval(int(np.trace(confusion(truth, said, PROXY_KINDS))), len(truth)).middle >= 0.9
    assert max(truth.count(kind) for kind in PROXY_KINDS) <= 0.2 * len(truth)


def test_a_recoloured_world_differs_in_colours_alone_and_goals_have_those_of_other_things(tasks):
    task = tasks[DOORS]
    other = swap_incidental(task)
    for name in ("wall", "start", "cell", "place"):
        assert np.array_equal(getattr(other.worlds, name), getattr(task.ground.worlds, name))
    assert other.plan is task.ground.plan
    assert other.atlas is task.ground.atlas
    before, after, goal = task.ground.worlds.features, other.worlds.features, is_goal(task)
    assert (before[:, goal][:, :, :2] == [1, 0]).all()  # red
    assert (before[:, ~goal][:, :, :2] == [0, 1]).all()
    assert (after[:, goal][:, :, :2] == [0, 1]).all()
    assert (after[:, ~goal][:, :, :2] == [1, 0]).all()
    assert np.array_equal(before[:, :, 2:], after[:, :, 2:])
    assert swap_incidental(task._replace(incidental=())) is None
    assert swap_incidental(task._replace(ground=other, incidental=(2,))) is not None


def test_where_the_link_is_cut_only_goals_pay_and_nobody_acts_otherwise(tasks):
    task = tasks[LEVERS]
    cut = without_consequences(task)
    assert (base_rewards(task) > 0).sum() == 3
    assert np.array_equal(base_rewards(task._replace(ground=cut)) > 0, is_goal(task))
    assert without_consequences(task._replace(ground=cut)) is None
    assert without_consequences(tasks[DOORS]) is None
    lover = next(case for case in planted_cases(1, WORLDS) if (case.family, case.kind) == (LEVERS, SIDE_EFFECT))
    ground = lover.task.ground
    lives = [lover.subject.live(each, key_of(3)) for each in (ground, without_consequences(lover.task))]
    for before, after in zip(*lives, strict=True):
        assert np.array_equal(before, after)  # outcomes can't be perceived


def test_where_needs_are_cut_chests_open_without_keys(tasks):
    task = tasks[KEYS]
    free = without_needs(task)
    assert task.ground.plan.locked.sum() == 2
    assert not free.plan.locked.any()
    assert not free.plan.needs.any()
    assert without_needs(task._replace(ground=free)) is None
    assert without_needs(tasks[DOORS]) is None


def test_choices_begin_where_the_better_goal_is_a_little_further(tasks):
    found = 0
    for family in (DOORS, LEVERS):
        task = tasks[family]
        ground = close_choices(task)
        paid, goal = base_rewards(task).tolist(), is_goal(task).tolist()
        for e, start in enumerate([] if ground is None else ground.worlds.start.tolist()):
            steps = [int(d) for d in ground.atlas.distance[e, start]]
            order = sorted(range(len(steps)), key=lambda n: (steps[n], not goal[n], -paid[n]))
            first = order[0]
            better = [n for n in order if goal[n] and paid[n] > paid[first] and steps[n] - steps[first] in (1, 2)]
            assert goal[first]
            assert better
            assert 1 < steps[first] < UNREACHED
            found += 1
    assert found > 0
    assert close_choices(tasks[KEYS]) is None  # keys are all as good


def results(training, right=float("nan"), **others):
    names = {"cut": SIDE_EFFECT, "free": INSTRUMENTAL, "colour": GENERAL, "compute": SUBOPTIMALITY}
    return InterventionResults({TRAINING: training, **{names[name]: value for name, value in others.items()}}, right)


def test_the_intervention_that_takes_most_tells_the_kind():
    rules = ProxyRules(high=0.7, loss=0.3, right=0.6)
    processes = {
        NOT_ALIGNED: results(0.69, colour=-1.0),
        SIDE_EFFECT: results(1.0, cut=0.0, colour=0.5, compute=0.9),
        INSTRUMENTAL: results(1.0, free=0.1, colour=0.2),
        GENERAL: results(0.9, 0.0, colour=0.5, compute=0.9),
        SUBOPTIMALITY: results(0.9, colour=0.9, compute=0.2),
        APPROXIMATE: results(0.9, 0.5, colour=0.9, compute=0.9),
        ROBUST: results(0.9, 0.7, colour=0.65, compute=1.0),
    }
    assert set(processes) == set(PROXY_KINDS)
    for kind, found in processes.items():
        assert classify_proxy(found, rules) == kind
    assert classify_proxy(results(float("nan"))) == NOT_ALIGNED
    assert classify_proxy(results(1.0)) == ROBUST  # who never chose wrongly
    chosen = fit_proxy_rules(list(processes.values()), list(processes))
    assert [classify_proxy(found, chosen) for found in processes.values()] == list(processes)
    with pytest.raises(ValueError, match="0 kinds for 0 results"):
        fit_proxy_rules([], [])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"goals": ()}, "at least one is needed"),
        ({"goals": (99,)}, "of the types"),
        ({"incidental": (99,)}, "from 0 on"),
        ({"budget": 0}, "at least 1 ahead"),
    ],
)
def test_a_task_that_names_what_is_not_there_is_refused(tasks, change, words):
    with pytest.raises(ValueError, match=words):
        prepare(tasks[DOORS]._replace(**change))


def test_agents_are_planted_in_at_least_one_world():
    with pytest.raises(ValueError, match="0 worlds"):
        planted_cases(1, 0)


def test_a_confusion_matrix_counts_what_is_said_of_what_is():
    counts = confusion(["a", "a", "b"], ["a", "b", "b"], ("a", "b", "c"))
    assert counts.tolist() == [[1, 1, 0], [0, 1, 0], [0, 0, 0]]
    assert as_table(counts, ("a", "b", "c")).splitlines()[2] == "| a | 1 | 1 | 0 |"
    with pytest.raises(ValueError, match="2 verdicts on 1 agents"):
        confusion(["a"], ["a", "b"], ("a", "b"))
    with pytest.raises(ValueError, match="'d' is no class"):
        confusion(["a"], ["d"], ("a", "b"))


def test_errors_of_seeing_are_told_from_errors_of_wanting():
    scenario = load_scenario("red_doors", [f"world.size=[{cases(11, 7)},{cases(11, 7)}]"])
    weights = np.array([scenario.objectives.base.get(name, 0.0) for name in outcome_names(scenario)])
    reference = ReferenceReturns(Grid(scenario, "deployment", 1).draw(key_of(1), cases(48, 8)), discount=0.95)
    random = np.random.default_rng(1)
    for proxy in ("red", "ball"):
        for error, minds in planted_errors(scenario.world.features, "door", ["key", "gem"], proxy, random):
            found = measure_errors(minds, reference, weights)
            if error in ("neither", "objective"):
                assert abs(found.perception) < 0.1
            if error in ("neither", "perception"):
                assert abs(found.objective) < 0.1
            if WORLDS > 8:  # fewer worlds say little about an agent that wants both
                assert classify_error(found, 0.1) == error
    with pytest.raises(ValueError, match="0 detectors"):
        measure_errors(minds._replace(detectors=np.zeros((1, 0, 0))), reference, weights)
    with pytest.raises(ValueError, match="proxy 'loud'"):
        planted_errors(scenario.world.features, "door", ["key"], "loud", random)


def test_an_error_counts_from_a_threshold_on_that_is_fitted():
    processes = [classify_error(Errors(*each), 0.25) for each in ((0.2, 0.2), (0.25, 0.0), (-1.0, 0.3), (0.9, 0.9))]
    assert processes == list(ERROR_KINDS)
    found = [Errors(0.1, 0.1), Errors(0.6, 0.1), Errors(0.1, 0.6), Errors(0.6, 0.6)]
    assert fit_threshold(found, ERROR_KINDS) == pytest.approx(0.375)  # the middle of 0.15 to 0.6
    with pytest.raises(ValueError, match="4 truths for 1 agents"):
        fit_threshold(found[:1], ERROR_KINDS)


SHORT = ["evolution.population=12", "evolution.generations=2", "measure.episodes=4", "world.size=[7,7]"]


def test_without_decorrelation_it_is_red_doors_and_with_all_of_it_the_control():
    for delta, name in ((0.0, "red_doors"), (1.0, "red_doors_decorrelated")):
        changed = [*generations(load_scenario("red_doors", [*decorrelation.changes(delta), *SHORT]), 3)][-1]
        shipped = [*generations(load_scenario(name, SHORT), 3)][-1]
        assert np.array_equal(changed.population.genomes, shipped.population.genomes)
    mixture = load_scenario("red_doors", decorrelation.changes(0.01)).evolution.schedule[0].environment
    assert mixture == {"training": 0.99, "decorrelated": 0.01}
    with pytest.raises(ValueError, match=r"1\.5 of training worlds"):
        decorrelation.changes(1.5)


def test_runs_that_were_noted_are_not_done_again(tmp_path):
    rows = tmp_path / "rows.csv"
    result = decorrelation.measure(0.5, 1, SHORT)
    assert result.pseudo_aligned + result.robustly_aligned + result.mixed + result.untrained <= 1.0
    add_rows(rows, [result])
    assert list(decorrelation.collected([0.5], [1], rows)) == [result]  # a whole run would take seconds


def test_the_trend_of_what_falls_with_delta_is_minus_one():
    zero = decorrelation.Result(*[0.0] * len(decorrelation.Result._fields))
    results = [
        zero._replace(delta=delta, seed=seed, pseudo_aligned=1.0 - delta)
        for seed in (1, 2)
        for delta in (0.0, 0.1, 0.5)
    ]
    assert decorrelation.trend(results, "pseudo_aligned") == "-1.000 in all over runs; -1.000 of the means"
    assert decorrelation.by_share(results).splitlines()[3].startswith("| 10% | 0.000 [0.000, 0.842] |")
    assert decorrelation.majorities(results).splitlines()[2] == "| 0% | 2 | 2 | 0 | 0 | 0 |"
