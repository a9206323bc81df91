"""Heuristics: what they sense is what is there, and what they have learned holds in all four directions."""

from typing import NamedTuple

import numpy as np
import pytest
import reference
from effort import cases
from reference import STAY
from samples import FEATURES, Sample, draw_sample, sample_of

from evosim.mind.heuristic.reflexes import NOBODY, note_sense, notice, react, sense, steps_between
from evosim.mind.heuristic.senses import sense_names
from evosim.numerics.arrays import Flags, Reals

NAMES = sense_names(FEATURES)
INPUTS = len(NAMES)


class Glance(NamedTuple):
    """An agent in a world, with all that its senses depend on."""

    sample: Sample
    features: Reals
    present: Flags
    cell: reference.Cell
    last: int
    remembered: int

    @property
    def objects(self) -> dict[reference.Cell, int]:
        return {cell: n for cell, n in self.sample.objects.items() if self.present[n]}

    def notice(self, vision: int = 0) -> tuple[list[int], int]:
        nearest = np.full(4, 99, np.int32)
        worlds, atlas = self.sample.worlds, self.sample.atlas
        remembered = notice(
            self.sample.index(self.cell), self.sample.columns, vision, worlds.cell[0], self.present, atlas.visible[0],
            self.remembered, nearest,
        )  # fmt: skip
        return nearest.tolist(), remembered

    def scores(self, weights: Reals, out: Reals) -> list[float]:
        """Notice, sense and react, as the kernels do."""
        nearest, remembered = self.notice()
        senses, amounts = np.zeros((INPUTS, 3), np.int32), np.zeros(INPUTS)
        sample, sums, scores = self.sample, np.zeros((4, weights.shape[2])), np.zeros(5)
        count = sense(
            sample.index(self.cell), sample.columns, sample.atlas.content[0], sample.worlds.cell[0], self.features,
            np.array(nearest, np.int32), remembered, senses, amounts,
        )  # fmt: skip
        if self.last < STAY:
            moved_at = 4 * (1 + 2 * (1 + len(FEATURES)))
            count = note_sense(count, self.last, moved_at, 1, 1.0, senses, amounts)
        react(0, self.last, np.zeros(1), 0, count, senses, amounts, weights, out, sums, scores)
        return scores[:4].tolist()

    def inputs(self, turn: int) -> Reals:
        """Write what is perceived, after turning, as one vector in the order of the genome's names."""
        memory = None if self.remembered == NOBODY else self.remembered
        sides, remembered = reference.notice(self.cell, self.sample.floor, self.objects, memory)
        cells = list(self.sample.objects)
        sensed = reference.senses(
            self.cell, self.last, self.sample.floor, cells, self.features, FEATURES, sides, remembered
        )
        vector = dict.fromkeys(NAMES, 0.0) | reference.turned(sensed, turn)
        vector["stayed"], vector["bias"] = float(self.last == STAY), 1.0
        assert len(vector) == INPUTS
        return np.array([vector[name] for name in NAMES])


def glances(count: int, seed: int):
    rng = np.random.default_rng(seed)
    for _ in range(count):
        sample = draw_sample(rng, largest=8)
        objects = len(sample.objects)
        features = rng.random((objects, len(FEATURES))) * (rng.random((objects, len(FEATURES))) < 0.7)
        present = rng.random(objects) < 0.8
        places = sorted(sample.floor)
        for _ in range(4):
            cell, last = places[rng.integers(len(places))], int(rng.integers(5))
            yield Glance(sample, features, present, cell, last, int(rng.integers(-1, objects)))


def linear(rng: np.random.Generator) -> tuple[Reals, Reals]:
    return rng.uniform(-1, 1, (1, INPUTS, 1)), np.zeros((1, 0))


def test_the_nearest_object_on_each_side_equals_the_twin():
    for glance in glances(cases(1000, 200), 1):
        memory = None if glance.remembered == NOBODY else glance.remembered
        sides, remembered = reference.notice(glance.cell, glance.sample.floor, glance.objects, memory)
        expected = [NOBODY if n is None else n for n in sides], NOBODY if remembered is None else remembered
        assert glance.notice() == expected


def test_a_linear_policy_is_a_scalar_product_of_named_senses_and_weights():
    rng = np.random.default_rng(2)
    used = np.zeros(INPUTS, bool)
    for glance in glances(cases(1000, 200), 2):
        weights, out = linear(rng)
        vectors = [glance.inputs(turn) for turn in range(4)]
        expected = [vector @ weights[0, :, 0] for vector in vectors]
        assert glance.scores(weights, out) == pytest.approx(expected, abs=1e-12)
        used |= np.any(vectors, axis=0)
    assert used.all()  # the samples use every sense there is


@pytest.mark.parametrize("hidden", [1, 3])
def test_a_hidden_layer_equals_numpy(hidden):
    rng = np.random.default_rng(3)
    for glance in glances(cases(600, 100), 3):
        weights, out = rng.uniform(-1, 1, (1, INPUTS, hidden)), rng.uniform(-1, 1, (1, hidden))
        layer = np.tanh(np.stack([glance.inputs(turn) for turn in range(4)]) @ weights[0])
        assert glance.scores(weights, out) == pytest.approx((layer @ out[0]).tolist(), abs=1e-12)


def test_each_weight_has_the_place_of_its_name():
    """One sense at a time: only the weight with its name moves the score."""
    field = sample_of(7, 7, reference.inside(7, 7), [(3, 5)])
    features = np.array([[0.0, 1.0, 0.0]])
    glance = Glance(field, features, np.ones(1, bool), (3, 3), reference.NORTH, NOBODY)  # it came from the south
    for turn, side in enumerate(["right", "ahead", "left", "behind"]):
        for name, amount in [(f"seen.{side}.nearness", 0.5), (f"seen.{side}.round", 1.0), (f"seen.{side}.red", 0.0)]:
            weights = np.zeros((1, INPUTS, 1))
            weights[0, NAMES.index(name), 0] = 1.0
            assert glance.scores(weights, np.zeros((1, 0)))[turn] == amount
    weights = np.zeros((1, INPUTS, 1))
    weights[0, NAMES.index("moved.ahead"), 0] = 1.0
    assert glance.scores(weights, np.zeros((1, 0))) == [1.0, 0.0, 0.0, 0.0]


def rotated(glance: Glance) -> Glance:
    """Turn world and agent clockwise by a quarter."""
    sample = glance.sample

    def turn(cell: reference.Cell) -> reference.Cell:
        return cell[1], sample.rows - 1 - cell[0]

    floor, cells = {turn(cell) for cell in sample.floor}, [turn(cell) for cell in sample.objects]
    world = sample_of(sample.columns, sample.rows, floor, cells)
    last = glance.last if glance.last == STAY else (glance.last + 1) % 4
    return Glance(world, glance.features, glance.present, turn(glance.cell), last, glance.remembered)


def test_turning_the_world_turns_what_the_agent_does():
    rng = np.random.default_rng(4)
    for glance in glances(cases(800, 100), 4):
        weights, out = linear(rng)
        scores = glance.scores(weights, out)
        assert rotated(glance).scores(weights, out) == pytest.approx(scores[3:] + scores[:3], abs=1e-12)
        again = rotated(rotated(rotated(rotated(glance))))
        assert again.scores(weights, out) == scores


def test_the_object_seen_last_is_remembered_behind_a_wall():
    """Round the corner of a wall the object is out of sight, but not out of mind."""
    sample = sample_of(5, 5, {(1, 1), (1, 2), (1, 3), (2, 3), (3, 3)}, [(1, 1)])
    features = np.ones((1, 3))
    seeing = Glance(sample, features, np.ones(1, bool), (1, 3), reference.EAST, NOBODY)
    assert seeing.notice() == ([NOBODY, NOBODY, NOBODY, 0], 0)
    later = seeing._replace(cell=(3, 3), last=reference.SOUTH, remembered=0)
    assert later.notice() == ([NOBODY] * 4, 0)
    weights = np.zeros((1, INPUTS, 1))
    weights[0, NAMES.index("remembered.ahead.nearness"), 0] = 1.0
    assert later.scores(weights, np.zeros((1, 0))) == [0.25, 0.0, 0.0, 0.25]


def test_a_remembered_object_that_was_consumed_is_forgotten():
    sample = sample_of(5, 5, {(1, 1), (1, 2), (1, 3), (2, 3), (3, 3)}, [(1, 1)])
    gone = Glance(sample, np.ones((1, 3)), np.zeros(1, bool), (3, 3), reference.SOUTH, 0)
    assert gone.notice() == ([NOBODY] * 4, NOBODY)


def test_who_sees_something_attends_to_that_and_not_to_a_memory():
    field = sample_of(7, 7, reference.inside(7, 7) - {(3, 2), (3, 3), (3, 4)}, [(1, 3), (5, 3)])
    glance = Glance(field, np.ones((2, 3)), np.ones(2, bool), (4, 3), reference.NORTH, 0)
    assert glance.notice() == ([NOBODY, NOBODY, 1, NOBODY], 1)
    weights = np.zeros((1, INPUTS, 1))
    weights[0, [i for i, name in enumerate(NAMES) if name.startswith("remembered.")], 0] = 1.0
    assert glance.scores(weights, np.zeros((1, 0))) == [0.0] * 4


def test_nearness_is_counted_in_steps():
    rng = np.random.default_rng(5)
    for _ in range(300):
        columns = int(rng.integers(3, 20))
        first, second = rng.integers(0, 20 * columns, 2).tolist()
        cells = reference.cell_of(first, columns), reference.cell_of(second, columns)
        assert steps_between(first, second, columns) == reference.distance(*cells)


def test_who_sees_only_so_far_notices_nothing_beyond():
    hidden = 0
    for glance in glances(cases(1000, 80), 12):
        memory = None if glance.remembered == NOBODY else glance.remembered
        for vision in (1, 2, 3):
            twin, latest = reference.notice(glance.cell, glance.sample.floor, glance.objects, memory, vision)
            nearest = [NOBODY if n is None else n for n in twin]
            assert glance.notice(vision) == (nearest, NOBODY if latest is None else latest)
            hidden += glance.notice(vision) != glance.notice()
    assert hidden > cases(200, 10)


def test_hunger_is_one_more_sense_that_is_felt_alike_whichever_way_one_turns():
    rng = np.random.default_rng(13)
    names = sense_names(FEATURES, ["hunger"])
    weights = rng.normal(size=(1, len(names), 1))
    nothing, sums = (np.zeros((0, 3), np.int32), np.zeros(0)), np.zeros((4, 1))
    felt = []
    for hunger in (0.0, 0.3, 1.0):
        scores = np.zeros(5)
        react(0, 0, np.array([hunger]), 1, 0, *nothing, weights, np.zeros((1, 0)), sums, scores)
        assert len(set(scores[:4].tolist())) == 1
        felt.append(scores[0] - weights[0, names.index("bias"), 0])
    assert felt == pytest.approx([hunger * weights[0, names.index("hunger"), 0] for hunger in (0.0, 0.3, 1.0)])
