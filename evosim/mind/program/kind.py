"""Programs: every cell of the agent's own map runs the same short program, and the agent climbs what comes of it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from evosim.mind.description import bits_of, gamma_bits, number_bits
from evosim.mind.kind import Genotypes, Look
from evosim.mind.maps.climbing_kind import ClimbingKind, steps_a_second
from evosim.mind.maps.inputs import input_names
from evosim.mind.phenotype import Phenotypes
from evosim.mind.program.code import (
    OP,
    OPERANDS,
    REGISTERS,
    TAKES_CONSTANT,
    Code,
    effective,
    listing,
    operand_names,
    parse,
)
from evosim.mind.program.operations import NAMES, NOP, OPERATIONS, numbers_of
from evosim.mind.program.settings import ProgramMind
from evosim.mind.segments import Segment, evolving, perception_segments
from evosim.numerics.arrays import Cells, Reals, Shorts
from evosim.numerics.structure import Structure, categories
from evosim.scenario.schema.scenario import Scenario

CELL_OPERATIONS, BEGUN = 6e9, 2e-6  # a second and thread, equal programs thinking once; seconds before a life
FIELDS = ("operation", "to", "a", "b", "constant")


class OwnCode(NamedTuple):
    """What P individuals run; of their instructions those that have an effect."""

    fields: Shorts  # [P, L, 4]
    constants: Reals  # [P, L]
    length: Cells  # [P]
    thoughts: Cells  # [P]
    registers: int
    inputs: tuple[str, ...]  # `features` stands for all of them
    features: tuple[str, ...]

    @property
    def code(self) -> Code:
        """The programs, as the machine runs them."""
        return Code(self.fields, self.constants, self.length)


class Program(ClimbingKind):
    """The kind of mind into which evolution may build a search, or anything else that local operations can do."""

    name = "program"
    climbs = "r0"
    look = Look(
        "program", "programs", "#dd7733", "hexagon",
        "Runs a short program in each cell of its map, over and over, and climbs what comes of it.",
    )  # fmt: skip

    def segments(self, scenario: Scenario) -> list[Segment]:
        """Return perception, the instructions, and how often they are run if that evolves."""
        mind = scenario.mind.of(ProgramMind)
        operands = mind.registers + len(input_names(mind.inputs, scenario.world.features, REGISTERS))
        varies, numbers = mind.own_variation, numbers_of(mind.names)
        structure = Structure(
            records=mind.instructions,
            values=(len(numbers), mind.registers, operands, operands, 0),
            field_rate=varies.rate or 0.0,
            step=varies.scale,
            share_shifted=varies.shifted,
            share_diverged=varies.diverged or 0.0,
            share_regrouped=varies.regrouped or 0.0,
            groups=tuple(OPERATIONS[number].group for number in numbers),
        )
        loci = tuple(f"program.{i}.{field}" for i in range(mind.instructions) for field in FIELDS)
        initial = self._initial(scenario) if mind.initial else None
        code = Segment("program", loci, -1.0, 1.0, initial, structure=structure)
        return [*perception_segments(scenario), code, *evolving("program.thoughts", mind.thoughts)]

    def _initial(self, scenario: Scenario) -> tuple[float, ...]:
        """Return the alleles of the program that all founders have: as it is listed, then nothing."""
        mind = scenario.mind.of(ProgramMind)
        names = operand_names(mind.registers, input_names(mind.inputs, scenario.world.features, REGISTERS))
        code, alleles = parse(mind.initial, names, mind.registers, mind.names), []
        for (op, *others), constant in zip(code.fields[0].tolist(), code.constants[0].tolist(), strict=True):
            alleles += [mind.names.index(NAMES[op]), *others, constant]
        left = mind.instructions - len(mind.initial)
        nothing = [mind.names.index(NAMES[NOP]), 0, 0, 0, 0.0] if left else []
        return tuple(float(allele) for allele in alleles + nothing * left)

    def express(self, scenario: Scenario, genotypes: Genotypes) -> OwnCode:
        """Return the instructions that have an effect, of all individuals."""
        mind, features = scenario.mind.of(ProgramMind), tuple(scenario.world.features)
        operands = mind.registers + len(input_names(mind.inputs, features, REGISTERS))
        alleles = genotypes.loci("program").reshape(genotypes.population, mind.instructions, len(FIELDS))
        fields = np.empty((*alleles.shape[:2], 4), np.int16)
        for d, values in enumerate((len(mind.names), mind.registers, operands, operands)):
            fields[..., d] = categories(alleles[..., d], values)
        fields[..., 0] = np.array(numbers_of(mind.names), np.int16)[fields[..., 0]]
        length = np.full(genotypes.population, mind.instructions, np.int32)
        thoughts = np.rint(genotypes.value("program.thoughts", mind.thoughts)).astype(np.int32)
        code = effective(Code(fields, np.ascontiguousarray(alleles[..., 4]), length), mind.registers)
        return OwnCode(*code, thoughts, mind.registers, tuple(mind.inputs), features)

    def description(self, scenario: Scenario, genotypes: Genotypes) -> Reals:
        """Return how many bits `[P]` it takes to tell each program without what has no effect, and all else it has."""
        mind, own = scenario.mind.of(ProgramMind), self.express(scenario, genotypes)
        others = [segment for segment in self.segments(scenario) if segment.name != "program"]
        operands = mind.registers + len(input_names(mind.inputs, scenario.world.features, REGISTERS))
        does, there = own.fields[..., OP], np.arange(mind.instructions) < own.length[:, None]
        constants = number_bits(own.constants, np.full(mind.instructions, -1.0), np.ones(mind.instructions))
        fields = np.log2(len(mind.names)) + np.log2(mind.registers) + OPERANDS[does] * np.log2(operands)
        instructions = ((fields + TAKES_CONSTANT[does] * constants) * there).sum(axis=1)
        count = gamma_bits(own.length + 1.0)
        return np.asarray(bits_of(others, genotypes.loci, genotypes.population) + count + instructions)

    def thinks(self, own: OwnCode) -> Any:
        """Return the programs of all individuals, as the machine runs them."""
        from evosim.mind.program.machine import Programs

        return Programs(*own.code, own.registers)

    def state_layers(self, board: Any, climbed: int) -> Sequence[int]:
        """Return where the registers are."""
        from evosim.mind.program.machine import register_layers

        return register_layers(board, climbed)

    def parts(self, own: OwnCode) -> Cells:
        """Return how many instructions of each have an effect `[P]`."""
        return own.length

    def rate(self, scenario: Scenario) -> float:
        """Estimate how many steps of agents a thread does in a second."""
        mind = scenario.mind.of(ProgramMind)
        return steps_a_second(scenario, mind.thoughts, mind.inputs, mind.instructions / 2 / CELL_OPERATIONS, BEGUN)

    def traits(self, phenotypes: Phenotypes) -> Mapping[str, Reals]:
        """Return the number of thoughts `[P]`, and of instructions `[P]` that have an effect."""
        own: OwnCode = phenotypes.own[self.name]
        return {"thoughts": own.thoughts.astype(float), "instructions": own.length.astype(float)}

    def describe(self, phenotypes: Phenotypes, row: int) -> list[str]:
        """Return the program of one individual, without what has no effect, a line for each instruction."""
        own: OwnCode = phenotypes.own[self.name]
        return listing(own.code, row, operand_names(own.registers, input_names(own.inputs, own.features, REGISTERS)))


KIND = Program
