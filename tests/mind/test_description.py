"""The length of a mind's description: that of a text which tells the mind, and what a price on it does."""

import math

import numpy as np
import pytest
from reference.description import gamma, read_allele, read_gamma, runs, write_allele

from evosim.mind.description import bits_of, gamma_bits, number_bits, run_bits
from evosim.mind.expression import express
from evosim.mind.founders import draw_founders
from evosim.mind.genome import genome_layout
from evosim.mind.program.code import TAKES_CONSTANT
from evosim.mind.program.operations import NAMES, OPERATIONS
from evosim.scenario import ScenarioError, load_scenario
from evosim.simulation.generational.generations import generations
from evosim.simulation.laboratory import Laboratory

SMALL = ["evolution.population=24", "evolution.generations=3", "evolution.episodes=4", "measure.episodes=2"]
ALL = "mind.controllers={ open_loop = 0.25, heuristic = 0.25, planner = 0.25, program = 0.25 }"


def priced(*overrides, name="red_doors"):
    return load_scenario(name, overrides=[*SMALL, "evolution.parsimony=0.01", *overrides])


def expressed(scenario, seed=1):
    layout = genome_layout(scenario)
    genomes = draw_founders(scenario, layout, seed)
    return layout, genomes, express(scenario, layout, genomes)


def test_the_gamma_code_can_be_read_again_and_is_as_long_as_is_said():
    numbers = [*range(1, 70), 255, 256, 2**20, 2**20 - 1]
    texts = [gamma(number) for number in numbers]
    assert gamma_bits(np.array(numbers)).tolist() == [len(text) for text in texts]
    together = iter("".join(texts))
    assert [read_gamma(together) for _ in numbers] == numbers


@pytest.mark.parametrize("bounds", [(-1.0, 1.0), (0.0, 1.0), (1.0, 32.0), (-5.0, -1.0), (-0.5, 2.0)])
def test_alleles_are_told_to_a_sixteenth_of_half_their_range(bounds):
    rng, (low, high) = np.random.default_rng(1), bounds
    alleles = np.concatenate([rng.uniform(low, high, 200), [low, high, np.clip(0.0, low, high)]])
    texts = [write_allele(float(allele), low, high) for allele in alleles]
    told = number_bits(alleles[:, None], np.array([low]), np.array([high]))
    assert told[:, 0].tolist() == [len(text) for text in texts]
    assert told[-1] == 1  # what is nearest to 0 takes one bit
    together = iter("".join(texts))
    read = [read_allele(together, low, high) for _ in alleles]
    np.testing.assert_allclose(read, alleles, atol=(high - low) / 64 + 1e-9)


def test_sequences_are_told_run_by_run():
    rng = np.random.default_rng(2)
    sequences = np.repeat(rng.integers(0, 5, (30, 12)), rng.integers(1, 5, 12), axis=1).astype(np.int8)
    expected = [
        sum(len(gamma(length)) + math.log2(4) for _, length in runs(row)) + math.log2(5) - math.log2(4)
        for row in sequences.tolist()
    ]
    np.testing.assert_allclose(run_bits(sequences, 5), expected, atol=1e-12)
    assert run_bits(np.zeros((1, 64), np.int8), 5) == pytest.approx(math.log2(5) + 13)


def test_a_mind_is_told_by_the_alleles_of_its_own_kind_alone():
    scenario = priced(ALL)
    layout, genomes, minds = expressed(scenario)
    mind, program = scenario.mind, minds.own["program"]
    names, operands = len(mind.program.names), mind.program.registers + 2 + len(scenario.world.features)

    def alleles(p, *names):
        parts = [each for each in layout.segments if each.name.startswith(names)]
        told = [
            len(write_allele(float(allele), part.low, part.high))
            for part in parts
            for allele in genomes[p, layout.slice_of(part.name)].astype(float)
        ]
        return float(sum(told))

    def of_program(p):
        bits = float(len(gamma(int(program.length[p]) + 1)))
        for i in range(program.length[p]):
            operation = OPERATIONS[program.fields[p, i, 0]]
            bits += math.log2(names) + math.log2(mind.program.registers) + operation.operands * math.log2(operands)
            bits += len(write_allele(float(program.constants[p, i]), -1, 1)) if operation.takes_constant else 0
        return bits

    def of_sequence(p):
        row = minds.own["open_loop"].sequence[p].tolist()
        return math.log2(5 / 4) + sum(2 + len(gamma(length)) for _, length in runs(row))

    ways = {
        "open_loop": of_sequence,
        "heuristic": lambda p: alleles(p, "heuristic"),
        "planner": lambda p: alleles(p, "objective", "planner"),
        "program": of_program,
    }
    expected = [ways[minds.kinds[kind]](p) for p, kind in enumerate(minds.controller)]
    assert {minds.kinds[kind] for kind in minds.controller} == {*ways}
    np.testing.assert_allclose(minds.bits, expected, atol=1e-9)
    assert len(NAMES) == len(TAKES_CONSTANT)


def test_the_price_is_taken_off_every_case():
    scenario, free = priced(), load_scenario("red_doors", overrides=SMALL)
    layout, genomes, minds = expressed(scenario)
    told = [Laboratory(each, 1).evaluate(0, express(each, layout, genomes), np.arange(24)) for each in (scenario, free)]
    np.testing.assert_allclose(told[0].cases, told[1].cases - 0.01 * minds.bits[:, None], atol=1e-12)
    np.testing.assert_allclose(told[0].fitness, told[0].cases.mean(axis=1), atol=1e-12)


def test_what_costs_nothing_is_not_measured_and_changes_no_digest():
    free, zero = (load_scenario("red_doors", overrides=[*SMALL, *more]) for more in ([], ["evolution.parsimony=0"]))
    assert [each.digest for each in generations(free, 3)] == [each.digest for each in generations(zero, 3)]
    assert expressed(zero)[2].bits is None


def test_under_a_high_price_descriptions_become_shorter():
    scenario = priced("evolution.parsimony=10", "evolution.generations=8", "evolution.population=60")
    lengths = [generation.minds.bits.mean() for generation in generations(scenario, 4)]
    assert lengths[-1] < 0.7 * lengths[0]


@pytest.mark.parametrize(
    ("name", "overrides", "said"),
    [
        ("contraception", [], "natural_selection has no parsimony: leave this out"),
        ("pareto", [], "which nsga2 doesn't select by: leave this out"),
        ("red_doors", ["evolution.parsimony=-1"], "expected at least 0, got -1"),
    ],
)
def test_a_price_where_there_can_be_none_is_refused(name, overrides, said):
    with pytest.raises(ScenarioError, match=r"evolution\.parsimony") as refused:
        load_scenario(name, overrides=["evolution.parsimony=0.1", *overrides])
    assert said in str(refused.value)


def test_categories_of_a_list_of_records_are_told_among_their_values():
    scenario = priced(ALL)
    segment = genome_layout(scenario).segments
    code = next(part for part in segment if part.structure is not None)
    genomes = np.tile(code.lows, (2, 1))
    genomes[:, ~code.structure.is_category] = 0.0
    each = sum(math.log2(values) for values in code.structure.values if values)
    expected = code.structure.records * (each + 1)
    assert bits_of([code], lambda _: genomes, 2).tolist() == pytest.approx([expected] * 2)
