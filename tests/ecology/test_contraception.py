"""What the benchmark of contraception works out of a history: pedigrees, recoveries, comparisons."""

import json
from math import inf, isnan, nan

import numpy as np
import pytest

from benchmarks.contraception import (
    CASES,
    CELLS,
    Course,
    back_after,
    contributions,
    effect,
    kept,
    table_of_causes,
    table_of_effects,
)
from benchmarks.contraception_doses import SIDES, cases, curves
from benchmarks.contraception_figure import SHOWN, complete, draw
from benchmarks.reproductive_alignment import HARDEST, HOME, MODERN, rules_of_worlds
from evosim.scenario import load_scenario


def a_course(**changes: object) -> Course:
    same = Course(
        alive=[100] * 8, births=[10] * 8, lived=[1000] * 8, utility=[5.0] * 8, matings=[20] * 8, protected=[0] * 8,
        children=200.0, lineages=0.5, ancestors=50.0, child=(0.0, 0.1), selection=(0.0, 0.01),
    )  # fmt: skip
    return same._replace(**changes)  # type: ignore[arg-type]


def test_a_genome_is_shared_out_among_those_it_comes_from_half_by_each_parent():
    parents = np.array([[-1, -1], [-1, -1], [-1, -1], [0, 1], [3, 2], [3, 3]])
    shares = contributions(parents, np.array([4, 5]), born_before=3)
    assert shares[:3].tolist() == [0.375, 0.375, 0.25]
    assert contributions(parents, np.array([1, 5]), born_before=3)[:3].tolist() == [0.25, 0.75, 0]
    assert contributions(parents, np.array([], int), born_before=3).tolist() == [0] * 6


def test_ancestors_of_those_born_before_get_nothing():
    parents = np.array([[-1, -1], [-1, -1], [0, 1], [2, 2]])
    assert contributions(parents, np.array([3]), born_before=3)[:3].tolist() == [0, 0, 1]


@pytest.mark.parametrize(
    ("enough", "ticks"),
    [([1, 1, 1], 0), ([1, 0, 1], 300), ([0, 0, 1, 0], 300), ([1, 0, 0], inf), ([0, 1], 200), ([0], inf)],
)
def test_back_is_the_first_end_of_an_interval_with_enough_after_one_with_too_few(enough, ticks):
    assert back_after(np.array(enough, bool)) == ticks


def test_a_course_is_compared_with_the_same_ticks_where_nothing_changes():
    found = effect(
        a_course(births=[5] * 8, utility=[15.0] * 8, alive=[80, 70, 90, *[110] * 5], children=100.0), a_course()
    )
    assert (found.children, found.births, found.utility, found.fewest) == (0.5, 0.5, 3, 0.7)
    assert (found.back, found.late, found.extinct) == (300, pytest.approx(1.1), inf)
    assert (found.lineages, found.ancestors) == (1, 1)


def test_who_died_out_lives_no_longer_and_who_is_only_not_followed_does():
    dead = effect(a_course(alive=[50, 0], lineages=0.0, ancestors=0.0), a_course())
    assert (dead.fewest, dead.late, dead.back, dead.extinct, dead.lineages) == (0, 0, inf, 6200, 0)
    followed = effect(a_course(alive=[100, 95]), a_course())
    assert (followed.fewest, followed.extinct) == (0.95, inf)


def test_who_wants_nothing_gets_nothing_of_it():
    assert isnan(effect(a_course(utility=[0.0] * 8), a_course(utility=[0.0] * 8)).utility)


def test_tables_have_a_line_for_every_case_and_cause():
    found = {seed: {name: a_course(children=200.0 + seed) for name in CASES} for seed in (1, 2, 3)}
    found[2]["scarcity_with_both"] = a_course(alive=[10, 0], child=(0.0, nan))
    lines = table_of_effects(CASES, found).splitlines()
    assert [line.split(" | ")[0].strip("| ") for line in lines[2:]] == list(CASES)
    assert "1 of 3 [0.01, 0.91]" in next(line for line in lines if "scarcity_with_both" in line)
    assert len(table_of_causes(found).splitlines()) == 2 + 12


def test_every_case_and_dose_is_a_scenario_that_ends_after_the_change():
    for case in (*CASES.values(), *cases().values()):
        length = f"evolution.generations={case.until}"
        assert load_scenario(case.scenario, [*case.before, *case.overrides, length]).evolution.generations > 65
    assert set(CELLS) <= set(CASES)


def test_a_curve_has_what_is_shipped_in_its_place():
    marked = {name: a_course(children=400.0 if name == "as shipped" else 200.0) for name in cases()}
    found = curves({1: marked})
    shipped = {dial: [dose for dose, (each,) in curve.items() if each.children == 2] for dial, curve in found.items()}
    assert shipped == {
        "candy that grows in a tick": [25], "energy of candy": [0.4], "sweetness of candy": [1],
        "fertility with contraception": [0.02], "fruit that grows in a tick": [36],
        "empty candy that grows in a tick": [], "side of the world": [SIDES[2]],
    }  # fmt: skip


def test_rows_that_are_kept_are_read_as_they_were(tmp_path):
    course, path = a_course(child=(0.0, nan)), tmp_path / "rows.jsonl"
    path.write_text(json.dumps({"seed": 3, "case": "contraception", "course": course._asdict()}) + "\n")
    found = kept(path)[3]["contraception"]
    assert found.alive == course.alive
    assert isnan(found.child[1])
    assert found.selection == [0.0, 0.01]


def test_the_figure_says_how_many_die_out_and_draws_every_seed_that_is_complete(tmp_path):
    seeds = (1, 2, 3)
    found = {
        seed: {name: a_course(children=150.0 + seed, utility=[4.0 + seed] * 8) for name in CELLS} for seed in seeds
    }
    found[3]["scarcity_with_both"] = a_course(alive=[40, 0], children=20.0)
    doses = {
        seed: {name: a_course(children=150.0 + seed, utility=[4.0 + seed] * 8) for name in cases()} for seed in seeds
    }
    doses[1]["fruit that grows in a tick: 8"] = a_course(alive=[0])
    figure = draw(found, doses)
    words = [[text.get_text() for text in axes.texts] for axes in figure.axes]
    assert len(figure.axes) == 2 + len(SHOWN)
    assert "1 of 3\ndie out" in words[0]
    assert [each for some in words[2:] for each in some if each.startswith("†")] == ["†1/3"]
    path = tmp_path / "rows.jsonl"
    rows = [{"seed": seed, "case": name, "course": found[seed][name]._asdict()} for seed in (1, 2) for name in CELLS]
    path.write_text("\n".join(map(json.dumps, rows[:-1])))
    assert list(complete(CELLS, path)) == [1]


def test_agents_are_measured_in_worlds_that_differ_in_what_their_names_say():
    rules = rules_of_worlds(seed=1)
    differs = {
        world: (
            not np.array_equal(each.grows, rules[HOME].grows),
            each.contraception != rules[HOME].contraception,
            bool((each.grows < rules[HOME].grows).any()),
        )
        for world, each in rules.items()
    }
    assert differs == {
        HOME: (False, False, False), "candy": (True, False, False), "contraception": (False, True, False),
        MODERN: (True, True, False), "scarce": (True, False, True), HARDEST: (True, True, True),
    }  # fmt: skip
