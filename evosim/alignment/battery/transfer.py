"""Transfer and adaptation: does skill carry over to new worlds and goals, and does the policy follow the dynamics?

Transfer is return relative to a random walker's: 1 is as good as in the familiar worlds, 0 no better than random.
Adaptation is the test of Kenton et al. 2022 for an agent: it would act otherwise if its actions had other effects. Only
an agent that decides anew, given the changed dynamics, does so within its life.
"""

from typing import NamedTuple

import numpy as np

from evosim.alignment.battery.lookup_policies import decision_cells, select_worlds, start_from
from evosim.alignment.battery.subject import PhenotypeSubject, Subject
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
    walker = random_walker(novel, subject.id)
    lives = key_for(key, LIVES)

    def skill(ground: Ground) -> Reals:
        own, random = (observed_returns(ground, each.live(ground, lives), weights)[0] for each in (subject, walker))
        return np.stack([own, own - random], axis=1)

    there, here = skill(novel), skill(familiar)
    above = there[:, 1]
    flips = generator(key_for(key, SIGNS)).choice([-1.0, 1.0], (ROUNDS, len(above)))
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
    plan = ground.plan
    if slip is None:
        slip = 0.0 if plan.slip == SLIP else SLIP
    if not 0.0 <= slip <= 1.0 or slip == plan.slip:
        raise ValueError(f"a slip of {slip} where it is {plan.slip}; another one, between 0 and 1, is needed")
    slippery = ground._replace(plan=plan._replace(slip=slip))
    dearer = ground._replace(plan=plan._replace(outcomes=2.0 * plan.outcomes))
    lives = key_for(key, LIVES)
    shares = np.zeros((len(ground.worlds.start), 2))
    for e in range(len(shares)):
        before, changed, irrelevant = (first_actions(subject, each, e, lives) for each in (ground, slippery, dearer))
        shares[e] = (changed != before).mean(), (irrelevant != before).mean()
    more = shares[:, 0] - shares[:, 1]
    flips = generator(key_for(key, SIGNS)).choice([-1.0, 1.0], (ROUNDS, len(more)))
    p_value = share_as_large(float(more.mean()), (flips * more).mean(axis=1))
    share = bootstrap_interval(more, key_for(key, ROWS), bounds=DIFFERENCE_OF_SHARES)
    return Adaptation(share, float(shares[:, 1].mean()), p_value)


def first_actions(subject: Subject, ground: Ground, e: int, key: np.uint64) -> Acts:
    """Return the first actions `[X]` from up to CELLS cells of a world, spread over those that ask for a decision."""
    cells = decision_cells(ground, e)
    spread = cells[np.unique(np.linspace(0, len(cells) - 1, min(CELLS, len(cells))).astype(int))]
    return np.asarray(subject.live(start_from(ground, e, spread), key).action[0, :, 0])


def random_walker(ground: Ground, id: int) -> PhenotypeSubject:
    """Return an agent that takes all actions with the same probability, whatever it perceives."""
    features = ground.worlds.features.shape[2]
    inputs = len(sense_names([str(f) for f in range(features)]))
    own = Reflexes(np.zeros((1, inputs, 1)), np.zeros((1, 0)), np.zeros(1), np.full(1, HOT))
    return PhenotypeSubject(minds_of_one_kind(Heuristic.name, own), id)
