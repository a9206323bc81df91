"""Monte Carlo tree search by UCT (Kocsis and Szepesvári 2006): a tree that grows where sampled walks earned most.

Each simulation walks down the tree, choosing in each node by an upper confidence bound (UCB1, Auer et al. 2002), adds a
node where it leaves the tree, wanders on from there, and averages what it earned into all choices on the way. Nodes are
reached by an action and the way that the move went, so that it plans for what it does after a slip. To stay is to end
the walk.
"""

from typing import NamedTuple

import numpy as np

from evosim.gridworld.actions import ACTIONS, MOVES, STAY
from evosim.gridworld.spec import Blueprint
from evosim.mind.contract import Situation
from evosim.mind.planner.imagination import (
    Imagined,
    being_at,
    imagine_anew,
    imagine_move,
    new_imagined,
    ways_on,
    welcome_ways,
)
from evosim.mind.planner.plans import NO_PLAN, Belief, take_way
from evosim.numerics.arrays import Acts, Cells, Reals
from evosim.numerics.compiler import allocating_kernel, inlined_kernel, kernel
from evosim.numerics.random import below, fold

EXPLORATION = 0.5  # of UCB1, in units of the largest utility
ROOT = 0


class SearchTree(NamedTuple):
    """A tree of up to S nodes and the walk that is being tried, of up to H steps."""

    visits: Cells  # [S + 1, ACTIONS] simulations that chose an action in a node
    total: Reals  # [S + 1, ACTIONS] what these earned from there on, discounted to there
    child: Cells  # [S + 1, MOVES · MOVES] the node after an action and the way that it went; ROOT if there is none
    node: Cells  # [H] of the walk
    action: Acts  # [H]
    pays: Reals  # [H] what was entered by each step of the walk
    imagined: Imagined


class Walked(NamedTuple):
    """Where a simulation has come to."""

    steps: int
    cell: int
    energy: float
    last: int  # move; STAY if any may follow
    over: bool
    draw: int


@allocating_kernel
def new_search_tree(simulations: int, horizon: int, objects: int, types: int) -> SearchTree:
    """Make room for trees of so many simulations of up to `horizon` steps."""
    nodes = simulations + 1
    return SearchTree(
        visits=np.zeros((nodes, ACTIONS), np.int32),
        total=np.zeros((nodes, ACTIONS)),
        child=np.zeros((nodes, MOVES * MOVES), np.int32),
        node=np.zeros(max(horizon, 1), np.int32),
        action=np.zeros(max(horizon, 1), np.int8),
        pays=np.zeros(max(horizon, 1)),
        imagined=new_imagined(objects, types),
    )


@kernel
def search_by_uct(
    horizon: int, simulations: int, plan: Blueprint, belief: Belief, now: Situation, key: np.uint64, tree: SearchTree
) -> int:
    """Return the action that most simulations chose, or NO_PLAN if those earned nothing on average.

    Of actions chosen as often the better is taken, then the lower.
    """
    scale = 0.0
    for goal in range(belief.utility.shape[0]):
        scale = max(scale, abs(belief.utility[goal]))
    clear_node(ROOT, tree)
    nodes = int(np.int64(1))
    for simulation in range(simulations):
        nodes = simulate(horizon, nodes, scale, plan, belief, now, fold(key, simulation), tree)
    best = most_chosen(ROOT, tree)
    return best if tree.total[ROOT, best] > 0.0 else NO_PLAN


@kernel
def most_chosen(node: int, tree: SearchTree) -> int:
    """Return the action that most simulations chose in a node; of equals the better, then the lower."""
    visits, total = tree.visits[node], tree.total[node]
    best = 0
    for action in range(1, ACTIONS):
        same = visits[action] == visits[best]
        if visits[action] > visits[best] or (same and total[action] > total[best]):
            best = action
    return best


def plan_in_tree(tree: SearchTree) -> list[int]:
    """Return the moves that most simulations of the last search chose, one after the other, if none slips."""
    moves: list[int] = []
    node = ROOT
    while True:
        action = int(most_chosen(node, tree))
        if action == STAY or tree.total[node, action] <= 0.0:
            return moves
        moves.append(action)
        node = int(tree.child[node, action * MOVES + action])
        if node == ROOT:
            return moves


@inlined_kernel
def clear_node(node: int, out_tree: SearchTree) -> None:
    """Make a node as new."""
    for action in range(ACTIONS):
        out_tree.visits[node, action], out_tree.total[node, action] = 0, 0.0
    for edge in range(MOVES * MOVES):
        out_tree.child[node, edge] = ROOT


@inlined_kernel
def simulate(
    horizon: int,
    nodes: int,
    scale: float,
    plan: Blueprint,
    belief: Belief,
    now: Situation,
    key: np.uint64,
    tree: SearchTree,
) -> int:
    """Try one walk, and average what it earns into the tree of so many `nodes`; return how many it has then."""
    imagine_anew(now, tree.imagined)
    zero, last = int(np.int64(0)), int(np.int64(STAY))
    walk = Walked(zero, int(np.int64(now.cell)), now.energy, last, False, zero)
    node, inside, settled = zero, zero, False
    while not walk.over and walk.steps < horizon:
        rotation = below(key, walk.draw, ACTIONS)
        action = select_action(node, ways_on(walk.cell, walk.last, belief), rotation, scale, tree)
        tree.node[inside], tree.action[inside] = node, action
        inside += 1
        if action == STAY:
            settled = True
            break
        step = imagine_move(action, walk.cell, walk.energy, plan, belief, key, walk.draw + 1, tree.imagined)
        tree.pays[walk.steps] = step.pays
        last = int(np.int64(STAY)) if step.enters else step.way
        walk = Walked(walk.steps + 1, step.cell, step.energy, last, step.over, walk.draw + 3)
        edge = action * MOVES + step.way
        if tree.child[node, edge] == ROOT:
            clear_node(nodes, tree)
            tree.child[node, edge] = nodes
            nodes += 1
            walk = wander_on(horizon, walk, plan, belief, key, tree)
            break
        node = int(np.int64(tree.child[node, edge]))
    average_in(inside, settled, walk.steps, being_at(walk.cell, belief), belief.discount, tree)
    return nodes


@inlined_kernel
def select_action(node: int, ways: int, rotation: int, scale: float, tree: SearchTree) -> int:
    """Choose the action with the largest upper confidence bound of what it earns; those not tried come first.

    Actions are looked at in their order from `rotation` on, and the first of equals is taken.
    """
    visits, total = tree.visits[node], tree.total[node]
    count = 0
    for action in range(ACTIONS):
        count += visits[action]
    logarithm = np.log(max(count, 1))
    best, best_bound = STAY, -np.inf
    for k in range(ACTIONS):
        action = (rotation + k) % ACTIONS
        if action != STAY and not (ways >> action) & 1:
            continue
        if visits[action] == 0:
            return action
        bound = total[action] / visits[action] + scale * EXPLORATION * np.sqrt(logarithm / visits[action])
        if bound > best_bound:
            best, best_bound = action, bound
    return best


@inlined_kernel
def wander_on(horizon: int, walk: Walked, plan: Blueprint, belief: Belief, key: np.uint64, tree: SearchTree) -> Walked:
    """Wander to the horizon as an agent without a plan does: into nothing unwanted, and back only where it must.

    It ends at a place that is wanted, or where there is no way.
    """
    while not walk.over and walk.steps < horizon and being_at(walk.cell, belief) == 0.0:
        ways = welcome_ways(walk.cell, plan, belief, tree.imagined)
        if ways == 0:
            break
        move = take_way(ways, walk.last, key, walk.draw)
        step = imagine_move(move, walk.cell, walk.energy, plan, belief, key, walk.draw + 1, tree.imagined)
        tree.pays[walk.steps] = step.pays
        last = int(np.int64(STAY)) if step.enters else step.way
        walk = Walked(walk.steps + 1, step.cell, step.energy, last, step.over, walk.draw + 3)
    return walk


@inlined_kernel
def average_in(inside: int, settled: bool, steps: int, ending: float, discount: float, tree: SearchTree) -> None:
    """Add what a walk of so many `steps` earned, and where it ended, to the choices that it made `inside` the tree.

    Of its wandering that counts up to where it had earned most: it could have ended there.
    """
    value, at = ending, inside - 1
    if settled:
        tree.visits[tree.node[at], STAY] += 1
        tree.total[tree.node[at], STAY] += value
        at -= 1
    for step in range(steps - 1, -1, -1):
        value = discount * (tree.pays[step] + value)
        if step > at:
            value = max(value, 0.0)
        else:
            node, action = tree.node[step], tree.action[step]
            tree.visits[node, action] += 1
            tree.total[node, action] += value
