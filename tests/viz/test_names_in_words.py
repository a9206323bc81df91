"""What people read in figures and reports is words: names keep their underscores only where they are to be typed."""

import re
from itertools import islice
from pathlib import Path

import pytest
from drawn import texts
from effort import cases
from matplotlib.figure import Figure
from pages_read import Page

from evosim.scenario import Scenario, load_scenario
from evosim.simulation.runner import carry_on
from evosim.simulation.runs import RunFile
from evosim.sweeps.comparing.loose_runs import open_runs
from viz.figures.figure import run_figure
from viz.figures.sweep import sweep_figure
from viz.report.page import render_report
from viz.report.sweep.page import render_sweep_report

pytestmark = pytest.mark.compiled

SCENARIOS = Path(__file__).parents[2] / "scenarios"
RENAMED = {  # in this order
    "red_doors": {"training": "first_worlds", "deployment": "later_worlds", "door_reached": "got_in", "door": "big_door",
                  "key": "small_key", "gem": "round_gem"},
    "cheese_corner": {"training": "first_worlds", "deployment": "later_worlds", "cheese": "old_cheese",
                      "corner": "far_corner", "cup": "tea_cup"},
    "contraception": {"ancestral": "old_times", "modern": "new_times", "sweet": "very_sweet", "company": "good_company",
                      "candy": "hard_candy", "hunger": "hunger"},
}  # fmt: skip
SMALL = {
    "red_doors": (f"evolution.population={cases(48, 8)}", "evolution.generations=4", "evolution.episodes=2",
                  "measure.every=1", "measure.episodes=8"),
    "contraception": ("world.size=[48,48]", "world.objects.fruit.count=200", "evolution.population=100", "evolution.generations=6",
                      "evolution.schedule.1.from=300"),
}  # fmt: skip
TYPED = (r"<code>.*?</code>", r"<pre.*?</pre>", r"<footer.*?</footer>", r'<section aria-labelledby="again.*?</section>')


def renamed(name: str, folder: Path) -> Scenario:
    """Return a small scenario whose names have underscores."""
    lines = (SCENARIOS / f"{name}.toml").read_text().splitlines()
    for number, line in enumerate(lines):
        if not line.startswith(("#", "title", "question", "claim", "paper")):
            for old, new in RENAMED[name].items():
                line = re.sub(rf'(?<!kind = ")\b{old}\b', new, line)
            lines[number] = line
    path = folder / f"{name}_renamed.toml"
    path.write_text("\n".join(lines))
    return load_scenario(path, SMALL.get(name, SMALL["red_doors"]))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory):
    folder, made = tmp_path_factory.mktemp("renamed"), {}
    for name in RENAMED:
        made[name] = RunFile.create(folder / f"{name}_renamed.evosim", renamed(name, folder), seed=1)
        for _ in islice(carry_on(made[name]), None):
            pass
    yield made
    for run in made.values():
        run.close()


def underscored(figure: Figure) -> list[str]:
    return [each.get_text() for each in texts(figure) if "_" in each.get_text()]


@pytest.mark.parametrize("name", RENAMED)
def test_no_name_in_a_figure_has_an_underscore(name, runs):
    assert underscored(run_figure(runs[name])) == []


@pytest.mark.parametrize("name", RENAMED)
def test_no_name_in_a_report_has_an_underscore_where_it_is_not_typed(name, runs):
    page = render_report(runs[name])
    for typed in TYPED:
        page = re.sub(typed, " ", page, flags=re.DOTALL)
    found = [word for word in Page(page).text.split() if "_" in word]
    assert found == []
    assert [label for label in re.findall(r'aria-label="([^"]*)"', page) if "_" in label] == []


def test_figures_and_reports_of_many_runs_name_scenarios_and_numbers_in_words_beside_the_columns(runs):
    several = open_runs([runs[name].path for name in ("red_doors", "cheese_corner")])
    columns = ("later_worlds.base_performance", "later_worlds.entered_first.nothing")
    figure = sweep_figure(several, columns)
    footer = figure.texts[-1].get_text()
    assert set(underscored(figure)) <= {*columns, footer}
    words = " ".join(each.get_text() for each in [*texts(figure), *figure.legends[0].get_texts()])
    assert "Base performance · later worlds" in words
    assert "0 random actions, 1 the optimum" in words
    assert "share of episodes" in words
    assert "red doors renamed" in words
    assert "100%" in words
    page = render_sweep_report(several, columns)
    for typed in TYPED:
        page = re.sub(typed, " ", page, flags=re.DOTALL)
    said = re.sub(r"<[^>]*>", " ", page.partition("What was run")[0].partition("</style>")[2])
    assert "Base performance · later worlds" in said
    assert [word for word in said.split() if "_" in word] == []
