"""Lives, plans and offspring are those of a second implementation, in C, to the last bit: agent by agent, on thousands."""

import numpy as np
import pytest

from benchmarks import references
from benchmarks.speed import equal
from benchmarks.speed_rows import BESIDE_C
from evosim.numerics.compiler import threads

pytestmark = [
    pytest.mark.compiled,
    pytest.mark.skipif(references.compiler() is None, reason="there is no C compiler here"),
]


@pytest.mark.parametrize("name", [name for name in BESIDE_C if "100,000" not in name])
def test_answers_are_those_in_c(name):
    row = BESIDE_C[name](name)
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
