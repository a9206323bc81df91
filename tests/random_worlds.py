"""Worlds drawn at random: grids with all layouts, rules and things that there are, ecologies, and what changes them."""

import random
from typing import Any

Table = dict[str, Any]
FEATURES = ("red", "sweet", "F-1", "b_2", "id", "hunger", "fitness", "steps", "total", "y" * 40)
OBJECTS = ("apple", "door", "K-1", "id", "generation", "Steps", "order", "x" * 40)
OUTCOMES = ("eaten", "opened", "O-1", "id", "fitness", "w" * 40)
PLACES = ("home", "corner", "P-1", "v" * 40)
OF_EVERY_LIFE = ("steps", "moves", "thinking", "energy", "survived")


def some(chance: random.Random, share: float, **values: Any) -> Table:
    """Give these values, or nothing."""
    return values if chance.random() < share else {}


def outcomes_of(world: Table, environments: Table) -> list[str]:
    """Name all that objectives can be about."""
    if world.get("kind") == "ecology":
        return ["children"]
    worlds = [world, *environments.values()]
    own = [name for each in worlds for kind in each.get("objects", {}).values() for name in kind.get("outcomes", {})]
    own += [name for each in worlds for name in each.get("outcomes", [])]
    objects = [name for each in worlds for name in each.get("objects", {})]
    places = [name for each in worlds for name in each.get("places", {})]
    named = [*OF_EVERY_LIFE, *(f"entered.{name}" for name in objects), *(f"entered_first.{name}" for name in objects)]
    named += [f"entered.{name}" for name in places] + [f"ended_at.{name}" for name in places]
    return list(dict.fromkeys([*own, *own, *named]))


# ---------------------------------------------------------------- grids


def draw_grid(chance: random.Random, features: list[str] | None = None) -> Table:
    """Draw a distribution of grids."""
    features = features or chance.sample(FEATURES, chance.randint(1, 3))
    layout = _layout(chance)
    names = chance.sample(OBJECTS, chance.choice((1, 2, 2, 3)))
    world: Table = {"steps": chance.choice((1, 3, 6, 6, 12)), "features": features, **some(chance, 0.1, kind="grid")}
    if layout is not None:
        world["layout"] = layout
    energy = _energy(chance) if chance.random() < 0.3 else None
    carried = [name for name in names if chance.random() < 0.2]
    world["objects"] = {name: _object(chance, name, names, carried, features, energy is not None) for name in names}
    if energy is not None:
        world["energy"] = energy
    if layout is not None and layout["kind"] == "map":
        _draw_map(chance, world, layout)
    else:
        world["size"] = _size(chance, layout)
        if chance.random() < 0.3:
            world["start"] = _start(chance, world["size"])
        for name, kind in world["objects"].items():
            if chance.random() < 0.3:
                kind["place"] = _placement(chance, [*(set(names) - {name}), "start"], world["size"])
    if chance.random() < 0.3:
        world["places"] = {
            name: _place(chance, names, world["size"], features) for name in chance.sample(PLACES, chance.randint(1, 2))
        }
    return world | _of_the_whole(chance)


def _of_the_whole(chance: random.Random) -> Table:
    kind = chance.choice(("any", "other", "sideways"))
    slip = chance.choice(
        (0, 0.2, 0.999999, {"chance": 0.1}, {"chance": 0.3, "kind": kind}, {"chance": 0.0, "kind": kind})
    )
    return {
        **some(chance, 0.3, slip=slip), **some(chance, 0.3, vision=chance.choice((1, 2, 1001))),
        **some(chance, 0.3, worlds=chance.choice((0, 1, 2, 1_000_000_000))),
    }  # fmt: skip


def _layout(chance: random.Random) -> Table | None:
    return chance.choice((
        None, {"kind": "open"}, {"kind": "scatter", **some(chance, 0.7, density=chance.choice((0, 0.2, 0.4, 0.6)))},
        {"kind": "rooms", **some(chance, 0.7, rows=chance.randint(1, 3), columns=chance.randint(1, 2))},
        {"kind": "maze", **some(chance, 0.7, opened=chance.choice((0, 0.3, 1)))},
        {"kind": "cave", **some(chance, 0.7, density=chance.choice((0, 0.3, 0.45)), smoothing=chance.choice((0, 1, 4)))}, {"kind": "map"}, {"kind": "map"},
    ))  # fmt: skip


def _size(chance: random.Random, layout: Table | None) -> list[int]:
    if layout is not None and layout["kind"] == "maze":
        return [chance.choice((5, 7)), chance.choice((5, 7, 9))]
    if layout is not None and layout["kind"] == "rooms":
        return [2 * layout.get("rows", 2) + chance.randint(1, 4), 2 * layout.get("columns", 2) + chance.randint(1, 4)]
    return [chance.choice((3, 4, 5, 6, 7)), chance.choice((4, 5, 6, 8))]


def _draw_map(chance: random.Random, world: Table, layout: Table) -> None:
    """Draw a map with room for all that is to stand on it, and say what its symbols mean."""
    rows, columns = chance.randint(4, 6), chance.randint(5, 8)
    cells = [["#"] * columns] + [["#", *(["."] * (columns - 2)), "#"] for _ in range(rows - 2)] + [["#"] * columns]
    inside = [(row, column) for row in range(1, rows - 1) for column in range(1, columns - 1)]
    chance.shuffle(inside)
    for _ in range(chance.choice((1, 1, 2))):
        row, column = inside.pop()
        cells[row][column] = "@"
    for _ in range(chance.choice((0, 0, 1, 3))):
        row, column = inside.pop()
        cells[row][column] = "#"
    legend = {}
    for symbol, (name, kind) in zip("D8*", world["objects"].items(), strict=False):
        if chance.random() < 0.7 and len(inside) > 3:
            legend[symbol] = name
            kind.pop("count", None)
            for _ in range(chance.choice((1, 1, 2))):
                row, column = inside.pop()
                cells[row][column] = symbol
    drawing = "\n".join("".join(row) for row in cells)
    layout["drawing"] = chance.choice(
        (drawing, f"\n{drawing}\n", "\n".join(f"   {row}" for row in drawing.split("\n")))
    )
    if legend or chance.random() < 0.5:
        layout["legend"] = legend
    world["size"] = [rows, columns]


def _object(
    chance: random.Random, name: str, names: list[str], carried: list[str], features: list[str], energy: bool
) -> Table:
    kind: Table = {"features": _features(chance, features), **some(chance, 0.3, count=chance.choice((0, 1, 1, 2)))}
    if chance.random() < 0.6:
        kind["outcomes"] = {
            n: chance.choice((1, -1, 0, 0.5, 1e9)) for n in chance.sample(OUTCOMES, chance.randint(1, 2))
        }
    kind |= some(chance, 0.4, ends_episode=chance.random() < 0.8)
    kind |= some(chance, 0.1, reachable=chance.random() < 0.5)
    kind |= some(chance, 0.25, consumed=chance.random() < 0.8)
    if name in carried:
        kind["carried"] = True
    if (kind.get("consumed") or name in carried) and chance.random() < 0.3:
        kind["respawns"] = chance.choice((1, 3, 1_000_000_000))
    if carried and chance.random() < 0.3:
        kind["needs"] = {chance.choice(carried): chance.choice((1, 1, 2, 1000))}
    if energy and chance.random() < 0.5:
        kind["energy"] = chance.choice((2, -1, 0.5, 1e9, -1e9))
    return kind


def _features(chance: random.Random, features: list[str]) -> Table:
    chosen = chance.sample(features, chance.randint(0, len(features)))
    values = {name: chance.choice((1, 0, 0.5, {"probability": chance.choice((0, 0.3, 1))})) for name in chosen}
    left = [name for name in features if name not in chosen]
    if left and chance.random() < 0.3:
        share = {1: (1,), 2: (0.25, 0.75), 3: (0.2, 0.3, 0.5)}[len(left)]
        values["one_of"] = dict(zip(left, share, strict=True))
    return values


def _placement(chance: random.Random, names: list[str], size: list[int], *, somewhere: bool = False) -> Table:
    region = {"kind": "region", "rows": sorted(chance.choices(range(size[0]), k=2)),
              "columns": sorted(chance.choices(range(size[1]), k=2))}  # fmt: skip
    corner = chance.choice(("northwest", "northeast", "southwest", "southeast", "any"))
    kinds: list[Table] = [
        region, {"kind": "corner", **some(chance, 0.6, size=chance.choice((1, 2, 1_000_000_000))), **some(chance, 0.7, of=corner)},
        {"kind": "near", "to": chance.choice(names), **some(chance, 0.8, within=chance.choice((1, 2, 5, 1_000_000_000)))},
    ]  # fmt: skip
    return chance.choice(kinds if somewhere else [*kinds, {"kind": "anywhere"}])


def _start(chance: random.Random, size: list[int]) -> Table:
    """Draw where agents start, mostly not near an object: what stands there is placed after them."""
    for _ in range(9):
        if (place := _placement(chance, ["start"], size))["kind"] != "near":
            return place
    return {"kind": "anywhere"}


def _place(chance: random.Random, names: list[str], size: list[int], features: list[str]) -> Table:
    place = _placement(chance, [*names, "start", "start"], size, somewhere=True)
    return {"place": place, "features": _features(chance, features)}


def _energy(chance: random.Random) -> Table:
    initial = chance.choice((1e-9, 1, 5, 1e6))
    return {
        "initial": initial, **some(chance, 0.4, most=max(initial, chance.choice((1, 10, 1e6)))),
        **some(chance, 0.4, per_tick=chance.choice((0, 0.5, 1e6))), **some(chance, 0.4, per_move=chance.choice((0, 1, 1e6))),
        **some(chance, 0.4, per_thought=chance.choice((0, 0.001, 1e6))),
    }  # fmt: skip


def draw_grid_change(chance: random.Random, world: Table) -> Table:
    """Draw what an environment changes of a grid."""
    change: Table = {**some(chance, 0.2, steps=chance.choice((1, 4, 9))), **_of_the_whole(chance)}
    names, features = list(world["objects"]), world["features"]
    on_map = world.get("layout", {}).get("kind") == "map"
    for name in names:
        if chance.random() < 0.4:
            kind = _object(chance, name, names, [], features, "energy" in world)
            if on_map:
                kind.pop("count", None)
            kept = chance.sample(list(kind), chance.randint(1, len(kind)))
            change.setdefault("objects", {})[name] = {key: kind[key] for key in kept if key != "respawns"}
    if chance.random() < 0.15:
        new = chance.choice([name for name in OBJECTS if name.lower() not in {n.lower() for n in names}])
        change.setdefault("objects", {})[new] = _object(chance, new, names, [], features, "energy" in world)
    if "places" in world and chance.random() < 0.3:
        name = chance.choice(list(world["places"]))
        change["places"] = {name: {"features": _features(chance, features)}}
    elif chance.random() < 0.1:
        change["places"] = {"Extra": _place(chance, names, world["size"], features)}
    if chance.random() < 0.15:
        change["energy"] = _energy(chance)
    if not on_map and chance.random() < 0.2:
        change["start"] = _start(chance, world["size"])
    if not on_map and chance.random() < 0.25:
        layout = _layout(chance)
        if layout is not None and layout["kind"] != "map":
            change |= {"layout": layout, "size": _size(chance, layout)}
    return change


def draw_orchard(chance: random.Random) -> Table:
    """Draw a distribution of worlds that another package provides."""
    features = chance.choice((["sweet", "red"], ["sweet", "red", "F-1"]))
    return {
        "kind": "orchard", "features": features, "outcomes": ["eaten", "poisoned"],
        **some(chance, 0.7, steps=chance.randint(1, 5)),
        **some(chance, 0.7, settings={"fruits": chance.randint(1, 4), **some(chance, 0.5, ripe=chance.choice((0, 0.5, 1)))}),
        **some(chance, 0.3, provided_by="evosim-example 1.0"),
    }  # fmt: skip


# ---------------------------------------------------------------- ecologies


def draw_ecology(chance: random.Random) -> Table:
    """Draw a world that a whole population shares."""
    features = chance.sample(FEATURES, chance.randint(1, 3))
    vision = chance.choice((None, 1, 1, 2, 2, 3))
    walls = chance.random() < 0.3
    least = 3 if walls else 2 * (4 if vision is None else vision) + 1
    size = [least + chance.randint(0, 4), least + chance.randint(1, 5)]
    world: Table = {"kind": "ecology", "size": size, "features": features}
    if walls or chance.random() < 0.2:
        world["edges"] = "walls" if walls else "torus"
    if vision is not None:
        world["vision"] = vision
    layout = chance.choice((None, None, {"kind": "open"}, {"kind": "scatter", **some(chance, 0.7, density=chance.choice((0, 0.2, 0.5)))},
                            {"kind": "rooms", **some(chance, 0.7, rows=chance.randint(1, 2), columns=chance.randint(1, 2))}))  # fmt: skip
    if layout is not None:
        world["layout"] = layout
    names = chance.sample(OBJECTS, chance.choice((1, 2, 3)))
    world["objects"] = {name: _food(chance, features, size) for name in names}
    most = chance.choice((5, 20, 100, 1e6))
    world["energy"] = {"initial": chance.choice((1e-9, 1, most / 2, most)), "most": most, **_upkeep(chance)}
    world["life"] = _life(chance)
    world["mating"] = _mating(chance, features, most)
    world |= some(chance, 0.3, ceiling=chance.choice((1, 5, 20, 1_000_000)))
    if chance.random() < 0.35:
        named = chance.sample(("thirst", "D-1", "id"), chance.randint(1, 2))
        world["drives"] = {name: _drive(chance, features) for name in named}
    return world


def _share_of(chance: random.Random, features: list[str]) -> Table:
    return {name: chance.choice((0, 0.5, 1)) for name in chance.sample(features, chance.randint(0, len(features)))}


def _food(chance: random.Random, features: list[str], size: list[int]) -> Table:
    cells = size[0] * size[1]
    return {
        "features": _share_of(chance, features), **some(chance, 0.6, count=chance.choice((0, 3, cells // 4))),
        **some(chance, 0.7, grows=chance.choice((0, 0.5, 3, cells))), **some(chance, 0.8, energy=chance.choice((4, 1, -1, 0, 1e6, -1e6))),
    }  # fmt: skip


def _upkeep(chance: random.Random) -> Table:
    names = ("per_tick", "per_move", "per_thought")
    return {
        name: chance.choice((0, 0.01, 0.1, 1e6 if chance.random() < 0.1 else 0))
        for name in names
        if chance.random() < 0.5
    }


def _life(chance: random.Random) -> Table:
    lifespan = chance.choice((1, 8, 30, 1_000_000))
    return {
        "adult_at": chance.randint(0, min(3, lifespan - 1)), "lifespan": lifespan,
        **some(chance, 0.4, spread=chance.choice((0, 0.3, 0.999))), **some(chance, 0.3, accident=chance.choice((0, 0.01, 0.5, 1))),
    }  # fmt: skip


def _mating(chance: random.Random, features: list[str], most: float) -> Table:
    child = chance.choice((1e-9, 0.2, 0.5, 1)) * most
    return {
        "energy": min(most, child / 2 * chance.choice((1.001, 1.2, 2)) + 1e-9), "features": _share_of(chance, features), "child_energy": child,
        **some(chance, 0.5, child=_share_of(chance, features)), **some(chance, 0.4, fertility=chance.choice((0, 0.5, 1))),
        **some(chance, 0.4, refractory=chance.choice((0, 2, 1_000_000_000))), **some(chance, 0.4, recovery=chance.choice((0, 2, 1_000_000_000))),
        **some(chance, 0.3, contraception=_contraception(chance)),
    }  # fmt: skip


def _contraception(chance: random.Random) -> Table:
    return {
        "fertility": chance.choice((0, 0.3, 1)),
        **some(chance, 0.5, used_by=chance.choice(("planners", "everybody"))),
    }


def _drive(chance: random.Random, features: list[str]) -> Table:
    return {"rises": chance.choice((0, 0.05, 1)), **some(chance, 0.7, sated_by=_share_of(chance, features))}


def draw_ecology_change(chance: random.Random, world: Table) -> Table:
    """Draw what an environment changes of an ecology."""
    features, size, change = world["features"], world["size"], {}
    for name in world["objects"]:
        if chance.random() < 0.4:
            food = _food(chance, features, size)
            change.setdefault("objects", {})[name] = {
                key: food[key] for key in chance.sample(list(food), chance.randint(1, len(food)))
            }
    if chance.random() < 0.3:
        new = chance.choice(
            [name for name in (*OBJECTS, "candy") if name.lower() not in {n.lower() for n in world["objects"]}]
        )
        change.setdefault("objects", {})[new] = _food(chance, features, size)
    change |= some(chance, 0.3, energy=_upkeep(chance))
    if chance.random() < 0.3:
        change["life"] = {key: value for key, value in _life(chance).items() if key not in ("adult_at", "lifespan")}
    if chance.random() < 0.4:
        change["mating"] = chance.choice((
            {"contraception": _contraception(chance)}, {"fertility": chance.choice((0, 0.3, 1))}, {"child": _share_of(chance, features)},
            {"features": _share_of(chance, features)}, {"refractory": 3, "recovery": 0},
        ))  # fmt: skip
    for name in world.get("drives", {}):
        if chance.random() < 0.3:
            change.setdefault("drives", {})[name] = some(chance, 0.8, rises=chance.choice((0, 0.3)))
    return change | some(chance, 0.2, ceiling=chance.choice((12, 50, 1_000_000)))
