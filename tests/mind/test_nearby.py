"""Minds among others: plans, walks and senses in a window are those of their twins, in thousands of random windows."""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest
import reference
from effort import cases
from reference import MOVES, NO_PLAN, STAY
from reference import nearby as twin
from reference.nearby import HERE, MATE, WALL
from samples import draw_wants

from evosim.ecology.terrain import view_of
from evosim.gridworld.shortest_paths import BARRIER, NOTHING
from evosim.mind.heuristic.reflexes import FIRST, SIDE, WIDTH
from evosim.mind.nearby import (
    BODY,
    EMPTY,
    MapView,
    Window,
    new_window,
    plan_nearby,
    sense_nearby,
    wander_nearby,
    weigh_nearby,
    write_kinds,
)
from evosim.mind.planner.plans import Belief, Plans, best_choice, value_iteration
from evosim.numerics.arrays import Flags, Reals
from evosim.numerics.random import key_of
from evosim.scenario import load_scenario

ME = 0


class Sight(NamedTuple):
    """What somebody sees, as kernels see it and as their twins do."""

    row: int
    column: int
    view: MapView
    seen: twin.Seen
    worth: Reals  # of kinds of food, then of a mate
    discount: float
    horizon: int

    @property
    def worth_of(self) -> dict[twin.Thing, float]:
        return dict(zip((*range(len(self.worth) - 1), MATE), self.worth.tolist(), strict=True))

    def plan(self, first_way: int, window: Window) -> tuple[float, int]:
        start = self.view.vision, self.view.vision
        way = plan_nearby(
            self.row, self.column, start, self.horizon, self.discount, self.worth, self.view, first_way, window
        )
        return way.value, way.action

    @property
    def room(self) -> Window:
        return new_window(self.view.vision)


def seeing(row: int, column: int, able: Flags, view: MapView, *others) -> Sight:
    """Look at a map that was drawn, and return what is seen there."""
    sight = Sight(row, column, view, *others)
    write_kinds(len(sight.worth) - 1, able, view)
    return sight


@cache
def shared_world():
    return load_scenario("contraception").world


def world_of(edges: str, rows: int, columns: int, vision: int) -> MapView:
    """Make a map with nothing on it, walled in or not."""
    view = blank(edges, rows, columns, vision)
    return view._replace(what=view.what.copy())


@cache
def blank(edges: str, rows: int, columns: int, vision: int) -> MapView:
    world = shared_world().model_copy(update={"edges": edges, "size": (rows, columns), "vision": vision})
    wall = np.zeros((rows, columns), np.uint8)
    if edges == "walls":
        wall[[0, -1]] = wall[:, [0, -1]] = 1
    return view_of(world, wall.ravel())


def sights(count: int, seed: int, *, edges: str | None = None, kinds: int = 3) -> Iterator[Sight]:
    """Draw small worlds with walls, things, and others who are able to mate or not, and somebody in them."""
    rng = np.random.default_rng(seed)
    for n in range(count):
        around = edges or ("torus", "walls")[n % 2]
        vision = int(rng.integers(1, 5))
        rows, columns = (int(size) for size in rng.integers(2 * vision + 1, 2 * vision + 5, 2))
        view = world_of(around, rows, columns, vision)
        free = np.flatnonzero(view.what == EMPTY)
        me = int(rng.choice(free))
        many = len(free) - 1
        shares = rng.choice([0.0, 0.1, 0.25, 0.4], 3)
        order = rng.permutation(free[free != me])
        walls, things, others = (int(share * many / 2) for share in shares)
        view.what[order[:walls]] = -2
        view.what[order[walls : walls + things]] = rng.integers(0, kinds, things)
        view.what[order[walls + things : walls + things + others]] = BODY + 1 + np.arange(others)
        view.what[me] = BODY + ME
        able = rng.random(1 + others) < 0.5
        worth, discount = draw_wants(rng, kinds + 1)
        seen = {}
        for down in range(-vision, vision + 1):
            for across in range(-vision, vision + 1):
                row, column = me // columns + down, me % columns + across
                is_out = around == "walls" and not (0 <= row < rows and 0 <= column < columns)
                there = -2 if is_out else int(view.what[row % rows * columns + column % columns])
                if there >= BODY and there != BODY + ME:
                    seen[down, across] = MATE if able[there - BODY] else WALL
                elif there == -2:
                    seen[down, across] = WALL
                elif 0 <= there < BODY:
                    seen[down, across] = there
        yield seeing(
            me // columns, me % columns, able, view, seen, np.asarray(worth, float), discount, int(rng.integers(1, 12))
        )


def test_a_plan_is_the_best_there_is_and_begins_the_way_that_is_looked_first_of_the_shortest():
    ties, nothing, mates = 0, 0, 0
    for n, sight in enumerate(sights(cases(1200, 150), 1)):
        wants = sight.view.vision, sight.horizon, sight.discount, sight.worth_of
        found = sight.plan(n % 4, sight.room)
        plans = [twin.best_plan(sight.seen, *wants, turn) for turn in range(4)]
        assert found == plans[n % 4]
        assert found[0] == twin.values(sight.seen, *wants)[HERE]
        ties += len({action for _, action in plans}) > 1
        nothing += found[1] == NO_PLAN
        mates += sight.worth_of[MATE] > 0 and MATE in sight.seen.values()
    assert min(ties, nothing, mates) > cases(90, 8)  # the samples have all that is hard


def test_a_plan_among_others_is_worth_what_value_iteration_says():
    """The window cut out, walled in, and given to the general solver: values are equal to the last bit."""
    for sight in sights(cases(500, 40), 2):
        vision = sight.view.vision
        side = 2 * vision + 3
        things = twin.things_in(sight.seen)
        content = np.full((side, side), BARRIER, np.int16)
        content[1:-1, 1:-1] = NOTHING
        for (down, across), what in sight.seen.items():
            number = BARRIER if what == WALL else list(things).index((down, across))
            content[1 + vision + down, 1 + vision + across] = number
        worth = np.array([sight.worth_of[what] for what in things.values()], float)
        there, still = np.ones(len(worth), np.bool_), np.zeros(0, np.int8)
        belief = Belief(content.ravel(), still, there, worth, worth, side, 0.0, 0, sight.discount)
        plans = Plans(np.zeros((2, side**2)), np.zeros((2, side**2), np.int32), np.zeros((2, side**2), np.int32))
        layer = value_iteration(belief, sight.horizon - 1, plans)
        choice = best_choice((1 + vision) * (side + 1), belief, layer, plans)
        value, action = sight.plan(0, sight.room)
        assert value == choice.option.value
        assert (action == NO_PLAN) == (choice.action == NO_PLAN)


def test_no_side_is_preferred_among_equals():
    """Four equal things around an agent: each way is taken for one of the four that can be looked first."""
    view = world_of("torus", 9, 9, 4)
    for down, across in ((-2, 0), (2, 0), (0, 2), (0, -2)):
        view.what[(4 + down) * 9 + 4 + across] = 0
    sight = seeing(4, 4, np.zeros(1, np.bool_), view, {}, np.array([1.0, 0.0]), 0.9, 5)
    assert [sight.plan(turn, sight.room)[1] for turn in range(4)] == [0, 1, 2, 3]


def test_a_way_round_the_world_is_a_way_on_a_torus_and_none_between_walls():
    for edges, expected in (("torus", 0), ("walls", NO_PLAN)):
        view = world_of(edges, 9, 9, 3)
        view.what[7 * 9 + 4] = 0
        row = 0 if edges == "torus" else 1
        sight = seeing(row, 4, np.zeros(1, np.bool_), view, {}, np.array([1.0, 0.0]), 0.9, 3)
        assert sight.plan(2, sight.room)[1] == expected


def test_room_that_was_searched_before_is_as_good_as_new():
    used: dict[int, Window] = {}
    for n, sight in enumerate(sights(cases(300, 60), 3)):
        window = used.setdefault(sight.view.vision, sight.room)
        assert sight.plan(n % 4, window) == sight.plan(n % 4, sight.room)


def test_scores_of_actions_are_those_of_the_plans_after_them():
    refused = 0
    for n, sight in enumerate(sights(cases(700, 80), 4)):
        scores = np.full(5, np.nan)
        weigh_nearby(
            sight.row, sight.column, sight.horizon, sight.discount, sight.worth, sight.view, n % 4, sight.room, scores
        )
        weighed = twin.weighed(sight.seen, sight.view.vision, sight.horizon, sight.discount, sight.worth_of)
        assert scores.tolist() == [weighed.get(action, -np.inf) for action in range(5)]
        refused += len(weighed) < 5
    assert refused > cases(70, 8)


def test_who_wants_nothing_wanders_where_it_can_and_turns_back_only_if_it_must():
    taken: Counter[bool] = Counter()
    for n, sight in enumerate(sights(cases(1000, 200), 5)):
        last = n % 5
        ways = twin.welcome_ways(sight.seen, sight.worth_of, last)
        action = wander_nearby(sight.row, sight.column, last, sight.worth, sight.view, key_of(7, n), 3)
        assert action == twin.wandered(sight.seen, sight.worth_of, last, reference.key_of(7, n), 3)
        assert action in (ways or [STAY])
        taken[action == (last + 2) % 4 and last != STAY] += 1
    assert min(taken[True], taken[False]) > cases(10, 1)


def test_every_way_is_wandered():
    drawn = sights(200, 6)
    sight = next(each for each in drawn if len(twin.welcome_ways(each.seen, each.worth_of, STAY)) == 4)
    arguments = sight.row, sight.column, STAY, sight.worth, sight.view
    assert {wander_nearby(*arguments, key_of(8, n), 0) for n in range(100)} == set(MOVES)


NAMES = ["sweet", "round", "red"]


def test_senses_are_those_that_their_names_say():
    """Every sense that is not zero by its name, with its amount, and nothing else."""
    rng = np.random.default_rng(9)
    layout = [f"wall.{side}" for side in reference.SIDES]
    layout += [f"seen.{side}.{what}" for side in reference.SIDES for what in ("nearness", *NAMES)]
    layout += [f"moved.{side}" for side in reference.SIDES]
    for n, sight in enumerate(sights(cases(800, 100), 7)):
        kinds = len(sight.worth)
        features = np.round(rng.random((kinds, 3)), 1) * (rng.random((kinds, 3)) < 0.7)
        senses, amounts = np.zeros((len(layout), 3), np.int32), np.zeros(len(layout))
        count = sense_nearby(
            sight.row, sight.column, n % 5, features, sight.view, np.zeros((4, 3), np.int32), senses, amounts
        )
        rows = dict(zip((*range(kinds - 1), MATE), features.tolist(), strict=True))
        expected = twin.sensed(sight.seen, NAMES, rows, n % 5)
        for turn in range(4):
            named = {
                layout[first + width * ((side - turn) % 4)]: amount
                for (side, first, width), amount in zip(senses[:count].tolist(), amounts, strict=False)
            }
            assert (SIDE, FIRST, WIDTH) == (0, 1, 2)
            assert named == reference.turned(expected, turn)


def test_what_heuristics_sense_turns_with_the_world():
    """A window turned by a quarter is sensed as the same one to the right: no side of the world is preferred."""
    for sight in sights(cases(150, 60), 8, edges="torus"):
        vision, size = sight.view.vision, 2 * sight.view.vision + 1
        features = np.eye(len(sight.worth))
        told = []
        for quarters in range(4):
            view = world_of("torus", size, size, vision)
            for (down, across), what in sight.seen.items():
                for _ in range(quarters):
                    down, across = across, -down
                number = -2 if what == WALL else BODY + 1 if what == MATE else what
                view.what[(vision + down) * size + vision + across] = number
            senses, amounts = np.zeros((40, 3), np.int32), np.zeros(40)
            write_kinds(len(features) - 1, np.array([False, True]), view)
            count = sense_nearby(
                vision, vision, STAY, features, view, np.zeros((4, 3), np.int32), senses, amounts
            )  # fmt: skip
            told.append(
                {
                    ((side - quarters) % 4, first, amount)
                    for (side, first, _), amount in zip(senses[:count].tolist(), amounts, strict=False)
                }
            )
        assert told[0] == told[1] == told[2] == told[3]


@pytest.mark.parametrize("edges", ["torus", "walls"])
def test_a_map_goes_on_at_the_other_side_or_is_all_wall(edges):
    view = world_of(edges, 7, 9, 3)
    for row in range(7):
        for column in range(9):
            for down in range(-3, 4):
                for across in range(-3, 4):
                    cell = view.down[row + 3 + down] + view.across[column + 3 + across]
                    there = row + down, column + across
                    if edges == "torus" or (0 <= there[0] < 7 and 0 <= there[1] < 9):
                        assert cell == there[0] % 7 * 9 + there[1] % 9
                    else:
                        assert view.what[cell] == -2
