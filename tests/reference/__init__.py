"""Plain twins of the kernels: slow, obviously right, and written differently.

Cells are pairs (row, column), terrain is a set of floor cells, objects are a dictionary from cell
to number, random numbers are Python integers modulo 2**64, plans are found by recursion.
Floats are added from left to right where a twin must give the same bits; `sum` need not.
Of the modules, those of ecologies (nearby, rules, ecology) have names of their own; all others give theirs here.
"""
# ruff: noqa: F401

from reference.cells import (
    EAST,
    MOVES,
    NORTH,
    SIDES,
    SOUTH,
    STAY,
    WEST,
    Cell,
    astray,
    cell_of,
    floor_of,
    index_of,
    moved,
    neighbours,
    parts_of,
    steps_from,
    terrain_of,
)
from reference.heuristic import choose, distance, is_within, lies, notice, scores, senses, turned, ways_by
from reference.imagination import Imagination, best_plan, sampled_action
from reference.layouts import inside, layout, maze, rooms, scatter
from reference.lives import AskedLife, Life, TwinMind
from reference.planner import NO_PLAN, NOTHING_TO_DO, Dream, Option, add, best_of, preference, wander
from reference.random import GOLDEN, below, bits, fold, key_of, mix, normal, uniform
from reference.sampling import (
    ANYWHERE,
    CORNER,
    MARKED,
    NEAR,
    REGION,
    TwinWorld,
    allowed,
    draw_world,
    features,
    place,
    places,
    random_floor,
    some_cell,
)
from reference.selection import (
    crowding,
    dart,
    dominates,
    fronts,
    lexicase,
    roulette,
    slices,
    tournament,
    truncation,
    universal_sampling,
)
from reference.shortest_paths import line_of_sight, sees, ways_to
from reference.tree_search import Tree, Walk
from reference.variation import (
    binary_spread,
    blend_spread,
    crossover,
    mixed,
    mutated,
    point_crossover,
    polynomially_mutated,
    reflect,
    reset,
)
