"""The operations of programs, and the sets of them from which evolution may build: a ladder of parts.

Each reads values of its own cell or of the four neighbours; none knows of distances, paths or plans. The higher the
rung, the less an operation does, and the further are programs that search from those that don't.
"""

from typing import Literal, NamedTuple, get_args

OperationName = Literal[
    "nop", "add", "sub", "mul", "max", "min", "mask", "scale", "const", "nmax", "nmean", "hmax", "vmax", "north",
    "east", "south", "west",
]  # fmt: skip


class Operation(NamedTuple):
    """What an instruction may do; `a` and `b` are its operands, `c` its constant."""

    name: str
    operands: int  # how many of a and b it reads
    takes_constant: bool
    group: int  # operations of one group can replace each other
    meaning: str


STILL, ARITHMETIC, CONSTANT, NEIGHBOURS = range(4)
OPERATIONS = (
    Operation("nop", 0, False, STILL, "nothing"),
    Operation("add", 2, False, ARITHMETIC, "a + b"),
    Operation("sub", 2, False, ARITHMETIC, "a - b"),
    Operation("mul", 2, False, ARITHMETIC, "a * b"),
    Operation("max", 2, False, ARITHMETIC, "the larger of a and b"),
    Operation("min", 2, False, ARITHMETIC, "the smaller of a and b"),
    Operation("mask", 2, False, ARITHMETIC, "a * (1 - b)"),
    Operation("scale", 1, True, CONSTANT, "a * c"),
    Operation("const", 0, True, CONSTANT, "c"),
    Operation("nmax", 1, False, NEIGHBOURS, "the largest a of the four neighbours"),
    Operation("nmean", 1, False, NEIGHBOURS, "the mean a of the four neighbours"),
    Operation("hmax", 1, False, NEIGHBOURS, "the larger a of the neighbours to the east and west"),
    Operation("vmax", 1, False, NEIGHBOURS, "the larger a of the neighbours to the north and south"),
    Operation("north", 1, False, NEIGHBOURS, "a of the neighbour to the north"),
    Operation("east", 1, False, NEIGHBOURS, "a of the neighbour to the east"),
    Operation("south", 1, False, NEIGHBOURS, "a of the neighbour to the south"),
    Operation("west", 1, False, NEIGHBOURS, "a of the neighbour to the west"),
)
NAMES: tuple[str, ...] = get_args(OperationName)  # in the order of OPERATIONS
(
    NOP, ADD, SUB, MUL, MAX, MIN, MASK, SCALE, CONST, NMAX, NMEAN, HMAX, VMAX, NORTH, EAST, SOUTH, WEST
) = range(len(OPERATIONS))  # fmt: skip

LOCAL = ("nop", "add", "sub", "mul", "max", "min", "mask", "scale", "const")
ONE_WAY = ("north", "east", "south", "west")
LADDER = (  # the operations of each rung, from the first
    (*LOCAL, "nmax", "nmean"),
    (*LOCAL, "hmax", "vmax"),
    (*LOCAL, *ONE_WAY),
    (*(name for name in LOCAL if name not in ("mul", "mask")), *ONE_WAY),
    (*(name for name in LOCAL if name not in ("mul", "mask", "max")), *ONE_WAY),
)


def numbers_of(names: tuple[str, ...]) -> tuple[int, ...]:
    """Return the numbers of operations, by their names."""
    return tuple(NAMES.index(name) for name in names)
