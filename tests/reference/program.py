"""Plain twin of the machine of programs: one world, whole arrays, every instruction, whether or not it has an effect."""

from collections.abc import Callable, Sequence

import numpy as np

Layer = np.ndarray  # [rows, columns]
Instruction = tuple[str, int, int, int, float]  # operation, register that is written, operands a and b, constant c


def read(side: str, layer: Layer) -> Layer:
    """Return what stands in the neighbours on one side, 0 beyond the border."""
    down, right = {"north": (-1, 0), "east": (0, 1), "south": (1, 0), "west": (0, -1)}[side]
    rows, columns = layer.shape
    around = np.pad(layer, 1)
    return around[1 + down : 1 + down + rows, 1 + right : 1 + right + columns]


def largest(*layers: Layer) -> Layer:
    return np.stack(layers).max(axis=0)


def settle(layer: Layer) -> Layer:
    clipped = np.clip(layer, -1000.0, 1000.0)
    return np.where(np.abs(clipped) < 1e-300, 0.0, clipped)


OPERATIONS: dict[str, Callable[[Layer, Layer, float], Layer]] = {
    "add": lambda a, b, c: a + b,
    "sub": lambda a, b, c: a - b,
    "mul": lambda a, b, c: a * b,
    "max": lambda a, b, c: largest(a, b),
    "min": lambda a, b, c: np.stack([a, b]).min(axis=0),
    "mask": lambda a, b, c: a * (1.0 - b),
    "scale": lambda a, b, c: a * c,
    "const": lambda a, b, c: np.full_like(a, c),
    "nmax": lambda a, b, c: largest(*(read(side, a) for side in ("north", "south", "west", "east"))),
    "nmean": lambda a, b, c: ((read("north", a) + read("south", a)) + (read("west", a) + read("east", a))) / 4.0,
    "hmax": lambda a, b, c: largest(read("west", a), read("east", a)),
    "vmax": lambda a, b, c: largest(read("north", a), read("south", a)),
    **{side: lambda a, b, c, side=side: read(side, a) for side in ("north", "east", "south", "west")},
}


def active(program: Sequence[Instruction], registers: int) -> list[int]:
    """Number the instructions of which a change could reach register 0, in whichever loop: follow what reads what."""
    count = len(program)
    operands = {"nop": 0, "const": 0, "scale": 1} | dict.fromkeys(("add", "sub", "mul", "max", "min", "mask"), 2)

    def writer(register: int, before: int) -> int | None:
        """Find who wrote a register last before instruction `before`, in this loop or in the one before."""
        order = [*range(before - 1, -1, -1), *range(count - 1, before - 1, -1)]
        return next((i for i in order if program[i][1] == register and program[i][0] != "nop"), None)

    found: set[int] = set()
    waiting = [writer(0, count)]
    while waiting:
        i = waiting.pop()
        if i is None or i in found:
            continue
        found.add(i)
        name, _, *sources, _ = program[i]
        waiting += [writer(source, i) for source in sources[: operands.get(name, 1)] if source < registers]
    return sorted(found)


def thought(program: Sequence[Instruction], inputs: Sequence[Layer], registers: int, thoughts: int) -> Layer:
    """Return register 0 after so many thoughts in one world."""
    held = [np.zeros(inputs[0].shape) for _ in range(registers)]
    with np.errstate(under="ignore"):
        for _ in range(thoughts):
            for name, to, a, b, constant in program:
                if name != "nop":
                    sources = [*held, *inputs]
                    held[to] = settle(OPERATIONS[name](sources[a], sources[b], constant))
    return held[0]
