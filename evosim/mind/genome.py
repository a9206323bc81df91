"""The genome: which number of a row stands for what.

A genome is a row of L numbers, divided into named segments. The layout is computed from the
scenario; what does not evolve is not in the genome. Whether a mind plans is itself inherited:
one propensity locus for each controller, and the largest is expressed.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from evosim.gridworld.actions import ACTIONS
from evosim.numerics.arrays import Genes, Reals
from evosim.numerics.compiler import kernel
from evosim.numerics.random import Stream, fold, key_of, normal, reflect, subkey, uniform
from evosim.scenario.schema.minds import CONTROLLERS, Locus, OwnMutation
from evosim.scenario.schema.names import choice_names, objective_names, sense_names, senses_of
from evosim.scenario.schema.scenario import Scenario
from evosim.scenario.validation.minds import SEES

SCATTER = 2**40  # beyond any row: founders' steps are drawn apart from their uniform numbers


__all__ = [
    "GenomeLayout", "Segment", "fixed_reflex", "found", "genome_layout", "objective_of", "reflex_of", "sense_names",
    "senses_of",
]  # fmt: skip


class Segment(NamedTuple):
    """A run of loci that belong together, and how founders come by them.

    Founders start at `initial` `[len(loci)]`, or normally distributed around it by `spread` half-widths of the range;
    or anywhere in the range if it is None.
    """

    name: str
    loci: tuple[str, ...]
    low: float
    high: float
    initial: tuple[float, ...] | None = None
    spread: float = 0.0
    mutation: OwnMutation = OwnMutation()


class GenomeLayout(NamedTuple):
    """Names, bounds and places of all loci `[L]`."""

    segments: tuple[Segment, ...]
    loci: tuple[str, ...]
    low: Reals  # [L]
    high: Reals  # [L]
    rate: Reals  # [L] of mutation, NaN where it is that of the scenario
    scale: Reals  # [L] of Gaussian mutation, likewise

    def slice_of(self, segment: str) -> slice:
        """Give the columns of a segment; an empty slice if the genome has no such segment."""
        at = 0
        for part in self.segments:
            if part.name == segment:
                return slice(at, at + len(part.loci))
            at += len(part.loci)
        return slice(0, 0)


def genome_layout(scenario: Scenario) -> GenomeLayout:
    """Compute the layout of a scenario's genomes."""
    mind = scenario.mind
    controllers = [name for name in CONTROLLERS if name in mind.controllers]
    segments: list[Segment] = []
    if len(controllers) > 1:
        loci = tuple(f"controller.{name}" for name in controllers)
        segments.append(Segment("controller", loci, 0.0, 1.0, mutation=mind.controller.mutation))
    if "planner" in controllers:
        segments += _planner_segments(scenario)
    if mind.perception.evolves and controllers != ["open_loop"]:
        segments.append(_detectors(scenario))
    if "heuristic" in controllers:
        segments += _heuristic_segments(scenario)
    if "open_loop" in controllers:
        loci = tuple(f"open_loop.{tick}" for tick in range(mind.open_loop.length))
        segments.append(Segment("open_loop", loci, 0.0, float(ACTIONS), mutation=mind.open_loop.mutation))

    def each(values: Iterable[float | None]) -> Reals:
        """Repeat what is said of a segment for each of its loci."""
        said = zip(segments, values, strict=True)
        return np.array([np.nan if value is None else value for segment, value in said for _ in segment.loci], float)

    return GenomeLayout(
        segments=tuple(segments),
        loci=tuple(locus for segment in segments for locus in segment.loci),
        low=each(segment.low for segment in segments),
        high=each(segment.high for segment in segments),
        rate=each(segment.mutation.rate for segment in segments),
        scale=each(segment.mutation.scale for segment in segments),
    )


def _planner_segments(scenario: Scenario) -> list[Segment]:
    mind, found = scenario.mind, []
    objective = mind.objective
    if objective.evolves:
        names = objective_names(scenario)
        loci = tuple(f"objective.{name}" for name in names)
        initial = None if objective.initial is None else objective_of(scenario)
        found.append(Segment("objective", loci, *objective.range, initial, objective.spread, objective.mutation))
    for name in ("horizon", "discount", "temperature"):
        found += _evolving(f"planner.{name}", getattr(mind.planner, name))
    for name in ("slip", "persistence"):
        belief = getattr(mind.beliefs, name)
        found += [] if belief is None else _evolving(f"beliefs.{name}", belief)
    return found


def objective_of(scenario: Scenario) -> tuple[float, ...]:
    """Give the mesa-objective that a scenario says: a number for all weights, or for each by name, 0 if unnamed."""
    names, initial = objective_names(scenario), scenario.mind.objective.initial
    if isinstance(initial, dict):
        return tuple(initial.get(name, 0.0) for name in names)
    return (initial or 0.0,) * len(names)


def _detectors(scenario: Scenario) -> Segment:
    """Lay out detectors row by row: weights on what can be observed, then the bias."""
    perception, features = scenario.mind.perception, scenario.world.features
    on_own, on_other, bias = SEES
    loci, initial = [], []
    for perceived in features:
        loci += [f"perception.{perceived}.{observable}" for observable in (*features, "bias")]
        initial += [on_own if observable == perceived else on_other for observable in features] + [bias]
    return Segment("perception", tuple(loci), *perception.range, tuple(initial), perception.spread, perception.mutation)


def _heuristic_segments(scenario: Scenario) -> list[Segment]:
    mind = scenario.mind.heuristic
    found = []
    if mind.evolves:
        loci = _reflex_loci(scenario)
        found.append(
            Segment("heuristic.weights", loci, *mind.range, reflex_of(scenario, loci), mind.spread, mind.mutation)
        )
    if choices := choice_names(scenario):
        loci = tuple(f"heuristic.{name}" for name in choices)
        found.append(
            Segment("heuristic.choices", loci, *mind.range, reflex_of(scenario, loci), mind.spread, mind.mutation)
        )
    return [*found, *_evolving("heuristic.temperature", mind.temperature)]


def _reflex_loci(scenario: Scenario) -> tuple[str, ...]:
    senses, hidden = senses_of(scenario), scenario.mind.heuristic.hidden
    weights = tuple(f"heuristic.{s}" for s in senses)
    if hidden:
        weights = tuple(f"heuristic.{s}.{h}" for s in senses for h in range(hidden))
        weights += tuple(f"heuristic.out.{h}" for h in range(hidden))
    return (*weights, "heuristic.stay")


def fixed_reflex(scenario: Scenario) -> tuple[float, ...]:
    """Give the weights of heuristics that do not evolve."""
    loci = _reflex_loci(scenario)
    return reflex_of(scenario, loci) or (0.0,) * len(loci)


def reflex_of(scenario: Scenario, loci: Sequence[str]) -> tuple[float, ...] | None:
    """Give the weights of heuristics that a scenario says, by the names of their loci; None if it says none."""
    initial = scenario.mind.heuristic.initial
    if isinstance(initial, dict):
        return tuple(initial.get(locus.removeprefix("heuristic."), 0.0) for locus in loci)
    return None if initial is None else (initial,) * len(loci)


def _evolving(name: str, locus: Locus) -> list[Segment]:
    if locus.range is None:
        return []
    initial = None if locus.initial is None else (locus.initial,)
    return [Segment(name, (name,), *locus.range, initial, locus.spread, locus.mutation)]


def found(scenario: Scenario, layout: GenomeLayout, seed: int) -> Genes:
    """Draw the founders `[P, L]`: controllers in the scenario's shares, every other locus as its segment says."""
    key = key_of(seed, Stream.FOUNDERS)
    genomes = np.empty((scenario.evolution.population, len(layout.loci)))
    draw_uniform(key, layout.low, layout.high, genomes)
    for segment in layout.segments:
        if segment.initial is not None:
            columns = layout.slice_of(segment.name)
            genomes[:, columns] = segment.initial
            if segment.spread > 0.0:
                scale = segment.spread / 2 * (segment.high - segment.low)
                apart = subkey(key, SCATTER)
                scatter(apart, scale, segment.low, segment.high, columns.start, genomes[:, columns])
    columns = layout.slice_of("controller")
    if columns.stop > columns.start:
        shares = [scenario.mind.controllers[name] for name in CONTROLLERS if name in scenario.mind.controllers]
        genomes[:, columns] = _propensities(genomes[:, columns], shares)
    return genomes.astype(np.float32)


def _propensities(drawn: Reals, shares: list[float]) -> Reals:
    """Give exact shares of the population the largest propensity for each controller: above 1/2, all others below."""
    population = len(drawn)
    borders = np.round(np.cumsum(shares) * population).astype(int)
    chosen = np.searchsorted(borders, np.arange(population), side="right")
    is_chosen = chosen[:, None] == np.arange(len(shares))
    return np.where(is_chosen, 0.5 + drawn / 2, drawn / 2)


@kernel
def scatter(key: np.uint64, scale: float, low: float, high: float, first: int, out_values: Reals) -> None:
    """Move each row's loci, numbered from `first`, by normal steps, reflected at the ends of the range."""
    rows, columns = out_values.shape
    for row in range(rows):
        row_key = fold(key, row)
        for column in range(columns):
            moved = out_values[row, column] + scale * normal(fold(row_key, first + column), 0)
            out_values[row, column] = reflect(moved, low, high)


@kernel
def draw_uniform(key: np.uint64, low: Reals, high: Reals, out_values: Reals) -> None:
    """Draw each row's loci uniformly between their bounds."""
    rows, columns = out_values.shape
    for row in range(rows):
        row_key = fold(key, row)
        for column in range(columns):
            out_values[row, column] = low[column] + uniform(row_key, column) * (high[column] - low[column])
