"""The machine of programs: every cell of a map runs the same instructions, all cells one instruction at a time.

Registers are 0 before the first thought; a thought is the whole program, run once. What an instruction writes is
settled (evosim/mind/maps/boards.py). It is written into the spare register, which then takes the place of the one that
it was written for, so that no cell reads what another has written.
"""

from typing import NamedTuple

import numpy as np

from evosim.mind.maps.boards import clear, larger, new_board, settled, think, think_on
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
from evosim.numerics.compiler import allocating_kernel, implements, inlined_kernel, kernel

FIRST_ASKED, ASKED_AGAIN = 2, 4  # in which thought it is asked first whether a program is at rest; then in 4 times that


class Programs(NamedTuple):
    """P programs of up to L instructions that have an effect, with M registers."""

    fields: Shorts  # [P, L, 4] operation, register, operands
    constants: Reals  # [P, L]
    length: Cells  # [P]
    registers: int  # M


class Board(NamedTuple):
    """Where programs with M registers and I inputs think, in W worlds side by side."""

    values: Reals  # [M + 1 + I, rows + 2, (columns + 2) · W] registers, the spare one among them, then inputs
    inputs: Reals  # [I, rows + 2, (columns + 2) · W] of these
    worlds: int  # W
    place: Cells  # [M + I + 1] where each register and each input stands, and last the spare register
    before: Reals  # [M, rows + 2, (columns + 2) · W] the registers a thought ago, where it is asked if it is at rest


@implements(new_board, Programs)
@allocating_kernel
def new_registers(programs: Programs, inputs: int, rows: int, columns: int, worlds: int) -> Board:
    """Return a board for programs with so many inputs."""
    registers = programs.registers
    place = np.zeros(registers + inputs + 1, np.int32)
    for operand in range(registers + inputs):
        place[operand] = operand if operand < registers else operand + 1
    place[registers + inputs] = registers
    values = np.zeros((registers + 1 + inputs, rows + 2, (columns + 2) * worlds))
    before = np.zeros((registers, rows + 2, (columns + 2) * worlds))
    return Board(values, values[registers + 1 :], worlds, place, before)


@implements(think, Programs)
@kernel
def run_program(programs: Programs, p: int, thoughts: int, board: Board) -> int:
    """Run program `p` for so many thoughts, or until it is at rest, which is the same; return where register 0 is."""
    for register in range(programs.registers):
        clear(board.worlds, board.values[board.place[register]])
    return run_program_on(programs, p, thoughts, int(board.place[0]), board)


@implements(think_on, Programs)
@kernel
def run_program_on(programs: Programs, p: int, thoughts: int, climbed: int, board: Board) -> int:
    """Run program `p` for so many more thoughts, from what its registers hold, or until it is at rest, as above."""
    place, values, spare = board.place, board.values, board.place.shape[0] - 1
    fields, constants, length = programs.fields[p], programs.constants[p], programs.length[p]
    ask = FIRST_ASKED
    for thought in range(thoughts):
        asks = thought + 1 == ask and ask < thoughts
        if asks:
            copy_registers(programs.registers, board)
            ask *= ASKED_AGAIN
        for i in range(length):
            out, to = place[spare], fields[i, TO]
            run_instruction(
                fields[i, OP], constants[i], values[place[fields[i, A]]], values[place[fields[i, B]]], board.worlds,
                values[out],
            )  # fmt: skip
            place[spare] = place[to]
            place[to] = out
        if asks and is_at_rest(programs.registers, board):
            break
    return int(place[0])


@kernel
def copy_registers(registers: int, board: Board) -> None:
    """Copy what all registers hold into `before`."""
    begin, end = board.worlds, board.values.shape[2] - board.worlds
    for register in range(registers):
        for row in range(1, board.values.shape[1] - 1):
            line, copied = board.values[board.place[register], row, begin:end], board.before[register, row, begin:end]
            for x in range(line.shape[0]):
                copied[x] = line[x]


@kernel
def is_at_rest(registers: int, board: Board) -> bool:
    """Return whether all registers hold what was copied: then no thought changes anything any more."""
    begin, end = board.worlds, board.values.shape[2] - board.worlds
    for register in range(registers):
        for row in range(1, board.values.shape[1] - 1):
            line, copied = board.values[board.place[register], row, begin:end], board.before[register, row, begin:end]
            moved = 0
            for x in range(line.shape[0]):
                moved += line[x] != copied[x]
            if moved > 0:
                return False
    return True


def register_layers(board: Board, climbed: int) -> list[int]:
    """Return where the registers are, of which the first is `climbed`."""
    return [int(layer) for layer in board.place[: len(board.place) - len(board.inputs) - 1]]


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
