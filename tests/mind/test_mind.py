"""Minds: what each locus is called, where founders start, and what genomes express."""

import numpy as np
import pytest
import reference
from effort import cases
from evidence import TOO_SURPRISING, kolmogorov, surprise
from hypothesis import given
from hypothesis import strategies as st
from samples import HEURISTIC, OPEN_LOOP, PLANNER

from evosim.mind.contract import perceive
from evosim.mind.expression import express
from evosim.mind.founders import draw_founders
from evosim.mind.genome import GenomeLayout, genome_layout
from evosim.mind.heuristic.senses import sense_names
from evosim.numerics.random import Stream
from evosim.scenario import Scenario, load_scenario
from evosim.scenario.schema.own_kinds import OWN_NAMES
from evosim.simulation.generational.generations import generations

ALL = "mind.controllers={ open_loop = 0.25, heuristic = 0.25, planner = 0.5 }"


def red_doors(*overrides: str) -> tuple[Scenario, GenomeLayout]:
    scenario = load_scenario("red_doors", overrides)
    return scenario, genome_layout(scenario)


def genomes_of(layout: GenomeLayout, rows: int, **loci: float) -> np.ndarray:
    """Make genomes that are zero but for some loci; `__` in a name stands for a full stop."""
    genomes = np.zeros((rows, len(layout.loci)), np.float32)
    for name, value in loci.items():
        genomes[:, layout.loci.index(name.replace("__", "."))] = value
    return genomes


def test_a_genome_has_a_locus_for_all_that_evolves_and_for_nothing_else():
    scenario, layout = red_doors()
    features = scenario.world.features
    assert [segment.name for segment in layout.segments] == [
        "controller", "objective", "planner.horizon", "heuristic.weights", "heuristic.temperature",
    ]  # fmt: skip
    assert layout.loci[:2] == ("controller.heuristic", "controller.planner")
    assert layout.loci[2:8] == tuple(f"objective.{feature}" for feature in features)
    assert layout.loci[8] == "planner.horizon"
    senses = 4 + 2 * 4 * (1 + len(features)) + 4 + 2
    assert len(layout.loci) == 2 + 6 + 1 + senses + 1 + 1
    assert layout.loci[-2:] == ("heuristic.stay", "heuristic.temperature")
    assert len(set(layout.loci)) == len(layout.loci) == len(layout.low) == len(layout.high)


def test_slices_and_bounds_are_those_of_the_segments():
    _, layout = red_doors(ALL, "mind.heuristic.hidden=3", "mind.objective.range=[-2, 3]")
    for segment in layout.segments:
        columns = layout.slice_of(segment.name)
        assert layout.loci[columns] == segment.loci
        assert (layout.low[columns] == segment.low).all()
        assert (layout.high[columns] == segment.high).all()
    assert layout.high[layout.slice_of("objective")].tolist() == [3.0] * 6
    assert layout.high[layout.slice_of("planner.horizon")].tolist() == [32.0]
    assert layout.slice_of("planner.discount") == slice(0, 0)
    assert (layout.low < layout.high).all()


def test_what_is_pinned_is_not_in_the_genome_but_in_the_mind():
    pinned = "mind.planner.horizon=5", "mind.planner.discount=0.5", "mind.heuristic.temperature=0.25"
    scenario, layout = red_doors(*pinned)
    assert not {"planner.horizon", "planner.discount", "heuristic.temperature"} & set(layout.loci)
    minds = express(scenario, layout, genomes_of(layout, 3))
    assert minds.own["planner"].horizon.tolist() == [5] * 3
    assert minds.discount.tolist() == [0.5] * 3
    assert minds.own["heuristic"].noise.tolist() == [0.25] * 3
    assert minds.own["planner"].temperature.tolist() == [0.0] * 3


def test_what_evolves_is_expressed_from_its_own_locus():
    evolving = "{ initial = 0.5, range = [0.1, 0.9] }"
    scenario, layout = red_doors(f"mind.planner.discount={evolving}", f"mind.planner.temperature={evolving}")
    values = {"planner__discount": 0.25, "planner__temperature": 0.75, "objective__gem": -0.5}
    genomes = genomes_of(layout, 2, **values, heuristic__temperature=0.125, heuristic__stay=0.625)
    minds = express(scenario, layout, genomes)
    assert minds.discount.tolist() == [0.25] * 2
    assert minds.own["planner"].temperature.tolist() == [0.75] * 2
    assert minds.own["heuristic"].noise.tolist() == [0.125] * 2
    assert minds.own["heuristic"].stay.tolist() == [0.625] * 2
    assert minds.objective.tolist() == [[0, 0, 0, 0, -0.5, 0]] * 2


def test_a_single_controller_needs_no_propensity():
    for name, number in (("open_loop", OPEN_LOOP), ("heuristic", HEURISTIC), ("planner", PLANNER)):
        scenario, layout = red_doors(f"mind.controllers={{ {name} = 1 }}")
        assert not any(locus.startswith("controller.") for locus in layout.loci)
        minds = express(scenario, layout, draw_founders(scenario, layout, 1))
        assert set(minds.controller) == {number}


@pytest.mark.parametrize(("hidden", "units"), [(0, 1), (4, 4)])
def test_heuristic_weights_are_read_by_sense_and_unit(hidden, units):
    scenario, layout = red_doors(f"mind.heuristic.hidden={hidden}")
    names = sense_names(scenario.world.features)
    columns = layout.slice_of("heuristic.weights")
    genomes = genomes_of(layout, 2)
    genomes[1, columns] = np.arange(columns.stop - columns.start)
    minds = express(scenario, layout, genomes)
    assert minds.own["heuristic"].weights.shape == (2, len(names), units)
    assert minds.own["heuristic"].out.shape == (2, hidden)
    for i, name in enumerate(names):
        for h in range(units):
            locus = f"heuristic.{name}.{h}" if hidden else f"heuristic.{name}"
            assert minds.own["heuristic"].weights[1, i, h] == genomes[1, layout.loci.index(locus)]
    for h in range(hidden):
        assert minds.own["heuristic"].out[1, h] == genomes[1, layout.loci.index(f"heuristic.out.{h}")]
    assert minds.own["heuristic"].stay[1] == genomes[1, layout.loci.index("heuristic.stay")]


@pytest.mark.parametrize(
    ("shares", "population", "expected"),
    [
        ("{ heuristic = 0.5, planner = 0.5 }", 512, [0, 256, 256]),
        ("{ planner = 0.25, open_loop = 0.75 }", 40, [30, 0, 10]),
        ("{ open_loop = 0.2, heuristic = 0.3, planner = 0.5 }", 10, [2, 3, 5]),
        ("{ open_loop = 0.1, heuristic = 0.2, planner = 0.7 }", 1000, [100, 200, 700]),
        ("{ heuristic = 1, planner = 0 }", 16, [0, 16, 0]),
        ("{ heuristic = 0.99, planner = 0.01 }", 100, [0, 99, 1]),
    ],
)
def test_founders_have_controllers_in_exact_shares(shares, population, expected):
    scenario, layout = red_doors(f"mind.controllers={shares}", f"evolution.population={population}")
    for seed in range(5):
        minds = express(scenario, layout, draw_founders(scenario, layout, seed))
        assert np.bincount(minds.controller, minlength=3).tolist() == expected


def test_founders_start_where_their_segments_say():
    scenario, layout = red_doors(ALL, f"evolution.population={cases(4000, 1000)}")
    founders = draw_founders(scenario, layout, 3)
    assert founders.dtype == np.float32
    assert (founders >= layout.low.astype(np.float32)).all()
    assert (founders <= layout.high.astype(np.float32)).all()
    assert (founders[:, layout.slice_of("planner.horizon")] == 8).all()
    assert (founders[:, layout.slice_of("heuristic.temperature")] == np.float32(0.1)).all()
    for column in range(*layout.slice_of("objective").indices(len(layout.loci))):
        assert kolmogorov((founders[:, column].astype(float) + 1) / 2) < 1.95
    assert len(np.unique(founders[:, layout.slice_of("objective")], axis=0)) == len(founders)
    row = reference.key_of(3, int(Stream.FOUNDERS), 17)
    column = layout.loci.index("objective.key")
    assert founders[17, column] == np.float32(-1 + reference.uniform(row, column) * 2)


def test_founders_lie_around_where_they_start_if_there_is_a_spread():
    scenario, layout = red_doors("mind.objective={ initial = { door = 0.5 }, spread = 0.1 }")
    weights = layout.slice_of("objective")
    for seed in range(20):  # a key of any size
        founders = draw_founders(scenario, layout, seed)[:, weights]
        assert np.allclose(founders.mean(axis=0), [0, 0, 0.5, 0, 0, 0], atol=0.03)
        assert np.allclose(founders.std(axis=0), 0.1, atol=0.02)


def test_founders_are_a_function_of_the_seed():
    scenario, layout = red_doors()
    assert np.array_equal(draw_founders(scenario, layout, 5), draw_founders(scenario, layout, 5))
    assert not np.array_equal(draw_founders(scenario, layout, 5), draw_founders(scenario, layout, 6))


def test_the_largest_propensity_is_expressed_and_the_first_in_a_tie():
    scenario, layout = red_doors(ALL)
    rng = np.random.default_rng(1)
    genomes = genomes_of(layout, 500)
    columns = layout.slice_of("controller")
    genomes[:, columns] = rng.choice([0.0, 0.25, 0.5, 1.0], (500, 3))
    controller = express(scenario, layout, genomes).controller
    for row, expressed in zip(genomes[:, columns].tolist(), controller, strict=True):
        assert expressed == row.index(max(row))
    assert [OWN_NAMES[c] for c in (OPEN_LOOP, HEURISTIC, PLANNER)] == ["open_loop", "heuristic", "planner"]


def test_propensities_name_the_controllers_that_the_scenario_has():
    scenario, layout = red_doors("mind.controllers={ planner = 0.5, open_loop = 0.5 }")
    genomes = genomes_of(layout, 2)
    genomes[:, layout.slice_of("controller")] = [[1.0, 0.0], [0.0, 1.0]]
    assert layout.segments[0].loci == ("controller.open_loop", "controller.planner")
    assert express(scenario, layout, genomes).controller.tolist() == [OPEN_LOOP, PLANNER]


def test_horizons_are_rounded_to_whole_steps_within_their_range():
    scenario, layout = red_doors()
    genomes = genomes_of(layout, 6)
    column = layout.loci.index("planner.horizon")
    genomes[:, column] = [1.0, 1.49, 1.51, 8.0, 31.6, 32.0]
    assert express(scenario, layout, genomes).own["planner"].horizon.tolist() == [1, 1, 2, 8, 32, 32]


@given(loci=st.lists(st.floats(0, 5, width=32), min_size=1, max_size=40))
def test_open_loop_actions_are_actions(loci):
    scenario, layout = red_doors("mind.controllers={ open_loop = 1 }", f"mind.open_loop.length={len(loci)}")
    sequence = express(scenario, layout, np.array([loci], np.float32)).own["open_loop"].sequence
    assert sequence.tolist() == [[min(int(locus), 4) for locus in loci]]
    assert set(sequence[0].tolist()) <= set(range(5))


def test_founders_do_all_five_actions_alike():
    scenario, layout = red_doors("mind.controllers={ open_loop = 1 }", f"evolution.population={cases(2000, 500)}")
    sequence = express(scenario, layout, draw_founders(scenario, layout, 2)).own["open_loop"].sequence
    assert abs(surprise(np.bincount(sequence.ravel(), minlength=5), np.ones(5))) < TOO_SURPRISING


def test_expression_changes_nothing_in_the_genome():
    scenario, layout = red_doors(ALL, "mind.heuristic.hidden=2")
    genomes = draw_founders(scenario, layout, 1)
    kept = genomes.copy()
    minds = express(scenario, layout, genomes)
    assert np.array_equal(genomes, kept)
    parts = [*minds, *(part for own in minds.own.values() for part in own)]
    assert not any(np.shares_memory(genomes, part) for part in parts if isinstance(part, np.ndarray))


HUNGRY = ("world.energy={ initial = 10 }", 'mind.objective.drives=["hunger"]')


def test_drives_give_each_feature_a_second_weight_and_heuristics_a_sense():
    scenario, layout = red_doors(*HUNGRY)
    features = scenario.world.features
    weights = [f"objective.{feature}" for feature in features]
    assert layout.loci[layout.slice_of("objective")] == (*weights, *(f"{weight}.hunger" for weight in weights))
    minds = express(scenario, layout, draw_founders(scenario, layout, 1))
    assert minds.objective.shape == (512, 2 * len(features))
    assert minds.drives == 1
    assert minds.own["heuristic"].weights.shape[1] == len(sense_names(features, ["hunger"]))
    assert "heuristic.hunger" in layout.loci


def test_a_pinned_objective_is_in_every_mind_and_in_no_genome():
    scenario, layout = red_doors(
        *HUNGRY, "mind.objective.evolves=false", 'mind.objective.initial={ door = 0.5, "red.hunger" = -1 }'
    )
    assert layout.slice_of("objective") == slice(0, 0)
    minds = express(scenario, layout, draw_founders(scenario, layout, 1))
    named = dict(zip([*(f"objective.{f}" for f in scenario.world.features)], minds.objective[7], strict=False))
    assert named == {f"objective.{f}": 0.5 * (f == "door") for f in scenario.world.features}
    assert (minds.objective[:, 6:] == [-1, 0, 0, 0, 0, 0]).all()
    scenario, layout = red_doors("mind.heuristic.evolves=false", "mind.heuristic.initial=0.25")
    minds = express(scenario, layout, draw_founders(scenario, layout, 1))
    assert layout.slice_of("heuristic.weights") == slice(0, 0)
    assert (minds.own["heuristic"].weights == 0.25).all()
    assert (minds.own["heuristic"].stay == 0.25).all()


def test_founders_are_spread_around_what_is_said_in_half_widths_and_reflected_into_the_range():
    size = cases(4000, 1000)
    scenario, layout = red_doors(
        f"evolution.population={size}",
        "mind.objective={ range = [-2, 2], initial = { door = 1, red = -2 }, spread = 0.25 }",
        "mind.planner.horizon={ range = [1, 21] }",
        "mind.planner.discount={ initial = 0.5, range = [0.25, 0.75], spread = 0.1 }",
    )
    founders = draw_founders(scenario, layout, 3).astype(float)
    column = {name: founders[:, layout.loci.index(name)] for name in layout.loci}
    for name, mean in (("objective.door", 1.0), ("objective.blue", 0.0)):
        assert abs(column[name].mean() - mean) < 4 * 0.5 / size**0.5
        assert abs(column[name].std() / 0.5 - 1) < 4 / (2 * size) ** 0.5
    assert column["objective.red"].min() >= -2  # half of all would lie below
    assert abs(np.mean(column["objective.red"] + 2) - 0.5 * (2 / np.pi) ** 0.5) < 0.04
    assert kolmogorov((column["planner.horizon"] - 1) / 20) < 1.95  # nothing said: anywhere
    assert abs(column["planner.discount"].std() / 0.025 - 1) < 4 / (2 * size) ** 0.5
    assert len(np.unique(founders[:, layout.slice_of("objective")])) > 5 * size  # nobody's steps are another's


def test_each_segment_has_a_mutation_of_its_own_where_that_is_said():
    _, layout = red_doors(
        "mind.objective.mutation={ rate = 0.5 }", "mind.controller.mutation={ rate = 0, scale = 0.5 }",
        "mind.planner.horizon.mutation={ scale = 0.02 }",
    )  # fmt: skip
    expected = {"objective": (0.5, None), "controller": (0.0, 0.5), "planner.horizon": (None, 0.02)}
    for segment in layout.segments:
        rate, scale = expected.get(segment.name, (None, None))
        for array, value in ((layout.rate, rate), (layout.scale, scale)):
            here = array[layout.slice_of(segment.name)]
            assert np.isnan(here).all() if value is None else (here == value).all()


def test_what_does_not_mutate_is_inherited_as_it_is():
    overrides = ["evolution.population=40", "evolution.generations=6", "evolution.episodes=2", "measure.episodes=1"]
    scenario = load_scenario("red_doors", [*overrides, "mind.objective.mutation={ rate = 0 }"])
    layout = genome_layout(scenario)
    *_, last = generations(scenario, 1)
    founders, now = draw_founders(scenario, layout, 1), last.population.genomes
    for column in range(len(layout.loci)):
        inherited = np.isin(now[:, column], founders[:, column]).all()
        assert inherited == (column in range(*layout.slice_of("objective").indices(len(layout.loci))))


def test_founders_detectors_see_nearly_what_is_there():
    scenario, layout = red_doors("mind.perception.evolves=true")
    features = scenario.world.features
    minds = express(scenario, layout, draw_founders(scenario, layout, 1))
    assert minds.detectors.shape == (512, 6, 7)
    assert layout.loci[layout.slice_of("perception")][:8] == (
        *(f"perception.red.{feature}" for feature in features), "perception.red.bias", "perception.blue.red",
    )  # fmt: skip
    things = np.array([[0.0, 1, 1, 0, 0, 0], [1, 0, 0, 0, 1, 0]])
    perceived = np.full(things.shape, np.nan)
    perceive(3, things, minds.detectors, minds.sharpness, perceived)
    assert np.abs(perceived - things).max() < 0.01
    blind = minds._replace(detectors=np.zeros((1, 6, 7)))
    perceive(0, things, blind.detectors, 10.0, perceived)
    assert (perceived == 0.5).all()
    assert express(*red_doors(), draw_founders(*red_doors(), 1)).detectors.shape == (512, 0, 0)


def test_beliefs_are_as_the_world_is_unless_they_are_said_or_evolve():
    scenario, layout = red_doors()
    minds = express(scenario, layout, draw_founders(scenario, layout, 1))
    assert np.isnan(minds.slip).all()
    assert (minds.persistence == 1).all()
    scenario, layout = red_doors("mind.beliefs={ slip = 0.25, persistence = { range = [0.5, 1] } }")
    minds = express(scenario, layout, draw_founders(scenario, layout, 1))
    assert (minds.slip == 0.25).all()
    assert layout.loci[layout.slice_of("beliefs.persistence")] == ("beliefs.persistence",)
    assert minds.persistence.min() >= 0.5
    assert minds.persistence.std() > 0.1
