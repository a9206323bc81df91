"""Tabular worlds: every life is a path through the states, and what it is worth follows from them."""

import numpy as np
import pytest
from effort import cases
from samples import draw_minds, plan_of

from evosim.alignment.mdp.objectives import events_of, is_excluded, mesa_objective, outcome_objective
from evosim.alignment.mdp.tabular_world import BEGIN, ENDED, TabularWorld, tabulate, why_not_tabular
from evosim.episode.grid_environment import Ground
from evosim.episode.rollout import OVER, Lives, Traces, live, new_traces
from evosim.gridworld.actions import step_of
from evosim.gridworld.layouts import OPEN, SCATTER
from evosim.gridworld.sampling import draw_worlds
from evosim.gridworld.shortest_paths import draw_atlas
from evosim.gridworld.spec import Blueprint, Supply, blueprint
from evosim.mind.expression import have_objective
from evosim.mind.phenotype import Phenotypes
from evosim.numerics.random import key_of
from evosim.scenario import load_scenario
from evosim.scenario.schema.names import outcome_names

SEEDS = range(cases(24, 6))


def any_plan(seed: int, **settings: object) -> Blueprint:
    """Draw a blueprint in which objects end, are taken, are carried and needed, and in which agents may starve."""
    rng = np.random.default_rng(seed)
    objects = int(rng.integers(1, 5))
    carried = rng.random(objects) < 0.4
    needs = np.zeros((objects, objects), np.int32)
    if carried.any() and rng.random() < 0.6:
        needs[rng.integers(objects), np.flatnonzero(carried)[0]] = 1
        needs[carried] = 0
    hungry = rng.random() < 0.4
    drawn = {
        "layout": SCATTER if seed % 2 else OPEN,
        "layout_first": 0.15 if seed % 2 else 0.0,
        "needs": needs,
        "carried": carried,
        "taken": carried | (rng.random(objects) < 0.5),
        "ends": ~carried & (rng.random(objects) < 0.4),
        "slip": float(rng.choice([0.0, 0.3])),
        "energy": rng.choice([0.0, 3.0, -2.0], objects),
        "supply": Supply(12.0, 15.0, 0.5, 0.5, 0.0) if hungry else Supply(0.0, 0.0, 0.0, 0.0, 0.0),
        "places": [[1, 1, 2, 1, 2], [1, 2, 4, 4, 5]][: int(rng.integers(0, 3))],
        "steps": 25,
        "slip_kind": seed % 3,
    }
    return plan_of(6, 7, objects, rng, **(drawn | settings))


def ground_of(plan: Blueprint, key: int, episodes: int) -> Ground:
    worlds = draw_worlds(plan, key_of(key), episodes)
    return Ground(plan, worlds, draw_atlas(plan, worlds))


def lived(ground: Ground, seed: int, population: int) -> tuple[Phenotypes, Lives, Traces]:
    rng = np.random.default_rng(seed)
    felt = 1 if ground.plan.supply.initial > 0.0 else 0
    minds = draw_minds(rng, population, hidden=0, greedy=False, drives=felt, detects=bool(rng.random() < 0.4))
    traces = new_traces(population, len(ground.worlds.start), ground.plan.steps)
    return minds, live(*ground, minds, np.arange(population), key_of(seed, 7), traces=traces), traces


def walk(world: TabularWorld, actions: np.ndarray, cells: np.ndarray, columns: int) -> list[tuple[int, int, int]]:
    """Follow a trace through the states by where it went: (state, action, branch) of each step."""
    state, path = BEGIN, []
    ticks = int((actions != OVER).sum())
    for tick in range(ticks):
        assert state != ENDED
        assert world.cell[state] == cells[tick]
        action, moved = int(actions[tick]), bool(cells[tick + 1] != cells[tick])
        certain = world.transition.probability.shape[2] == 1
        ways = [
            int(b) for b in np.flatnonzero(world.transition.probability[state, action])
            if world.moved[state, action, b] == moved
            and (not moved or cells[tick] + step_of(action if certain else int(b), columns) == cells[tick + 1])
        ]  # fmt: skip
        assert ways, f"no way from cell {cells[tick]} by {action} to {cells[tick + 1]}"
        path.append((state, action, ways[0]))
        state = int(world.transition.successor[state, action, ways[0]])
        assert tick == ticks - 1 or world.cell[state] == cells[tick + 1]
    return path


@pytest.mark.parametrize("seed", SEEDS)
def test_every_life_is_a_path_through_the_states(seed):
    plan = any_plan(seed)
    ground = ground_of(plan, seed, 3)
    minds, lives, traces = lived(ground, seed, 12)
    worlds = tabulate(ground)
    assert worlds is not None
    mesa = mesa_objective(ground, minds)
    rng = np.random.default_rng(seed)
    weights = rng.normal(size=lives.outcomes.shape[2]) * ~is_excluded(plan)
    paid, plans = outcome_objective(plan, weights), have_objective(minds)
    assert plans.any()
    for p in range(12):
        for e, world in enumerate(worlds):
            path = walk(world, traces.action[p, e], traces.cell[p, e], plan.columns)
            entered = [int(world.entered[step]) for step in path]
            assert entered == traces.entered[p, e, : len(path)].tolist()
            counts = counted(world, path, events_of(plan))
            own = counts @ mesa[p, e] if plans[p] else 0.0  # who has no objective gets nothing by it
            assert own == pytest.approx(lives.mesa_return[p, e], abs=1e-9)
            assert counts @ paid == pytest.approx(lives.outcomes[p, e] @ weights, abs=1e-9)


def counted(world: TabularWorld, path: list[tuple[int, int, int]], events: int) -> np.ndarray:
    """Count what happens on a path, in the order of objectives' rewards: objects, ends at places, comings, by hunger."""
    counts, places = np.zeros(events), world.goals - world.objects
    felt = events > world.goals + places + 2
    for step in path:
        counts[-2] += 1
        counts[-1] += world.moved[step]
        n, came, hunger = int(world.entered[step]), int(world.came[step]), world.hunger[step[0]]
        if n >= 0:
            counts[n] += 1
            if felt:
                counts[world.goals + places + n] += hunger
        if came >= 0:
            counts[world.goals + came] += 1
    end = int(world.at[path[-1]])
    if end >= 0:
        counts[world.objects + end] += 1
        if felt:
            counts[world.goals + places + world.objects + 11 * end + round(10 * hunger)] += 1
    return counts


@pytest.mark.parametrize("seed", SEEDS)
def test_chances_sum_to_one_and_the_end_lasts(seed):
    for world in tabulate(ground_of(any_plan(seed), seed, 2)) or []:
        assert np.allclose(world.transition.probability.sum(axis=2), 1.0)
        assert (world.transition.successor[ENDED] == ENDED).all()
        assert (world.transition.successor < world.states).all()
        assert not world.moved[ENDED].any()
        assert (
            len({(world.cell[s], world.taken[s], *world.inventory[s]) for s in range(1, world.states)}) <= world.states
        )


def test_states_are_counted_as_they_can_be_by_hand():
    """An open field of 4 × 5 cells with two things to be taken: each cell with both, one, the other, or none."""
    plan = plan_of(6, 7, 2, np.random.default_rng(0), taken=np.ones(2, bool), steps=30)
    (world,) = tabulate(ground_of(plan, 1, 1)) or [None]
    both = 20 - 2  # cells on which one can stand while both are there
    one = 2 * (20 - 1)
    assert world.states == 1 + both + one + 20


def test_where_too_many_states_are_or_they_do_not_say_all_nothing_is_listed():
    plan = plan_of(6, 7, 5, np.random.default_rng(0), taken=np.ones(5, bool), steps=30)
    ground = ground_of(plan, 1, 2)
    assert len(tabulate(ground) or []) == 2
    assert tabulate(ground, most=300) is None
    back = plan._replace(respawns=np.full(5, 3, np.int32))
    assert "come back" in why_not_tabular(back)
    assert tabulate(ground._replace(plan=back)) is None
    costly = plan._replace(supply=Supply(9.0, 9.0, 1.0, 0.0, 0.1))
    assert "thinking" in why_not_tabular(costly)


def test_excluded_are_the_outcomes_that_are_no_sums_over_steps():
    scenario = load_scenario("red_doors")
    names = np.array(outcome_names(scenario))
    left_out = names[is_excluded(blueprint(scenario, "training"))].tolist()
    firsts = [f"entered_first.{name}" for name in ("door", "key", "gem", "ball")]
    assert left_out == ["thinking", "energy", "survived", *firsts]
