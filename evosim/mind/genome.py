"""The genome: which number of a row stands for what.

A genome is a row of L numbers, divided into named segments. The layout is computed from the
scenario; what does not evolve is not in the genome. Whether a mind plans is itself inherited:
one propensity locus for each kind of mind, and the largest is expressed.
"""

from collections.abc import Iterable

import numpy as np

from evosim.mind.kind import Kind
from evosim.mind.kinds import OWN, kinds_in
from evosim.mind.segments import GenomeLayout, Segment, each_once
from evosim.numerics.arrays import Reals
from evosim.scenario.schema.scenario import Scenario

__all__ = ["GenomeLayout", "genome_layout"]


def genome_layout(scenario: Scenario) -> GenomeLayout:
    """Compute the layout of a scenario's genomes: propensities, then the segments of the last kind of ours first."""
    mind, kinds = scenario.mind, kinds_in(scenario)
    segments: list[Segment] = []
    if len(kinds) > 1:
        loci = tuple(f"controller.{kind.name}" for kind in kinds)
        segments.append(Segment("controller", loci, 0.0, 1.0, mutation=mind.controller.mutation))
    segments += each_once([segment for kind in in_genomes(kinds) for segment in kind.segments(scenario)])

    def each(values: Iterable[float | None]) -> Reals:
        """Repeat what is said of a segment for each of its loci."""
        said = zip(segments, values, strict=True)
        return np.array([np.nan if value is None else value for segment, value in said for _ in segment.loci], float)

    return GenomeLayout(
        segments=tuple(segments),
        loci=tuple(locus for segment in segments for locus in segment.loci),
        low=np.concatenate([np.zeros(0), *(segment.lows for segment in segments)]),
        high=np.concatenate([np.zeros(0), *(segment.highs for segment in segments)]),
        rate=each(0.0 if segment.structure else segment.mutation.rate for segment in segments),
        scale=each(segment.mutation.scale for segment in segments),
    )


def in_genomes(kinds: list[Kind]) -> list[Kind]:
    """Return kinds in the order in which genomes have their segments: evosim's own from the last on, then others."""
    own = [kind for kind in kinds if kind.name in OWN]
    return own[::-1] + [kind for kind in kinds if kind.name not in OWN]
