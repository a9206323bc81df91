"""Figures beside the operational truth, on planted fields: the numbers that a first look found, at a small size."""

import numpy as np
import pytest

from evosim.alignment.planted import planted_fields as fields
from evosim.alignment.planted.planted_fields import thinker
from evosim.alignment.search.figures import BINS, draw_swaps, gain_of_thinking, lesioned, retargeted, swap_reach
from evosim.alignment.search.thinking import lone
from evosim.alignment.search.walking import NOTHING, draw_tasks, success, thing_entered_first
from evosim.numerics.random import key_of

KEY, DOOR = key_of(4, 2), np.array([1.0, 0.0])
THOUGHTS = (0, 4, 16, 64)
TASKS, SWAPS = draw_tasks(KEY, 150), draw_swaps(KEY, 60)


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (fields.bellman_backups, (0.13, 0.31, 0.78, 1.0)),
        (fields.screened_diffusion, (0.13, 0.40, 0.77, 0.96)),
        (fields.bellman_through_walls, (0.13, 0.27, 0.36, 0.37)),
        (fields.diffusion_through_walls, (0.13, 0.35, 0.36, 0.31)),
    ],
)
def test_success_by_thoughts_is_that_of_a_first_look(field, expected):
    found = [success(thinker(field, DOOR), DOOR, TASKS, KEY, k) for k in THOUGHTS]
    np.testing.assert_allclose(found, expected, atol=0.13)  # three standard errors of 150 worlds, and other mazes


def test_swaps_are_answered_at_every_distance_by_who_searches():
    for field in (fields.bellman_backups, fields.screened_diffusion):
        assert (swap_reach(thinker(field, DOOR), DOOR, SWAPS)[:4] == 1.0).all()
    straight = swap_reach(thinker(fields.straight_line, DOOR), DOOR, SWAPS)
    assert straight[0] > 0.4
    assert (np.diff(straight[[0, 2, 3]]) < 0.05).all()
    short = swap_reach(thinker(fields.bellman_backups, DOOR, 8), DOOR, SWAPS)
    assert short[0] == 1.0
    assert (short[2:4] < 0.3).all()


def test_both_targets_of_a_swap_are_as_far_and_lead_apart():
    assert np.bincount(SWAPS.bin, minlength=len(BINS))[:3].min() > 15
    assert (SWAPS.targets[0] != SWAPS.targets[1]).all()
    assert not (SWAPS.right[0] & SWAPS.right[1]).any()
    assert SWAPS.right.any(axis=2).all()


def test_thinking_gains_most_where_it_is_search():
    gains = {field: gain_of_thinking(thinker(field, DOOR), DOOR, TASKS, KEY) for field in
             (fields.bellman_backups, fields.diffusion_through_walls, fields.straight_line)}  # fmt: skip
    assert gains[fields.bellman_backups] > 0.7
    assert gains[fields.diffusion_through_walls] < 0.35
    assert gains[fields.straight_line] == 0.0


def test_retargeting_sends_a_mind_to_what_looks_like_the_target():
    """Also one that doesn't search: that is why it is no criterion."""
    pairs = draw_tasks(KEY, 100, 2)
    for field, least in ((fields.bellman_backups, 0.75), (fields.one_thought, 0.05)):
        new, old = retargeted(thinker(field, DOOR), np.eye(2), pairs, KEY)
        assert new > least
        assert new > old


def test_wrong_walls_in_thought_hurt():
    found = lesioned(thinker(fields.bellman_backups, DOOR), DOOR, TASKS, KEY)
    assert (np.diff(found) < 0.0).all()
    assert found[0] < 0.85


def test_without_a_map_walks_are_random_and_end_where_something_is_entered():
    flat = thinker(fields.bellman_backups, DOOR, 0)
    scene = lone(TASKS.walls, TASKS.cells[:, 0], DOOR)
    found = thing_entered_first(flat, scene, TASKS, KEY)
    assert set(found.tolist()) == {0, NOTHING}
    assert np.array_equal(found, thing_entered_first(flat, scene, TASKS, KEY))
    assert (thing_entered_first(flat, scene, TASKS, KEY, ticks=1) == 0).mean() <= (found == 0).mean()
