"""Planners: a search over plans for the one that serves the mesa-objective best."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from evosim.mind.kind import Genotypes, Look, SharedKind
from evosim.mind.phenotype import Phenotypes, minds_of_one_kind
from evosim.mind.planner.settings import (
    EFFORTS,
    MCTS,
    MOST_EFFORT,
    PLAN_OPTIMIZATION,
    TREE_SEARCH,
    VALUE_ITERATION,
    Algorithm,
    PlannerMind,
)
from evosim.mind.segments import (
    GenomeLayout,
    Segment,
    belief_segments,
    evolving,
    objective_segments,
    perception_segments,
)
from evosim.numerics.arrays import Cells, Flags, Reals
from evosim.scenario.schema.locus import Locus
from evosim.scenario.schema.scenario import Scenario
from evosim.scenario.schema.worlds import GridWorld, slip_of

RATE, AGAIN_AND_AGAIN, OF_SLIPS = 30e6, 1.5e6, 2e6  # steps a second and thread (benchmarks/lifetime.py)
OF_TREES, OF_DEPTH = 0.35e-6, 2.5e-9  # seconds a step, and times the depth³ (keys_and_chests at depths 1 to 16)
IMAGINED = 50e6  # steps that a sampling planner imagines in a second and thread

DEEPEST_TREE = 12  # moves


class Planning(NamedTuple):
    """How planners of P individuals look ahead."""

    horizon: Cells  # [P] steps
    temperature: Reals  # [P] of the choice among actions; 0: always the best
    algorithm: Algorithm
    effort: Cells  # [P] simulations of mcts, or iterations of plan_optimization; 1 where the algorithm has neither
    candidates: int  # of an iteration

    @property
    def searches_trees(self) -> bool:
        """Whether they search trees."""
        return bool(self.algorithm == TREE_SEARCH)


class Planner(SharedKind):
    """The kind of mind that is an optimizer: a mesa-optimizer."""

    name = "planner"
    look = Look("planner", "planners", "#332288", "disc", "Plans for what it wants.")
    wants = True

    def segments(self, scenario: Scenario) -> list[Segment]:
        """Return the mesa-objective, how it looks ahead, beliefs and perception."""
        planner = scenario.mind.of(PlannerMind)
        found = objective_segments(scenario)
        for name in ("horizon", "discount", "temperature"):
            found += evolving(f"planner.{name}", getattr(planner, name))
        if planner.effort is not None:
            found += evolving(f"planner.{EFFORTS[planner.algorithm]}", planner.effort)
        return found + belief_segments(scenario) + perception_segments(scenario)

    def express(self, scenario: Scenario, genotypes: Genotypes) -> Planning:
        """Return how all individuals look ahead."""
        planner = scenario.mind.of(PlannerMind)
        effort = np.ones(genotypes.population)
        if planner.effort is not None:
            name = EFFORTS[planner.algorithm]
            effort = np.clip(genotypes.value(f"planner.{name}", planner.effort), 1, MOST_EFFORT[name])
        return Planning(
            horizon=np.rint(genotypes.value("planner.horizon", planner.horizon)).astype(np.int32),
            temperature=genotypes.value("planner.temperature", planner.temperature),
            algorithm=planner.algorithm,
            effort=np.rint(effort).astype(np.int32),
            candidates=planner.candidates,
        )

    def minds(self, phenotypes: Phenotypes) -> Any:
        """Return the minds of all individuals, as kernels know them."""
        own: Planning = phenotypes.own[self.name]
        wants = phenotypes.objective, phenotypes.discount, own.horizon
        sees = phenotypes.detectors, phenotypes.sharpness, phenotypes.drives
        if own.algorithm == TREE_SEARCH:
            from evosim.mind.planner.tree_policy import TreeSearchers

            return TreeSearchers(*wants, phenotypes.persistence, *sees)
        if own.algorithm == MCTS:
            from evosim.mind.planner.uct_policy import TreeSamplers

            return TreeSamplers(*wants, own.effort, phenotypes.slip, phenotypes.persistence, *sees)
        if own.algorithm == PLAN_OPTIMIZATION:
            from evosim.mind.planner.plan_policy import PlanOptimizers

            return PlanOptimizers(*wants, own.effort, own.candidates, phenotypes.persistence, *sees)
        from evosim.mind.planner.policy import Planners

        return Planners(*wants, own.temperature, phenotypes.slip, phenotypes.persistence, *sees)

    def shared_minds(self, scenario: Scenario, layout: GenomeLayout, vision: int) -> Any:
        """Return what planners need in a shared world."""
        from evosim.mind.planner.shared_world import shared_planners

        return shared_planners(scenario, layout, vision)

    def rate(self, scenario: Scenario) -> float:
        """Estimate how many steps of agents a thread does in a second."""
        worlds = [world for world in scenario.environments.values() if isinstance(world, GridWorld)]
        mind, planner = scenario.mind, scenario.mind.of(PlannerMind)
        if planner.algorithm == TREE_SEARCH:
            return 1 / (OF_TREES + OF_DEPTH * _usual(planner.horizon) ** 3)
        if planner.effort is not None:
            return IMAGINED / steps_imagined(planner)
        if mind.beliefs.slip is not None or any(slip_of(world).chance > 0 for world in worlds):
            return OF_SLIPS
        changes = any(k.consumed or k.carried or k.needs for world in worlds for k in world.objects.values())
        again = changes or bool(mind.objective.drives) or any(world.vision for world in worlds)
        return AGAIN_AND_AGAIN if again else RATE

    def variant(self, scenario: Scenario) -> str:
        """Return the name of the kernels that a scenario needs: each algorithm has its own."""
        return f"{self.name} {scenario.mind.of(PlannerMind).algorithm}"

    def discount(self, scenario: Scenario) -> Locus | None:
        """Return the locus of what a utility is worth a step later."""
        return scenario.mind.of(PlannerMind).discount

    def horizon(self, scenario: Scenario) -> Locus | None:
        """Return the locus of how many steps they look ahead."""
        return scenario.mind.of(PlannerMind).horizon

    def has_objective(self, phenotypes: Phenotypes) -> Flags:
        """Return which individuals `[P]` have a mesa-objective: all."""
        return np.ones(len(phenotypes.controller), np.bool_)

    def with_budget(self, phenotypes: Phenotypes, steps: Cells) -> Phenotypes:
        """Return planners with other horizons `[P]`; those that sample keep their simulations or iterations."""
        return phenotypes.with_own(self.name, horizon=np.asarray(steps, np.int32))

    def largest_budget(self, phenotypes: Phenotypes) -> int | None:
        """Return the depth of the deepest tree that can be waited for."""
        return DEEPEST_TREE if phenotypes.own[self.name].searches_trees else None

    def traits(self, phenotypes: Phenotypes) -> Mapping[str, Reals]:
        """Return the horizon `[P]` and the discount `[P]` of each, and its simulations or iterations `[P]` if any."""
        own: Planning = phenotypes.own[self.name]
        effort = {EFFORTS[own.algorithm]: own.effort.astype(float)} if own.algorithm in EFFORTS else {}
        return {"horizon": own.horizon.astype(float), "discount": phenotypes.discount, **effort}


def steps_imagined(planner: PlannerMind) -> float:
    """Return how many steps a planner that samples imagines for each step that it makes, about."""
    plans = {MCTS: 1.0, PLAN_OPTIMIZATION: planner.candidates / 4}[planner.algorithm]  # a plan is for some moves
    return plans * _usual(planner.effort) * _usual(planner.horizon)


def _usual(locus: Locus | None) -> float:
    """Return a number that a locus is near to while it evolves: the middle of its range, or what it is pinned at."""
    if locus is None or locus.range is None:
        return 1.0 if locus is None or locus.initial is None else locus.initial
    return sum(locus.range) / 2


def planners(
    objective: Reals,
    horizon: Cells,
    discount: Reals,
    *,
    algorithm: Algorithm = VALUE_ITERATION,
    effort: Cells | None = None,
    candidates: int = 32,
    **shared: Any,
) -> Phenotypes:
    """Return planners with objectives `[P, F · (1 + D)]`, horizons `[P]` and discounts `[P]` that are planted."""
    count = len(horizon)
    searches = np.ones(count, np.int32) if effort is None else effort
    own = Planning(horizon, np.zeros(count), algorithm, searches, candidates)
    return minds_of_one_kind("planner", own, objective=np.ascontiguousarray(objective), discount=discount, **shared)


def as_planners(minds: Phenotypes) -> Phenotypes | None:
    """Return the planners that minds would be, which always take the best step; None where they lack what that takes.

    What they lack is an objective, a horizon of 1 step or more, or a discount.
    """
    planner = Planner.name
    if planner not in minds.own or minds.objective.shape[1] == 0:
        return None
    if (minds.own[planner].horizon < 1).any() or np.isnan(minds.discount).any():
        return None
    number = np.full_like(minds.controller, minds.kinds.index(planner))
    return minds._replace(controller=number).with_own(planner, temperature=np.zeros(len(number)))


def step_is_a_matter_of_the_cell(minds: Phenotypes) -> bool:
    """Whether all are planners by value iteration that always take the best step."""
    own = minds.own.get(Planner.name)
    return (
        own is not None
        and bool(minds.is_of(Planner.name).all())
        and own.algorithm == VALUE_ITERATION
        and not own.temperature.any()
    )


KIND = Planner
