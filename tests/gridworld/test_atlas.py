"""The atlas: ways around objects, first steps and lines of sight equal those of plain searches."""

import numpy as np
import reference
from effort import cases
from samples import Sample, draw_sample, plan_of, sample_of, twin_world

from evosim.gridworld.layouts import MAZE
from evosim.gridworld.sampling import draw_worlds
from evosim.gridworld.shortest_paths import BARRIER, NOTHING, UNREACHED, draw_atlas
from evosim.numerics.random import key_of


def some_samples(count: int, seed: int) -> list[Sample]:
    rng = np.random.default_rng(seed)
    return [draw_sample(rng, largest=9) for _ in range(count)]


def test_distances_and_first_actions_equal_the_twins():
    blocked = 0
    for sample in some_samples(cases(3000, 240), 1):
        distance = np.full((sample.rows * sample.columns, len(sample.objects)), UNREACHED)
        first = np.full(distance.shape, reference.STAY)
        for cell, n in sample.objects.items():
            for other, (steps, action) in reference.ways_to(cell, sample.floor, set(sample.objects)).items():
                distance[sample.index(other), n], first[sample.index(other), n] = steps, action
        assert sample.atlas.distance[0].tolist() == distance.tolist()
        assert sample.atlas.first_action[0].tolist() == first.tolist()
        blocked += (distance[[sample.index(cell) for cell in sample.floor]] == UNREACHED).any()
    assert blocked > cases(500, 10)  # the samples have blocked ways


def test_first_actions_lead_to_the_object_in_as_many_steps_as_the_atlas_says():
    for sample in some_samples(cases(500, 80), 2):
        atlas = sample.atlas
        for start in sample.floor:
            for target, n in sample.objects.items():
                steps = int(atlas.distance[0, sample.index(start), n])
                cell, walked = start, []
                for _ in range(steps if steps != UNREACHED else 0):
                    cell = reference.moved(cell, int(atlas.first_action[0, sample.index(cell), n]))
                    walked.append(cell)
                if walked:
                    assert walked[-1] == target
                    assert set(walked) <= sample.floor
                    assert not set(walked[:-1]) & set(sample.objects)


def test_an_object_is_two_steps_from_itself_if_there_is_a_free_cell_beside_it():
    for sample in some_samples(cases(500, 80), 3):
        for cell, n in sample.objects.items():
            free = (reference.neighbours(cell) & sample.floor) - set(sample.objects)
            assert sample.atlas.distance[0, sample.index(cell), n] == (2 if free else UNREACHED)


def test_ways_lead_around_objects_not_through_them():
    corridor = sample_of(3, 7, {(1, c) for c in range(1, 6)}, [(1, 3), (1, 5)])
    assert corridor.atlas.distance[0, corridor.index((1, 1))].tolist() == [2, UNREACHED]
    assert corridor.atlas.distance[0, corridor.index((1, 3))].tolist() == [2, 2]  # standing on object 0
    field = sample_of(4, 7, reference.inside(4, 7), [(1, 3), (1, 5)])
    assert field.atlas.distance[0, field.index((1, 1))].tolist() == [2, 6]


def test_visibility_equals_the_twin():
    hidden = 0
    for sample in some_samples(cases(2000, 240), 4):
        for cell in sample.floor:
            for target, n in sample.objects.items():
                seen = reference.sees(cell, target, sample.floor)
                assert sample.atlas.visible[0, sample.index(cell), n] == seen
                hidden += not seen
    assert hidden > cases(2000, 40)


def test_nothing_hides_an_object_in_an_open_field_or_along_a_free_line():
    field = sample_of(9, 9, reference.inside(9, 9), [(1, 1), (4, 6), (7, 2)])
    for cell in field.floor:
        assert field.atlas.visible[0, field.index(cell)].tolist() == [1, 1, 1]
    cross = sample_of(5, 5, {(2, 1), (2, 2), (2, 3), (1, 2), (3, 2)}, [(2, 1), (1, 2)])
    assert cross.atlas.visible[0, cross.index((2, 3))].tolist()[0] == 1
    wall_between = sample_of(3, 7, {(1, 1), (1, 2), (1, 4), (1, 5)}, [(1, 1), (1, 5)])
    assert wall_between.atlas.visible[0, wall_between.index((1, 2))].tolist() == [1, 0]


def test_content_and_floor_say_what_stands_where():
    for sample in some_samples(cases(300, 80), 5):
        content = sample.atlas.content[0]
        for row in range(sample.rows):
            for column in range(sample.columns):
                here = sample.objects.get((row, column), NOTHING)
                expected = here if (row, column) in sample.floor else BARRIER
                assert content[sample.index((row, column))] == expected
        assert sample.atlas.floor[0] == len(sample.floor)


def test_each_world_of_a_batch_has_tables_of_its_own():
    plan = plan_of(11, 11, 4, np.random.default_rng(0), layout=MAZE, layout_first=0.2, steps=60)
    count = cases(40, 3)
    worlds = draw_worlds(plan, key_of(9), count)
    atlas = draw_atlas(plan, worlds)
    for e in range(count):
        world = twin_world(plan, worlds, e)
        alone = sample_of(11, 11, world.floor, world.cells).atlas
        for together, single in zip(atlas, alone, strict=True):
            assert np.array_equal(together[e], single[0])
