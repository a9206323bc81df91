"""Testing: what a plugin must obey, as checks that its own tests call, under pytest or without it.

    from evosim.testing import check_measure, check_mind, check_optimizer, check_world

    def test_a_wall_follower_obeys_the_contract():
        check_mind(WallFollower, settings={"hand": "left"})

    def test_annealing_obeys_the_contract():
        check_optimizer(Annealing, settings={"cooling": 0.9})

    def test_an_orchard_obeys_the_contract():
        check_world(Orchard, features=["sweet", "red"], outcomes=["eaten", "poisoned"], steps=5)

    def test_a_measure_obeys_the_contract():
        check_measure(shuns_doors)

The contract is docs/extending.md. evosim's own minds, optimizers and grids pass the same checks.
"""

from evosim.testing.conformance import ConformanceError
from evosim.testing.measures import check_measure
from evosim.testing.minds import check_mind
from evosim.testing.optimizers import check_optimizer
from evosim.testing.worlds import check_world

__all__ = ["ConformanceError", "check_measure", "check_mind", "check_optimizer", "check_world"]
