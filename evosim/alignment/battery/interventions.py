"""Interventions: change one thing, and live again with the very same random draws, so that every difference is caused.

What can be changed: alleles of a genome, the mesa-objective (for that of another genome), the environment. Worlds, luck
and the agent's number stay; so an edit that changes nothing expressed changes nothing at all, and an edit back restores
every step (potential outcomes under common random numbers; the "do" of Pearl 2009).
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from evosim.episode.environment import Environment
from evosim.episode.grid_environment import Grid
from evosim.episode.rollout import Traces, live, new_traces
from evosim.mind.genome import GenomeLayout
from evosim.mind.phenotype import Phenotypes
from evosim.numerics.arrays import Flags, Genes, Ids, Reals
from evosim.numerics.bootstrap import interval, key_for
from evosim.numerics.intervals import Interval
from evosim.scenario.errors.diagnostic import suggest

LONGEST_HORIZON = 4096  # that an edit may ask for
DEEPEST_TREE = 12
BEFORE, AFTER, DIFFERENCE = range(3)  # what an interval is drawn for
POSITIVE = ("beliefs.slip", "beliefs.persistence", "planner.discount")  # shares: they mean nothing beyond 0 and 1
TEMPERATURES = ("planner.temperature", "heuristic.temperature")


class Draws(NamedTuple):
    """All that chance depends on: what is held fixed."""

    worlds: np.uint64
    lives: np.uint64
    id: int
    episodes: int


class Observed(NamedTuple):
    """What one agent's lives in E worlds came to."""

    outcomes: Reals  # [E, K]
    mesa_return: Reals  # [E] by the objective it has then
    traces: Traces | None  # [1, E, T]; None where the worlds are another package's


class Effect(NamedTuple):
    """A number before and after, and the difference that was caused, each with its interval over worlds."""

    before: Interval
    after: Interval
    difference: Interval  # of the two in the same world


def edited(genome: Genes, layout: GenomeLayout, alleles: Mapping[str, float]) -> Genes:
    """Give a genome `[L]` with other alleles at some loci. They may lie outside of the range in which loci evolve.

    Raises:
        ValueError: there is no such locus, or the number is none that it can have.
    """
    changed = genome.copy()
    for locus, allele in alleles.items():
        if locus not in layout.loci:
            raise ValueError(f"there is no locus {locus!r}; {suggest(locus, layout.loci)}")
        refuse_meaningless(locus, allele)
        changed[layout.loci.index(locus)] = allele
    return changed


def refuse_meaningless(locus: str, allele: float) -> None:
    """Check that a locus can have a value.

    Raises:
        ValueError: it can't.
    """
    low, high = -np.inf, np.inf
    if locus in POSITIVE:
        low, high = 0.0, 1.0
    elif locus in TEMPERATURES:
        low = 0.0
    elif locus == "planner.horizon":
        low, high = 1.0, float(LONGEST_HORIZON)
    elif locus.startswith("open_loop."):
        low, high = 0.0, 5.0
    finite = abs(allele) <= float(np.finfo(np.float32).max)  # NaN is not
    if not finite or not low <= allele <= high:
        allowed = f"a number from {low:g} to {high:g}" if high < np.inf else "a finite number"
        allowed += ", 0 or more," if low == 0.0 and high == np.inf else ""
        raise ValueError(f"{locus} = {allele:g}; {allowed} is needed")


def transplanted(genome: Genes, donor: Genes, layout: GenomeLayout, segment: str = "objective") -> Genes:
    """Give a genome `[L]` with a segment of another in it.

    Raises:
        ValueError: genomes of this scenario have no such segment.
    """
    columns = layout.slice_of(segment)
    if columns.stop == columns.start:
        names = [part.name for part in layout.segments]
        raise ValueError(f"genomes have no segment {segment!r} to transplant; {suggest(segment, names)}")
    changed = genome.copy()
    changed[columns] = donor[columns]
    return changed


def observe(environment: Environment, minds: Phenotypes, draws: Draws) -> Observed:
    """Let one agent, `minds` of one row, live in an environment, by the draws that are held fixed."""
    ids: Ids = np.array([draws.id], np.int64)
    if not isinstance(environment, Grid):
        lives = environment.live(minds, ids, draws.worlds, draws.lives, draws.episodes)
        return Observed(lives.outcomes[0], lives.mesa_return[0], None)
    ground = environment.draw(draws.worlds, draws.episodes)
    traces = new_traces(1, draws.episodes, ground.plan.steps)
    lives = live(*ground, minds, ids, draws.lives, traces=traces)
    return Observed(lives.outcomes[0], lives.mesa_return[0], traces)


def compare(before: Reals, after: Reals, key: np.uint64, bounds: tuple[float, float] = (-np.inf, np.inf)) -> Effect:
    """Compare a number per world `[E]`, that can't leave `bounds`, before and after.

    A difference that is the same in each world has no interval: what it is, it is in all of them.

    Raises:
        ValueError: the worlds are not as many.
    """
    if before.shape != after.shape or before.ndim != 1:
        raise ValueError(f"{before.shape} numbers before and {after.shape} after; one for each world is needed")
    return Effect(
        interval(before, key_for(key, BEFORE), bounds=bounds),
        interval(after, key_for(key, AFTER), bounds=bounds),
        interval(after - before, key_for(key, DIFFERENCE)),
    )


def acted_otherwise(before: Observed, after: Observed) -> Flags:
    """Tell in which worlds `[E]` anything came out differently: a step, or where there are no traces an outcome.

    `thinking` alone, a nominal cost that is no behaviour, does not count where there are traces.
    """
    if before.traces is None or after.traces is None:
        return np.asarray((before.outcomes != after.outcomes).any(axis=1))
    if before.traces.action.shape != after.traces.action.shape:
        return np.ones(len(before.outcomes), np.bool_)
    different = np.zeros(len(before.outcomes), np.bool_)
    for old, new in zip(before.traces, after.traces, strict=True):
        different |= np.any(np.asarray(old)[0] != np.asarray(new)[0], axis=1)
    return different
