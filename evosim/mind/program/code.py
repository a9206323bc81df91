"""The code of programs: instructions, which of them have an effect, and how a program is printed.

An instruction has an effect if what it writes can reach register 0 in this loop or in a later one. All others can be
left out: the map that is climbed stays the same to the last bit.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from evosim.mind.program.operations import ADD, MAX, MIN, MUL, NAMES, NOP, OPERATIONS
from evosim.numerics.arrays import Cells, Flags, Reals, Shorts
from evosim.numerics.compiler import kernel

OP, TO, A, B = range(4)  # the fields of an instruction
REGISTERS = r"r\d+"  # names that no input has
OPERANDS = np.array([operation.operands for operation in OPERATIONS], np.int32)
TAKES_CONSTANT = np.array([operation.takes_constant for operation in OPERATIONS])
COMMUTES = np.isin(np.arange(len(OPERATIONS)), (ADD, MUL, MAX, MIN))


class Code(NamedTuple):
    """P programs of up to L instructions, run in their order, over and over.

    Operands below the number of registers are registers, all others inputs.
    """

    fields: Shorts  # [P, L, 4] operation, register that is written, operands a and b
    constants: Reals  # [P, L]
    length: Cells  # [P] how many instructions there are; those behind them are zeros


def effects(code: Code, registers: int) -> Flags:
    """Return which instructions `[P, L]` have an effect."""
    out = np.zeros(code.fields.shape[:2], np.bool_)
    mark_effects(code.fields, code.length, registers, OPERANDS, np.zeros((2, registers), np.bool_), out)
    return out


@kernel
def mark_effects(
    fields: Shorts, length: Cells, registers: int, operands: Cells, needed: Flags, out_effects: Flags
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
        np.ascontiguousarray(fields, np.int16),
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


class ListingError(ValueError):
    """A line that is not an instruction."""


def parse(lines: Sequence[str], names: Sequence[str], registers: int, operations: Sequence[str]) -> Code:
    """Return one program, as `listing` prints it, of some operations; `names` are those of registers and inputs.

    Raises:
        ListingError: a line is not an instruction.
    """
    fields, constants = np.zeros((1, len(lines), 4), np.int16), np.zeros((1, len(lines)))
    for i, line in enumerate(lines):
        to, _, rest = line.partition("=")
        name, *words = rest.split() or [""]
        if to.strip() not in names[:registers]:
            raise ListingError(f"expected a register ({', '.join(names[:registers])}) and =, got {line!r}")
        if name not in operations:
            raise ListingError(f"expected an operation ({', '.join(operations)}), got {name!r}")
        operation = OPERATIONS[NAMES.index(name)]
        operands, number = words[: operation.operands], words[operation.operands :]
        if len(operands) < operation.operands or len(number) != operation.takes_constant:
            form = " ".join([name, *"ab"[: operation.operands], *["c"] * operation.takes_constant])
            raise ListingError(f"expected {form!r}, got {rest.strip()!r}")
        unknown = [word for word in operands if word not in names]
        if unknown:
            raise ListingError(f"expected a register or an input ({', '.join(names)}), got {unknown[0]!r}")
        fields[0, i, OP], fields[0, i, TO] = NAMES.index(name), names.index(to.strip())
        fields[0, i, A : A + len(operands)] = [names.index(word) for word in operands]
        constants[0, i] = _constant(number[0]) if number else 0.0
    return Code(fields, constants, np.array([len(lines)], np.int32))


def _constant(word: str) -> float:
    try:
        value = float(word)
    except ValueError:
        value = 2.0
    if not -1 <= value <= 1:
        raise ListingError(f"expected a number from -1 to 1, got {word!r}")
    return value


def operand_names(registers: int, inputs: Sequence[str]) -> list[str]:
    """Return the names of all operands: registers, then inputs."""
    return [*(f"r{register}" for register in range(registers)), *inputs]
