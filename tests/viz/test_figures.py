"""The figure of a run: what it says and draws are the numbers of the run's tables, for any scenario."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from drawn import bands, check_legible, figure_of, line, panel, points, texts, words
from markets import market
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from reported_runs import column

from evosim.mind.kinds import wanting_kinds
from evosim.numerics.formatting import number, percent
from evosim.scenario import Scenario, load_scenario, parse_scenario
from evosim.simulation.generational.generations import generations
from evosim.simulation.runs import RunFile
from viz import palette
from viz.answers.generational import answer_generational
from viz.answers.objectives.plane import choose_plane
from viz.answers.reading import read_run, select_planners
from viz.charts.page import wrap_title
from viz.figures.figure import save_figure
from viz.marks import EdgeLabel, draw_edge_labels, separate

SMALL = ("evolution.population=16", "evolution.generations=3", "measure.episodes=4", "measure.every=1")
MEADOW = """
schema = 1
title = "Food for $5 or $6"
question = ""
[world]
size = [7, 7]
steps = 12
features = ["food"]
[world.objects.food]
features = { food = 1 }
outcomes = { eaten = 1 }
[environments.meadow]
[objectives]
intended = { eaten = 1 }
base = { eaten = 1 }
[mind]
controllers = { heuristic = 0.25, open_loop = 0.25, planner = 0.5 }
[evolution]
population = 16
generations = 3
schedule = [{ from = 0, environment = "meadow" }]
[measure]
environments = ["meadow"]
episodes = 4
every = 1
"""


def record(folder: Path, name: str, scenario: Scenario, stop: int | None = None) -> RunFile:
    run = RunFile.create(folder / f"{name}.evosim", scenario, seed=1)
    for generation in islice(generations(scenario, seed=1), stop):
        run.append(run.process.record(generation))
    return run


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, RunFile]]:
    folder = tmp_path_factory.mktemp("figures")
    doors = load_scenario("red_doors", SMALL)
    resting = parse_scenario(MEADOW.replace("base = { eaten = 1 }", "base = { steps = -0.1 }"))
    recorded = {
        "doors": record(folder, "doors", doors),
        "interrupted": record(folder, "interrupted", load_scenario("red_doors", [*SMALL, "measure.every=2"]), 2),
        "founders": record(folder, "founders", doors, 1),
        "heuristics": record(
            folder, "heuristics", load_scenario("red_doors", [*SMALL, "mind.controllers={heuristic=1}"])
        ),
        "heuristics in one environment": record(
            folder,
            "heuristics_in_one",
            load_scenario(
                "red_doors", [*SMALL, "mind.controllers={heuristic=1}", 'measure.environments=["deployment"]']
            ),
        ),
        "meadow": record(folder, "meadow", parse_scenario(MEADOW)),
        "nothing rewarded": record(folder, "resting", resting),
        "market": record(folder, "market", parse_scenario(market())),
    }
    yield recorded
    for run in recorded.values():
        run.close()


RUNS = ("doors", "interrupted", "founders", "heuristics", "heuristics in one environment", "meadow",
        "nothing rewarded", "market")  # fmt: skip


# ---------------------------------------------------------------- what it says


def test_the_title_is_the_question_of_the_scenario(runs: dict[str, RunFile]) -> None:
    figure = figure_of(runs["doors"])
    assert figure.get_suptitle().replace("\n", " ") == runs["doors"].scenario.question


def test_a_title_is_broken_after_a_sentence_or_a_clause() -> None:
    sentences = ["Evolution counts children.", "What do the minds that it builds want, when the world changes?"]
    clauses = ["Trained where food is always sweet,", "do agents come to want food, or sweetness?"]
    assert [wrap_title(" ".join(lines)) for lines in (sentences, clauses)] == [sentences, clauses]


def test_without_a_question_the_title_stands_as_it_was_written(runs: dict[str, RunFile]) -> None:
    title = next(text for text in texts(figure_of(runs["meadow"])) if "Food" in text.get_text())
    assert title.get_text() == "Food for $5 or $6"
    assert not title.get_parse_math()


def test_the_answer_is_made_of_the_numbers_measured_last(runs: dict[str, RunFile]) -> None:
    run = runs["doors"]
    said = answer_generational(read_run(run))
    for environment in ("training", "deployment"):
        door = column(run, "measurements", "entered_first.door", "environment = ?", environment)[-1]
        assert f"{environment}: {100 * door:.0f}%" in said.replace("Training", "training")
        others = {
            name: column(run, "measurements", f"entered_first.{name}", "environment = ?", environment)[-1]
            for name in ("key", "gem", "ball", "nothing")
        }
        assert f"{max(others, key=lambda name: others[name])} {100 * max(others.values()):.0f}%" in said
    planners = column(run, "generations", "optimizer_fraction", "generation = 2")[0]
    ahead = {
        environment: percent(column(run, "measurements", "plans_ahead", "environment = ?", environment)[-1])
        for environment in ("training", "deployment")
    }
    told = f"{ahead['training']} of them plan ahead in training and {ahead['deployment']} in deployment"
    if ahead["training"] == ahead["deployment"]:
        told = f"{ahead['training']} of them plan ahead"
    assert said.endswith(f"{percent(planners)} of the population are planners; {told}.")
    assert any(said in text.get_text().replace("\n", " ") for text in texts(figure_of(run)))


def test_where_nothing_is_rewarded_the_answer_tells_the_base_objective(runs: dict[str, RunFile]) -> None:
    run = runs["nothing rewarded"]
    base = column(run, "measurements", "base_mean", "generation = 2")[0]
    assert answer_generational(read_run(run)).startswith(f"Meadow: the base objective is −{abs(base):.2f}")


def test_several_rewarded_types_are_named_where_they_change(runs: dict[str, RunFile]) -> None:
    said = answer_generational(read_run(runs["market"]))
    assert "enter an apple or a pear first" in said
    assert "of episodes enter an apple, a pear or a thing1 first" in said
    assert said.count("of episodes") == 2


def test_the_footer_says_which_run_this_is(runs: dict[str, RunFile]) -> None:
    footer = texts(figure_of(runs["interrupted"]))
    digest = runs["interrupted"].summary().digest[:8]
    said = next(text.get_text() for text in footer if "seed 1" in text.get_text())
    for part in ("red doors", "population 16", "2 of 3 generations", "numbers of generation 0", f"digest {digest}"):
        assert part in said


# ---------------------------------------------------------------- what it draws


@pytest.mark.parametrize("environment", ["training", "deployment"])
def test_what_is_entered_first_is_stacked_as_measured(runs: dict[str, RunFile], environment: str) -> None:
    run = runs["doors"]
    axes = panel(figure_of(run), f"Entered first · {environment}")
    labels = [str(area.get_label()) for area in axes.collections]
    assert labels[0] == "door"  # what is rewarded lies at the bottom, where chance can be compared with it
    assert labels[-1] == "nothing"
    floor = np.zeros(3)
    for label, band in zip(labels, bands(axes), strict=True):
        shares = column(run, "measurements", f"entered_first.{label}", "environment = ?", environment)
        np.testing.assert_allclose(band.low, floor, atol=1e-12)
        floor = floor + shares
        np.testing.assert_allclose(band.high, floor, atol=1e-12)
        assert f"{label} {percent(shares[-1])}" in words(axes)
    np.testing.assert_allclose(floor, 1)
    np.testing.assert_array_equal(line(axes, "chance"), [0.25, 0.25])
    assert "chance for door" in words(axes)


def test_chance_is_drawn_where_there_are_as_many_objects_as_in_deployment(tmp_path: Path) -> None:
    scenario = load_scenario("red_doors", [*SMALL, "environments.training.objects.key.count=2"])
    run = record(tmp_path, "more_keys", scenario, 1)
    drawn = {
        environment: "chance for door" in words(panel(figure_of(run), f"Entered first · {environment}"))
        for environment in scenario.measure.environments
    }
    run.close()
    assert drawn == {"training": False, "deployment": True}


def test_the_base_objective_is_drawn_with_its_spread(runs: dict[str, RunFile]) -> None:
    run = runs["doors"]
    axes = panel(figure_of(run), "Base objective")
    edges = iter(bands(axes))
    for environment in ("training", "deployment"):
        mean = column(run, "measurements", "base_mean", "environment = ?", environment)
        np.testing.assert_array_equal(line(axes, environment), mean)
        individuals = [
            column(run, "individuals", f"base_mean.{environment}", "generation = ?", generation)
            for generation in range(3)
        ]
        for low, high in ((0.05, 0.95), (0.25, 0.75)):
            band = next(edges)
            np.testing.assert_allclose(band.low, np.quantile(individuals, low, axis=1))
            np.testing.assert_allclose(band.high, np.quantile(individuals, high, axis=1))
        np.testing.assert_allclose(np.mean(individuals, axis=1), mean)


def test_optimizers_and_their_horizon_are_drawn_in_every_generation(runs: dict[str, RunFile]) -> None:
    for name, done in (("doors", 3), ("interrupted", 2)):
        figure = figure_of(runs[name])
        for title, label, field in (
            ("Share of planners", "optimizers", "optimizer_fraction"),
            ("Planning horizon", "horizon", "planning_mean"),
        ):
            drawn = line(panel(figure, title), label)
            assert len(drawn) == done
            np.testing.assert_array_equal(drawn, column(runs[name], "generations", field, ""))
        measured = column(runs[name], "measurements", "generation", "environment = 'training'")
        ahead = column(runs[name], "measurements", "plans_ahead", "environment = 'training'")
        share = column(runs[name], "generations", "optimizer_fraction", "")
        drawn = line(panel(figure, "Share of planners"), "plan ahead")
        np.testing.assert_allclose(drawn, [part * share[int(g)] for g, part in zip(measured, ahead, strict=True)])


def test_each_planner_stands_where_its_mesa_objective_is(runs: dict[str, RunFile]) -> None:
    run = runs["doors"]
    axes = panel(figure_of(run), "What planners want")
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("← dislikes · door · wants →", "← dislikes · red · wants →")
    for generation, label in ((0, "founders"), (2, "generation 2")):
        expected = [
            column(run, "individuals", f"objective.{feature}", "generation = ?", generation)
            for feature in ("door", "red")
        ]
        np.testing.assert_array_equal(points(axes, label), np.transpose(expected))


def test_those_who_do_not_plan_are_counted(runs: dict[str, RunFile]) -> None:
    axes = panel(figure_of(runs["founders"]), "What planners want")
    assert "not shown: 50% who don't plan" in words(axes)


def test_the_base_objective_points_along_what_only_the_rewarded_have_everywhere(runs: dict[str, RunFile]) -> None:
    assert choose_plane(read_run(runs["doors"])) == ("door", "red", (1.0, 0.0))
    reading = read_run(runs["doors"])
    unmeasured = reading._replace(measurements={"training": reading.measurements["training"]})
    assert choose_plane(unmeasured) == ("door", "red", (1.0, 0.0))
    assert choose_plane(read_run(runs["meadow"])).up is None  # with one feature there is no second
    assert choose_plane(read_run(runs["nothing rewarded"])).direction is None


def test_where_training_does_not_tell_two_features_apart_the_base_objective_points_along_both(tmp_path: Path) -> None:
    text = MEADOW.replace('["food"]', '["food", "red"]').replace("{ food = 1 }", "{ food = 1, red = 0.5 }")
    with record(tmp_path, "both", parse_scenario(text)) as run:
        assert choose_plane(read_run(run)).direction == pytest.approx(
            (0.8**0.5, 0.2**0.5)
        )  # as its weights, 0.8 and 0.4


def test_heuristics_are_shown_by_what_they_do(runs: dict[str, RunFile]) -> None:
    run = runs["heuristics"]
    figure = figure_of(run)
    axes = panel(figure, "Individuals")
    assert "no planners, so no mesa-objective" in words(axes)
    expected = [
        column(run, "individuals", f"base_mean.{environment}", "generation = 2")
        for environment in ("training", "deployment")
    ]
    np.testing.assert_array_equal(points(axes, "heuristic"), np.transpose(expected))
    assert "Planning horizon" not in [axes.get_label() for axes in figure.axes]


def test_changes_of_environment_are_marked(runs: dict[str, RunFile]) -> None:
    axes = panel(figure_of(runs["market"]), "Entered first · a")
    assert [float(each.get_xdata()[0]) for each in axes.get_lines() if each.get_label() != "chance"] == [2, 3]
    assert "selection:\nb" in words(axes)


def test_things_are_coloured_as_they_look_in_each_environment(runs: dict[str, RunFile]) -> None:
    figure = figure_of(runs["doors"])
    red, blue = palette.NAMED_COLOURS["red"], palette.NAMED_COLOURS["blue"]
    wanted = {
        "training": {"door": red, "key": blue, "gem": blue, "ball": blue},
        "deployment": {"door": blue, "key": red, "gem": red, "ball": blue},
    }
    hatches = {}
    for environment, looks in wanted.items():
        areas = {str(area.get_label()): area for area in panel(figure, f"Entered first · {environment}").collections}
        for name, colour in looks.items():
            assert to_hex(areas[name].get_facecolor()[0]) == colour, (environment, name)
            assert hatches.setdefault(name, areas[name].get_hatch()) == areas[name].get_hatch()
    assert len(set(hatches.values())) == len(hatches)  # what looks alike is told apart by its hatch


def test_the_page_says_what_planners_want_and_dislike_the_strongest_first(runs: dict[str, RunFile]) -> None:
    run = runs["doors"]
    final = select_planners(read_run(run).final)
    weights = {name: float(final[f"objective.{name}"].mean()) for name in run.scenario.world.features}
    said = next(line for text in figure_of(run).texts for line in [text.get_text()] if "Mean weights" in line)
    order = sorted((name for name in weights if abs(weights[name]) >= 0.05), key=lambda name: -abs(weights[name]))
    told = said.split("Mean weights")[1].replace("\n", " ")
    for sign in (1, -1):
        named = [name for name in order if sign * weights[name] > 0]
        places = [told.index(f"{name} {number(weights[name])}") for name in named]
        assert places == sorted(places)


def test_many_object_types_are_drawn_together(runs: dict[str, RunFile]) -> None:
    run = runs["market"]
    axes = panel(figure_of(run), "Entered first · e")
    labels = [str(area.get_label()) for area in axes.collections]
    assert labels[:2] == ["apple", "pear"]
    assert "thing1" in labels
    assert labels[-2:] == ["6 others", "nothing"]
    np.testing.assert_allclose(bands(axes)[-1].high, 1)


def test_a_run_that_goes_on_is_drawn_up_to_one_generation(
    runs: dict[str, RunFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = runs["doors"]
    earlier = run.summary()._replace(done=2)
    monkeypatch.setattr(run, "summary", lambda: earlier)
    reading = read_run(run)
    assert reading.last == 1
    assert reading.measured.tolist() == [0, 1]
    assert len(reading.generations["generation"]) == 2


# ---------------------------------------------------------------- legible, whatever the scenario


@pytest.mark.parametrize("name", RUNS)
def test_all_words_are_on_the_page_and_none_is_under_another(runs: dict[str, RunFile], name: str) -> None:
    check_legible(figure_of(runs[name]))


def test_names_are_moved_apart_in_their_order() -> None:
    places = [0.99, 0.0, 0.995, 0.5, 1.0, 0.01]
    moved = separate(places, 0.1)
    assert np.argsort(moved).tolist() == np.argsort(places).tolist()
    assert np.diff(sorted(moved)).min() > 0.1 - 1e-9
    assert min(moved) >= 0
    assert max(moved) <= 1
    assert moved[3] == 0.5  # who has room stays


# ---------------------------------------------------------------- the file


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf", "PNG"])
def test_a_run_makes_the_same_bytes_each_time(runs: dict[str, RunFile], tmp_path: Path, suffix: str) -> None:
    first = save_figure(runs["doors"], tmp_path / f"first.{suffix}")
    second = save_figure(runs["doors"], tmp_path / "made on the way" / f"second.{suffix}")
    assert first == tmp_path / f"first.{suffix}"
    assert first.read_bytes() == second.read_bytes()
    assert [path.name for path in second.parent.iterdir()] == [second.name]


@pytest.mark.parametrize("name", ["run.gif", "run", ".png"])
def test_an_unknown_suffix_is_refused_and_leaves_nothing(runs: dict[str, RunFile], tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r"\.png, \.svg or \.pdf"):
        save_figure(runs["doors"], tmp_path / "new" / name)
    assert list(tmp_path.iterdir()) == []


def test_a_figure_that_cannot_be_put_in_place_leaves_nothing(runs: dict[str, RunFile], tmp_path: Path) -> None:
    (tmp_path / "taken.png").mkdir()
    with pytest.raises(OSError, match="directory"):
        save_figure(runs["doors"], tmp_path / "taken.png")
    assert [path.name for path in tmp_path.iterdir()] == ["taken.png"]


def test_a_run_of_nothing_yet_says_so(tmp_path: Path) -> None:
    with (
        RunFile.create(tmp_path / "new.evosim", load_scenario("red_doors"), seed=1) as run,
        pytest.raises(ValueError, match="nothing is stored yet"),
    ):
        save_figure(run, tmp_path / "new.png")
    assert not (tmp_path / "new.png").exists()


def test_the_style_of_matplotlib_is_neither_used_nor_changed(runs: dict[str, RunFile], tmp_path: Path) -> None:
    plain = save_figure(runs["doors"], tmp_path / "plain.png").read_bytes()
    with matplotlib.rc_context({"axes.facecolor": "red", "lines.linewidth": 9, "savefig.transparent": True}):
        before = dict(matplotlib.rcParams)
        assert save_figure(runs["doors"], tmp_path / "again.png").read_bytes() == plain
        assert dict(matplotlib.rcParams) == before


def test_a_label_without_a_number_is_read_and_leads_nowhere(tmp_path: Path) -> None:
    page = Figure()
    axes = page.subplots()
    draw_edge_labels(axes, [EdgeLabel(0.0, "rocks 0%", "#332288"), EdgeLabel(float("nan"), "orchard –", "#332288")])
    page.savefig(tmp_path / "labels.png")
    leaders = {each.get_text(): each.arrow_patch for each in axes.texts if isinstance(each, Annotation)}
    assert leaders["orchard –"] is None
    assert leaders["rocks 0%"] is not None


def test_no_share_of_planners_is_drawn_where_nobody_can_plan(runs: dict[str, RunFile]) -> None:
    for run in runs.values():
        able = bool(wanting_kinds(run.scenario))
        titles = [axes.get_label() for axes in figure_of(run).axes]
        assert ("Share of planners" in titles) == able or "Share that searches" in titles
