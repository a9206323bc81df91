"""The panel of who lives in an ecology, and whose weights the panel of wants draws."""

from pathlib import Path

import matplotlib
import pytest
from meadows import meadow

from evosim.numerics.compiler import plainly
from evosim.simulation.runner import carry_on
from evosim.simulation.runs import RunFile, open_run
from viz.answers.ecology_reading import kinds_alive, read_course, wanted_weights
from viz.figures.ecology import ecology_figure
from viz.live.field.history import FieldHistory

matplotlib.use("agg")
EARLIER = Path(__file__).parents[1] / "earlier_runs" / "ecology_complete.evosim"


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    path = tmp_path_factory.mktemp("runs") / "mixed.evosim"
    short = ["evolution.ticks=20", "evolution.interval=10", "evolution.schedule=[{from=0,environment='before'}]"]
    with plainly(), RunFile.create(path, meadow(*short), 1) as run:
        list(carry_on(run))
    return path


def headings(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts] + [text.get_text() for text in figure.texts]


def test_the_page_of_a_mixed_population_has_a_panel_of_its_kinds(mixed):
    with open_run(mixed) as run:
        figure, course = ecology_figure(run), read_course(run)
    assert "Who they are" in headings(figure)
    lines = {line.get_label(): line for axes in figure.axes for line in axes.lines}
    for kind in ("heuristic", "planner"):
        assert lines[kind].get_ydata().tolist() == course.frame[f"share.{kind}"].tolist()
    wanted = wanted_weights(course, "sweet")
    assert wanted["mean"].tolist() == course.frame["wanted.sweet"].tolist()
    assert wanted["mean"].tolist() != course.loci["objective.sweet"]["mean"].tolist()  # which are heuristics' too
    assert lines["sweet"].get_ydata().tolist() == wanted["mean"].tolist()


def test_a_run_of_an_earlier_release_draws_the_weights_of_all_genomes():
    with open_run(EARLIER) as run:
        figure, course = ecology_figure(run), read_course(run)
    assert kinds_alive(course) == []
    assert "Who they are" not in headings(figure)
    assert wanted_weights(course, "sweet") is course.loci["objective.sweet"]


def test_the_window_draws_the_same_weights_as_the_page(mixed):
    for path, is_of_all in ((mixed, False), (EARLIER, True)):
        history = FieldHistory()
        with open_run(path) as run:
            history.update(run)
            course = read_course(run)
        assert history.locus("sweet")[1].tolist() == wanted_weights(course, "sweet")["mean"].tolist()
        assert (history.locus("sweet")[1].tolist() == course.loci["objective.sweet"]["mean"].tolist()) == is_of_all
