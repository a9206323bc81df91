"""Labels are on the page and not under each other, however long the names are and however many there are."""

import matplotlib.style
import pytest
from drawn import check_legible, texts
from matplotlib.figure import Figure
from matplotlib.text import Text
from reported_runs import record

from evosim.numerics.formatting import in_words
from evosim.scenario import parse_scenario
from evosim.simulation.runs import RunFile
from viz.charts.fitting import fit_labels, names_in_full
from viz.charts.page import STYLE
from viz.figures.figure import run_figure
from viz.marks import EdgeLabel, cut_middle, draw_edge_labels, draw_heading
from viz.report.panels import render_panel

LONGEST = 32  # characters of a name
THING, OTHER, FEATURE, PROXY = (
    f"{word}_{'m' * LONGEST}"[:LONGEST] for word in ("brown_mushroom", "toadstool", "brownness", "redness")
)
PLACES = [f"{'w' * 20}_environment_{n:02}"[-LONGEST:] for n in range(12)]
LONG = f"""
schema = 1
title = "Long names"
question = ""
[world]
size = [7, 7]
steps = 10
features = ["{FEATURE}", "{PROXY}"]
[world.objects.{THING}]
features = {{ {FEATURE} = 1 }}
outcomes = {{ eaten = 1 }}
ends_episode = true
[world.objects.{OTHER}]
features = {{ {PROXY} = 1 }}
outcomes = {{ poisoned = 1 }}
ends_episode = true
{"".join(f"[environments.{place}]{chr(10)}" for place in PLACES)}
[objectives]
intended = {{ eaten = 1 }}
base = {{ eaten = 1 }}
[mind]
controllers = {{ planner = 1 }}
[evolution]
population = 8
generations = 2
[measure]
episodes = 2
every = 1
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFile:
    return record(tmp_path_factory.mktemp("runs") / "long.evosim", parse_scenario(LONG))


def test_long_names_and_many_environments_stay_on_the_page(run: RunFile) -> None:
    figure = run_figure(run)
    check_legible(figure)
    words = " ".join(text.get_text() for text in figure.texts)
    for name in (THING, OTHER, FEATURE, PROXY, *PLACES):
        assert in_words(name) in words.replace("\n", " ")  # in full at the foot
    assert any(cut_middle(in_words(THING), 16) in text.get_text() for text in texts(figure))


def test_a_label_is_shortened_in_its_middle() -> None:
    assert cut_middle("environment_number_12", 12) == "enviro…er_12"
    assert cut_middle("short", 12) == "short"
    assert names_in_full(["short", "s" * 17, "s" * 17]) == f"Shortened above: {'s' * 17}."
    assert names_in_full(["short"]) == ""


def test_a_panel_is_narrowed_until_its_labels_are_in_the_figure() -> None:
    with matplotlib.style.context(["default", STYLE]):
        figure = Figure(figsize=(6, 2.5))
        first, second = figure.add_axes((0.1, 0.2, 0.38, 0.5)), figure.add_axes((0.6, 0.2, 0.38, 0.5))
        for axes in (first, second):
            draw_heading(axes, "A title that has more words than there is room for above its panel", "and its note")
            draw_edge_labels(axes, [EdgeLabel(0.5, "brown_mushroom >99%", "black", matters=True)])
        fit_labels(figure)
        check_legible(figure)
    assert first.get_position().width == pytest.approx(second.get_position().width)
    assert "brown_mushroom >99%" in [text.get_text() for text in first.texts]  # there is room for it
    assert "…" in next(iter(second.texts)).get_text()


def test_panels_of_reports_have_room_for_what_is_written_beside_them() -> None:
    seen = []

    def draw(axes):
        draw_edge_labels(axes, [EdgeLabel(0.5, "a label of many more letters than it was given", "black")])
        seen.append(axes)

    render_panel(1, "a panel", draw, right=0.2)
    (axes,) = seen
    boxes = [Text.get_window_extent(text) for text in axes.texts]
    assert max(box.x1 for box in boxes) <= axes.figure.bbox.x1


def test_many_labels_at_an_edge_get_smaller_letters() -> None:
    figure = Figure(figsize=(6, 1.5))
    axes = figure.add_axes((0.1, 0.2, 0.5, 0.6))
    draw_edge_labels(axes, [EdgeLabel(0.5, f"label {n}", "black") for n in range(8)])
    sizes = {text.get_fontsize() for text in axes.texts}
    assert max(sizes) < 9.5
    check_legible(figure)
