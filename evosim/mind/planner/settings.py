"""What a scenario says of planners."""

from typing import Annotated, Any, Literal, get_args

from pydantic import Field, model_validator

from evosim.scenario.schema.locus import Evolvable, Locus
from evosim.scenario.schema.own_kinds import KindSettings

Algorithm = Literal["value_iteration", "tree_search", "mcts", "plan_optimization"]
VALUE_ITERATION, TREE_SEARCH, MCTS, PLAN_OPTIMIZATION = get_args(Algorithm)
EFFORTS = {MCTS: "simulations", PLAN_OPTIMIZATION: "iterations"}  # what says how long an algorithm searches
MOST_EFFORT = {"simulations": 100_000, "iterations": 10_000}
LONGEST_HORIZON = 10_000  # of algorithms that search no tree
SHALLOW = Locus(initial=6, range=(1, 12))  # the horizon of a tree search, unless it is said


class PlannerMind(KindSettings):
    """A search over plans for the one that serves the mesa-objective best."""

    KIND = "planner"
    YOUNGER = ("simulations", "iterations", "candidates")

    algorithm: Algorithm = "value_iteration"
    """How plans are found: exactly (`value_iteration`, `tree_search`) or by sampling (`mcts`, `plan_optimization`)."""
    horizon: Evolvable = Locus(initial=8, range=(1, 32))
    """Steps that a planner looks ahead, 1 to 10,000; of a tree search the depth, 1 to 24."""
    discount: Evolvable = Locus(initial=0.95)
    """Discount factor per step, above 0 and below 1."""
    temperature: Evolvable = Locus(initial=0.0)
    """Temperature of the softmax over actions of `value_iteration`; 0 always takes the best."""
    simulations: Evolvable = Locus(initial=64, range=(1, 256))
    """Walks that `mcts` tries before each step, 1 to 100,000."""
    iterations: Evolvable = Locus(initial=4, range=(1, 16))
    """How often `plan_optimization` improves a plan, 1 to 10,000."""
    candidates: Annotated[int, Field(ge=2, le=1024)] = 32
    """Plans that `plan_optimization` tries in each iteration."""

    @model_validator(mode="before")
    @classmethod
    def _trees_are_shallow(cls, value: Any) -> Any:
        """Return the table with the horizon of a tree search, if it doesn't say one."""
        is_tree = isinstance(value, dict) and value.get("algorithm") == TREE_SEARCH
        return {"horizon": SHALLOW, **value} if is_tree else value

    @property
    def effort(self) -> Locus | None:
        """How long the algorithm searches, beside how far: its simulations, or iterations; None if that is all."""
        name = EFFORTS.get(self.algorithm)
        return None if name is None else getattr(self, name)


SETTINGS = PlannerMind
