"""Worlds and minds as numbers that the page's JavaScript lives by: the same lives as in evosim, action by action.

Texts that several worlds share are written once: worlds of two environments mostly differ in how things look alone.
"""

from typing import Any

import numpy as np

from evosim.gridworld.sampling import NOWHERE, Worlds
from evosim.gridworld.spec import Blueprint
from evosim.mind.network.kind import OwnNetworks
from evosim.mind.network.weights import count_effective
from evosim.mind.phenotype import Phenotypes
from evosim.mind.planner.kind import Planning
from evosim.mind.planner.settings import MCTS, PLAN_OPTIMIZATION, VALUE_ITERATION
from evosim.mind.program.kind import OwnCode
from evosim.mind.program.operations import NAMES

PLAYED = ("open_loop", "heuristic", "planner", "program", "network")  # kinds of mind that the page can play


class Shared:
    """A list of texts and of lists, each of them once."""

    def __init__(self) -> None:
        self.all: list[Any] = []
        self._numbers: dict[str, int] = {}

    def number(self, value: Any) -> int:
        """Return the number of a value in the list; a new one is added."""
        number = self._numbers.setdefault(repr(value), len(self.all))
        if number == len(self.all):
            self.all.append(value)
        return number


def plan_numbers(plan: Blueprint) -> dict[str, Any]:
    """Return the rules of an environment, under the names that they have in the page."""
    return {
        "rows": plan.rows,
        "columns": plan.columns,
        "steps": plan.steps,
        "slip": plan.slip,
        "slipKind": plan.slip_kind,
        "types": plan.types,
        "typeOf": plan.type_of.tolist(),
        "ends": plan.ends.tolist(),
        "taken": plan.taken.tolist(),
        "carried": plan.carried.tolist(),
        "needs": plan.needs.tolist(),
        "locked": plan.locked.tolist(),
        "respawns": plan.respawns.tolist(),
        "energy": plan.energy.tolist(),
        "supply": {
            "initial": plan.supply.initial,
            "most": plan.supply.most,
            "perTick": plan.supply.per_tick,
            "perMove": plan.supply.per_move,
            "perThought": plan.supply.per_thought,
        },
        "vision": plan.vision,
        "placeType": plan.place_type.tolist(),
    }


def world_numbers(worlds: Worlds, e: int, shared: Shared) -> list[Any]:
    """Return world e: its walls, start, cells of objects, features of objects and places, and cells of places.

    Walls are hexadecimal digits, a bit a cell; features and places are lists. Of these three there is the number in
    `shared`.
    """
    walls = np.packbits(worlds.wall[e]).tobytes().hex()
    looks = [[_short(value) for value in row] for row in worlds.features[e].tolist()]
    at_places = [[cell, place] for cell, place in enumerate(worlds.place[e].tolist()) if place != NOWHERE]
    return [
        shared.number(walls),
        int(worlds.start[e]),
        worlds.cell[e].tolist(),
        shared.number(looks),
        shared.number(at_places),
    ]


def mind_numbers(minds: Phenotypes) -> dict[str, Any] | None:
    """Return the mind in the only row of `minds`; None if it is of a kind that the page can't play."""
    kind = minds.kinds[minds.controller[0]]
    if kind not in PLAYED:
        return None
    own = minds.own[kind]
    numbers: dict[str, Any] = {
        "kind": kind,
        "detectors": minds.detectors[0].tolist(),
        "sharpness": minds.sharpness,
        "drives": minds.drives,
    }
    match kind:
        case "open_loop":
            return numbers | {"sequence": own.sequence[0].tolist()}
        case "heuristic":
            reacts = {"weights": own.weights[0].tolist(), "out": own.out[0].tolist()}
            return numbers | reacts | {"stay": float(own.stay[0]), "noise": float(own.noise[0])}
        case "program":
            return numbers | program_numbers(own)
        case "network":
            return numbers | network_numbers(own)
        case _:
            slip = float(minds.slip[0])
            return numbers | {
                "kind": "planner" if own.algorithm == VALUE_ITERATION else own.algorithm,
                "objective": minds.objective[0].tolist(),
                "horizon": int(own.horizon[0]),
                "discount": float(minds.discount[0]),
                "temperature": float(own.temperature[0]),
                "slip": None if np.isnan(slip) else slip,
                "persistence": float(minds.persistence[0]),
                **effort_numbers(own),
            }


def effort_numbers(own: Planning) -> dict[str, Any]:
    """Return how much the only planner samples: its simulations, or iterations of so many candidates; or nothing."""
    if own.algorithm == MCTS:
        return {"simulations": int(own.effort[0])}
    if own.algorithm == PLAN_OPTIMIZATION:
        return {"iterations": int(own.effort[0]), "candidates": own.candidates}
    return {}


def program_numbers(own: OwnCode) -> dict[str, Any]:
    """Return the only program: each instruction with its register, its operands and its constant."""
    fields, constants = own.fields[0], own.constants[0]
    code = [
        [NAMES[op], to, a, b, float(constants[i])]
        for i, (op, to, a, b) in enumerate(fields[: int(own.length[0])].tolist())
    ]
    return {
        "code": code,
        "thoughts": int(own.thoughts[0]),
        "registers": own.registers,
        "inputs": list(own.inputs),
        "features": len(own.features),
    }


def network_numbers(own: OwnNetworks) -> dict[str, Any]:
    """Return the only network: the weights of each channel on channels, on the neighbours', on inputs, and its bias."""
    return {
        **{name: part[0].tolist() for name, part in own.weights._asdict().items()},
        "parts": int(count_effective(own.weights)[0]),
        "thoughts": int(own.thoughts[0]),
        "inputs": list(own.inputs),
        "features": len(own.features),
    }


def _short(value: float) -> float | int:
    """Return a whole number as one, which takes fewer letters."""
    return int(value) if value == int(value) else value
