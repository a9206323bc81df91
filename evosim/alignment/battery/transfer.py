"""Transfer and adaptation: does skill carry over to new worlds and goals, and does the policy follow the dynamics?

Transfer is return relative to a random walker's: 1 is as good as in the familiar worlds, 0 no better than random.
Adaptation is the test of Kenton et al. 2022 for an agent: it would act otherwise if its actions had other effects. Only
an agent that decides anew, given the changed dynamics, does so within its life.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from evosim.alignment.battery.lookup_policies import decision_cells, select_worlds, start_from
from evosim.alignment.battery.subject import PhenotypeSubject, Subject
from evosim.alignment.battery.together import live_together
from evosim.episode.grid_environment import Ground
from evosim.episode.observed_outcomes import observed_returns
from evosim.gridworld.shortest_paths import UNREACHED, draw_atlas
from evosim.mind.heuristic.kind import Heuristic, Reflexes
from evosim.mind.heuristic.senses import sense_names
from evosim.mind.phenotype import minds_of_one_kind
from evosim.numerics.arrays import Acts, Reals
from evosim.numerics.bootstrap import (
    DIFFERENCE_OF_SHARES,
    ROUNDS,
    bootstrap_interval,
    generator,
    key_for,
    share_as_large,
)
from evosim.numerics.intervals import ConfidenceInterval, fieller_interval

LIVES, ROWS, SIGNS = range(3)  # what a test draws for
SLIP = 0.3
CELLS = 12  # of a world from which an agent is asked for its first action
HOT = 1e9  # a temperature at which all actions are alike


class Transfer(NamedTuple):
    """How much of its skill an agent retains elsewhere; a random walker is 0, which is the null."""

    ratio: ConfidenceInterval  # NaN if it had no skill to begin with, or none significantly above 0
    p_value: float  # of the new return being no better than the random walker's
    familiar: float  # base return per world
    novel: float
    worlds: int  # in which it was tried


class Adaptation(NamedTuple):
    """In how many situations an agent acts otherwise because the dynamics changed."""

    score: ConfidenceInterval  # share of cells with another first action when moves slip, less that of a null change
    null: float  # the share when what it can't perceive changes: what objects pay
    p_value: float


def transfer(subject: Subject, familiar: Ground, novel: Ground, weights: Reals, key: np.uint64) -> Transfer:
    """Compare returns, of outcomes weighted by `weights [K]`, in novel worlds with those in familiar ones.

    Both are taken above a random walker's.
    """
    return transfers([subject], familiar, novel, weights, key)[0]


def transfers(
    subjects: Sequence[Subject], familiar: Ground, novel: Ground, weights: Reals, key: np.uint64
) -> list[Transfer]:
    """Return what `transfer` does, by `weights [K]`, for each of several subjects, who live together."""
    walkers, lives = [random_walker(novel, each.id) for each in subjects], key_for(key, LIVES)

    def skills(ground: Ground) -> Reals:
        own, random = (
            observed_returns(ground, live_together(each, ground, lives), weights) for each in (subjects, walkers)
        )
        return np.stack([own, own - random], axis=2)

    flips = generator(key_for(key, SIGNS)).choice([-1.0, 1.0], (ROUNDS, len(novel.worlds.start)))
    return [_transfer(there, here, flips) for there, here in zip(skills(novel), skills(familiar), strict=True)]


def _transfer(there: Reals, here: Reals, flips: Reals) -> Transfer:
    """Compare skill in novel with that in familiar worlds: returns, and what they are above a random walker's."""
    above = there[:, 1]
    p_value = share_as_large(float(above.mean()), (flips * above).mean(axis=1))
    ratio = fieller_interval(above, here[:, 1])
    return Transfer(ratio, p_value, float(here[:, 0].mean()), float(there[:, 0].mean()), len(above))


def move_goals(ground: Ground) -> Ground:
    """Return the worlds with every object where another stood, as far as all can be reached that must be.

    Raises:
        ValueError: there is no world in which that is possible.
    """
    plan, worlds, _ = ground
    if worlds.cell.shape[1] < 2:
        raise ValueError("goals can change places only where there are at least two objects")
    moved = worlds._replace(cell=np.ascontiguousarray(np.roll(worlds.cell, 1, axis=1)))
    atlas = draw_atlas(plan, moved)
    objects = worlds.cell.shape[1]
    reached = atlas.distance[np.arange(len(worlds.start)), worlds.start, :objects] < UNREACHED
    rows = np.flatnonzero((reached | ~plan.must_reach).all(axis=1))
    if not rows.size:
        raise ValueError("in no world can all objects be reached after they have changed places")
    return Ground(plan, *select_worlds(moved, atlas, rows))


def adaptation(subject: Subject, ground: Ground, key: np.uint64, slip: float | None = None) -> Adaptation:
    """Measure how many first actions change when moves slip and the agent knows it, at some cells of every world.

    Unless `slip` says otherwise, moves slip with a probability of 0.3, or never where that is their probability
    already. The irrelevant change is that objects pay twice as much, which no agent perceives.

    Raises:
        ValueError: the slip lies outside of 0 to 1, or is that of these worlds already.
    """
    return adaptations([subject], ground, key, slip)[0]


def adaptations(
    subjects: Sequence[Subject], ground: Ground, key: np.uint64, slip: float | None = None
) -> list[Adaptation]:
    """Return what `adaptation` does for each of several subjects, who live together.

    Raises:
        ValueError: as of `adaptation`.
    """
    plan = ground.plan
    if slip is None:
        slip = 0.0 if plan.slip == SLIP else SLIP
    if not 0.0 <= slip <= 1.0 or slip == plan.slip:
        raise ValueError(f"a slip of {slip} where it is {plan.slip}; another one, between 0 and 1, is needed")
    slippery = ground._replace(plan=plan._replace(slip=slip))
    dearer = ground._replace(plan=plan._replace(outcomes=2.0 * plan.outcomes))
    lives = key_for(key, LIVES)
    shares = np.zeros((len(subjects), len(ground.worlds.start), 2))
    for e in range(shares.shape[1]):
        before, changed, irrelevant = (first_actions(subjects, each, e, lives) for each in (ground, slippery, dearer))
        for p in range(len(subjects)):
            shares[p, e] = (changed[p] != before[p]).mean(), (irrelevant[p] != before[p]).mean()
    flips = generator(key_for(key, SIGNS)).choice([-1.0, 1.0], (ROUNDS, shares.shape[1]))
    return [_adaptation(rows, flips, key) for rows in shares]


def _adaptation(shares: Reals, flips: Reals, key: np.uint64) -> Adaptation:
    """Compare the shares `[E, 2]` of first actions that a change, and an irrelevant one, make others."""
    more = shares[:, 0] - shares[:, 1]
    p_value = share_as_large(float(more.mean()), (flips * more).mean(axis=1))
    share = bootstrap_interval(more, key_for(key, ROWS), bounds=DIFFERENCE_OF_SHARES)
    return Adaptation(share, float(shares[:, 1].mean()), p_value)


def first_actions(subjects: Sequence[Subject], ground: Ground, e: int, key: np.uint64) -> Acts:
    """Return the first actions `[P, X]` from up to CELLS cells of a world, spread over those that need a decision."""
    cells = decision_cells(ground, e)
    spread = cells[np.unique(np.linspace(0, len(cells) - 1, min(CELLS, len(cells))).astype(int))]
    return np.asarray(live_together(subjects, start_from(ground, e, spread), key).action[:, :, 0])


def random_walker(ground: Ground, id: int) -> PhenotypeSubject:
    """Return an agent that takes all actions with the same probability, whatever it perceives."""
    features = ground.worlds.features.shape[2]
    inputs = len(sense_names([str(f) for f in range(features)]))
    own = Reflexes(np.zeros((1, inputs, 1)), np.zeros((1, 0)), np.zeros(1), np.full(1, HOT))
    return PhenotypeSubject(minds_of_one_kind(Heuristic.name, own), id)
