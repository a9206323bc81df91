"""Views that the columns of an interval are computed from; shared quantities are computed once."""

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from evosim.measures.views import IntervalView, readable
from evosim.mind.expression import express, traits_of
from evosim.mind.kinds import express_wants
from evosim.numerics.arrays import Flags, Reals
from evosim.scenario.schema.ecologies import CAUSES
from evosim.scenario.schema.names import controller_names, object_names, objective_names
from evosim.storage.columns import Column, masked, mean

if TYPE_CHECKING:  # tables can be named and read without a compiler
    from evosim.simulation.ecology.intervals import Interval
    from evosim.simulation.laboratory import Laboratory

NUMBER = Column(
    "generation",
    "integer",
    "intervals",
    "Number of the interval; the first is 0.",
    lambda view: view.number,
)


class EcologySnapshot:
    """An interval in its laboratory, at whose end N live: a view with one row, or one for each of them."""

    def __init__(self, laboratory: "Laboratory", interval: "Interval") -> None:
        self.laboratory = laboratory
        self.interval = interval
        self.number = interval.number
        self.memory = interval.memory  # arrays [N]

    @cached_property
    def seen(self) -> IntervalView:
        """What measures of one's own see of it: the agents alive when it ends, and what happened in it."""
        scenario, interval, memory = self.laboratory.scenario, self.interval, self.memory
        happened = {name: self.counts[name.upper()] for name in ("births", "matings", "conceptions", "migrants")}
        happened |= {"deaths": self.died, **{f"deaths_{cause}": self.died_of(cause) for cause in CAUSES}}
        rows, columns = np.divmod(memory["cell"].astype(np.int64), scenario.world.size[1])  # type: ignore[union-attr]
        return IntervalView(
            scenario=scenario,
            seed=self.laboratory.seed,
            number=self.number,
            environment=interval.environment,
            ids=readable(memory["id"]),
            parents=readable(interval.parents),
            genomes=readable(interval.genomes),
            layout=self.laboratory.layout,
            controllers=readable(np.array(controller_names(scenario))[memory["controller"]]),
            is_planner=readable(self.planners),
            horizon=readable(self.horizon),
            objectives={name: readable(masked(self.planners, each)) for name, each in self.objectives.items()},
            tick=interval.tick,
            age=readable(self.age),
            energy=readable(memory["energy"]),
            children=readable(memory["children"].astype(np.int64)),
            depth=readable(memory["depth"]),
            rows=readable(rows),
            columns=readable(columns),
            lived=interval.lived,
            counts=happened,
            eaten=dict(self.eaten),
        )

    @cached_property
    def counts(self) -> dict[str, int]:
        """The counts of events in the interval, by their names in `Count`."""
        from evosim.ecology.state import Count

        counts = self.interval.tally.counts.tolist()
        return {count.name: counts[count] for count in Count}

    def born_of(self, kind: str) -> int:
        """Return the number of births of agents that express a kind of mind."""
        from evosim.ecology.state import BORN_OF_KIND

        number = controller_names(self.laboratory.scenario).index(kind)
        return int(self.interval.tally.counts[BORN_OF_KIND + number])

    def share_of(self, kind: str) -> float | None:
        """Return the share of the living that express a kind of mind; None if nobody lives."""
        number = controller_names(self.laboratory.scenario).index(kind)
        return mean(self.memory["controller"] == number)

    def wanted(self, weight: str) -> Reals:
        """Return the weights of those who act on an objective `[M]`, of one name."""
        return np.asarray(self.objectives[weight][self.planners])

    @property
    def deaths(self) -> list[int]:
        """The number of deaths of each of CAUSES."""
        return [self.counts[count] for count in ("OF_HUNGER", "OF_AGE", "OF_ACCIDENT", "CULLED")]

    @property
    def died(self) -> int:
        """The number of deaths."""
        return sum(self.deaths)

    def died_of(self, cause: str) -> int:
        """Return the number of deaths of a cause."""
        return self.deaths[CAUSES.index(cause)]

    def rate(self, amount: float) -> float | None:
        """Return an amount for each agent and tick; None if nobody lived."""
        return amount / self.interval.lived if self.interval.lived else None

    @cached_property
    def eaten(self) -> dict[str, float]:
        """The number of meals of each food, by name."""
        return dict(zip(object_names(self.laboratory.scenario), self.interval.tally.eaten.tolist(), strict=True))

    @cached_property
    def felt(self) -> dict[str, float]:
        """The amount of what each weight refers to, by name."""
        return dict(zip(objective_names(self.laboratory.scenario), self.interval.tally.felt.tolist(), strict=True))

    @cached_property
    def age(self) -> Reals:
        """The age `[N]` in ticks."""
        return np.asarray(self.interval.tick - self.memory["born"].astype(np.float64))

    @cached_property
    def planners(self) -> Flags:
        """Whether each agent acts on a mesa-objective `[N]`."""
        return express_wants(self.laboratory.scenario, self.memory["controller"])

    @cached_property
    def horizon(self) -> Reals:
        """The number of steps `[N]` that each agent looks ahead; NaN for kinds of mind that don't."""
        minds = express(self.laboratory.scenario, self.laboratory.layout, self.interval.genomes)
        return traits_of(minds).get("horizon", np.full(self.interval.alive, np.nan))

    @cached_property
    def objectives(self) -> dict[str, Reals]:
        """The weights `[N]` of everybody's objective, by name."""
        from evosim.mind.segments import objective_of

        scenario, columns = self.laboratory.scenario, self.laboratory.layout.slice_of("objective")
        if columns.stop > columns.start:
            weights = self.interval.genomes[:, columns].astype(np.float64)
        else:
            weights = np.tile(objective_of(scenario), (self.interval.alive, 1))
        return dict(zip(objective_names(scenario), weights.T, strict=True))
