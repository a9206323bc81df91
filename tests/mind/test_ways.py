"""Heuristics that know the ways: how near what is, by the steps that planners would take."""

import numpy as np
import pytest
import reference
from effort import cases
from samples import FEATURES, draw_minds, draw_sample, plan_of

from evosim.episode.outcomes import numbered_layout
from evosim.episode.rollout import live
from evosim.gridworld.layouts import MAZE
from evosim.gridworld.sampling import draw_worlds
from evosim.gridworld.shortest_paths import draw_atlas
from evosim.mind.genome import genome_layout
from evosim.mind.heuristic.kind import Heuristic
from evosim.mind.heuristic.policy import Heuristics, new_reactions
from evosim.mind.heuristic.reflexes import FIRST, SIDE, WIDTH
from evosim.mind.heuristic.senses import sense_names
from evosim.mind.heuristic.ways import MEASURED, UNCHANGED, sense_ways
from evosim.numerics.random import key_of
from evosim.scenario import ScenarioError, load_scenario

NAMES = sense_names(FEATURES, knows_ways=True)


def test_ways_equal_those_of_the_twin_on_maps_where_some_things_are_gone():
    rng, used = np.random.default_rng(1), 0
    for _ in range(cases(300, 60)):
        sample = draw_sample(rng, largest=8, places=2)
        things, places = len(sample.objects), len(set(sample.places.values()))
        features = rng.random((things + places, len(FEATURES))) * (rng.random((things + places, len(FEATURES))) < 0.7)
        there = rng.random(things) < rng.choice([0.6, 1.0])
        plan = plan_of(sample.rows, sample.columns, things, rng, places=[[0] * 5] * places)
        minds = draw_minds(rng, 1, hidden=0, greedy=True, knows_ways=True)
        room = new_reactions(Heuristic().minds(minds), np.arange(1), sample.rows * sample.columns, plan)
        room.ways.usable[:] = there
        room.ways.state[UNCHANGED], room.ways.state[MEASURED] = there.all(), 0
        usable = {cell: n for cell, n in sample.objects.items() if there[n]}
        numbered = {cell: things + q for cell, q in sample.places.items()}
        for cell in sorted(sample.floor)[:: cases(1, 3)]:
            senses, amounts = np.zeros((len(NAMES), 3), np.int32), np.zeros(len(NAMES))
            count = sense_ways(
                0, sample.index(cell), sample.columns, sample.percept(), features, room.ways, senses, amounts
            )
            found = {
                (int(side), int(first)): amount
                for (side, first, width), amount in zip(senses[:count], amounts[:count].tolist(), strict=True)
                if width == len(FEATURES)
            }
            twin = reference.ways_by(cell, sample.floor, usable, numbered, features.tolist(), FEATURES)
            expected = {(side, NAMES.index(f"way.ahead{name}")): amount for (_, side, name), amount in twin.items()}
            assert found == expected
            used += len(found)
    assert used > 100
    assert (SIDE, FIRST, WIDTH) == (0, 1, 2)


def test_who_climbs_nearness_takes_a_shortest_way_through_any_maze():
    """One weight is enough: what a planner has to search for is given."""
    rng = np.random.default_rng(2)
    plan = plan_of(13, 13, 1, rng, layout=MAZE, layout_first=0.2, steps=150, ends=np.ones(1, np.bool_))
    plan.fixed[:] = [[0.0, 1.0, 0.0]]
    minds = draw_minds(rng, 2, hidden=0, greedy=True, knows_ways=True)
    weights = np.zeros_like(minds.own["heuristic"].weights)
    weights[:, NAMES.index("way.ahead.round")] = 1.0
    minds = minds._replace(controller=np.ones(2, np.uint8))
    minds = minds.with_own("heuristic", weights=weights, stay=np.full(2, -1.0))
    worlds = draw_worlds(plan, key_of(3), cases(60, 12))
    atlas = draw_atlas(plan, worlds)
    lives = live(plan, worlds, atlas, minds, np.arange(2), key_of(4))
    steps = lives.outcomes[:, :, numbered_layout(plan).segments["steps"]][:, :, 0]
    shortest = [atlas.distance[e, worlds.start[e], 0] for e in range(len(worlds.start))]
    assert steps.tolist() == [shortest, shortest]
    assert max(shortest) > 20


def test_who_knows_no_ways_has_no_senses_or_room_for_them():
    plan = plan_of(7, 7, 3, np.random.default_rng(3))
    minds = Heuristic().minds(draw_minds(np.random.default_rng(3), 2, hidden=0, greedy=True))
    assert isinstance(minds, Heuristics)
    room = new_reactions(minds, np.arange(2), 49, plan)
    assert [room.ways.usable.size, room.ways.distance.size, room.ways.queue.size] == [0, 0, 0]
    assert not minds.knows_ways
    assert not [name for name in sense_names(FEATURES) if name.startswith("way.")]


def test_a_scenario_says_whether_heuristics_know_the_ways():
    plain, knowing = (load_scenario("red_doors", overrides=more) for more in ([], ["mind.heuristic.distances=true"]))
    added = [locus for locus in genome_layout(knowing).loci if locus not in genome_layout(plain).loci]
    assert added == [
        f"heuristic.way.{side}.{feature}"
        for side in ("ahead", "right", "behind", "left")
        for feature in plain.world.features
    ]
    given = ["mind.heuristic.distances=true", 'mind.heuristic.initial={ "way.ahead.red" = 0.5 }']
    layout = genome_layout(load_scenario("red_doors", overrides=given))
    weights = next(each for each in layout.segments if each.name == "heuristic.weights")
    assert dict(zip(weights.loci, weights.initial, strict=True))["heuristic.way.ahead.red"] == 0.5


@pytest.mark.parametrize(
    ("name", "override", "said"),
    [
        ("contraception", "mind.heuristic.distances=true", "only in grids do minds have a map"),
        ("red_doors", 'mind.heuristic.initial={ "way.ahead.red" = 0.5 }', "way.ahead.red"),
        ("red_doors", "mind.heuristic.distances=1", "expected true or false"),
    ],
)
def test_ways_where_there_are_none_are_refused(name, override, said):
    with pytest.raises(ScenarioError) as refused:
        load_scenario(name, overrides=[override])
    assert said in str(refused.value)
