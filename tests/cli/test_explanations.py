"""Words above columns are explained where they stand."""

import re
from pathlib import Path
from types import SimpleNamespace

from click.testing import CliRunner

from evosim.cli import main
from evosim.cli.explanations import EXPLANATIONS, METHODS, explain_words
from evosim.cli.printing import agent_ticks_of, mean_rate
from evosim.cli.sweep_printing import answer_lines
from evosim.numerics.intervals import share_interval
from evosim.studies.null_rows import NULLS
from evosim.studies.version_space import REJECTION, SPLITTING
from evosim.sweeps.comparing import comparisons
from evosim.sweeps.comparing.comparisons import Answer

SMALL = ["evolution.population=12", "evolution.episodes=2", "measure.episodes=2", "evolution.generations=1"]


def test_each_word_is_explained_once_and_in_its_order():
    assert [line.partition(":")[0] for line in explain_words(["p", "superior", "mesa", "superior"])] == [
        "superior",
        "mesa",
    ]
    assert set(NULLS.values()) <= set(EXPLANATIONS)
    assert set(METHODS) == {REJECTION, SPLITTING}


def test_show_explains_the_columns_of_its_table(tmp_path):
    out = str(tmp_path / "doors.evosim")
    assert CliRunner().invoke(main, ["run", "red_doors", "--out", out, *sets()]).exit_code == 0
    lines = CliRunner().invoke(main, ["show", out]).output.splitlines()
    assert lines[-3:-1] == explain_words(["base", "mesa"]) or lines[-2:] == explain_words(["base", "mesa"])
    assert ("plan ahead" in " ".join(lines[:-2])) == (lines[-1] == explain_words(["plan ahead"])[0])


def test_words_of_tables_that_compare_conditions_are_explained():
    tables = (Path(__file__).parents[2] / "evosim/sweeps/comparing/tables.py").read_text()
    for word in ("superior", "p corrected", "would be seen"):
        assert re.search(rf'"{word}"', tables)
        assert explain_words([word])


def test_a_sweep_of_one_condition_answers_its_question_in_a_sentence(monkeypatch):
    found = [
        Answer(place, 1, answer, runs, 10, share_interval(runs, 10), None, float("nan"))
        for place in ("deployment", "elsewhere")
        for answer, runs in (("pseudo_aligned", 6), ("robustly_aligned", 3), ("no_majority", 1))
    ]
    monkeypatch.setattr(comparisons, "answers", lambda *_: found)
    lines = answer_lines(SimpleNamespace(values={1: {}}, most_seeds=10), {})
    assert [line.partition(" (")[0] for line in lines] == [
        f"In {place}, 6 of 10 runs have mostly planners that are pseudo-aligned"
        for place in ("deployment", "elsewhere")
    ]
    assert answer_lines(SimpleNamespace(values={1: {}, 2: {}}, most_seeds=10), {}) == []
    assert answer_lines(SimpleNamespace(values={1: {}}, most_seeds=1), {}) == []


def sets() -> list[str]:
    """Return options that make a run small."""
    return [word for each in SMALL for word in ("--set", each)]


def test_rates_of_an_ecology_are_means_over_agent_ticks():
    """In an interval in which most die, more ticks were lived than by those alive at its end; a figure says the same."""
    full = {"generation": 0, "tick": 100, "population": 1000, "births": 400, "births_per_capita": 0.004}
    dying = {"generation": 1, "tick": 200, "population": 100, "births": 50, "births_per_capita": 0.001}
    rows = [each | {"deaths": 0, "deaths_per_capita": 0.0} for each in (full, dying)]
    assert agent_ticks_of(rows[1]) == 50_000
    assert mean_rate(rows, "births_per_capita") == "3.00"  # 450 of 150 thousand
    assert agent_ticks_of(rows[1] | {"births": 0, "births_per_capita": 0.0}) == 100 * 100
