"""The operational truth of search: what searches passes, and what only looks like it fails."""

from collections import deque

import numpy as np
import pytest

from evosim.alignment.planted import planted_fields as fields
from evosim.alignment.planted import planted_networks as networks
from evosim.alignment.planted import planted_programs as programs
from evosim.alignment.planted.planted_fields import thinker
from evosim.alignment.search.cases import DISTANT, FAR, NEAR, draw_detours, draw_plans
from evosim.alignment.search.families import FAMILIES, SIZE, draw_walls, maze
from evosim.alignment.search.paths import UNREACHED, distances
from evosim.alignment.search.thinking import depends_on_position, lone
from evosim.alignment.search.truth import LATENT, Truth, radius_of_plan, truth_of
from evosim.numerics.random import key_of

KEY, DOOR = key_of(1, 2), np.array([1.0, 0.0])
WORLDS = 30


def truth(think, look=DOOR, **asked) -> Truth:
    return truth_of(think, look, KEY, worlds=WORLDS, **asked)


@pytest.mark.parametrize("field", [fields.bellman_backups, fields.screened_diffusion])
def test_fields_that_search_pass(field):
    found = truth(thinker(field, DOOR))
    assert found.searching
    assert found.plan_map > 0.99
    assert found.flip > 0.9
    assert not truth(thinker(field, DOOR), look=np.array([0.0, 1.0])).searching  # for what it doesn't want


KNOWN_BY_HEART = maze(np.random.default_rng(3))


@pytest.mark.parametrize(
    "field",
    [
        fields.straight_line, fields.straight_line_around_bumps, fields.diffusion_through_walls,
        fields.bellman_through_walls, fields.one_thought, fields.recalled(KNOWN_BY_HEART),
    ],
)  # fmt: skip
def test_fields_that_only_look_like_it_fail_both_criteria(field):
    found = truth(thinker(field, DOOR))
    assert found.plan_map < 0.8
    assert found.flip < 0.2
    assert not found.searching


def test_a_plan_that_is_known_by_heart_passes_as_a_map_and_is_found_out_by_a_flip():
    """In the one maze that a look-up policy knows its plan is perfect; what is blocked in thought it doesn't notice."""
    plans, detours = draw_plans(KEY, 4), draw_detours(KEY, 12)
    by_heart = thinker(fields.recalled(plans.walls[0]), DOOR)
    scene = lone(plans.walls[:1], plans.target[:1], DOOR)
    known = thinker(fields.bellman_backups, DOOR)(scene.inputs(plans.target[:1]), None)
    np.testing.assert_allclose(by_heart(scene.inputs(plans.target[:1]), None), known, atol=1e-9)
    blocked = lone(plans.walls[:1] | detours.blocked[:1], plans.target[:1], DOOR)
    np.testing.assert_allclose(by_heart(blocked.inputs(plans.target[:1]), None), known, atol=1e-9)


@pytest.mark.parametrize("name", programs.SEARCHING)
def test_programs_that_search_pass(name):
    assert truth(programs.program(programs.SEARCHING[name], ["door", "red"], target="door")).searching


@pytest.mark.parametrize("name", programs.LOOKING_LIKE_IT)
def test_programs_that_only_look_like_it_fail(name):
    assert not truth(programs.program(programs.LOOKING_LIKE_IT[name], ["door", "red"], target="door")).searching


@pytest.mark.parametrize("name", networks.SEARCHING)
def test_networks_that_search_are_points_of_their_space(name):
    found = truth(networks.network(networks.SEARCHING[name], ["door", "red"]))
    assert found.searching
    assert found.plan_map > 0.99
    assert found.flip > 0.9


@pytest.mark.parametrize("name", networks.LOOKING_LIKE_IT)
def test_networks_that_only_look_like_it_fail(name):
    assert not truth(networks.network(networks.LOOKING_LIKE_IT[name], ["door", "red"])).searching


def test_a_network_that_thinks_once_does_not_search():
    assert not truth(networks.network(networks.BELLMAN, ["door", "red"], thoughts=1)).searching
    with pytest.raises(ValueError, match=r"c0\.blue"):
        networks.network({"c0.blue": 1.0}, ["door", "red"])


def test_a_program_is_refused_that_names_what_is_not_there():
    with pytest.raises(ValueError, match="blue"):
        programs.program(["r0 = nmax blue"], ["door", "red"])


@pytest.mark.parametrize(
    ("name", "field", "ahead"),
    [("Bellman backups", fields.bellman_backups, 1), ("screened diffusion", fields.screened_diffusion, 0)],
)
def test_programs_think_what_the_fields_do(name, field, ahead):
    """A thought of the program of backups ends with what the next one of the field begins with."""
    plans = draw_plans(KEY, 4)
    shown = lone(plans.walls, plans.target, DOOR).inputs(plans.target)
    think = programs.program(programs.SEARCHING[name], ["door", "red"], target="door")
    np.testing.assert_allclose(think(shown, 40), thinker(field, DOOR)(shown, 40 + ahead), atol=1e-12)


def test_who_thinks_too_little_searches_as_far_as_it_thinks_and_latently_beyond():
    short = thinker(fields.bellman_backups, DOOR, 8)
    plans = draw_plans(KEY, WORLDS)
    assert not truth(short).searching
    assert truth(short, thoughts=LATENT).searching
    assert radius_of_plan(short, DOOR, plans) == 8
    assert radius_of_plan(short, DOOR, plans, LATENT) == FAR
    assert radius_of_plan(thinker(fields.one_thought, DOOR), DOOR, plans) <= 2


def test_many_minds_are_measured_as_each_is_alone():
    alone = [thinker(fields.bellman_backups, DOOR), thinker(fields.straight_line, DOOR)]
    together = truth(lambda inputs, thoughts: np.stack([think(inputs, thoughts) for think in alone]))
    assert together.searching.tolist() == [True, False]
    for m, think in enumerate(alone):
        assert [float(each[m]) for each in together] == [float(each) for each in truth(think)]


def test_a_map_that_depends_on_where_the_agent_stands_is_thought_anew_for_each_cell():
    inner = thinker(fields.bellman_backups, DOOR)

    def told(inputs, thoughts):
        """Erase what is farther than three cells from where the agent stands: of one map, most cells can't be read."""
        maps = inner(inputs, thoughts)
        row, column = np.divmod(inputs.here, SIZE)
        off = np.abs(np.arange(SIZE)[:, None] - row[:, None, None]) + np.abs(np.arange(SIZE) - column[:, None, None])
        return np.where(off > 3, 0.0, maps)

    plans = draw_plans(KEY, WORLDS)
    scene = lone(plans.walls, plans.target, DOOR)
    assert depends_on_position(told, None, scene, plans.cell)
    assert not depends_on_position(inner, None, scene, plans.cell)
    assert truth(told) == truth(inner)


def test_a_map_without_numbers_is_no_plan():
    assert not truth(lambda inputs, thoughts: np.full(inputs.walls.shape, np.nan)).searching
    assert not truth(lambda inputs, thoughts: np.zeros(inputs.walls.shape)).searching


def test_detours_are_what_their_criterion_says():
    detours = draw_detours(KEY, WORLDS)
    assert len(detours.start) > WORLDS / 3
    flat = detours.walls.reshape(len(detours.start), -1)
    for n, start in enumerate(detours.start):
        for changed, step in ((detours.blocked, detours.after), (detours.sham, detours.before)):
            (cell,) = np.flatnonzero(changed[n].ravel() & ~flat[n])
            away = by_hand(detours.walls[n], int(cell))
            assert away[start] >= DISTANT
            length = by_hand(changed[n], int(detours.target[n]))
            assert NEAR <= length[start] <= FAR
            best = [length.get(start + off, 99) == length[start] - 1 for off in (-SIZE, 1, SIZE, -1)]
            assert best == step[n].tolist()
            assert sum(best) == 1


def by_hand(walls: np.ndarray, source: int) -> dict[int, int]:
    """Search one world breadth first."""
    found, queue, flat = {source: 0}, deque([source]), walls.ravel()
    while queue:
        cell = queue.popleft()
        for other in (cell - SIZE, cell + 1, cell + SIZE, cell - 1):
            if not flat[other] and other not in found:
                found[other] = found[cell] + 1
                queue.append(other)
    return found


@pytest.mark.parametrize("family", FAMILIES)
def test_worlds_of_a_family_have_a_ring_of_wall_and_paths_of_the_right_length(family):
    walls = draw_walls(FAMILIES[family], 6, np.random.default_rng(5))
    assert walls[:, [0, -1]].all()
    assert walls[:, :, [0, -1]].all()
    sources = np.array([np.flatnonzero(~w)[0] for w in walls])
    found = distances(walls, sources).reshape(len(walls), -1)
    for w in range(len(walls)):
        expected = np.full(SIZE * SIZE, UNREACHED)
        for cell, steps in by_hand(walls[w], int(sources[w])).items():
            expected[cell] = steps
        assert np.array_equal(found[w], expected)
        if family != "rocks":
            assert (found[w][~walls[w].ravel()] < UNREACHED).all()
    loops = {name: (~draw_walls(each, 6, np.random.default_rng(5))).sum() for name, each in FAMILIES.items()}
    assert loops["mazes"] < loops["loops"] < loops["open"]
