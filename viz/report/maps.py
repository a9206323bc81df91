"""Maps: the path of an agent in one world, over the landscape of what it wants.

The height of a cell is the optimal value of going on from there by the agent's mesa-objective, with its own
discount and no horizon, as when it first can be there and has taken nothing.
"""

from typing import NamedTuple

import numpy as np

from evosim.alignment.objectives import fill_reward, mesa_objective
from evosim.alignment.pursuit import LARGEST_DISCOUNT, find_optimal
from evosim.alignment.tabular import BEGIN, TabularWorld, tabulate, why_not_tabular
from evosim.environments.grid import Ground
from evosim.lifetime import OVER, Traces
from evosim.mind.phenotype import PLANNER, Phenotypes
from evosim.types import Reals
from evosim.world.grid import NOWHERE, WALL
from viz.answer import number
from viz.report.behaviour import part_of

MOST_STATES = 20_000
NO_VALUE = "no value: a wall, or a cell that ends the episode or can't be reached"


class Cell(NamedTuple):
    """A floor cell: where, how high from 0 to 1, and in words; None where it has no value."""

    row: int
    column: int
    height: float | None
    words: str
    at_place: bool


class Thing(NamedTuple):
    """An object in its cell."""

    row: int
    column: int
    kind: str
    looks: str
    worth: float | None  # to the agent


class Map(NamedTuple):
    """A world with what an agent did in it."""

    rows: int
    columns: int
    floor: list[Cell]
    things: list[Thing]
    path: list[tuple[int, int]]  # rows and columns, from the start on
    most: float | None  # the largest value of a cell
    why_flat: str  # why there are no values
    first: str  # what it entered first


def draw_map(ground: Ground, traces: Traces, mind: Phenotypes, e: int, kinds: list[str], features: list[str]) -> Map:
    """Draw world e of a sample, in which an agent left the traces `[1, E, T]`; object types have the names `kinds`."""
    one, plan = part_of(ground, slice(e, e + 1)), ground.plan
    values, worth, why_flat = _wanted(one, mind)
    most = float(np.nanmax(values)) if values is not None else None
    if most is not None and most <= 0.0:
        most, why_flat, values = None, "nothing in this world is worth having to it", None
    cells = [int(cell) for cell in traces.cell[0, e] if cell != OVER]
    entered = traces.entered[0, e]
    first = next((kinds[plan.type_of[n]] for n in entered.tolist() if n >= 0), "")
    things = [
        Thing(
            *divmod(int(cell), plan.columns),
            kinds[plan.type_of[n]],
            _looks(one.worlds.features[0, n], features),
            None if worth is None else float(worth[n]),
        )
        for n, cell in enumerate(one.worlds.cell[0])
    ]
    return Map(
        plan.rows, plan.columns, _floor(one, values, most), things, [divmod(cell, plan.columns) for cell in cells],
        most, why_flat, first,
    )  # fmt: skip


def _floor(one: Ground, values: Reals | None, most: float | None) -> list[Cell]:
    """List the floor cells with their heights."""
    places, cells = one.worlds.place[0], []
    for cell in np.flatnonzero(one.worlds.wall[0] != WALL).tolist():
        value = float("nan") if values is None else float(values[cell])
        known = most is not None and not np.isnan(value)
        height = max(0.0, value / most) if known and most is not None else None
        at_place = bool(len(places) and places[cell] != NOWHERE)
        words = f"value {number(value)}" if known else NO_VALUE
        cells.append(Cell(*divmod(cell, one.plan.columns), height, words, at_place))
    return cells


def _wanted(one: Ground, mind: Phenotypes) -> tuple[Reals | None, Reals | None, str]:
    """Find the value of each cell `[C]`, what each object is worth `[N]`, and why not, if they have none."""
    if mind.controller[0] != PLANNER:
        return None, None, "it doesn't plan, so it has no mesa-objective, and nothing has a value to it"
    rewards = mesa_objective(one, mind)[0, 0]
    worth = rewards[: len(one.plan.type_of)]
    if why := why_not_tabular(one.plan):
        return None, worth, why
    listed = tabulate(one, most=MOST_STATES)
    if listed is None:
        return None, worth, f"this world has more than {MOST_STATES:,} states"
    return cell_values(listed[0], rewards, float(mind.discount[0] * mind.persistence[0]), one), worth, ""


def cell_values(world: TabularWorld, rewards: Reals, discount: float, one: Ground) -> Reals:
    """Give the optimal value of each cell `[C]` while nothing has been taken; NaN where one can't be then."""
    shape = world.entered.shape[:2]
    reward, values, allowed = np.empty(shape), np.zeros(shape[0]), np.zeros(shape, np.bool_)
    fill_reward(world, rewards, reward)
    find_optimal(world, reward, min(discount, LARGEST_DISCOUNT), values, allowed)
    found = np.full(one.plan.rows * one.plan.columns, np.nan)
    for state in range(world.states - 1, BEGIN - 1, -1):  # of several states in a cell, the one that is met first
        if world.taken[state] == 0 and not world.inventory[state].any():
            found[world.cell[state]] = values[state]
    return found


def _looks(features: Reals, names: list[str]) -> str:
    """Name what can be observed of a thing."""
    return ", ".join(
        name if value == 1.0 else f"{name} {value:.2g}"
        for name, value in zip(names, features.tolist(), strict=True)
        if value
    )
