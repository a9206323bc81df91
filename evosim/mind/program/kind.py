"""Programs: every cell of the agent's own map runs the same short program, and the agent climbs what comes of it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from evosim.gridworld.sampling import Worlds
from evosim.gridworld.shortest_paths import Atlas
from evosim.gridworld.spec import Blueprint
from evosim.mind.description import bits_of, gamma_bits, number_bits
from evosim.mind.kind import Genotypes, Look
from evosim.mind.map_kind import MapKind, ThoughtInputs
from evosim.mind.phenotype import Phenotypes
from evosim.mind.program.code import OP, OPERANDS, TAKES_CONSTANT, Code, effective, listing, operand_names, parse
from evosim.mind.program.inputs import FEATURES, HERE, THING, WALL, input_names
from evosim.mind.program.operations import NAMES, NOP, OPERATIONS, numbers_of
from evosim.mind.program.settings import ProgramMind
from evosim.mind.segments import Segment, evolving, perception_segments
from evosim.numerics.arrays import Cells, Ids, Reals, Shorts
from evosim.numerics.structure import Structure, categories
from evosim.scenario.schema.scenario import Scenario
from evosim.scenario.schema.worlds import GridWorld

CELL_OPERATIONS = 2e9  # a second and thread, worlds side by side (benchmarks/programs.py)
RATE = 20e6  # steps of lives whose maps are thought, a second and thread
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


class Program(MapKind):
    """The kind of mind into which evolution may build a search, or anything else that local operations can do."""

    name = "program"
    look = Look(
        "program", "programs", "#dd7733", "hexagon",
        "Runs a short program in each cell of its map, over and over, and climbs what comes of it.",
    )  # fmt: skip

    def segments(self, scenario: Scenario) -> list[Segment]:
        """Return perception, the instructions, and how often they are run if that evolves."""
        mind = scenario.mind.of(ProgramMind)
        operands = mind.registers + len(input_names(mind.inputs, scenario.world.features))
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
        names = operand_names(mind.registers, input_names(mind.inputs, scenario.world.features))
        code, alleles = parse(mind.initial, names, mind.registers, mind.names), []
        for (op, *others), constant in zip(code.fields[0].tolist(), code.constants[0].tolist(), strict=True):
            alleles += [mind.names.index(NAMES[op]), *others, constant]
        left = mind.instructions - len(mind.initial)
        nothing = [mind.names.index(NAMES[NOP]), 0, 0, 0, 0.0] if left else []
        return tuple(float(allele) for allele in alleles + nothing * left)

    def express(self, scenario: Scenario, genotypes: Genotypes) -> OwnCode:
        """Return the instructions that have an effect, of all individuals."""
        mind, features = scenario.mind.of(ProgramMind), tuple(scenario.world.features)
        operands = mind.registers + len(input_names(mind.inputs, features))
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
        operands = mind.registers + len(input_names(mind.inputs, scenario.world.features))
        does, there = own.fields[..., OP], np.arange(mind.instructions) < own.length[:, None]
        constants = number_bits(own.constants, np.full(mind.instructions, -1.0), np.ones(mind.instructions))
        fields = np.log2(len(mind.names)) + np.log2(mind.registers) + OPERANDS[does] * np.log2(operands)
        instructions = ((fields + TAKES_CONSTANT[does] * constants) * there).sum(axis=1)
        count = gamma_bits(own.length + 1.0)
        return np.asarray(bits_of(others, genotypes.loci, genotypes.population) + count + instructions)

    def minds(self, phenotypes: Phenotypes) -> Any:
        """Return the minds of all individuals, as kernels know them."""
        from evosim.mind.program.policy import ABSENT, Programs, Shown

        own: OwnCode = phenotypes.own[self.name]
        first, at = {}, 0
        for name in own.inputs:
            first[name], at = at, at + (len(own.features) if name == FEATURES else 1)
        wall, features, thing, here = (first.get(name, ABSENT) for name in (WALL, FEATURES, THING, HERE))
        nothing = np.zeros(len(own.length), np.int64), np.zeros((0, 0, 0), np.uint8)
        shown, sees = Shown(wall, features, thing, here, at), (phenotypes.detectors, phenotypes.sharpness)
        return Programs(*own.code, own.thoughts, own.registers, shown, *sees, *nothing)

    def prepare(self, minds: Any, rows: Ids, plan: Blueprint, worlds: Worlds, believed: Atlas) -> Any:
        """Return minds of which those of `rows` `[M]` have thought of all worlds of a batch."""
        from evosim.mind.program.foresight import foreseeing

        return foreseeing(minds, rows, plan, worlds, believed)

    def thoughts(self, phenotypes: Phenotypes) -> Cells:
        """Return how often `[P]` each program is run."""
        thoughts: Cells = phenotypes.own[self.name].thoughts
        return thoughts

    def think(self, phenotypes: Phenotypes, individuals: Ids, inputs: ThoughtInputs, thoughts: int | None) -> Reals:
        """Return register 0 `[M, W, rows, columns]` of M individuals in W worlds."""
        from evosim.mind.program.thinking import layers_of, maps_of

        own: OwnCode = phenotypes.own[self.name]
        own_number = own.thoughts[individuals]
        times = own_number if thoughts is None else np.full_like(own_number, thoughts)
        return maps_of(own.code, individuals, times, own.registers, layers_of(inputs, own.inputs))

    def rate(self, scenario: Scenario) -> float:
        """Estimate how many steps of agents a thread does in a second."""
        mind = scenario.mind.of(ProgramMind)
        most = mind.thoughts.range[1] if mind.thoughts.range else mind.thoughts.initial or 0.0
        seconds = 1 / RATE
        for world in scenario.environments.values():
            if isinstance(world, GridWorld):
                operations = most * mind.instructions / 2 * world.size[0] * world.size[1]
                changes = HERE in mind.inputs or bool(world.vision)
                seconds = max(seconds, operations / CELL_OPERATIONS / (1 if changes else world.steps) + 1 / RATE)
        return 1 / seconds

    def with_budget(self, phenotypes: Phenotypes, steps: Cells) -> Phenotypes:
        """Return programs that are run as many times `[P]`."""
        return phenotypes.with_own(self.name, thoughts=np.asarray(steps, np.int32))

    def traits(self, phenotypes: Phenotypes) -> Mapping[str, Reals]:
        """Return the number of thoughts `[P]`, and of instructions `[P]` that have an effect."""
        own: OwnCode = phenotypes.own[self.name]
        return {"thoughts": own.thoughts.astype(float), "instructions": own.length.astype(float)}

    def describe(self, phenotypes: Phenotypes, row: int) -> list[str]:
        """Return the program of one individual, without what has no effect, a line for each instruction."""
        own: OwnCode = phenotypes.own[self.name]
        return listing(own.code, row, operand_names(own.registers, input_names(own.inputs, own.features)))


KIND = Program
