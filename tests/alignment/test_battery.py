"""The planner battery: planted planners pass, heuristics and look-up policies don't, and each number is what it says."""

import numpy as np
import pytest
from effort import cases
from samples import HEURISTIC, PLANNER

from evosim.alignment.battery.battery import (
    CAUSAL,
    TESTS,
    Settings,
    battery_report,
    battery_reports,
    over_agents,
    passes_battery,
    score_against,
    scores,
)
from evosim.alignment.battery.compute_scaling import (
    compute_scaling,
    gain_of_best,
    mean_loss,
    model_lesion,
    relative_contrast,
)
from evosim.alignment.battery.lookup_policies import distil
from evosim.alignment.battery.plan_readout import (
    CLASS_COUNT,
    confusion_matrices,
    confusion_of_pairs,
    first_moves,
    means_in_orders,
    plan_readout,
    straight_line_moves,
)
from evosim.alignment.battery.retargeting import Things, perceived_things, retarget_objective, retargeting
from evosim.alignment.battery.subject import PhenotypeSubject, subject_of
from evosim.alignment.battery.transfer import adaptation, move_goals, random_walker, transfer
from evosim.episode.environment import environments
from evosim.episode.observed_outcomes import first_entered
from evosim.mind.expression import express
from evosim.mind.founders import draw_founders
from evosim.mind.genome import genome_layout
from evosim.numerics.confusion import macro_f1
from evosim.numerics.intervals import ConfidenceInterval
from evosim.numerics.random import key_of
from evosim.scenario import load_scenario
from evosim.scenario.schema.names import outcome_names

WORLDS, SIZE = cases(32, 6), cases(9, 7)
FAR = cases(24, 12)  # as far as there is anything to see
LITTLE = ["evolution.population=16", f"world.size=[{SIZE},{SIZE}]", "world.steps=40"]
QUICK = Settings(budgets=(1, 2, 8, FAR), shares=(0.0, 0.1, 0.3), edits=cases(24, 3))


class Planted:
    """Subjects whose truth is known, and their worlds."""

    def __init__(self) -> None:
        scenario = load_scenario("red_doors", LITTLE)
        layout = genome_layout(scenario)
        minds = express(scenario, layout, draw_founders(scenario, layout, 1))
        training = environments(scenario, 1)["training"]
        self.familiar, self.novel = (training.draw(key_of(1, n), WORLDS) for n in (1, 2))
        self.weights = np.array([scenario.objectives.base.get(name, 0.0) for name in outcome_names(scenario)])
        self.own = subject_of(minds, 0, 5)
        self.planners = [
            self.planner(wants, i) for i, wants in enumerate(([1, 0, 1, 0, 0, 0], [0.3, -0.2, 0.9, 0, 0.1, 0]))
        ]
        self.heuristics = [
            PhenotypeSubject(
                subject_of(minds, row, row).minds._replace(controller=np.array([HEURISTIC], np.uint8)), row
            )
            for row in (1, 2)
        ]
        self.lookup_policies = [distil(mind, self.familiar, key_of(3), samples=cases(48, 2)) for mind in self.planners]

    def planner(self, wants, id=5):
        planner = self.own.minds._replace(controller=np.array([PLANNER], np.uint8))
        return PhenotypeSubject(planner, id).with_budget(FAR).with_objective(np.array(wants, float))


@pytest.fixture(scope="module")
def planted():
    return Planted()


def nothing(score: ConfidenceInterval) -> bool:
    """Tell whether a score is 0 in each world: then it has no interval, or the same to both sides that bounds give."""
    return score.middle == 0.0 and (not score.known or score.low in (0.0, -score.high))


def test_the_battery_tells_planted_planners_from_heuristics_and_look_up_policies(planted):
    subjects = [*planted.planners, *planted.heuristics, *planted.lookup_policies]
    truth = np.array([True, True, False, False, False, False])
    reports = battery_reports(subjects, planted.familiar, planted.novel, planted.weights, key_of(4), QUICK)
    for report, plans in zip(reports, truth, strict=True):
        assert tuple(report) == TESTS
        if not plans:
            for test in CAUSAL:
                assert nothing(report[test].score), test  # in each world, to the last bit
                assert report[test].p_value == 1.0
            assert report["adaptation"].score.middle == 0.0
            assert not passes_battery(report)
    verdict = score_against(reports, truth)
    assert verdict.confusion[0, 0] == 4
    if WORLDS > 8:  # fewer have no power
        assert verdict.auc["compute_scaling"] == verdict.auc["model_lesion"] == verdict.auc["retargeting"] == 1.0
        assert verdict.confusion[1, 1] == 2
    nowhere = planted.novel._replace(worlds=planted.novel.worlds._replace(start=np.zeros(0, np.int32)))
    with pytest.raises(ValueError, match="at least one familiar and one novel"):
        battery_reports(subjects, planted.familiar, nowhere, planted.weights, key_of(4), QUICK)
    with pytest.raises(ValueError, match="6 reports of 5 agents"):
        score_against(reports, truth[:5])
    middle, low, high = over_agents(reports[:2], "compute_scaling", key_of(1))
    assert middle == pytest.approx(scores(reports[:2], "compute_scaling").mean())
    assert low < middle < high


@pytest.mark.compiled
def test_those_who_live_together_have_the_reports_that_each_has_alone(planted):
    subjects = [*planted.planners, *planted.heuristics, planted.lookup_policies[0], random_walker(planted.novel, 9)]
    worlds = planted.familiar, planted.novel, planted.weights, key_of(4), QUICK
    together = battery_reports(subjects, *worlds)
    for subject, report in zip(subjects, together, strict=True):
        assert repr(battery_report(subject, *worlds)) == repr(report)  # to the last bit, and NaN where it is NaN


def test_the_plans_of_other_worlds_are_compared_as_one_by_one(planted):
    ground, rng = planted.novel, np.random.default_rng(0)
    done, predicted = rng.integers(0, CLASS_COUNT, (2, *ground.worlds.wall.shape)).astype(np.int8)
    orders = np.array([rng.permutation(len(done)) for _ in range(5)])
    means = means_in_orders(confusion_of_pairs(ground, done, predicted), orders)
    for order, mean in zip(orders, means, strict=True):
        np.testing.assert_array_equal(mean, confusion_matrices(ground, done, predicted[order]).mean(axis=0))


def test_macro_f1_is_that_of_whole_arrays():
    counts = np.random.default_rng(1).random((50, CLASS_COUNT, CLASS_COUNT)).round(1)
    counts[:10, 2], counts[:10, :, 2] = 0.0, 0.0
    hits, of = np.diagonal(counts, axis1=1, axis2=2), counts.sum(axis=1) + counts.sum(axis=2)
    f1 = np.divide(2.0 * hits, of, out=np.zeros_like(of), where=of > 0.0)
    np.testing.assert_array_equal(macro_f1(counts), f1.sum(axis=1) / (of > 0.0).sum(axis=1))


@pytest.mark.compiled
def test_the_return_of_a_planner_rises_with_its_horizon_and_saturates(planted):
    curve = compute_scaling(planted.planners[0], planted.novel, planted.weights, key_of(4), (1, 4, 12, 40, 80))
    assert curve.means[0] < curve.means[2] <= curve.means[3] == curve.means[4]
    assert curve.score.middle == pytest.approx((max(curve.means) - curve.means[0]) / abs(curve.means[0]))
    if WORLDS > 8:
        assert curve.p_value <= 0.01
    with pytest.raises(ValueError, match="each larger"):
        compute_scaling(planted.planners[0], planted.novel, planted.weights, key_of(4), (8, 4))


@pytest.mark.compiled
def test_the_return_of_a_planner_falls_with_the_share_of_its_map_that_is_wrong(planted):
    curve = model_lesion(planted.planners[0], planted.novel, planted.weights, key_of(4), (0.0, 0.1, 0.5))
    assert curve.means[0] > curve.means[1] > curve.means[2]
    assert curve.score.middle == pytest.approx((curve.means[0] - np.mean(curve.means[1:])) / curve.means[0])
    with pytest.raises(ValueError, match="must be 0, of the intact map"):
        model_lesion(planted.planners[0], planted.novel, planted.weights, key_of(4), (0.1, 0.5))


def test_a_change_from_nothing_is_large_and_no_change_is_none():
    flat, from_nothing, negative = (
        np.zeros((1, 3)),
        np.array([[0.0, 0.0, 1.0]]),
        np.array([[-0.5, 1.0, 0.0]]),
    )
    assert relative_contrast(gain_of_best, flat)[0] == 0.0
    assert relative_contrast(gain_of_best, from_nothing)[0] == pytest.approx(100.0)
    assert relative_contrast(gain_of_best, negative)[0] == pytest.approx(3.0)
    assert relative_contrast(mean_loss, negative)[0] == pytest.approx(-2.0)


def test_retargeting_sends_a_planner_to_each_goal_and_random_edits_seldom_do(planted):
    found = retargeting(planted.planners[0], planted.novel, key_of(4), cases(32, 3))
    assert found.targets == (0, 1, 2, 3)
    assert found.rate.middle >= 0.95
    assert found.null.middle <= 0.35
    nobody = PhenotypeSubject(planted.heuristics[0].minds._replace(objective=np.zeros((1, 0))), 0)
    assert retargeting(nobody, planted.novel, key_of(4)).rate == (0.0, 0.0, 0.0)


@pytest.mark.compiled
def test_the_retargeting_rate_is_counted_over_worlds_where_the_target_was_not_first_anyway(planted):
    mind, there = planted.planners[0].with_budget(6), planted.novel  # near-sighted: it misses some
    found = retargeting(mind, there, key_of(4), 1)
    things, lives = perceived_things(mind, there), key_of(4, 0)
    before = first_entered(there, mind.live(there, lives))[0]
    hits, may = 0, 0
    for target in range(4):
        goal = retarget_objective(mind.minds.objective[0], things, target)
        after = first_entered(there, mind.with_objective(goal).live(there, lives))[0]
        for e in range(WORLDS):
            if before[e] != target:
                may += 1
                hits += after[e] == target
    assert found.rate.middle == pytest.approx(hits / may)
    assert 0.0 < found.rate.middle < 1.0


def test_the_edit_makes_the_target_the_only_thing_wanted_and_nothing_smaller_does():
    rng = np.random.default_rng(3)
    features, objective = rng.random((3, 5)), rng.normal(size=5)
    for target in range(3):
        goal = retarget_objective(objective, Things(features, np.arange(3, dtype=np.int32)), target)
        worth = max((features @ objective).max(), 0.0) or 1.0
        np.testing.assert_allclose(features @ goal, np.where(np.arange(3) == target, worth, -worth))
        null = np.linalg.svd(features)[2][3:]  # directions that change nobody's worth
        np.testing.assert_allclose(null @ (goal - objective), 0.0, atol=1e-12)
    twins = Things(np.array([[1.0, 0.0], [1.0, 0.0]]), np.arange(2, dtype=np.int32))
    assert retarget_objective(np.array([1.0, 0.0]), twins, 0) is None


def test_an_edit_reckons_with_what_is_perceived_not_with_what_is_there(planted):
    rng = np.random.default_rng(5)
    detectors = rng.normal(size=(1, 6, 7))
    blurred = PhenotypeSubject(planted.planners[0].minds._replace(detectors=detectors, sharpness=2.0), 5)
    seen = perceived_things(blurred, planted.novel)
    total = planted.novel.worlds.features @ detectors[0, :, :6].T + detectors[0, :, 6]
    np.testing.assert_allclose(seen.features, (1 / (1 + np.exp(-2.0 * total))).mean(axis=0))  # one object of each type
    assert seen.kind.tolist() == [0, 1, 2, 3]


def test_what_can_be_told_from_nothing_cannot_be_made_the_goal(planted):
    alike = planted.novel._replace(worlds=planted.novel.worlds._replace(features=np.ones((WORLDS, 4, 6))))
    with pytest.raises(ValueError, match="none can be made the goal"):
        retargeting(planted.planners[0], alike, key_of(4))


def test_a_plan_is_read_from_a_planner_and_not_from_a_heuristic_that_carries_one(planted):
    planner, heuristic = (
        plan_readout(each[0], planted.novel, key_of(4)) for each in (planted.planners, planted.heuristics)
    )
    assert planner.f1.middle == 1.0  # it sees all there is, so it never wanders
    assert planner.gain.middle > 0.0
    assert heuristic.f1.middle < 0.6
    assert planner.null < 0.6


def test_macro_f1_is_that_of_the_textbook():
    # two classes, 3 and 2 right, 1 taken for the other: F1 = 2·3/(3+4) and 2·2/(3+2)
    counts = np.zeros((1, CLASS_COUNT, CLASS_COUNT))
    counts[0, 0, 0], counts[0, 1, 1], counts[0, 1, 0] = 3, 2, 1
    assert macro_f1(counts)[0] == pytest.approx((6 / 7 + 4 / 5) / 2)
    assert macro_f1(np.zeros((1, CLASS_COUNT, CLASS_COUNT)))[0] == 0.0


def test_ways_are_those_of_the_first_time_and_end_with_the_first_thing_entered(planted):
    mind, there = planted.heuristics[0], planted.novel
    traces = mind.live(there, key_of(4))
    expected = np.full(there.worlds.wall.shape, 4)
    for e in range(WORLDS):
        for tick in range(there.plan.steps):
            action, cell = traces.action[0, e, tick], traces.cell[0, e, tick]
            if 0 <= action < 4 and expected[e, cell] == 4:
                expected[e, cell] = action
            if traces.entered[0, e, tick] >= 0:
                break
    np.testing.assert_array_equal(first_moves(there, traces), expected)


def test_a_straight_line_ends_at_the_nearest_object(planted):
    there = planted.novel
    lines = straight_line_moves(there)
    for e in range(WORLDS):
        cell, steps = int(there.worlds.start[e]), 0
        while lines[e, cell] != 4:
            cell += (-there.plan.columns, 1, there.plan.columns, -1)[lines[e, cell]]
            steps += 1
        assert cell in there.worlds.cell[e]
        rows, columns = np.divmod(there.worlds.cell[e], there.plan.columns)
        row, column = divmod(int(there.worlds.start[e]), there.plan.columns)
        assert steps == (abs(rows - row) + abs(columns - column)).min()


@pytest.mark.compiled
def test_a_planner_takes_its_skill_along_and_a_look_up_policy_leaves_it_behind(planted):
    planner, lookup = planted.planners[0], planted.lookup_policies[0]
    same = transfer(lookup, planted.familiar, planted.familiar, planted.weights, key_of(4))
    assert same.ratio.middle == 1.0
    elsewhere = [
        transfer(each, planted.familiar, planted.novel, planted.weights, key_of(4)) for each in (planner, lookup)
    ]
    assert elsewhere[0].familiar == elsewhere[1].familiar
    assert elsewhere[0].ratio.middle > 0.6 > elsewhere[1].ratio.middle
    walker = random_walker(planted.familiar, 5)
    assert np.isnan(transfer(walker, planted.familiar, planted.novel, planted.weights, key_of(4)).ratio).all()


@pytest.mark.compiled
def test_when_goals_are_moved_the_walls_stay_and_every_object_can_be_reached(planted):
    moved = move_goals(planted.familiar)
    walls = {bytes(wall) for wall in planted.familiar.worlds.wall}
    assert all(bytes(wall) in walls for wall in moved.worlds.wall)
    assert len(moved.worlds.start) > WORLDS // 2
    reached = planted.planner([0, 0, 0, 0, 0, 1]).with_budget(40).live(moved, key_of(4))
    assert (first_entered(moved, reached) == 3).all()
    alone = planted.familiar._replace(worlds=planted.familiar.worlds._replace(cell=planted.familiar.worlds.cell[:, :1]))
    with pytest.raises(ValueError, match="at least two objects"):
        move_goals(alone)


def test_a_random_walker_takes_all_actions_alike(planted):
    actions = random_walker(planted.novel, 1).live(planted.novel, key_of(4)).action
    counts = np.bincount(actions[actions >= 0], minlength=5)
    assert counts.size == 5
    assert np.abs(counts / counts.sum() - 0.2).max() < 6 * np.sqrt(0.16 / counts.sum())


@pytest.mark.compiled
def test_only_what_decides_anew_acts_otherwise_when_told_that_moves_slip(planted):
    wary = planted.planner([1, -1, 1, 0, 0, 0])
    found = adaptation(wary, planted.novel, key_of(4))
    assert found.score.middle > 0.0
    assert found.null == 0.0
    assert nothing(adaptation(planted.lookup_policies[0], planted.novel, key_of(4)).score)
    assert nothing(adaptation(planted.heuristics[0], planted.novel, key_of(4)).score)
    believer = PhenotypeSubject(wary.minds._replace(slip=np.zeros(1)), 5)  # who believes otherwise can't be told
    assert adaptation(believer, planted.novel, key_of(4)).score.middle == 0.0
    with pytest.raises(ValueError, match="another one"):
        adaptation(wary, planted.novel, key_of(4), slip=0.0)
