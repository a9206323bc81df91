"""Maps: the path of an agent in one world, over the value landscape of its mesa-objective.

The height of a cell is its optimal value by the agent's mesa-objective, with its own discount and no horizon, before
anything has been taken. Of a mind that thinks in a map it is the number that it climbs.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from evosim.alignment.mdp.objectives import fill_reward, mesa_objective
from evosim.alignment.mdp.tabular_world import BEGIN, TabularWorld, tabulate, why_not_tabular
from evosim.alignment.returns.optimal import LARGEST_DISCOUNT, mark_optimal_actions
from evosim.alignment.search.shares import map_kinds
from evosim.alignment.search.thinking import PerceivedWorlds
from evosim.episode.grid_environment import Ground
from evosim.episode.rollout import OVER, Traces
from evosim.gridworld.sampling import NOWHERE, WALL
from evosim.gridworld.shortest_paths import BARRIER
from evosim.mind.expression import have_objective
from evosim.mind.phenotype import Phenotypes
from evosim.numerics.arrays import Ids, Reals
from evosim.numerics.formatting import in_words, number
from evosim.scenario import Scenario
from evosim.scenario.schema.names import object_names
from viz.badges import Badge, badges_on
from viz.looks import named_colour, type_area_style
from viz.names import thing_names
from viz.report.behaviour import select_from_sample
from viz.report.document import fine

MOST_STATES = 20_000
LETTERS = 2  # at most, that stand for an object type
MOST_CELLS = 1500  # that are pictures of their own, with their value in words; of more, like heights are drawn together
HEIGHT_LEVELS = 24
BRIGHT = 100  # of 255, from where on letters on a colour are black
DARK_INK, LIGHT_INK = "#111111", "#ffffff"
MOST_THINGS, MOST_STEPS = 500, 5000  # that are drawn


class MapCell(NamedTuple):
    """A floor cell with its position, its height from 0 to 1, and its value in words."""

    row: int
    column: int
    height: float
    words: str


class Heights(NamedTuple):
    """What the heights of cells are, and how they are drawn."""

    values: Reals  # [C]
    name: str  # of a number
    scale: str  # in words
    drawn: Reals  # [C] from 0 to 1


class Thing(NamedTuple):
    """An object on the map."""

    row: int
    column: int
    kind: str
    name: str  # as it looks
    looks: str
    worth: float | None  # to the agent
    colour: str  # as it looks, else its type's
    ink: str  # of its letters
    badges: list[Badge]

    @property
    def look(self) -> tuple[str, str]:
        """Return what tells it from others of its type: its colour, and the letters of its badges."""
        return self.colour, " ".join(badge.letter for badge in self.badges)


class Map(NamedTuple):
    """A world and an agent's behaviour in it."""

    rows: int
    columns: int
    floor: str  # outlines, with cells 1 wide
    places: str
    cells: list[MapCell]
    levels: list[tuple[float, str]]  # in place of cells, where there are many: heights and outlines
    things: list[Thing]
    more: int  # objects that are not drawn
    path: list[tuple[int, int]]  # rows and columns, from the start on
    steps: int  # it made, though not all may be drawn
    most: float | None  # the number that is drawn highest; None if there is none
    scale: str  # what heights are, from the lowest to the highest; empty if there are none
    why_flat: str  # why there are no values
    first: str  # what it entered first
    badges: list[Badge]  # that things here carry


def draw_map(
    ground: Ground, traces: Traces, mind: Phenotypes, e: int, scenario: Scenario, badges: Sequence[Badge] = ()
) -> Map:
    """Draw world e of a sample with an agent's traces `[1, E, T]`."""
    kinds, features, names = object_names(scenario), scenario.world.features, thing_names(scenario)
    one, plan = select_from_sample(ground, slice(e, e + 1)), ground.plan
    _, worth, why_flat = wanted = _wanted(one, mind)
    heights, why_flat = _climbed(one, mind, why_flat) if map_kinds(mind) else _valued(wanted)
    cells = [int(cell) for cell in traces.cell[0, e] if cell != OVER]
    entered = traces.entered[0, e]
    first = next((kinds[plan.type_of[n]] for n in entered.tolist() if n >= 0), "")
    colours = [
        named_colour(dict(zip(features, looks, strict=True))) or type_area_style(int(plan.type_of[n])).colour
        for n, looks in enumerate(one.worlds.features[0, : len(plan.type_of)].tolist())
    ]
    things = [
        Thing(
            *divmod(int(cell), plan.columns),
            kinds[plan.type_of[n]],
            names.name(int(plan.type_of[n]), one.worlds.features[0, n].tolist()),
            _looks(one.worlds.features[0, n], features),
            None if worth is None else float(worth[n]),
            colours[n],
            ink_on(colours[n]),
            badges_on(badges, features, one.worlds.features[0, n].tolist()),
        )
        for n, cell in enumerate(one.worlds.cell[0])
    ]
    floor = np.flatnonzero(one.worlds.wall[0] != WALL)
    at_place = floor[one.worlds.place[0][floor] != NOWHERE] if len(one.worlds.place[0]) else floor[:0]
    valued = [] if heights is None else _floor_cells(floor, heights, plan.columns)
    many = len(valued) > MOST_CELLS
    return Map(
        plan.rows,
        plan.columns,
        outline_cells(floor.tolist(), plan.columns),
        outline_cells(at_place.tolist(), plan.columns),
        [] if many else valued,
        draw_levels(valued, plan.columns) if many else [],
        things[:MOST_THINGS],
        max(0, len(things) - MOST_THINGS),
        [divmod(cell, plan.columns) for cell in cells[: MOST_STEPS + 1]],
        len(cells) - 1,
        None if heights is None else float(np.nanmax(heights.values)),
        "" if heights is None else heights.scale,
        why_flat,
        first,
        [badge for badge in badges if any(badge in thing.badges for thing in things)],
    )


def climbed_map(one: Ground, mind: Phenotypes) -> Reals | None:
    """Return the map `[C]` that a mind climbs in one world, as that is at first; NaN in walls.

    None where minds of its kind think in no map, or it doesn't see everything as it is.
    """
    plan, kinds = one.plan, map_kinds(mind)
    if not kinds or plan.vision or plan.places or mind.detectors.shape[1]:
        return None
    walls = (one.atlas.content[0] == BARRIER).reshape(1, plan.rows, plan.columns)
    objects = len(plan.type_of)
    scene = PerceivedWorlds(walls, one.worlds.cell[:, :objects].astype(np.int64), one.worlds.features[:, :objects])
    map = kinds[0].think(mind, np.zeros(1, np.int64), scene.inputs(one.worlds.start.astype(np.int64)), None)[0, 0]
    return np.where(walls[0], np.nan, map).ravel()


def _valued(wanted: tuple[Reals | None, Reals | None, str]) -> tuple[Heights | None, str]:
    """Return the values of cells as heights, or None and why there are none."""
    values, _, why_flat = wanted
    if values is None:
        return None, why_flat
    most = float(np.nanmax(values))
    if not most > 0.0:
        return None, "nothing in this world has value to it"
    scale = f"value of a cell to the agent, 0 to {fine(most)}"
    return Heights(values, "value", scale, np.maximum(values / most, 0.0)), why_flat


def _climbed(one: Ground, mind: Phenotypes, why_flat: str) -> tuple[Heights | None, str]:
    """Return the map `[C]` that a mind climbs as heights, or None and why there are none."""
    climbed = climbed_map(one, mind)
    if climbed is None:
        return None, "it sees only a part of the world"
    least, most = float(np.nanmin(climbed)), float(np.nanmax(climbed))
    if not least < most:
        return None, "the map that it thinks is flat"
    scale = f"what it climbs, by rank, from {fine(least)} to {fine(most)}, as it thinks at first"
    return Heights(climbed, map_kinds(mind)[0].climbs, scale, ranks(climbed)), why_flat


def ranks(values: Reals) -> Reals:
    """Return the ranks of values `[C]` from 0 to 1, equal ones alike; NaN stays. Who climbs knows no other heights."""
    known = ~np.isnan(values)
    found = np.full(len(values), np.nan)
    distinct, found[known] = np.unique(values[known], return_inverse=True)
    return found / max(len(distinct) - 1, 1)


def _floor_cells(floor: Ids, heights: Heights, columns: int) -> list[MapCell]:
    """Return the floor cells that have a number, with their heights."""
    cells, values = [], heights.values
    for cell in floor[~np.isnan(values[floor])].tolist():
        row, column = divmod(cell, columns)
        cells.append(MapCell(row, column, float(heights.drawn[cell]), f"{heights.name} {number(float(values[cell]))}"))
    return cells


def draw_levels(cells: list[MapCell], columns: int) -> list[tuple[float, str]]:
    """Group cells of similar height, and outline each group as one path."""
    found: dict[int, list[int]] = {}
    for cell in cells:
        found.setdefault(round(HEIGHT_LEVELS * cell.height), []).append(cell.row * columns + cell.column)
    return [(level / HEIGHT_LEVELS, outline_cells(each, columns)) for level, each in sorted(found.items())]


def outline_cells(cells: list[int], columns: int) -> str:
    """Outline cells, given in rising order, as an SVG path of boxes; adjacent cells of a row share one box."""
    boxes: list[list[int]] = []
    for cell in cells:
        row, column = divmod(cell, columns)
        if boxes and boxes[-1][0] == row and boxes[-1][1] + boxes[-1][2] == column:
            boxes[-1][2] += 1
        else:
            boxes.append([row, column, 1])
    return "".join(f"M{column} {row}h{wide}v1h-{wide}z" for row, column, wide in boxes)


def _wanted(one: Ground, mind: Phenotypes) -> tuple[Reals | None, Reals | None, str]:
    """Return the value of each cell `[C]` and object `[N]`, or None for both and the reason."""
    if not have_objective(mind)[0]:
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
    """Return the optimal value of each cell `[C]` while nothing has been taken; NaN for unreachable cells."""
    shape = world.entered.shape[:2]
    reward, values, allowed = np.empty(shape), np.zeros(shape[0]), np.zeros(shape, np.bool_)
    discount = min(discount, LARGEST_DISCOUNT)
    fill_reward(world, rewards, discount, reward)
    mark_optimal_actions(world, reward, discount, values, allowed)
    found = np.full(one.plan.rows * one.plan.columns, np.nan)
    for state in range(world.states - 1, BEGIN - 1, -1):  # of several states in a cell, the one that is met first
        if world.taken[state] == 0 and not world.inventory[state].any():
            found[world.cell[state]] = values[state]
    return found


def assign_letters(scenario: Scenario) -> dict[str, str]:
    """Assign a label of one or more letters to every object type, for use on maps."""
    given: dict[str, str] = {}
    for name in object_names(scenario):
        tries = [name[0].upper(), *(f"{name[0].upper()}{other}" for other in name[1:].lower()), name[:LETTERS]]
        given[name] = next((each for each in tries if each not in given.values()), tries[-1])
    return given


def ink_on(colour: str) -> str:
    """Return black or white, whichever is readable on a colour."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return DARK_INK if 0.299 * red + 0.587 * green + 0.114 * blue > BRIGHT else LIGHT_INK


def _looks(features: Reals, names: list[str]) -> str:
    """Describe the observable features of a thing."""
    return ", ".join(
        in_words(name) if value == 1.0 else f"{in_words(name)} {value:.2g}"
        for name, value in zip(names, features.tolist(), strict=True)
        if value
    )
