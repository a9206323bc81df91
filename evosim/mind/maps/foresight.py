"""Foresight: what minds think of a batch of worlds as these are at the start of a life, thought before lives begin.

Minds that compute with the same numbers, think as often and perceive alike think the same, so one of each suffices.
"""

from typing import Any

import numpy as np

from evosim.gridworld.sampling import Worlds
from evosim.gridworld.shortest_paths import Atlas
from evosim.gridworld.spec import Blueprint
from evosim.mind.maps.boards import new_board
from evosim.mind.maps.policy import ABSENT, Climbers, foresee, show_all
from evosim.numerics.arrays import Ids
from evosim.numerics.compiler import in_parallel

SIDE_BY_SIDE = 16  # worlds: their numbers stay near the processor
MOST = 2**28  # cells of all ways together; beyond, each thinks when its life begins


def number_alike(minds: Climbers, rows: Ids) -> tuple[Ids, Ids]:
    """Return the number `[P]` of each mind, the same for those of `rows` `[M]` that think alike; and one of each."""
    numbers, firsts = np.zeros(len(minds.thoughts), np.int64), []
    known: dict[bytes, int] = {}
    parts = *arrays_of(minds.thinks), minds.thoughts, minds.detectors
    for row in rows:
        code = b"".join(part[row].tobytes() for part in parts)
        if code not in known:
            known[code] = len(known)
            firsts.append(row)
        numbers[row] = known[code]
    return numbers, np.array(firsts, np.int64)


def arrays_of(thinks: Any) -> list[np.ndarray]:
    """Return what a kind of mind computes with: the arrays `[P, ...]` among what holds for all."""
    return [part for part in thinks if isinstance(part, np.ndarray)]


def foreseeing(minds: Climbers, rows: Ids, plan: Blueprint, worlds: Worlds, believed: Atlas) -> Climbers:
    """Return minds of which those of `rows` `[M]` have thought of all worlds, if they see the same from everywhere."""
    episodes, cells = believed.content.shape
    if plan.vision > 0 or minds.shown.here != ABSENT or len(rows) * episodes * cells > MOST:
        return minds
    numbers, firsts = number_alike(minds, rows)
    ways = np.zeros((len(firsts), episodes, cells), np.uint8)
    minds = minds._replace(number=numbers)
    there = np.ones(len(plan.type_of), np.bool_)
    differs = minds.detectors.shape[1] > 0
    looks = plan.fixed.shape if differs else (0, 0)
    place = worlds.place if worlds.place.shape[1] else np.zeros((episodes, 0), np.int8)
    for begin in range(0, episodes, SIDE_BY_SIDE):
        some = slice(begin, begin + SIDE_BY_SIDE)
        content = believed.content[some]
        shown = content, place[some], worlds.cell[some], worlds.features[some], there

        def think_of(first: int, last: int) -> None:
            board = new_board(minds.thinks, minds.shown.inputs, plan.rows, plan.columns, len(content))  # noqa: B023
            perceived = np.zeros(looks)
            for p in firsts[first:last]:
                if differs or p == firsts[first]:
                    show_all(minds, p, plan, *shown, perceived, board)  # noqa: B023
                foresee(p, minds, plan, content, begin, board, ways)  # noqa: B023

        in_parallel(think_of, len(firsts))
    return minds._replace(foreseen=ways)
