"""Networks: the machine that every cell runs, the weights that have an effect, how they are printed, and their lives."""

import numpy as np
import pytest
import reference
from effort import cases
from reference.network import rethought, weighs
from samples import plan_of
from test_program_lives import CASES, PAGE, Bred, compare_lives
from test_programs import draw_layers

from evosim.episode.rollout import live
from evosim.gridworld.layouts import MAZE
from evosim.gridworld.sampling import draw_worlds
from evosim.gridworld.shortest_paths import draw_atlas
from evosim.mind.expression import express
from evosim.mind.founders import draw_founders
from evosim.mind.genome import genome_layout
from evosim.mind.kinds import kind_named
from evosim.mind.maps import foresight
from evosim.mind.maps.inputs import input_names
from evosim.mind.maps.thinking import maps_of
from evosim.mind.network import machine  # noqa: F401 - its kernels
from evosim.mind.network.kind import OwnNetworks
from evosim.mind.network.settings import NetworkMind
from evosim.mind.network.weights import (
    TAKEN,
    NetworkWeights,
    count_effective,
    effective_weights,
    list_rule,
    network_weights,
    source_names,
)
from evosim.mind.phenotype import minds_of_one_kind
from evosim.numerics.compiler import threads
from evosim.numerics.random import key_of
from evosim.scenario import ScenarioError, load_scenario, parse_scenario
from evosim.simulation.generational.generations import evolve
from evosim.simulation.laboratory import Laboratory

FEATURES = ("red", "door")


def draw_networks(
    rng: np.random.Generator, count: int, mind: NetworkMind, features: tuple[str, ...]
) -> tuple[NetworkWeights, list[list[reference.network.Rule]]]:
    """Draw networks whose weights are often 0, and give them as rules by name, too."""
    names = source_names(mind.channels, mind.reads, mind.inputs, features)
    shape = count, mind.channels, len(names)
    alleles = rng.normal(size=shape) * (rng.random(shape) < 0.6)
    rules = [[dict(zip(names, map(float, row), strict=True)) for row in each] for each in alleles]
    return effective_weights(network_weights(alleles.reshape(count, -1), mind, features)), rules


@pytest.mark.parametrize("channels", [1, 2, 4])
@pytest.mark.parametrize("reads", [["sum", "max"], ["max"], []])
def test_the_machine_computes_what_its_twin_does_to_the_last_bit(channels, reads):
    rng = np.random.default_rng(channels)
    count, worlds, thoughts = cases(12, 4), 2, 7
    mind = NetworkMind(channels=channels, reads=reads)
    weights, rules = draw_networks(rng, count, mind, FEATURES)
    for rows, columns in ((6, 5), (3, 7), (1, 1)):
        layers = draw_layers(rng, worlds, rows, columns)
        found = maps_of(weights, np.arange(count), np.full(count, thoughts, np.int32), layers)
        for p in range(count):
            for w in range(worlds):
                inputs = dict(zip(input_names(mind.inputs, FEATURES, TAKEN), layers[w], strict=True))
                assert found[p, w].tobytes() == rethought(rules[p], inputs, thoughts).tobytes(), (p, w)
    assert count_effective(weights).tolist() == [weighs(each) for each in rules]


def test_without_a_thought_the_map_is_flat_and_one_at_rest_stays_as_it_is():
    weights = network_weights(
        np.array([[0.0, 0.5, 1.0, 0.0, 0.0]]), NetworkMind(channels=1, reads=["max"], inputs=["wall"]), ()
    )
    weights = weights._replace(shown=np.ones((1, 1, 1)), bias=np.zeros((1, 1)))
    layers = np.zeros((1, 1, 1, 5))
    layers[0, 0, 0, 0] = 1.0
    thought = [maps_of(weights, np.zeros(1, int), np.array([count]), layers)[0, 0, 0] for count in (0, 1, 3, 9, 1000)]
    assert [each.tolist() for each in thought[:3]] == [[0] * 5, [1, 0, 0, 0, 0], [1, 0.5, 0.25, 0, 0]]
    assert thought[3].tolist() == thought[4].tolist() == [1, 0.5, 0.25, 0.125, 0.0625]


def test_a_rule_is_printed_channel_by_channel_without_what_can_not_reach_the_map():
    mind = NetworkMind(channels=3)
    names = source_names(3, mind.reads, mind.inputs, FEATURES)
    alleles = np.zeros((1, 3, len(names)))
    for channel, name, weight in (
        (0, "max.c1", 0.5),
        (1, "door", 1.0),
        (1, "wall", -2.0),
        (1, "bias", 0.25),
        (2, "c0", 3.0),
    ):
        alleles[0, channel, names.index(name)] = weight
    weights = network_weights(alleles.reshape(1, -1), mind, FEATURES)
    kept = effective_weights(weights)
    assert list_rule(kept, 0, input_names(mind.inputs, FEATURES, TAKEN)) == [
        "c0 = clip(0.5 max.c1)", "c1 = clip(- 2 wall + 1 door + 0.25)",
    ]  # fmt: skip
    assert count_effective(kept).tolist() == [4]
    assert not kept.own.any()
    nothing = NetworkWeights(*(np.zeros_like(part) for part in weights))
    assert list_rule(nothing, 0, input_names(mind.inputs, FEATURES, TAKEN)) == ["c0 = clip(0)"]


def breed(seed: int, *, inputs: tuple[str, ...] = ("wall", "features", "thing"), detects: bool = False) -> Bred:
    """Draw networks on three features, with or without detectors."""
    rng, features = np.random.default_rng(seed), ("red", "round", "loud")
    count = cases(12, 4)
    weights, rules = draw_networks(rng, count, NetworkMind(channels=2, inputs=list(inputs)), features)
    thoughts = rng.integers(0, 6, count).astype(np.int32)
    detectors = rng.uniform(-1, 1, (count, 3, 4)) if detects else np.zeros((count, 0, 0))
    twins = [
        reference.TwinMind(
            "network", (), 0, 1.0, 0.0, {}, (), 0.0, 0.0, (), detectors=detectors[p].tolist(), sharpness=2.0,
            network=rules[p], inputs=inputs, thoughts=int(thoughts[p]),
        )
        for p in range(count)
    ]  # fmt: skip
    own = OwnNetworks(*weights, thoughts, inputs, features)
    return Bred(minds_of_one_kind("network", own, detectors=detectors, sharpness=2.0), twins)


@pytest.mark.parametrize("name", CASES)
def test_lives_of_networks_equal_those_of_the_twin(name):
    compare_lives(name, breed)


def test_lives_are_the_same_whether_or_not_worlds_are_thought_through_before(monkeypatch):
    plan = plan_of(7, 7, 3, np.random.default_rng(1), layout=MAZE, layout_first=0.2)
    worlds, bred = draw_worlds(plan, key_of(1), 20), breed(4)
    atlas, ids = draw_atlas(plan, worlds), np.arange(len(bred.twins))
    before = live(plan, worlds, atlas, bred.minds, ids, key_of(2)).outcomes
    monkeypatch.setattr(foresight, "MOST", 0)
    assert np.array_equal(before, live(plan, worlds, atlas, bred.minds, ids, key_of(2)).outcomes)


def test_a_genome_has_a_weight_for_all_that_a_channel_reads_and_founders_are_zeros_with_one_thought():
    scenario = parse_scenario(PAGE.replace("program", "network") + "[mind.network]\nchannels = 1\n")
    layout = genome_layout(scenario)
    assert layout.loci == (
        "network.c0.c0", "network.c0.sum.c0", "network.c0.max.c0", "network.c0.wall", "network.c0.feature.wall",
        "network.c0.door", "network.c0.thing", "network.c0.bias", "network.thoughts",
    )  # fmt: skip
    assert layout.low.tolist() == [-4] * 8 + [1]
    founders = draw_founders(scenario, layout, 1)
    assert founders.tolist() == [[0] * 8 + [1]] * 8
    assert kind_named("network").describe(express(scenario, layout, founders), 3) == ["c0 = clip(0)"]


def test_any_continuous_optimizer_varies_networks_on_any_number_of_threads():
    said = ["evolution.population=8", "evolution.generations=2", "evolution.episodes=3"]
    for algorithm in ("genetic", "cma_es"):
        scenario = load_scenario(
            "search_in_networks", [*said, f"evolution.algorithm={algorithm}", "measure.episodes=2"]
        )
        ends = []
        for count in (1, 3):
            with threads.using(count):
                (*_, last) = evolve(Laboratory(scenario, 1))
            ends.append((last.population.genomes.tobytes(), last.fitness.tobytes()))
        assert ends[0] == ends[1]


@pytest.mark.parametrize(
    ("said", "where", "what"),
    [
        ("channels = 9", "mind.network.channels", "8"),
        ("reads = ['sum', 'sum']", "mind.network.reads.1", "'sum' is named twice"),
        ("initial = 5", "mind.network.initial", "5 lies outside the range -4 to 4"),
        ("initial = { 'c0.max.c2' = 1 }", "mind.network.initial", "there is no weight 'c0.max.c2'; did you mean"),
        ("range = [1, 2]\ninitial = { 'c0.bias' = 1 }", "mind.network.initial", "weights that are not named are 0"),
        ("thoughts = 5000", "mind.network.thoughts", "4096"),
    ],
)
def test_what_makes_no_sense_of_networks_is_refused(said, where, what):
    with pytest.raises(ScenarioError) as raised:
        parse_scenario(PAGE.replace("program", "network") + f"[mind.network]\n{said}\n")
    assert where.rpartition(".")[0] in str(raised.value)
    assert what in str(raised.value)


def test_weights_that_are_all_named_need_no_zero_in_their_range():
    names = ("c0", "sum.c0", "max.c0", "wall", "feature.wall", "door", "thing", "bias")
    weights = "\n".join(f"'c0.{name}' = 1.5" for name in names)
    page = PAGE.replace("program", "network") + "[mind.network]\nchannels = 1\nrange = [1, 2]\n"
    scenario = parse_scenario(f"{page}[mind.network.initial]\n{weights}\n")
    layout = genome_layout(scenario)
    assert draw_founders(scenario, layout, 1)[0].tolist() == [1.5] * 8 + [1]
