"""The lattice of marks for what is too small to be drawn one by one."""

import numpy as np
import pytest

from viz.live.drawing.lattice import PITCH, block_side, lattice_marks


def test_blocks_have_room_for_a_mark_of_each_kind_and_little_more():
    for cell in (0.5, 1.0, 1.7, 2.9):
        for kinds in (1, 2, 4, 5, 9):
            side, abreast = block_side(cell, kinds), int(np.ceil(np.sqrt(kinds)))
            assert side in {part * 2**n for n in range(8) for part in (1, 3)}
            assert PITCH <= cell * side / abreast < 1.5 * PITCH + cell


@pytest.mark.parametrize("shape", [(16, 16), (21, 37)])
def test_each_kind_in_each_block_has_one_mark_that_grows_with_its_share(shape):
    """Blocks at the edge are smaller: a share is of the cells that they have."""
    random = np.random.default_rng(1)
    what = random.integers(-2, 4, shape)
    side, seen = block_side(2.0, 3), {}
    for marks in lattice_marks(what, 2.0, 3):
        for row, column in zip(marks.rows, marks.columns, strict=True):
            at = marks.kind, int(row // side), int(column // side)
            assert at not in seen
            seen[at] = marks.radius
    shares = {
        (kind, i, j): float((what[i * side : (i + 1) * side, j * side : (j + 1) * side] == kind).mean())
        for kind in range(3) for i in range(-(-shape[0] // side)) for j in range(-(-shape[1] // side))
    }  # fmt: skip
    assert set(seen) == {at for at, share in shares.items() if share > 0}
    order = sorted(seen, key=lambda at: shares[at])
    assert [seen[at] for at in order] == sorted(seen.values())
    assert min(seen.values()) >= 2.0


def test_marks_of_several_kinds_are_apart():
    what = np.tile(np.array([[0, 1], [1, 0]]), (8, 8))
    marks = list(lattice_marks(what, 2.0, 2))
    places = [(*at, each.radius) for each in marks for at in zip(each.rows, each.columns, strict=True)]
    for i, (row, column, radius) in enumerate(places):
        for other_row, other_column, other in places[:i]:
            assert 2.0 * max(abs(row - other_row), abs(column - other_column)) >= max(radius, other) * 2
