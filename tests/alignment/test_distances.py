"""Distances between rewards: published and exact values, closed forms, and what must not make a difference."""

import numpy as np
import pytest
from effort import cases
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from benchmarks.random_mdps import DISCOUNT, best_policy, comparison, from_elsewhere, measure, spearman
from benchmarks.random_mdps import draw_mdp as draw_sparse_mdp
from evosim.alignment.mdp.canonical_rewards import FORMS, epic_form
from evosim.alignment.mdp.reward_distances import epic_distance, starc_distance

STARC = ["value", "value_potential", "minimal"]
MOVES = [(-1, 0), (0, 1), (1, 0), (0, -1), (0, 0)]

# The 3 × 3 gridworld of Gleave et al. 2021 (evaluating-rewards, `analysis/gridworld_rewards.py`): rewards of states.
SPARSE = [0, 0, 0, 0, 0, 0, 0, 0, 1]
CENTRE = [0, 0, 0, 0, 1, 0, 0, 0, 0]
DIRT_PATH = [0, -1, -1, 0, 0, 0, -1, -1, 4]
CLIFF_WALK = [0, -1, -1, 0, 0, 0, -4, -4, 4]
NEARNESS = [-4, -3, -2, -3, -2, -1, -2, -1, 0]  # minus the Manhattan distance to the goal


def gridworld():
    transition = np.zeros((9, 5, 9))
    for state in range(9):
        for action, (down, across) in enumerate(MOVES):
            row, column = state // 3 + down, state % 3 + across
            transition[state, action, row * 3 + column if 0 <= row < 3 and 0 <= column < 3 else state] = 1
    return transition


def of_states(worth):
    return np.broadcast_to(np.array(worth, float)[:, None, None], (9, 5, 9))


def shape(potential, discount):
    return discount * potential[None, None, :] - potential[:, None, None]


def draw_mdp(rng, states=5, actions=3):
    transition = rng.dirichlet(np.full(states, 0.5), (states, actions))
    return transition, rng.normal(size=(2, states, actions, states))


DENSE = of_states(SPARSE) + shape(np.array(NEARNESS), 0.99)
SHAPED = 4 * of_states(SPARSE) - 1 + shape(3 * np.array(NEARNESS), 0.99)


@pytest.mark.parametrize(
    ("other", "epic", "starc"),
    [
        (of_states(CENTRE), 0.7500, 0.7695),
        (-of_states(SPARSE), 1.0000, 1.0000),
        (of_states(DIRT_PATH), 0.1602, 0.1292),
        (of_states(CLIFF_WALK), 0.3676, None),
        (DENSE, 0, 0),
        (SHAPED, 0, 0),
    ],
)
def test_the_gridworld_of_gleave_and_others_has_its_known_distances(other, epic, starc):
    sparse = of_states(SPARSE)
    assert epic_distance(sparse, other, discount=0.99) == pytest.approx(epic, abs=5e-5)
    if starc is not None:
        found = starc_distance(sparse, other, transition=gridworld(), discount=0.99)
        assert found == pytest.approx(starc, abs=5e-5)


def test_epic_of_rewards_of_states_is_their_correlation():
    rng = np.random.default_rng(1)
    first, second = rng.normal(size=(2, 9))
    correlation = np.corrcoef(first, second)[0, 1]
    for discount in (0.5, 1.0):  # without a future, rewards of the state one is in are of no consequence
        found = epic_distance(of_states(first), of_states(second), discount=discount)
        assert found == pytest.approx(np.sqrt((1 - correlation) / 2))
    assert epic_distance(of_states(first), of_states(second), discount=0) == 0


def test_epic_is_the_correlation_of_what_its_definition_sums():
    rng = np.random.default_rng(2)
    (_, rewards), discount = draw_mdp(rng, 3, 2), 0.8
    forms = []
    for reward in rewards:
        form = np.empty_like(reward)
        for s, a, t in np.ndindex(form.shape):
            drawn = [
                discount * reward[t, b, v] - reward[s, b, v] - discount * reward[u, b, v]
                for u in range(3) for b in range(2) for v in range(3)
            ]  # fmt: skip
            form[s, a, t] = reward[s, a, t] + np.mean(drawn)
        forms.append(form.ravel())
    rho = np.corrcoef(*forms)[0, 1]
    assert epic_distance(*rewards, discount=discount) == pytest.approx(np.sqrt((1 - rho) / 2), rel=1e-12)


def plain_form(canonical, reward, transition, discount):
    """Write a canonical form out `[S, A, S]`, from its definition."""
    states, actions = reward.shape[:2]
    mean = (reward * transition).sum(axis=2)
    if canonical in ("value", "value_potential"):
        worth = np.zeros(states)
        for _ in range(2000):
            worth = np.mean([mean[:, a] + discount * transition[:, a] @ worth for a in range(actions)], axis=0)
        form = reward + shape(worth, discount)
        if canonical == "value":
            form = np.repeat((form * transition).sum(axis=2)[:, :, None], states, axis=2)
        return form
    if canonical == "minimal":  # take out, in the space of all rewards, whatever shaping and redistribution span
        span = [(np.zeros_like(reward) + shape(row, discount)).ravel() for row in np.eye(states)]
        for s, a in np.ndindex(states, actions):
            for row in np.linalg.svd(transition[s, a][None, :])[2][1:]:
                other = np.zeros_like(reward)
                other[s, a] = row
                span.append(other.ravel())
        basis = np.array(span).T
        return reward - (basis @ np.linalg.lstsq(basis, reward.ravel(), rcond=None)[0]).reshape(reward.shape)
    form = np.empty_like(reward)
    for s, a, t in np.ndindex(form.shape):
        form[s, a, t] = reward[s, a, t]
        for b in range(actions):
            form[s, a, t] += (discount * mean[t, b] - mean[s, b]) / actions
            for u, v in np.ndindex(states, states):
                form[s, a, t] -= discount / actions * transition[s, b, u] * transition[t, b, v] * reward[u, b, v]
    return form


@pytest.mark.parametrize("canonical", FORMS)
def test_each_distance_is_that_of_its_form_written_out(canonical):
    rng = np.random.default_rng(3)
    for discount in (0.0, 0.6, 0.95):
        transition, rewards = draw_mdp(rng, 4, 2)
        forms = [plain_form(canonical, reward, transition, discount) for reward in rewards]
        first, second = (form / np.linalg.norm(form) for form in forms)
        found = starc_distance(*rewards, transition=transition, discount=discount, canonical=canonical)
        assert found == pytest.approx(np.linalg.norm(first - second) / 2, rel=1e-9)


@settings(max_examples=cases(60, 20))
@given(seed=st.integers(0, 2**32), discount=st.sampled_from([0.0, 0.5, 0.9, 0.99]), canonical=st.sampled_from(list(FORMS)))  # fmt: skip
def test_distances_are_a_metric_from_0_to_1(seed, discount, canonical):
    rng = np.random.default_rng(seed)
    transition, (first, second) = draw_mdp(rng)
    third = first + rng.exponential() * second

    def starc(one, other):
        return starc_distance(one, other, transition=transition, discount=discount, canonical=canonical)

    def plain(one, other):
        return epic_distance(one, other, discount=discount)

    for distance in (starc, plain):
        sides = distance(first, second), distance(second, third), distance(first, third)
        assert all(0 <= side <= 1 for side in sides)
        assert max(sides) <= sum(sides) - max(sides) + 1e-12
        assert distance(second, first) == pytest.approx(sides[0])
        assert distance(first, first) == 0
        assert distance(first, -first) == pytest.approx(1)


@settings(max_examples=cases(60, 20))
@given(seed=st.integers(0, 2**32), discount=st.sampled_from([0.0, 0.5, 0.9, 0.99]), scale=st.sampled_from([1e-300, 0.3, 7.0, 1e200]))  # fmt: skip
def test_what_no_policy_can_notice_makes_no_difference(seed, discount, scale):
    rng = np.random.default_rng(seed)
    transition, (reward, other) = draw_mdp(rng)
    shaped = reward + shape(rng.normal(scale=10, size=5), discount)
    redistributed = shaped + other - (other * transition).sum(axis=2, keepdims=True)
    assert epic_distance(reward, scale * shaped, discount=discount) < 1e-9
    for canonical, changed in [("value", redistributed), ("minimal", redistributed), ("value_potential", shaped)]:
        found = starc_distance(reward, scale * changed, transition=transition, discount=discount, canonical=canonical)
        assert found < 1e-9
    assert epic_distance(reward, redistributed, discount=discount) > 1e-3  # it doesn't know what can't happen


def test_rewards_at_starc_0_have_the_same_best_policies():
    """Two rewards that agree where moves lead are one reward, and EPIC tells them apart by moves that never happen."""
    transition = gridworld()
    rng = np.random.default_rng(4)
    wanted, noise = of_states(SPARSE), 10 * rng.normal(size=(9, 5, 9))
    other = np.where(transition > 0, wanted, noise)
    assert starc_distance(wanted, other, transition=transition, discount=0.9) == pytest.approx(0, abs=1e-12)
    assert epic_distance(wanted, other, discount=0.9) > 0.5


@pytest.mark.parametrize("canonical", STARC)
@pytest.mark.parametrize("discount", [0.0, 0.9])
def test_a_reward_that_prefers_no_policy_is_half_way_to_every_other(canonical, discount):
    transition, (reward, _) = draw_mdp(np.random.default_rng(5))
    potential = np.random.default_rng(6).normal(size=5)
    nothing = np.zeros_like(reward)
    trivial = [nothing, nothing - 3, nothing + shape(100 * potential, discount) + 0.7]
    for one in trivial:
        for other in trivial:
            found = starc_distance(one, other, transition=transition, discount=discount, canonical=canonical)
            assert found == 0 == epic_distance(one, other, discount=discount)
        assert starc_distance(one, reward, transition=transition, discount=discount, canonical=canonical) == 0.5
        assert epic_distance(reward, one, discount=discount) == np.sqrt(0.5)


def corridor(length=5):
    """Make a corridor: back, or on to its end, which nobody leaves."""
    transition = np.zeros((length, 2, length))
    for state in range(length - 1):
        transition[state, 0, max(state - 1, 0)] = transition[state, 1, state + 1] = 1
    transition[-1, :, -1] = 1
    return transition


def test_without_discounting_a_value_is_what_is_still_to_come():
    transition = corridor()
    price = np.full((5, 2, 5), -1.0)
    price[-1] = 0
    prize = np.zeros((5, 2, 5))
    prize[:-1, :, -1] = 1
    for canonical in ("value", "minimal"):
        # who comes to the end for certain can't come more often: nothing to prefer, as the discount comes to 1
        assert starc_distance(prize, price, transition=transition, discount=1, canonical=canonical) == 0.5
        near = starc_distance(price, price + shape(np.arange(5.0), 1), transition=transition, discount=1, canonical=canonical)  # fmt: skip
        assert near < 1e-12
    found = starc_distance(price, prize - price, transition=transition, discount=1)
    assert found == pytest.approx(1)


def test_without_discounting_rewards_that_never_end_have_no_value():
    transition, rewards = draw_mdp(np.random.default_rng(7))
    with pytest.raises(ValueError, match=r"discount: with 1, the value of state 0 .* rewards never end"):
        starc_distance(*rewards, transition=transition, discount=1)
    assert 0 < starc_distance(*rewards, transition=transition, discount=1, canonical="minimal") < 1
    assert 0 < epic_distance(*rewards, discount=1) < 1
    limit = starc_distance(*rewards, transition=transition, discount=1 - 1e-9, canonical="minimal")
    assert starc_distance(*rewards, transition=transition, discount=1, canonical="minimal") == pytest.approx(limit)


def test_states_that_are_never_reached_count_like_others():
    transition = corridor(4)
    transition[0, :] = 0
    transition[0, :, 1] = 1
    transition[1, 0] = [0, 1, 0, 0]  # nothing leads back to state 0
    first, second = np.zeros((2, 4, 2, 4))
    first[:, 1, 2] = second[:, 1, 2] = 1
    second[0, 0] = 1
    assert starc_distance(first, second, transition=transition, discount=0.9) > 0.01


GOOD = np.full((2, 1, 2), 0.5)


@pytest.mark.parametrize(
    ("first", "second", "transition", "discount", "canonical", "said"),
    [
        (GOOD, GOOD[:1, :, :1], GOOD, 0.9, "value", r"second: its shape \[1, 1, 1\] must be that of first, \[2, 1, 2\]"),
        (GOOD[0], GOOD, GOOD, 0.9, "value", r"first: its shape \[1, 2\] must be \[states, actions, states\]"),
        (np.zeros((0, 1, 0)), GOOD, GOOD, 0.9, "value", r"first: its shape \[0, 1, 0\] must be"),
        (GOOD, GOOD * [1, np.nan], GOOD, 0.9, "value", r"second: nan at \[0, 0, 1\] must be a finite number"),
        (GOOD * [np.inf, 1], GOOD, GOOD, 0.9, "value", r"first: inf at \[0, 0, 0\] must be a finite number"),
        (GOOD, GOOD, GOOD[:1, :, :1], 0.9, "value", r"transition: its shape \[1, 1, 1\] must be that of the rewards"),
        (GOOD, GOOD, GOOD / 2, 0.9, "value", "transition: the probabilities of action 0 in state 0 add up to 0.5, not to 1"),
        (GOOD, GOOD, GOOD * [-1, 3], 0.9, "value", r"transition: -0.5 at \[0, 0, 0\] must not be negative"),
        (GOOD, GOOD, GOOD, 1.1, "value", "discount: 1.1 must lie between 0 and 1"),
        (GOOD, GOOD, GOOD, float("nan"), "value", "discount: nan must lie between 0 and 1"),
        (GOOD, GOOD, GOOD, 0.9, "val", "canonical: there is no form 'val'; there are value, value_potential"),
    ],
)  # fmt: skip
def test_what_is_no_reward_transition_or_discount_is_refused_with_what_would_be_right(
    first, second, transition, discount, canonical, said
):
    with pytest.raises(ValueError, match=said):
        starc_distance(first, second, transition=transition, discount=discount, canonical=canonical)


def test_rewards_come_back_as_they_were_whatever_their_kind():
    transition, rewards = draw_mdp(np.random.default_rng(8))
    before = rewards.copy()
    for canonical in FORMS:
        found = starc_distance(*rewards, transition=transition, discount=0.9, canonical=canonical)
        listed = starc_distance(*rewards.tolist(), transition=transition.tolist(), discount=0.9, canonical=canonical)
        assert listed == found
    epic_distance(*rewards, discount=0.9)
    np.testing.assert_array_equal(rewards, before)
    whole = np.arange(18).reshape(3, 2, 3)
    assert epic_distance(whole, whole.astype(np.float32), discount=0.9) == 0


def test_the_epic_form_has_a_mean_of_0():
    """So that its length is its spread, and Pearson's correlation the cosine."""
    _, (reward, _) = draw_mdp(np.random.default_rng(9))
    assert epic_form(reward + 5, 0.9).values.mean() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("canonical", ["value", "value_potential"])
def test_a_thousand_states_take_moments(canonical):
    """Every move leads to one state; the reward is that of the state arrived at, or the next one's."""
    states, actions = 1000, 3
    rng = np.random.default_rng(10)
    transition = np.zeros((states, actions, states))
    np.put_along_axis(transition, rng.integers(states, size=(states, actions, 1)), 1.0, axis=2)
    worth = rng.normal(size=states)
    reward = np.broadcast_to(worth, transition.shape)
    shaped = reward + shape(rng.normal(size=states), 0.95)
    assert starc_distance(reward, shaped, transition=transition, discount=0.95, canonical=canonical) < 1e-9


def test_distances_foretell_regret_and_those_of_other_worlds_do_not():
    """Few of the random MDPs of the benchmark; there the whole of it is reported."""
    plain, changed = (comparison(measure(6, disguise=disguise)) for disguise in (False, True))
    assert min(plain["STARC"].mean(), changed["STARC"].mean()) > 0.75
    assert plain["EPIC"].mean() > 0.7
    assert changed["STARC − EPIC"].mean() > 0.05  # where rewards are shaped and redistributed
    for result in (plain, changed):
        assert abs(result["STARC, control"].mean()) < 0.2
        assert abs(result["EPIC, control"].mean()) < 0.2


def test_regret_is_what_the_best_policy_of_another_reward_costs():
    found = measure(1, disguise=True)
    assert ((found.regret > -1e-12) & (found.regret <= 1)).all()
    rng = np.random.default_rng(11)
    mdp = draw_sparse_mdp(rng)
    reward = rng.normal(size=mdp.transition.shape)
    worth, immediate = np.zeros(len(mdp.start)), (mdp.transition * reward).sum(axis=2)
    for _ in range(1000):
        worth = (immediate + DISCOUNT * mdp.transition @ worth).max(axis=1)
    best = (immediate + DISCOUNT * mdp.transition @ worth).argmax(axis=1)
    np.testing.assert_array_equal(best_policy(mdp, reward), best)


def test_rank_correlations_are_those_of_scipy():
    rng = np.random.default_rng(12)
    one, other = rng.integers(0, 9, (2, 3, 40)).astype(float)
    theirs = [stats.spearmanr(*rows).statistic for rows in zip(one, other, strict=True)]
    assert spearman(one, other) == pytest.approx(theirs)


def test_the_control_takes_every_distance_from_another_world():
    worlds = np.repeat(np.arange(5.0)[:, None], 8, axis=1)
    elsewhere = from_elsewhere(worlds, 1)
    assert (elsewhere != worlds).all()
    assert set(elsewhere.ravel()) == set(range(5))
