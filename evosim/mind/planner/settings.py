"""What a scenario says of planners."""

from typing import Any, Literal

from pydantic import model_validator

from evosim.scenario.schema.locus import Evolvable, Locus
from evosim.scenario.schema.own_kinds import KindSettings

SHALLOW = Locus(initial=6, range=(1, 12))  # the horizon of a tree search, unless it is said


class PlannerMind(KindSettings):
    """A search over plans for the one that serves the mesa-objective best."""

    KIND = "planner"

    algorithm: Literal["value_iteration", "tree_search"] = "value_iteration"
    horizon: Evolvable = Locus(initial=8, range=(1, 32))
    discount: Evolvable = Locus(initial=0.95)
    temperature: Evolvable = Locus(initial=0.0)

    @model_validator(mode="before")
    @classmethod
    def _trees_are_shallow(cls, value: Any) -> Any:
        """Return the table with the horizon of a tree search, if it doesn't say one."""
        is_tree = isinstance(value, dict) and value.get("algorithm") == "tree_search"
        return {"horizon": SHALLOW, **value} if is_tree else value


SETTINGS = PlannerMind
