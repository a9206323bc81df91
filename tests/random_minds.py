"""Minds drawn at random: all controllers, and every number that can be fixed, evolve, or mutate in a way of its own."""

import random
from typing import Any

from random_worlds import Table, some

from evosim.mind.program.operations import LOCAL

SHARES = {
    1: ((1,),),
    2: ((0.5, 0.5), (0.25, 0.75), (0, 1), (1, 0)),
    3: ((0.2, 0.3, 0.5), (0, 0.5, 0.5), (1, 0, 0)),
    4: ((0.25, 0.25, 0.25, 0.25), (0, 0.5, 0, 0.5)),
    5: ((0.2, 0.2, 0.2, 0.2, 0.2), (0, 0.5, 0, 0.5, 0)),
}


def drawn_number(chance: random.Random, low: float, high: float) -> float:
    """Draw a number of a range, its ends more often than others."""
    return chance.choice((low, high, round(chance.uniform(low, high), 3), (low + high) / 2))


def draw_mind(
    chance: random.Random, world: Table, *, algorithm: str, mutation: str, varies_records: bool = False
) -> Table:
    """Draw what decides in a world; programs only where something `varies_records`."""
    shared = world.get("kind") == "ecology"
    programs = not shared and varies_records and chance.random() < 0.25
    named = ["heuristic", "planner"] if shared else ["open_loop", "heuristic", "planner"]
    networks = not shared and chance.random() < 0.25
    named += ["program"] if programs else []
    named += ["network"] if networks else []
    chosen = chance.sample(named, chance.randint(1, len(named)))
    mind: Table = {"controllers": dict(zip(chosen, chance.choice(SHARES[len(chosen)]), strict=True))}
    mind |= some(chance, 0.01, provided_by={"wall_follower": "evosim-example 1.0"})  # there is none here
    mutates = algorithm in ("genetic", "natural_selection")

    def mutation_of() -> Table:
        rate, scale = (
            some(chance, 0.6, rate=chance.choice((0, 0.5, 1))),
            some(chance, 0.5, scale=chance.choice((1e-9, 0.5, 1))),
        )
        return (
            {"mutation": rate | (scale if mutation == "gaussian" else {})} if mutates and chance.random() < 0.25 else {}
        )

    def locus(low: float, high: float, *, usual: float) -> Any:
        """Draw a number that is fixed, or evolves in some way."""
        way = chance.random()
        if way < 0.4:
            return drawn_number(chance, low, high)
        if way < 0.5:
            return {"initial": usual}
        return {"range": [low, high], **some(chance, 0.5, initial=drawn_number(chance, low, high)),
                **some(chance, 0.3, spread=chance.choice((0, 0.5, 10))), **mutation_of()}  # fmt: skip

    drives = [name for name in ("hunger", *world.get("drives", {})) if shared or "energy" in world]
    drives = chance.sample(drives, chance.randint(0, min(2, len(drives)))) if chance.random() < 0.5 else []
    if chance.random() < 0.15:
        mind["controller"] = mutation_of()
    mind |= some(chance, 0.7, objective=_objective(chance, world["features"], drives, mutation_of()))
    mind |= some(chance, 0.3, perception=_perception(chance, mutation_of()))
    if not shared:
        mind |= some(chance, 0.4, open_loop={**some(chance, 0.8, length=chance.choice((1, 4, 40))), **mutation_of()})
    trees = not shared and chance.random() < 0.2
    samples = chance.choice(("mcts", "plan_optimization", None, None, None, None)) if not shared and not trees else None
    if chance.random() < 0.3:
        beliefs: Table = some(chance, 0.7, persistence=locus(*chance.choice(((0.001, 1), (0.5, 1))), usual=0.9))
        if not shared and not trees and samples != "plan_optimization":
            beliefs |= some(chance, 0.5, slip=locus(*chance.choice(((0, 0.999999), (0, 0.5))), usual=0.1))
        mind["beliefs"] = beliefs
    mind |= some(chance, 0.6, heuristic=_heuristic(chance, world, drives, locus, mutation_of()))
    planner: Table = {"algorithm": "tree_search"} if trees else some(chance, 0.1, algorithm="value_iteration")
    if samples:
        planner = {"algorithm": samples} | some(chance, 0.8, **_effort(chance, samples, locus))
    planner |= some(chance, 0.6, horizon=locus(*chance.choice(((1, 3), (1, 4) if trees else (1, 8), (2, 4))), usual=2))
    if trees:
        planner.setdefault("horizon", 2)
    planner |= some(chance, 0.4, discount=locus(*chance.choice(((0.001, 0.999999), (0.5, 0.9))), usual=0.9))
    if not trees and not samples:
        planner |= some(chance, 0.4, temperature=locus(*chance.choice(((0, 1e6), (0, 1), (0.01, 0.5))), usual=0))
    if planner:
        mind["planner"] = planner
    if programs:
        mind["program"] = _program(chance, world, locus)
    if networks:
        mind["network"] = _network(chance, locus, mutation_of())
    return mind


def _range(chance: random.Random) -> tuple[float, float]:
    return chance.choice(((-1.0, 1.0), (0, 1), (-1e6, 1e6), (-0.5, 2), (-1, 0), (1, 1.0000001)))


def _objective(chance: random.Random, features: list[str], drives: list[str], mutation: Table) -> Table:
    low, high = _range(chance)
    table: Table = {"range": [low, high], **mutation}
    names = [*features, *(f"{feature}.{drive}" for drive in drives for feature in features)]
    initial: Any = drawn_number(chance, low, high)
    if chance.random() < 0.5 and low <= 0 <= high:
        initial = {
            name: drawn_number(chance, low, high) for name in chance.sample(names, chance.randint(0, len(names)))
        }
    table |= some(chance, 0.5, initial=initial) | some(chance, 0.3, spread=chance.choice((0, 0.5, 10)))
    if drives:
        table["drives"] = drives
    if chance.random() < 0.25:
        table |= {"evolves": False, "initial": initial}
        table.pop("mutation", None)
    return table


def _perception(chance: random.Random, mutation: Table) -> Table:
    table: Table = {"evolves": chance.random() < 0.8, **some(chance, 0.4, sharpness=chance.choice((1e-9, 1, 1000)))}
    table |= some(chance, 0.4, range=chance.choice(([-1.0, 1.0], [-3, 3], [-1e6, 1e6])))
    return table | some(chance, 0.4, spread=chance.choice((0, 0.3, 10))) | (mutation if table["evolves"] else {})


def _effort(chance: random.Random, algorithm: str, locus: Any) -> Table:
    """Draw how long a planner that samples searches."""
    if algorithm == "mcts":
        return {"simulations": locus(*chance.choice(((1, 3), (1, 20))), usual=5)}
    return {"iterations": locus(1, 3, usual=2), **some(chance, 0.5, candidates=chance.choice((2, 9)))}


def _program(chance: random.Random, world: Table, locus: Any) -> Table:
    table: Table = {"instructions": chance.choice((1, 3, 8)), "registers": chance.choice((1, 2, 4))}
    table |= some(chance, 0.6, rung=chance.choice((1, 2, 3, 4, 5)))
    table |= some(chance, 0.7, thoughts=locus(*chance.choice(((0, 3), (1, 6))), usual=2))
    inputs = ["wall", "features", "thing", "here", "row", "column"]
    table |= some(chance, 0.5, inputs=chance.sample(inputs, chance.randint(1, 4)))
    if chance.random() < 0.3:
        names = [*LOCAL, "nmax", "north"]
        table["operations"] = chance.sample(names, chance.randint(1, len(names)))
    elif chance.random() < 0.3:
        table["initial"] = ["r0 = const 0.5"]
    shares = ("rate", "shifted", "diverged", "regrouped")
    if chance.random() < 0.3:
        table["variation"] = {
            **{name: chance.choice((0, 0.3, 1)) for name in chance.sample(shares, 2)},
            **some(chance, 0.5, scale=chance.choice((0.01, 1))),
        }
    return table


def _network(chance: random.Random, locus: Any, mutation: Table) -> Table:
    low, high = chance.choice(((-4.0, 4.0), (-1, 0), (0, 1), (-1e6, 1e6)))
    table: Table = {"range": [low, high], "channels": chance.choice((1, 2, 4)), **mutation}
    table |= some(chance, 0.5, thoughts=locus(*chance.choice(((0, 3), (1, 6))), usual=2))
    table |= some(chance, 0.4, reads=chance.sample(["sum", "max"], chance.randint(0, 2)))
    inputs = ["wall", "features", "thing", "here", "row", "column"]
    table |= some(chance, 0.5, inputs=chance.sample(inputs, chance.randint(1, 4)))
    initial: Any = (
        drawn_number(chance, low, high) if chance.random() < 0.5 else {"c0.bias": drawn_number(chance, low, high)}
    )
    return table | some(chance, 0.6, initial=initial) | some(chance, 0.6, spread=chance.choice((0, 0.5, 10)))


def _heuristic(chance: random.Random, world: Table, drives: list[str], locus: Any, mutation: Table) -> Table:
    low, high = _range(chance)
    table: Table = {"range": [low, high], **some(chance, 0.5, hidden=chance.choice((0, 1, 3))), **mutation}
    grid = world.get("kind", "grid") == "grid"
    table |= some(chance, 0.3 if grid else 0.02, distances=chance.random() < 0.8)
    table |= some(chance, 0.5, temperature=locus(*chance.choice(((0, 1), (0, 1e6), (0.1, 0.2))), usual=0.1))
    initial: Any = drawn_number(chance, low, high)
    if chance.random() < 0.4 and low <= 0 <= high and not table.get("hidden"):
        feature = chance.choice(world["features"])
        names = [
            "wall.ahead",
            "seen.left.nearness",
            f"seen.ahead.{feature}",
            "moved.behind",
            "stayed",
            "bias",
            "stay",
            *drives,
        ]
        names += (
            ["court", "child", *(f"court.{drive}" for drive in drives)]
            if world.get("kind") == "ecology"
            else ["remembered.right.nearness"]
        )
        initial = {name: drawn_number(chance, low, high) for name in chance.sample(names, chance.randint(0, 3))}
    table |= some(chance, 0.4, initial=initial) | some(chance, 0.3, spread=chance.choice((0, 0.5, 10)))
    if chance.random() < 0.2:
        table |= {"evolves": False, "initial": initial}
        table.pop("mutation", None)
    return table
