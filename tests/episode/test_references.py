"""Lives, plans and offspring are those of a second implementation, in C, to the last bit: agent by agent, on thousands."""

import numpy as np
import pytest

from benchmarks import references
from benchmarks.peers import BESIDE_PEERS
from benchmarks.speed import Found, draw, equal, measure
from benchmarks.speed_ecology import ECOLOGY_BESIDE_C
from benchmarks.speed_rows import BESIDE_C
from evosim.numerics.compiler import threads

pytestmark = [
    pytest.mark.compiled,
    pytest.mark.skipif(references.compiler() is None, reason="there is no C compiler here"),
]


ROWS = BESIDE_C | ECOLOGY_BESIDE_C


@pytest.mark.parametrize("name", [name for name in ROWS if "100,000" not in name])
def test_answers_are_those_in_c(name):
    row = ROWS[name](name)
    with threads.using(row.threads):
        ours, theirs = row.ours(), row.theirs()
    assert equal(ours, theirs)


def test_answers_that_differ_are_found_out():
    ours = np.arange(4.0), np.arange(3)
    assert equal(ours, (np.arange(4.0), np.arange(3)))
    assert not equal(ours, (np.nextafter(np.arange(4.0), 9), np.arange(3)))
    assert not equal(np.zeros(1), np.array([-0.0]))


def test_worlds_that_the_programs_in_c_know_nothing_of_are_refused():
    from benchmarks.speed_rows import ground

    on = ground("world.slip=0.1", population=2, episodes=1)
    with pytest.raises(ValueError, match="no move slips"):
        references.worlds_for_c(on.plan, on.worlds, on.atlas)


@pytest.mark.parametrize("name", [name for name in BESIDE_PEERS if "10,000" not in name])
def test_what_other_packages_answer_is_checked(name):
    package, prepare = BESIDE_PEERS[name]
    pytest.importorskip(package, reason="it is in the extra bench, not in what tests need")
    row = prepare(name)  # raises if it is no generation, or has other values
    assert not row.same


def test_a_row_is_a_ratio_of_times_and_is_refused_if_answers_differ(tmp_path):
    name = "value iteration"
    row = BESIDE_C[name](name)
    found = measure(row, 3)
    assert found.low <= found.ratio <= found.high
    draw([found, found._replace(goal=0.5, peer="numpy")], tmp_path / "speed.png")
    assert (tmp_path / "speed.png").stat().st_size > 10_000
    with pytest.raises(AssertionError, match="value iteration: answers differ from those of C"):
        measure(row._replace(ours=lambda: np.zeros(1), theirs=lambda: np.ones(1)), 3)
    assert isinstance(found, Found)
