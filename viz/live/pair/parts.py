"""The parts of a mind that thinks in a map: instructions or weights, and those of them that are its objective."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from evosim.alignment.search.read_out import read_objective
from evosim.mind.map_kind import ThoughtInputs
from evosim.mind.maps.inputs import FEATURES, input_names
from evosim.mind.maps.thinking import layers_of, maps_of
from evosim.mind.network import machine  # noqa: F401 - its kernels
from evosim.mind.network.kind import Network, OwnNetworks
from evosim.mind.network.weights import TAKEN, listed_sources, weight_table
from evosim.mind.phenotype import Phenotypes
from evosim.mind.program.code import OPERANDS, REGISTERS, A, listing, operand_names
from evosim.mind.program.kind import OwnCode, Program
from evosim.mind.program.machine import Programs
from evosim.mind.program.operations import OPERATIONS
from evosim.numerics.arrays import Cells, Reals
from evosim.numerics.formatting import short_number

MATTERS = 0.2  # by which the weights of an objective change, all together, without a part of it


class CodeLine(NamedTuple):
    """An instruction, or a weight, as words; those that are the objective, and what it means."""

    words: tuple[str, ...]
    marked: frozenset[int]  # indices of words
    meaning: str


class Runs(NamedTuple):
    """What cells do with such lines, in words."""

    does: str  # as in: every cell of its map ...
    parts: str
    are: str  # as in: in every cell of its map the same parts ...


OF_PROGRAMS = Runs("runs this", "instructions", "run")
RUNS = {Program.name: OF_PROGRAMS, Network.name: Runs("adds this up, within 0 and 1", "weights", "are added up")}


def list_code(minds: Phenotypes, features: int) -> list[CodeLine]:
    """Return what one mind computes a map with, as far as it has an effect and can be listed, its objective marked."""
    if minds.is_of(Program.name).any():
        return list_instructions(minds.own[Program.name], features)
    return list_weights(minds.own[Network.name], features) if minds.is_of(Network.name).any() else []


def list_instructions(own: OwnCode, features: int) -> list[CodeLine]:
    """Return the instructions of one program, with its objective marked."""
    marked = objective_operands(own, features)
    names = operand_names(own.registers, input_names(own.inputs, own.features, REGISTERS))
    lines = listing(own.code, 0, names)
    return [
        CodeLine(
            tuple(words := line.split()),
            frozenset(3 + operand for i, operand in marked if i == number),
            _meaning(words, int(own.fields[0, number, 0])),
        )
        for number, line in enumerate(lines)
    ]


def objective_operands(own: OwnCode, features: int) -> set[tuple[int, int]]:
    """Return the operands, each an instruction and 0 or 1, without which a program would want something else.

    An operand that reads a feature reads zeros instead, and the objective is read off the map again.
    """
    names = input_names(own.inputs, own.features, REGISTERS)
    before = {FEATURES: own.registers}
    at = own.registers
    for name in own.inputs:
        before[name], at = at, at + (features if name == FEATURES else 1)
    nothing = own.registers + len(names)
    objective, found = _of_program(own, features), set()
    for i in range(int(own.length[0])):
        for operand in range(int(OPERANDS[own.fields[0, i, 0]])):
            source = int(own.fields[0, i, A + operand])
            if FEATURES not in own.inputs or not 0 <= source - before[FEATURES] < features:
                continue
            fields = own.fields.copy()
            fields[0, i, A + operand] = nothing
            if _differs(_of_program(own._replace(fields=fields), features), objective):
                found.add((i, operand))
    return found


def _of_program(own: OwnCode, features: int) -> Reals:
    """Return the objective of a program; an operand behind the last reads zeros."""
    programs = Programs(*own.code, own.registers)
    return _objective(programs, own.thoughts, features, lambda inputs: _with_zeros(layers_of(inputs, own.inputs)))


def _with_zeros(layers: Reals) -> Reals:
    return np.concatenate([layers, np.zeros_like(layers[:, :1])], axis=1)


def list_weights(own: OwnNetworks, features: int) -> list[CodeLine]:
    """Return the weights of one network, channel by channel, with its objective marked."""
    weights, lines = own.weights, []
    sources = listed_sources(weights.bias.shape[1], input_names(own.inputs, own.features, TAKEN))
    marked, table = objective_weights(own, features), weight_table(weights, 0)
    for channel, source in np.argwhere(table).tolist():
        weight, name = float(table[channel, source]), sources[source] or "1"
        words = (f"c{channel}", "−" if weight < 0 else "+", f"{abs(weight):.3g}", name)
        found = frozenset({3}) if (channel, source) in marked else frozenset()
        lines.append(CodeLine(words, found, f"{_read(name)}, times {short_number(weight, 3)}, is added to c{channel}"))
    return lines


def objective_weights(own: OwnNetworks, features: int) -> set[tuple[int, int]]:
    """Return the weights on features, each a channel and a source, without which a network wants something else."""
    first = own.inputs.index(FEATURES) if FEATURES in own.inputs else 0
    objective, found = _of_network(own, features), set()
    for channel, shown in np.argwhere(own.shown[0]).tolist():
        if FEATURES in own.inputs and 0 <= shown - first < features:
            without = own.shown.copy()
            without[0, channel, shown] = 0.0
            if _differs(_of_network(own._replace(shown=without), features), objective):
                found.add((channel, 3 * own.bias.shape[1] + shown))
    return found


def _of_network(own: OwnNetworks, features: int) -> Reals:
    """Return the objective of a network."""
    return _objective(own.weights, own.thoughts, features, lambda inputs: layers_of(inputs, own.inputs))


def _read(name: str) -> str:
    """Return what a source of a network is, in words."""
    of, _, channel = name.rpartition(".")
    around = {"sum": f"the sum of {channel} in", "max": f"the largest {channel} of"}
    return f"{around[of]} the four neighbours" if of in around else name


def _objective(thinks: Any, thoughts: Cells, features: int, layers: Callable[[ThoughtInputs], Reals]) -> Reals:
    """Return the weights `[F + F²]` of the objective that is read off the map of one mind; `layers` are its inputs."""

    def think(inputs: ThoughtInputs, asked: int | None) -> Reals:
        return maps_of(thinks, np.zeros(1, np.int64), thoughts, layers(inputs))

    read = read_objective(think, features)
    return np.concatenate([read.weights.ravel(), read.products.ravel()])


def _differs(one: Reals, other: Reals) -> bool:
    return bool(np.abs(one - other).sum() > MATTERS)


def _meaning(words: list[str], op: int) -> str:
    """Return what an instruction writes, with the names of its operands in place of a, b and c."""
    named = dict(zip("ab" if OPERATIONS[op].operands else "c", words[3:], strict=False))
    if OPERATIONS[op].takes_constant:
        named["c"] = words[-1]
    return re.sub(r"\b[abc]\b", lambda found: named.get(found[0], found[0]), OPERATIONS[op].meaning)
