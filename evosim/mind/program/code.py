"""The code of programs: instructions, which of them have an effect, and how a program is printed.

An instruction has an effect if what it writes can reach register 0 in this loop or in a later one. All others can be
left out: the map that is climbed stays the same to the last bit.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from evosim.mind.program.operations import ADD, MAX, MIN, MUL, NOP, OPERATIONS
from evosim.numerics.arrays import Acts, Cells, Flags, Reals
from evosim.numerics.compiler import kernel

OP, TO, A, B = range(4)  # the fields of an instruction
OPERANDS = np.array([operation.operands for operation in OPERATIONS], np.int32)
TAKES_CONSTANT = np.array([operation.takes_constant for operation in OPERATIONS])
COMMUTES = np.isin(np.arange(len(OPERATIONS)), (ADD, MUL, MAX, MIN))


class Code(NamedTuple):
    """P programs of up to L instructions, run in their order, over and over.

    Operands below the number of registers are registers, all others inputs.
    """

    fields: Acts  # [P, L, 4] operation, register that is written, operands a and b
    constants: Reals  # [P, L]
    length: Cells  # [P] how many instructions there are; those behind them are zeros


def effects(code: Code, registers: int) -> Flags:
    """Return which instructions `[P, L]` have an effect."""
    out = np.zeros(code.fields.shape[:2], np.bool_)
    mark_effects(code.fields, code.length, registers, OPERANDS, np.zeros((2, registers), np.bool_), out)
    return out


@kernel
def mark_effects(
    fields: Acts, length: Cells, registers: int, operands: Cells, needed: Flags, out_effects: Flags
) -> None:
    """Mark the instructions of `[P, L, 4]` in `[P, L]`, backwards from register 0, until a loop adds nothing.

    `operands` `[O]` are how many each operation reads; `needed` `[2, M]` is working memory.
    """
    now, at_end = needed[0], needed[1]  # at the end of a loop: register 0, and what the next loop needs at its start
    for p in range(fields.shape[0]):
        at_end[:] = False
        at_end[0] = True
        grows = True
        while grows:
            for register in range(registers):
                now[register] = at_end[register]
            for i in range(length[p] - 1, -1, -1):
                op, to = fields[p, i, OP], fields[p, i, TO]
                if op == NOP or not now[to]:
                    continue
                out_effects[p, i] = True
                now[to] = False
                for operand in range(operands[op]):
                    source = fields[p, i, A + operand]
                    if source < registers:
                        now[source] = True
            grows = False
            for register in range(registers):
                grows |= now[register] and not at_end[register]
                at_end[register] |= now[register]


def effective(code: Code, registers: int) -> Code:
    """Return the programs without what has no effect: equal ones do the same, though not all that do are equal."""
    active = effects(code, registers)
    order = np.argsort(~active, axis=1, kind="stable")
    kept = np.take_along_axis(active, order, axis=1)
    fields = np.take_along_axis(code.fields, order[..., None], axis=1)
    constants = np.take_along_axis(code.constants, order, axis=1)
    op, reads = fields[..., OP], OPERANDS[fields[..., OP]]
    swaps = COMMUTES[op] & (fields[..., A] > fields[..., B])
    a, b = np.where(swaps, fields[..., B], fields[..., A]), np.where(swaps, fields[..., A], fields[..., B])
    fields = np.stack([op, fields[..., TO], a * (reads > 0), b * (reads > 1)], axis=-1) * kept[..., None]
    return Code(
        np.ascontiguousarray(fields, np.int8),
        np.where(kept & TAKES_CONSTANT[op], constants, 0.0),
        active.sum(axis=1, dtype=np.int32),
    )


def listing(code: Code, p: int, names: Sequence[str]) -> list[str]:
    """Return the instructions of program `p`, a line each; `names` are those of registers and inputs."""
    lines = []
    for i in range(code.length[p]):
        op, to, a, b = (int(field) for field in code.fields[p, i])
        operation = OPERATIONS[op]
        words = [operation.name, *(names[operand] for operand in (a, b)[: operation.operands])]
        if operation.takes_constant:
            words.append(f"{code.constants[p, i]:.4g}")
        lines.append(f"{names[to]} = {' '.join(words)}")
    return lines


def operand_names(registers: int, inputs: Sequence[str]) -> list[str]:
    """Return the names of all operands: registers, then inputs."""
    return [*(f"r{register}" for register in range(registers)), *inputs]
