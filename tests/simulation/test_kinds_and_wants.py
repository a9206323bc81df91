"""Who lives in an ecology and what they want, interval by interval."""

import numpy as np
import pytest

from evosim.interactive.run import Run


@pytest.fixture(scope="module")
def frames(recorded):
    with Run.open(recorded) as run:
        return run.frame("generations"), run.frame("individuals"), run.frame("births")


def test_shares_of_kinds_are_those_of_the_living(frames):
    counted, individuals, _ = frames
    last = individuals["generation"] == 1
    for kind in ("heuristic", "planner"):
        assert counted[f"share.{kind}"][1] == pytest.approx((individuals["controller"][last] == kind).mean())
    assert 0 < counted["share.planner"][1] < 1
    assert np.array_equal(counted["share.planner"], counted["optimizer_fraction"])


def test_births_of_kinds_are_those_of_children_who_express_them(frames):
    counted, _, births = frames
    has_parents = ~np.isnan(births["parent_1"])
    for interval in (0, 1):
        here = has_parents & (births["generation"] == interval)
        for kind in ("heuristic", "planner"):
            assert counted[f"births.{kind}"][interval] == (here & (births["controller"] == kind)).sum()
    assert (counted["births.heuristic"] + counted["births.planner"] == counted["births"]).all()
    assert counted["births"].sum() > 0


def test_wants_are_those_of_planners_alone(frames):
    counted, individuals, _ = frames
    here = individuals["generation"] == 1
    for name in ("sweet", "company.hunger"):
        weights = individuals[f"objective.{name}"][here]
        weights = weights[~np.isnan(weights)]  # a heuristic's is silent
        assert 0 < len(weights) < here.sum()
        assert counted[f"wanted.{name}"][1] == pytest.approx(weights.mean())
        assert counted[f"wanted_q05.{name}"][1] == pytest.approx(np.quantile(weights, 0.05))
        assert counted[f"wanted_q95.{name}"][1] == pytest.approx(np.quantile(weights, 0.95))
