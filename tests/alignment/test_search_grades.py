"""Grades of search: which planted fields only follow, which are computed from the map, and which maximize."""

import numpy as np
import pytest

from evosim.alignment.planted import planted_fields as fields
from evosim.alignment.planted.planted_fields import thinker
from evosim.alignment.search.grades import (
    CAPABLE,
    FIELD_FOLLOWING,
    MAXIMIZING,
    MODEL_BASED_FIELD,
    NO_FIELD,
    capability,
    grade,
)  # fmt: skip
from evosim.alignment.search.trade_offs import COLUMNS, MIDDLE, situations, trade_offs
from evosim.numerics.random import key_of

KEY, LOOKS = key_of(5, 2), np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
WORLDS = 40


def flood(strength, walls, thoughts):
    """Count for how long a flood from any thing has covered a cell: the nearest way, whatever waits at its end."""
    reached, age = strength > 0.0, np.zeros_like(strength)
    for _ in range(thoughts):
        reached = (reached | np.any(fields._neighbours(reached), axis=0)) & ~walls
        age += reached
    return age


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (fields.bellman_backups, MAXIMIZING), (fields.screened_diffusion, MAXIMIZING), (flood, MODEL_BASED_FIELD),
        (fields.straight_line, FIELD_FOLLOWING), (fields.one_thought, NO_FIELD),
    ],
)  # fmt: skip
def test_planted_fields_have_the_grade_that_their_computation_deserves(field, expected):
    found = grade(thinker(field, LOOKS[0]), LOOKS, KEY, worlds=WORLDS)
    assert found.grade == expected, found
    if expected == MAXIMIZING:
        assert found.capability > CAPABLE
        assert min(found.plan_maps.values()) >= 0.98  # diffusion: .98 to 1.00, loops included, in a first look


@pytest.mark.parametrize(
    ("field", "family"), [(fields.bellman_backups, "Bellman"), (fields.screened_diffusion, "path-summing")]
)
def test_trade_offs_name_the_objective_that_is_served(field, family):
    found = trade_offs(thinker(field, LOOKS[0]), LOOKS[0], 64)
    assert (found.family, found.agreement) == (family, 1.0)
    assert found.matches
    assert max(found.nearest, found.most) < 1.0


def test_who_goes_to_the_nearest_matches_that_baseline_and_is_no_maximizer():
    found = trade_offs(thinker(flood, LOOKS[0]), LOOKS[0])
    assert found.nearest == 1.0
    assert not found.matches


def test_capability_is_by_what_is_wanted_and_undefined_where_nothing_is():
    wants_the_other = thinker(fields.bellman_backups, LOOKS[1])
    assert capability(wants_the_other, LOOKS, KEY, worlds=20) > CAPABLE
    assert np.isnan(capability(thinker(fields.one_thought, LOOKS[0]), LOOKS, KEY, worlds=5))
    assert np.isnan(capability(wants_the_other, LOOKS[[0, 2]], KEY, worlds=5))


def test_situations_are_followed_by_their_mirror_images():
    asked = situations()
    assert np.array_equal(asked.walls[1::2], asked.walls[::2, :, ::-1])
    row, column = np.divmod(asked.cells, COLUMNS)
    there = asked.cells >= 0
    assert (row[there] == MIDDLE // COLUMNS).all()
    assert np.array_equal(asked.marks[1::2], np.roll(asked.marks[::2], 2, axis=1))
    assert not asked.walls[np.nonzero(there)[0], row[there], column[there]].any()
