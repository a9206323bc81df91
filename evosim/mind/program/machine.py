"""The machine of programs: every cell of a map runs the same instructions, all cells one instruction at a time.

Registers are 0 before the first thought; a thought is the whole program, run once. Cells beyond the border hold 0 on
all sides. What an instruction writes is kept within ±LARGEST, and 0 if it is nearer to 0 than SMALLEST: numbers below
the normal ones would differ between machines, and are slow.

Worlds lie side by side: an array has a line for each row, and in it, column by column, one number for each of W worlds.
A frame of zeros around it spares the loops the question where the border is. An instruction writes into the spare
register, which then takes the place of the one that it was written for, so that no cell reads what another has written.
"""

from typing import NamedTuple

import numpy as np

from evosim.mind.program.code import OP, TO, A, B
from evosim.mind.program.operations import (
    ADD,
    CONST,
    EAST,
    HMAX,
    MASK,
    MAX,
    MIN,
    MUL,
    NMAX,
    NMEAN,
    NORTH,
    SCALE,
    SOUTH,
    SUB,
    VMAX,
)
from evosim.numerics.arrays import Cells, Reals, Shorts
from evosim.numerics.compiler import inlined_kernel, kernel

LARGEST, SMALLEST = 1e3, 1e-300


class Board(NamedTuple):
    """Where programs with M registers and I inputs think, in W worlds side by side."""

    values: Reals  # [M + 1 + I, rows + 2, (columns + 2) · W] registers, the spare one among them, then inputs
    place: Cells  # [M + I + 1] where each register and each input stands, and last the spare register
    registers: int  # M
    worlds: int  # W


def new_board(registers: int, inputs: Reals, worlds: int) -> Board:
    """Return a board for inputs `[I, rows + 2, (columns + 2) · W]`, of which it has a copy."""
    count, *shape = inputs.shape
    values = np.concatenate([np.zeros((registers + 1, *shape)), inputs])
    return Board(values, place_all(registers, count), registers, worlds)


def place_all(registers: int, inputs: int) -> Cells:
    """Return where registers, inputs and the spare register stand at first `[M + I + 1]`."""
    return np.array([*range(registers), *range(registers + 1, registers + 1 + inputs), registers], np.int32)


@inlined_kernel
def settled(value: float) -> float:
    """Return a number as an instruction writes it."""
    value = LARGEST if value > LARGEST else value
    value = -LARGEST if value < -LARGEST else value
    return value if abs(value) >= SMALLEST else 0.0


@kernel
def think(fields: Shorts, constants: Reals, length: int, thoughts: int, board: Board) -> int:
    """Run one program, `fields` `[L, 4]` and `constants` `[L]`, for so many thoughts; return where register 0 is."""
    place, values, spare = board.place, board.values, board.place.shape[0] - 1
    for register in range(board.registers):
        clear(board.worlds, values[place[register]])
    for _ in range(thoughts):
        for i in range(length):
            out, to = place[spare], fields[i, TO]
            run_instruction(
                fields[i, OP], constants[i], values[place[fields[i, A]]], values[place[fields[i, B]]], board.worlds,
                values[out],
            )  # fmt: skip
            place[spare] = place[to]
            place[to] = out
    return int(place[0])


@kernel
def clear(worlds: int, out: Reals) -> None:
    """Write 0 within the frame of `[rows + 2, (columns + 2) · W]`."""
    for row in range(1, out.shape[0] - 1):
        line = out[row, worlds : out.shape[1] - worlds]
        for x in range(line.shape[0]):
            line[x] = 0.0


@kernel
def run_instruction(op: int, constant: float, a: Reals, b: Reals, worlds: int, out: Reals) -> None:
    """Carry out one instruction on operands `[rows + 2, (columns + 2) · W]`, in all cells and worlds."""
    begin, end = worlds, out.shape[1] - worlds
    for row in range(1, out.shape[0] - 1):
        line = out[row, begin:end]
        if op >= NMAX:
            read_neighbours(op, a, row, worlds, line)
            continue
        first, second = a[row, begin:end], b[row, begin:end]
        if op == ADD:
            for x in range(line.shape[0]):
                line[x] = settled(first[x] + second[x])
        elif op == SUB:
            for x in range(line.shape[0]):
                line[x] = settled(first[x] - second[x])
        elif op == MUL:
            for x in range(line.shape[0]):
                line[x] = settled(first[x] * second[x])
        elif op == MAX:
            for x in range(line.shape[0]):
                line[x] = larger(first[x], second[x])
        elif op == MIN:
            for x in range(line.shape[0]):
                line[x] = first[x] if first[x] < second[x] else second[x]
        elif op == MASK:
            for x in range(line.shape[0]):
                line[x] = settled(first[x] * (1.0 - second[x]))
        elif op == SCALE:
            for x in range(line.shape[0]):
                line[x] = settled(first[x] * constant)
        elif op == CONST:
            for x in range(line.shape[0]):
                line[x] = settled(constant)


@inlined_kernel
def larger(one: float, other: float) -> float:
    """Return the larger of two numbers."""
    return one if one > other else other


@inlined_kernel
def read_neighbours(op: int, a: Reals, row: int, worlds: int, out_line: Reals) -> None:
    """Write one line `[columns · W]` of what an instruction reads of its cells' neighbours in `a`."""
    begin, end = worlds, a.shape[1] - worlds
    north, south = a[row - 1, begin:end], a[row + 1, begin:end]
    west, east = a[row, : end - worlds], a[row, begin + worlds :]
    if op == NMAX:
        for x in range(out_line.shape[0]):
            out_line[x] = larger(larger(north[x], south[x]), larger(west[x], east[x]))
    elif op == NMEAN:
        for x in range(out_line.shape[0]):
            out_line[x] = settled(((north[x] + south[x]) + (west[x] + east[x])) * 0.25)
    elif op == HMAX:
        for x in range(out_line.shape[0]):
            out_line[x] = larger(west[x], east[x])
    elif op == VMAX:
        for x in range(out_line.shape[0]):
            out_line[x] = larger(north[x], south[x])
    else:
        side = north if op == NORTH else east if op == EAST else south if op == SOUTH else west
        for x in range(out_line.shape[0]):
            out_line[x] = side[x]
