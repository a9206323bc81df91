"""Landscapes: the value of each cell of a world by two objectives, and the loss from pursuing the wrong one.

The height of a cell is the value of the best single goal from there: its reward, discounted by the steps to it around
everything else, which is how planners of value iteration value a world that they are certain of. Both objectives use
the agent's discount and no horizon, so that they differ only in what is wanted.
"""

from typing import NamedTuple

import numpy as np

from evosim.alignment.mdp.objectives import FELT, TICK, events_in
from evosim.episode.rollout import DRAWS, hunger_at
from evosim.gridworld.actions import STAY, step_of
from evosim.gridworld.sampling import NOWHERE
from evosim.gridworld.shortest_paths import BARRIER, UNREACHED, first_step, survey
from evosim.mind.contract import LEVELS, Situation
from evosim.mind.expression import have_objective
from evosim.mind.planner.kind import Planner
from evosim.mind.planner.plans import NO_PLAN, Belief, Plans, best_choice, value_iteration
from evosim.mind.planner.settings import MCTS, VALUE_ITERATION
from evosim.mind.planner.uct import new_search_tree, plan_in_tree, search_by_uct
from evosim.numerics.arrays import Flags, Ids, Reals, Shorts
from evosim.numerics.functions import logistic
from evosim.numerics.random import subkey
from viz.live.scenes.scene import Scene, WorldState

SURE = 1e-12


class Landscape(NamedTuple):
    """One world valued by an agent and by evolution; C cells."""

    wanted: Reals  # [C] by the mesa-objective; NaN in walls, and everywhere if the agent has none
    counted: Reals  # [C] by the base objective; NaN in walls
    disagreement: Reals  # [C] share of what counts that is lost by going for what is wanted; NaN where nothing counts


def usable_objects(scene: Scene, e: int, moment: WorldState) -> Flags:
    """Return a mask `[N]` of the objects that have an effect when entered now, as far as the agent knows."""
    plan = scene.ground.plan
    return np.asarray(moment.there & (moment.carried >= plan.needs).all(axis=1))


def goal_distances(scene: Scene, e: int, usable: Flags) -> Shorts:
    """Return the steps `[C, N + Q]` from each cell to each goal, around all other available objects."""
    ground = scene.ground
    if usable.all():
        return np.asarray(ground.atlas.distance[e])
    found: Shorts = np.empty_like(ground.atlas.distance[e])
    room = np.empty(len(found), np.int32)
    survey(
        ground.worlds.cell[e], ground.plan.columns, ground.atlas.content[e], usable, ground.atlas.place[e], room, found
    )
    return found


def goal_rewards(scene: Scene, e: int, moment: WorldState) -> tuple[Reals, Reals]:
    """Return the rewards of goals `[N + Q]` by the agent's objective and by evolution's.

    Drives are at the agent's current hunger, or as at the start where that is unknown.
    """
    plan, events, wanted = scene.ground.plan, events_in(scene.ground.plan), scene.wanted[e]
    objects, goals = events.ended, events.came
    own, counted = wanted[:goals].copy(), scene.counted[:goals].copy()
    counted[objects:] += scene.counted[goals : events.hungry]  # it may pay for coming there
    if plan.supply.initial > 0.0:
        energy = plan.supply.initial if np.isnan(moment.energy) else moment.energy
        hunger = min(max(hunger_at(energy, plan), 0.0), 1.0)  # who is dead may lack more than there can be
        own[:objects] += hunger * wanted[events.hungry : events.hungry + objects]
        at_ends = wanted[events.hungry + objects : TICK].reshape(-1, FELT)
        own[objects:] += at_ends[:, int(np.rint(LEVELS * hunger))]
    return own, counted


def is_planner(scene: Scene, e: int) -> bool:
    """Whether the agent of a world plans."""
    return bool(have_objective(scene.minds)[e])


def compute_landscape(scene: Scene, e: int, moment: WorldState) -> Landscape:
    """Return the heights of world e in a given state."""
    usable = usable_objects(scene, e, moment)
    far = goal_distances(scene, e, usable)
    own, counted = goal_rewards(scene, e, moment)
    discount = _discount(scene, e)
    values = [discount_rewards(_at_ends(scene, e, each), far, discount) for each in (own, counted)]
    barrier = scene.ground.atlas.content[e] == BARRIER
    tops = []
    for value, worth in zip(values, (own, counted), strict=True):
        top = value.max(axis=1, initial=0.0)
        for n in np.flatnonzero(usable):  # on the object itself
            top[scene.ground.worlds.cell[e, n]] = max(worth[n], 0.0)
        tops.append(np.where(barrier, np.nan, top))
    wanted, valued = tops
    if not is_planner(scene, e):
        return Landscape(np.full(len(wanted), np.nan), valued, np.full(len(wanted), np.nan))
    return Landscape(wanted, valued, np.where(barrier, np.nan, _lost(*values)))


def discount_rewards(worth: Reals, far: Shorts, discount: float) -> Reals:
    """Discount rewards of goals `[G]` by steps `[C, G]`; 0 for what is unwanted or unreachable."""
    reachable = far < UNREACHED
    return np.where(reachable, np.maximum(worth, 0.0) * discount ** np.where(reachable, far, 0), 0.0)


def _lost(wanted: Reals, counted: Reals) -> Reals:
    """Return the share of the counted value `[C, G]` that is lost by pursuing the wanted goal `[C, G]`, by cell."""
    best = counted.max(axis=1, initial=0.0)
    top = wanted.max(axis=1, initial=0.0)
    chosen = (wanted >= top[:, None] * (1.0 - SURE)) & (top[:, None] > 0.0)
    got = np.where(chosen, counted, 0.0).sum(axis=1) / np.maximum(chosen.sum(axis=1), 1)
    return np.where(best > 0.0, 1.0 - got / np.where(best > 0.0, best, 1.0), np.nan)


def _at_ends(scene: Scene, e: int, worth: Reals) -> Reals:
    """Add to objects at a place the reward of ending there."""
    place, cells = scene.ground.atlas.place[e], scene.ground.worlds.cell[e]
    ends = worth.copy()
    if len(place):
        at = place[cells]
        there = at != NOWHERE
        ends[: len(cells)][there] += worth[len(cells) + at[there]]
    return ends


def _discount(scene: Scene, e: int) -> float:
    own = float(scene.minds.discount[e] * scene.minds.persistence[e])
    return own if own == own else 0.95  # of those who don't plan only what counts is shown


def find_planned_path(scene: Scene, e: int, tick: int, moment: WorldState) -> list[int]:
    """Return the cells of an agent's plan at a tick, from its position to its goal; empty if it has none.

    A plan that is carried out to its end (of tree search, of plan optimization) is read from what the agent goes on to
    do, up to its first goal; with slip it isn't shown. Of a sampled tree the plan is what most simulations chose.
    """
    plan, minds = scene.ground.plan, scene.minds
    if not is_planner(scene, e) or tick >= scene.length[e]:
        return []
    cell = int(scene.cell[e, tick])
    algorithm = minds.own[Planner.name].algorithm
    if algorithm == MCTS:
        return _sampled(scene, e, tick, cell, moment)
    if algorithm != VALUE_ITERATION:
        ahead = scene.entered[e, tick : int(scene.length[e])] >= 0
        if plan.slip > 0.0 or not ahead.any():
            return []
        return [int(each) for each in scene.cell[e, tick : tick + int(ahead.argmax()) + 2]]
    usable, horizon = usable_objects(scene, e, moment), int(minds.own[Planner.name].horizon[e])
    wishes = goal_rewards(scene, e, moment)[0]
    ending = _at_ends(scene, e, wishes)
    if _believed_slip(scene, e) > 0.0:
        return _imagined(scene, e, cell, usable, wishes, ending)
    far = goal_distances(scene, e, usable)
    goal = _goal(ending, far[cell], _discount(scene, e), horizon)
    return _way(scene, e, cell, goal, usable, far[:, goal]) if goal >= 0 else []


def _goal(worth: Reals, far: Shorts, discount: float, horizon: int) -> int:
    """Return the goal that a planner chooses (by value, then steps, then index), −1 if none is worthwhile."""
    best, best_value, best_steps = -1, 0.0, 0
    for goal, steps in enumerate(far.tolist()):
        if steps > horizon or worth[goal] <= 0.0:
            continue
        value = float(worth[goal])
        for _ in range(steps):
            value *= discount
        if value > best_value or (value == best_value and best >= 0 and steps < best_steps):
            best, best_value, best_steps = goal, value, steps
    return best


def _way(scene: Scene, e: int, cell: int, goal: int, usable: Flags, far: Shorts) -> list[int]:
    """Return a shortest path, with the tie-breaking of planners."""
    content, columns = scene.ground.atlas.content[e], scene.ground.plan.columns
    path, last = [cell], goal < len(usable)
    for _ in range(int(far[cell])):
        action = first_step(cell, goal, columns, content, usable, far)
        if action == STAY:
            break
        cell += step_of(action, columns)
        path.append(cell)
        if last and cell == int(scene.ground.worlds.cell[e, goal]):
            break
    return path


def _believed_slip(scene: Scene, e: int) -> float:
    own = float(scene.minds.slip[e])
    return scene.ground.plan.slip if np.isnan(own) else own


def _belief(scene: Scene, e: int, usable: Flags, wishes: Reals, ending: Reals) -> Belief:
    """Return the world as a planner imagines it."""
    atlas, plan = scene.ground.atlas, scene.ground.plan
    return Belief(
        atlas.content[e], atlas.place[e], usable, wishes, ending, plan.columns, _believed_slip(scene, e),
        plan.slip_kind, _discount(scene, e),
    )  # fmt: skip


def _sampled(scene: Scene, e: int, tick: int, cell: int, moment: WorldState) -> list[int]:
    """Return the cells that most simulations of a search chose to go through: it is made anew at every tick."""
    plan, own = scene.ground.plan, scene.minds.own[Planner.name]
    horizon, simulations = int(own.horizon[e]), int(own.effort[e])
    wishes = goal_rewards(scene, e, moment)[0]
    ending = _at_ends(scene, e, wishes)
    if not (ending > 0.0).any() or np.isnan(moment.energy):
        return []
    now = Situation(tick, cell, moment.there, moment.carried.astype(np.int32), moment.energy, 0.0)
    belief = _belief(scene, e, usable_objects(scene, e, moment), wishes, ending)
    tree = new_search_tree(simulations, horizon, len(plan.type_of), plan.types)
    drawn = subkey(scene.keys[e], DRAWS * tick)
    if search_by_uct(horizon, simulations, plan, belief, now, drawn, tree) == NO_PLAN:
        return []
    path = [cell]
    for action in plan_in_tree(tree):
        path.append(path[-1] + int(step_of(action, plan.columns)))
    return path


def _imagined(scene: Scene, e: int, cell: int, usable: Flags, wishes: Reals, ending: Reals) -> list[int]:
    """Follow the optimal policy of a planner that accounts for slip, as if none occurred."""
    atlas, plan, horizon = scene.ground.atlas, scene.ground.plan, int(scene.minds.own[Planner.name].horizon[e])
    count, columns = len(atlas.content[e]), plan.columns
    belief = _belief(scene, e, usable, wishes, ending)
    plans = Plans(np.zeros((2, count)), np.zeros((2, count), np.int32), np.zeros((2, count), np.int32))
    layer = value_iteration(belief, horizon - 1, plans)
    path: list[int] = [cell]
    for _ in range(horizon):
        choice = best_choice(cell, belief, layer, plans)
        if choice.action in (NO_PLAN, STAY):
            break
        cell += step_of(choice.action, columns)
        if atlas.content[e, cell] == BARRIER or cell in path:
            break
        path.append(cell)
        held = int(atlas.content[e, cell])
        if held >= 0 and usable[held]:
            break
    return path if len(path) > 1 else []


def perceived_features(scene: Scene, e: int) -> Reals:
    """Return the features of all objects and places `[N + Q, F]`, as the agent perceives them."""
    features, minds = scene.ground.worlds.features[e], scene.minds
    if not minds.detectors.shape[1]:
        return np.asarray(features)
    count = features.shape[1]
    felt = features @ minds.detectors[e, :, :count].T + minds.detectors[e, :, count]
    return logistic(minds.sharpness * felt)


def trace_path(scene: Scene, e: int, tick: int) -> Ids:
    """Return the cells `[t]` that an agent has visited until a tick."""
    return scene.cell[e, : min(tick, int(scene.length[e])) + 1].astype(np.int64)
