"""Planted programs: what planted fields do, written for the machine that runs evolved programs.

A line is `register = operation operands constant`, as programs are printed.
"""

from collections.abc import Sequence

from evosim.alignment.planted.planted_fields import THOUGHTS
from evosim.alignment.search.thinking import Hold, Think, thinks_of
from evosim.mind.map_kind import Push, ThoughtInputs
from evosim.mind.maps.thinking import layers_of, states_of
from evosim.mind.program.code import operand_names, parse
from evosim.mind.program.machine import Programs, register_layers
from evosim.mind.program.operations import NAMES
from evosim.numerics.arrays import Reals

REGISTERS = 3
BELLMAN = ("r0 = max r0 {target}", "r0 = mask r0 wall", "r1 = nmax r0", "r1 = scale r1 0.95", "r0 = max r0 r1")
DIFFUSION = ("r1 = nmean r0", "r0 = add r1 {target}", "r0 = mask r0 wall")
SEARCHING = {"Bellman backups": (*BELLMAN, "r0 = mask r0 wall"), "screened diffusion": DIFFUSION}
LOOKING_LIKE_IT = {
    "backups through walls": tuple(line for line in BELLMAN if "wall" not in line),
    "diffusion through walls": DIFFUSION[:2],
    "a look around": ("r0 = nmax {target}", "r0 = mask r0 wall"),
}
CONJUNCTION = ("r2 = mul {one} {other}", "r1 = nmean r0", "r0 = add r1 r2", "r0 = mask r0 wall")


def program(lines: Sequence[str], features: Sequence[str], thoughts: int = THOUGHTS, **operands: str) -> Think:
    """Return a mind that climbs register 0 of a program; `operands` are features, by their names in braces.

    Raises:
        ValueError: a line names an operation or an operand that is not there.
    """
    return thinks_of(program_states(lines, features, thoughts, **operands))


def program_states(lines: Sequence[str], features: Sequence[str], thoughts: int = THOUGHTS, **operands: str) -> Hold:
    """Return what such a mind holds in the registers of each cell.

    Raises:
        ValueError: a line names an operation or an operand that is not there.
    """
    names = operand_names(REGISTERS, ["wall", *features, "thing"])
    code = parse([line.format(**operands) for line in lines], names, REGISTERS, NAMES)

    def hold(inputs: ThoughtInputs, asked: int | None, push: Push | None) -> Reals:
        layers = layers_of(inputs, ("wall", "features", "thing"))
        times = thoughts if asked is None else asked
        return states_of(Programs(*code, REGISTERS), 0, times, layers, register_layers, push)

    return hold
