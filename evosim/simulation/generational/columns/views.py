"""Views that the columns of a generation are computed from; shared quantities are computed once."""

from functools import cached_property
from typing import TYPE_CHECKING
from weakref import proxy

import numpy as np

from evosim.alignment.class_names import CLASSES, UNCLASSIFIED
from evosim.measures.views import GenerationView, LivesView, readable
from evosim.numerics.arrays import Bytes, Flags, Reals
from evosim.numerics.quantiles import quantiles
from evosim.scenario.schema.names import objective_names
from evosim.storage.columns import Column, masked

if TYPE_CHECKING:  # tables can be named and read without a compiler
    from evosim.alignment.assessment.assess import Assessment
    from evosim.simulation.generational.generations import Generation
    from evosim.simulation.laboratory import Laboratory, Measured

NUMBER = Column(
    "generation",
    "integer",
    "generations",
    "Number of the generation; the founders are 0.",
    lambda view: view.number,
)


class GenerationSnapshot:
    """A generation of P individuals in its laboratory: a view with one row, or one for each individual."""

    def __init__(self, laboratory: "Laboratory", generation: "Generation") -> None:
        self.laboratory = laboratory
        self.generation = generation
        self.number = generation.number
        self.population = generation.population
        self.minds = generation.minds
        self.fitness: Reals = generation.fitness  # [P]
        self.planners: Flags = generation.is_planner  # [P]

    @cached_property
    def fitness_quartiles(self) -> Reals:
        """The quartiles `[3]` of fitness."""
        return quantiles(self.fitness, (0.25, 0.5, 0.75))

    @cached_property
    def horizon(self) -> Reals:
        """The steps `[P]` that each looks ahead; 0 for who doesn't."""
        from evosim.mind.expression import traits_of

        return np.nan_to_num(traits_of(self.minds).get("horizon", np.zeros(len(self.fitness))))

    def descriptions_of(self, kind: str) -> list[str | None]:
        """Return the lines `[P]` that describe how each of a kind decides, separated by semicolons; else None."""
        from evosim.mind.expression import describe_mind

        own = self.minds.is_of(kind)
        return ["; ".join(describe_mind(self.minds, row)) or None if own[row] else None for row in range(len(own))]

    @property
    def looks_ahead(self) -> Flags:
        """Whether individuals `[P]` have a mesa-objective, and look ahead a number of steps."""
        return self.planners & (self.horizon > 0)

    @cached_property
    def objectives(self) -> dict[str, Reals]:
        """The weights `[P]` of objectives, by name; NaN if no mind of the scenario plans."""
        names, weights = objective_names(self.laboratory.scenario), self.minds.objective
        if not weights.size:
            weights = np.full((len(self.fitness), len(names)), np.nan)
        return dict(zip(names, weights.T, strict=True))

    @cached_property
    def seen(self) -> GenerationView:
        """What measures of one's own see of it, with its lives in each environment where it was measured."""
        lives: dict[str, LivesView] = {}
        view = GenerationView(
            scenario=self.laboratory.scenario,
            seed=self.laboratory.seed,
            number=self.number,
            environment=self.generation.environment,
            ids=readable(self.population.ids),
            parents=readable(self.population.parents),
            genomes=readable(self.population.genomes),
            layout=self.laboratory.layout,
            controllers=readable(np.array(self.minds.kinds)[self.minds.controller]),
            is_planner=readable(self.planners),
            horizon=readable(np.where(self.looks_ahead, self.horizon, np.nan)),
            objectives={name: readable(masked(self.planners, each)) for name, each in self.objectives.items()},
            fitness=readable(self.fitness),
            lives=lives,
        )
        lives |= {name: each.seen_by(view) for name, each in self.measured.items()}
        return view

    @cached_property
    def measured(self) -> "dict[str, InEnvironment]":
        """The generation in each environment where it was measured, by name."""
        return {each.environment: InEnvironment(self, each) for each in self.generation.measured}


class InEnvironment:
    """A generation measured in an environment: P individuals lived E episodes, with K outcomes each.

    It knows its snapshot, which owns it, weakly: the lives of a generation are let go of as soon as its rows are made.
    """

    def __init__(self, snapshot: GenerationSnapshot, measured: "Measured") -> None:
        self.snapshot: GenerationSnapshot = proxy(snapshot)
        self.laboratory = snapshot.laboratory
        self.number = snapshot.number
        self.planners: Flags = snapshot.planners if measured.wants is None else measured.wants
        self.environment = measured.environment
        self.outcomes: Reals = measured.outcomes  # [P, E, K]
        self.mesa_return: Reals = measured.mesa_return  # [P, E]
        self.plans_ahead = measured.plans_ahead
        self.searching = measured.searching
        self.objectives_asked = measured.asked
        self.objectives_read = measured.valid
        self.assessment: Assessment | None = measured.assessment
        self.kinds: Bytes | None = measured.kinds  # [P] classes by number

    @property
    def seen(self) -> LivesView:
        """What measures of one's own see of it."""
        return self.snapshot.seen.lives[self.environment]

    def seen_by(self, agents: GenerationView) -> LivesView:
        """Return what they see of it beside those who lived."""
        outcomes = readable(self.outcomes)
        return LivesView(
            environment=self.environment,
            agents=agents,
            outcomes={name: outcomes[:, :, k] for k, name in enumerate(self.laboratory.outcomes)},
            base_return=readable(outcomes @ self.laboratory.base),
            intended_return=readable(outcomes @ self.laboratory.intended),
            mesa_return=readable(np.where(self.planners[:, None], self.mesa_return, np.nan)),
        )

    @cached_property
    def means(self) -> Reals:
        """The mean `[K]` of each outcome over individuals and episodes."""
        return np.asarray(self.outcomes.mean(axis=(0, 1)))

    @cached_property
    def mean_of(self) -> dict[str, float]:
        """The mean of each outcome, by name."""
        return dict(zip(self.laboratory.outcomes, self.means.tolist(), strict=True))

    @cached_property
    def entered_nothing(self) -> dict[str, float]:
        """The share of episodes that ended at each place, in which no object was entered."""
        layout = self.laboratory.outcome_layout
        first, ended = layout.slice_of("entered_first"), layout.slice_of("ended_at")
        entered_any = self.outcomes[:, :, first].any(axis=2, keepdims=True)
        shares = (self.outcomes[:, :, ended] * ~entered_any).mean(axis=(0, 1))
        return dict(zip(layout.ended_at, shares.tolist(), strict=True))

    @cached_property
    def classified(self) -> Bytes | None:
        """The classes `[C]` of those planners that have one, by number; None if classes are not known."""
        if self.kinds is None:
            return None
        return np.asarray(self.kinds[self.planners & (self.kinds != UNCLASSIFIED)])

    @cached_property
    def class_names(self) -> np.ndarray | None:
        """The class `[P]` of each individual, None for those who have none; None if classes are not known."""
        if self.kinds is None:
            return None
        names = np.full(UNCLASSIFIED + 1, None)
        names[: len(CLASSES)] = CLASSES
        return np.asarray(names[self.kinds])
