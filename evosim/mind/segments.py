"""Segments of a genome: those that a kind of mind has to itself, those that kinds share, and where each stands."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import NamedTuple

import numpy as np

from evosim.numerics.arrays import Reals
from evosim.numerics.structure import Structure
from evosim.scenario.schema.locus import Locus, OwnMutation
from evosim.scenario.schema.names import objective_names
from evosim.scenario.schema.scenario import Scenario
from evosim.scenario.validation.minds import SEES

FEW = 6  # loci of a segment that are listed whole; of others two


class Segment(NamedTuple):
    """A run of loci that belong together, and how founders come by them.

    Founders start at `initial` `[len(loci)]`, or normally distributed around it by `spread` half-widths of the range;
    or anywhere in the range if it is None. A segment with a `structure` is a list of records, whose real numbers have
    the range; it varies as its structure says.
    """

    name: str
    loci: tuple[str, ...]
    low: float
    high: float
    initial: tuple[float, ...] | None = None
    spread: float = 0.0
    mutation: OwnMutation = OwnMutation()
    structure: Structure | None = None

    @property
    def lows(self) -> Reals:
        """The lower bounds of its loci `[n]`."""
        return np.full(len(self.loci), self.low) if self.structure is None else self.structure.low(self.low)

    @property
    def highs(self) -> Reals:
        """The upper bounds of its loci `[n]`."""
        return np.full(len(self.loci), self.high) if self.structure is None else self.structure.high(self.high)


class GenomeLayout(NamedTuple):
    """Names, bounds and places of all loci `[L]`."""

    segments: tuple[Segment, ...]
    loci: tuple[str, ...]
    low: Reals  # [L]
    high: Reals  # [L]
    rate: Reals  # [L] of mutation, NaN where it is that of the scenario
    scale: Reals  # [L] of Gaussian mutation, likewise

    @property
    def structures(self) -> tuple[tuple[int, Structure], ...]:
        """The first locus of each segment with a structure, and that."""
        found = [(self.slice_of(each.name).start, each.structure) for each in self.segments]
        return tuple((first, structure) for first, structure in found if structure is not None)

    def slice_of(self, segment: str) -> slice:
        """Return the columns of a segment; an empty slice if the genome has no such segment."""
        at = 0
        for part in self.segments:
            if part.name == segment:
                return slice(at, at + len(part.loci))
            at += len(part.loci)
        return slice(0, 0)


def suggest_locus(name: str, layout: GenomeLayout) -> str:
    """Return the locus that was probably meant, by the end of its name or nearly its name; else which there are."""
    ends = [locus for locus in layout.loci if locus.endswith(f".{name}")]
    suggestions = sorted(ends, key=len)[:1] or get_close_matches(name, layout.loci, n=1)
    if suggestions:
        return f"did you mean {suggestions[0]!r}?"
    listed = [
        ", ".join(loci) if len(loci) <= FEW else f"{loci[0]}, {loci[1]}, … ({len(loci)} of these)"
        for loci in (segment.loci for segment in layout.segments)
    ]
    return f"allowed: {', '.join(listed) or 'nothing'}"


def evolving(name: str, locus: Locus | None) -> list[Segment]:
    """Return the segment of one number, if it evolves."""
    if locus is None or locus.range is None:
        return []
    initial = None if locus.initial is None else (locus.initial,)
    return [Segment(name, (name,), *locus.range, initial, locus.spread, locus.mutation)]


def objective_segments(scenario: Scenario) -> list[Segment]:
    """Return the segment of mesa-objectives, if they evolve."""
    objective = scenario.mind.objective
    if not objective.evolves:
        return []
    loci = tuple(f"objective.{name}" for name in objective_names(scenario))
    initial = None if objective.initial is None else objective_of(scenario)
    return [Segment("objective", loci, *objective.range, initial, objective.spread, objective.mutation)]


def objective_of(scenario: Scenario) -> tuple[float, ...]:
    """Return the mesa-objective that a scenario says: a number for all weights, or for each by name, 0 if unnamed."""
    names, initial = objective_names(scenario), scenario.mind.objective.initial
    if isinstance(initial, dict):
        return tuple(initial.get(name, 0.0) for name in names)
    return (initial or 0.0,) * len(names)


def belief_segments(scenario: Scenario) -> list[Segment]:
    """Return the segments of beliefs that evolve."""
    beliefs = scenario.mind.beliefs
    return evolving("beliefs.slip", beliefs.slip) + evolving("beliefs.persistence", beliefs.persistence)


def perception_segments(scenario: Scenario) -> list[Segment]:
    """Return the segment of detectors, if they evolve, row by row: weights on what can be observed, then the bias."""
    perception, features = scenario.mind.perception, scenario.world.features
    if not perception.evolves:
        return []
    on_own, on_other, bias = SEES
    loci: list[str] = []
    initial: list[float] = []
    for perceived in features:
        loci += [f"perception.{perceived}.{observable}" for observable in (*features, "bias")]
        initial += [on_own if observable == perceived else on_other for observable in features] + [bias]
    return [
        Segment("perception", tuple(loci), *perception.range, tuple(initial), perception.spread, perception.mutation)
    ]


def each_once(segments: Sequence[Segment]) -> list[Segment]:
    """Return segments without those that are there already: one that kinds share stands where the first puts it."""
    return list({segment.name: segment for segment in segments}.values())
