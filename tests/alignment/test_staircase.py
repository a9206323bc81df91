"""The benchmark of the staircase: its programs, its rows, and what selection sees of a step."""

import numpy as np
import pytest

from benchmarks.kept_rows import add_rows, read_rows
from benchmarks.staircase import BUILT, STEPS, TRAINING, Row, program_of, programs_of, seen, table
from evosim import load_scenario
from evosim.alignment.search.shares import map_kinds, thinker_of
from evosim.alignment.search.truth import truth_of
from evosim.mind.expression import describe_mind
from evosim.mind.program.settings import ProgramMind
from evosim.numerics.random import key_of

ROW = Row(1, 7, "maze", 500, 0.25, 0.4, 0.05, 0.3, 0.1, 0.0, 0.0, 0, "r0 = max r0 door")


def test_each_program_has_one_or_two_instructions_more_all_of_which_have_an_effect():
    minds = programs_of(["red", "door"])
    for step in range(len(STEPS)):
        lines = program_of(step)
        assert describe_mind(minds, step) == lines
        if step:
            before = program_of(step - 1)
            assert [line for line in lines if line in before] == before
            assert len(lines) - len(before) in (1, 2)
    assert program_of(len(STEPS) - 1) == [line for _, line in BUILT]


def test_the_programs_could_evolve_in_the_scenario_and_the_last_two_search():
    mind = load_scenario("search_from_parts").mind.of(ProgramMind)
    assert len(BUILT) <= mind.instructions
    assert {line.split()[2] for _, line in BUILT} <= set(mind.names)
    minds = programs_of(["red", "door"])
    (kind,) = map_kinds(minds)
    truth = truth_of(thinker_of(kind, minds, np.arange(len(STEPS))), np.array([1.0, 1.0]), key_of(1), worlds=12)
    assert truth.searching.tolist() == [step >= 5 for step in range(len(STEPS))]


def test_rows_are_read_as_they_were_noted(tmp_path):
    add_rows(tmp_path / "rows.csv", [ROW])
    add_rows(tmp_path / "rows.csv", [ROW._replace(step=2)])
    assert read_rows(Row, tmp_path / "rows.csv") == [ROW, ROW._replace(step=2)]
    assert not read_rows(Row, tmp_path / "none.csv")


@pytest.mark.parametrize("training", TRAINING)
def test_a_step_is_as_selection_sees_it_in_episodes_of_kinds_that_are_drawn(training):
    rng, shares = np.random.default_rng(3), np.array(TRAINING[training])
    earned = {
        kind: (rng.random((2, 400)) < chance) * 1.0 for kind, chance in (("maze", 0.2), ("rocks", 0.4), ("room", 0.7))
    }
    rows = []
    for kind, (before, after) in earned.items():
        gain = after - before
        rows.append(ROW._replace(kind=kind, worlds=400, mean=after.mean(), deviation=after.std(),
                                 gain=gain.mean(), gain_deviation=gain.std()))  # fmt: skip
    found = seen(rows, 1, training, episodes=48)
    weights = np.repeat(shares / 400, 400)
    for values, mean, error in (
        (np.concatenate([after for _, after in earned.values()]), found.mean, found.error),
        (np.concatenate([after - before for before, after in earned.values()]), found.gain, found.gain_error),
    ):
        assert mean == pytest.approx(weights @ values)
        assert error == pytest.approx(np.sqrt((weights @ values**2 - (weights @ values) ** 2) / 48))
    assert found.is_visible == (found.gain > found.gain_error)


def test_the_table_says_which_steps_are_visible():
    rows = [ROW._replace(step=step, kind=kind) for step in range(len(STEPS)) for kind in ("maze", "rocks", "room")]
    assert "+0.050 ± 0.013 | 0.043 | yes" in table(rows)
    hidden = [row._replace(gain=0.01) for row in rows]
    assert "+0.010 ± 0.013 | 0.043 | no" in table(hidden)
