"""Programs: the machine that every cell runs, the instructions that have an effect, and how they are printed."""

import numpy as np
import pytest
from effort import cases
from reference.program import Instruction, active, thought

from evosim.mind.expression import describe_mind, express
from evosim.mind.founders import draw_founders
from evosim.mind.genome import genome_layout
from evosim.mind.map_kind import ThoughtInputs
from evosim.mind.maps.inputs import input_names
from evosim.mind.maps.thinking import layers_of, maps_of
from evosim.mind.program.code import REGISTERS, Code, effective, effects, listing, operand_names, parse
from evosim.mind.program.machine import Programs
from evosim.mind.program.operations import LADDER, NAMES, OPERATIONS
from evosim.scenario import parse_scenario

INPUTS = ("wall", "red", "door", "thing")


def random_code(rng: np.random.Generator, programs: int, length: int, registers: int, names: tuple[str, ...]) -> Code:
    """Draw programs of some operations."""
    shape, operands = (programs, length), registers + len(INPUTS)
    fields = np.stack(
        [
            rng.choice([NAMES.index(name) for name in names], shape),
            rng.integers(registers, size=shape),
            rng.integers(operands, size=shape),
            rng.integers(operands, size=shape),
        ],
        axis=-1,
    )
    return Code(fields.astype(np.int16), rng.uniform(-1, 1, shape), np.full(programs, length, np.int32))


def code_of(*lines: str, registers: int = 3) -> Code:
    """Read one program as it is printed."""
    return parse(lines, operand_names(registers, INPUTS), registers, NAMES)


def instructions(code: Code, p: int) -> list[Instruction]:
    return [
        (NAMES[op], int(to), int(a), int(b), float(code.constants[p, i]))
        for i, (op, to, a, b) in enumerate(code.fields[p, : code.length[p]])
    ]


def draw_layers(rng: np.random.Generator, worlds: int, rows: int, columns: int) -> np.ndarray:
    """Draw inputs `[W, I, rows, columns]`: walls, and few cells with features."""
    layers = (rng.random((worlds, len(INPUTS), rows, columns)) < 0.15).astype(float)
    layers[:, 1] *= rng.random((worlds, rows, columns))
    return layers


@pytest.mark.parametrize("rung", range(len(LADDER)))
def test_the_machine_computes_what_its_twin_does_to_the_last_bit(rung):
    rng = np.random.default_rng(rung)
    count, worlds = cases(300, 12), 2
    for registers, rows, columns, thoughts in ((3, 6, 5, 33), (1, 3, 7, 9), (4, 1, 1, 3)):
        code = random_code(rng, count, 8, registers, LADDER[rung])
        layers = draw_layers(rng, worlds, rows, columns)
        kept = effective(code, registers)
        each = np.full(count, thoughts, np.int32)
        found = maps_of(Programs(*kept, registers), np.arange(count), each, layers)
        for p in range(count):
            for w in range(worlds):
                expected = thought(instructions(code, p), layers[w], registers, thoughts)
                assert found[p, w].tobytes() == expected.tobytes(), listing(code, p, operand_names(registers, INPUTS))


def test_a_program_at_rest_thinks_no_further():
    layers = draw_layers(np.random.default_rng(3), 2, 6, 5)
    lines = ("r1 = nmax r0", "r0 = scale r1 0.9", "r0 = max r0 door", "r0 = mask r0 wall")
    code = effective(code_of(*lines), 3)
    years, many = (maps_of(Programs(*code, 3), np.array([0]), np.array([n], np.int32), layers) for n in (2**31 - 1, 64))
    assert years.tobytes() == many.tobytes()
    assert (years > 0.0).any()


def test_worlds_that_lie_side_by_side_do_not_reach_into_each_other():
    rng = np.random.default_rng(7)
    count = cases(50, 5)
    code = random_code(rng, count, 10, 3, LADDER[0])
    layers, each = draw_layers(rng, 5, 6, 6), np.full(count, 20, np.int32)
    together = maps_of(Programs(*code, 3), np.arange(count), each, layers)
    alone = [maps_of(Programs(*code, 3), np.arange(count), each, layers[w : w + 1]) for w in range(5)]
    assert together.tobytes() == np.concatenate(alone, axis=1).tobytes()


def test_numbers_stay_within_a_thousand_and_never_fade_into_numbers_that_are_slow():
    layers = np.zeros((1, len(INPUTS), 1, 2))
    layers[0, 0] = 1.0
    grows = code_of("r1 = add wall r1", "r0 = add r0 r0", "r0 = add r0 r1")
    fades = code_of("r1 = const 0.001", "r0 = max r0 wall", "r0 = scale r0 0.001")
    assert maps_of(Programs(*grows, 3), np.zeros(1, int), np.array([40]), layers).tolist() == [[[[1000.0, 1000.0]]]]
    layers[0, 0] = 1e-290
    once = maps_of(Programs(*fades, 3), np.zeros(1, int), np.array([1]), layers)
    assert once.min() == 1e-293
    mul = code_of("r1 = max r1 wall", "r0 = mul r1 r1")
    assert maps_of(Programs(*mul, 3), np.zeros(1, int), np.array([1]), layers).tolist() == [[[[0.0, 0.0]]]]


def test_only_what_can_reach_the_map_in_some_loop_has_an_effect():
    code = code_of(
        "r2 = nmax door",  # overwritten before it is read
        "r2 = nmax r1",  # read in the next line
        "r0 = mask r2 wall",
        "r1 = max r0 door",  # read in the next loop only
        "r1 = nop",
    )
    assert effects(code, 3).tolist() == [[False, True, True, True, False]]
    assert listing(effective(code, 3), 0, operand_names(3, INPUTS)) == [
        "r2 = nmax r1", "r0 = mask r2 wall", "r1 = max r0 door",
    ]  # fmt: skip


def test_the_instructions_that_have_an_effect_are_those_of_the_twin():
    rng = np.random.default_rng(3)
    for registers, length in ((1, 4), (3, 8), (4, 20)):
        code = random_code(rng, 200, length, registers, LADDER[0])
        found = effects(code, registers)
        for p in range(200):
            assert np.flatnonzero(found[p]).tolist() == active(instructions(code, p), registers)


def test_programs_that_differ_in_nothing_that_has_an_effect_become_equal():
    one = effective(code_of("r1 = const 0.5", "r0 = add wall door", "r0 = scale r0 0.25"), 3)
    other = effective(code_of("r0 = add door wall", "r0 = scale r0 0.25", "r2 = hmax r2"), 3)
    assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_a_program_is_printed_line_by_line():
    code = code_of("r1 = hmax r0", "r0 = mask r1 wall", "r0 = scale r0 -0.3333", "r2 = const 1", "r0 = max r0 door")
    assert listing(code, 0, operand_names(3, INPUTS)) == [
        "r1 = hmax r0", "r0 = mask r1 wall", "r0 = scale r0 -0.3333", "r2 = const 1", "r0 = max r0 door",
    ]  # fmt: skip


def test_a_program_reads_any_of_hundreds_of_features():
    features = [f"f{n}" for n in range(200)]
    lines = ["r0 = max f130 f199", "r0 = mask r0 wall"]
    scenario = parse_scenario(f"""
        schema = 1
        title = "Many features"
        world = {{ size = [5, 5], steps = 2, features = {features}, objects.door.features = {{ f199 = 1 }} }}
        objectives.base = {{ "entered.door" = 1 }}
        mind = {{ controllers = {{ program = 1 }}, program = {{ initial = {lines}, instructions = 2 }} }}
        evolution = {{ population = 2, generations = 1 }}
    """)
    layout = genome_layout(scenario)
    assert describe_mind(express(scenario, layout, draw_founders(scenario, layout, 1)), 1) == lines


def test_the_further_up_the_ladder_the_less_an_operation_does():
    neighbours = [{name for name in rung if OPERATIONS[NAMES.index(name)].group == 3} for rung in LADDER]
    assert neighbours == [{"nmax", "nmean"}, {"hmax", "vmax"}, *[{"north", "east", "south", "west"}] * 3]
    assert set(LADDER[2]) - set(LADDER[3]) == {"mul", "mask"}
    assert set(LADDER[3]) - set(LADDER[4]) == {"max"}


def test_inputs_are_what_a_mind_is_shown_of_its_world():
    walls, things = np.zeros((2, 3, 4), bool), np.zeros((2, 3, 4), bool)
    features = np.zeros((2, 2, 3, 4))
    walls[0, 0, 0], things[1, 2, 3], features[1, 1, 2, 3] = True, True, 0.5
    shown = ThoughtInputs(walls, features, things, np.array([5, 11], np.int32))
    layers = layers_of(shown, ("wall", "features", "thing", "here"))
    assert np.argwhere(layers).tolist() == [[0, 0, 0, 0], [0, 4, 1, 1], [1, 2, 2, 3], [1, 3, 2, 3], [1, 4, 2, 3]]
    assert layers_of(shown, ("thing",)).shape == (2, 1, 3, 4)
    row, column = layers_of(shown, ("row", "column"))[1]
    assert row.tolist() == [[0.0] * 4, [0.5] * 4, [1.0] * 4]
    assert np.allclose(column, [[0, 1 / 3, 2 / 3, 1]] * 3)


def test_a_feature_keeps_its_name_beside_a_coordinate_that_is_not_shown():
    assert input_names(["features"], ["row", "wall"], REGISTERS) == ["row", "feature.wall"]
    assert input_names(["row", "features"], ["row"], REGISTERS) == ["row", "feature.row"]
