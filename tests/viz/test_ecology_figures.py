"""The page of an ecology: what it says and draws are the numbers of the run's tables, however the run went."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from drawn import check_legible, figure_of, texts
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from evosim.numerics.formatting import signed_number
from evosim.scenario import Scenario, load_scenario
from evosim.simulation.ecology.intervals import intervals
from evosim.simulation.runs import RunFile
from evosim.storage.schema import RunFileError
from viz import palette
from viz.answers.ecology import answer_ecology, describe_ratio, format_ratio, format_signed_percent, format_times
from viz.answers.ecology_reading import Course, agent_ticks, changes_of, read_course, select_populated, weighted_mean
from viz.charts.pooling import change_breaks, least_agent_ticks, pool_rate, pool_rows, selection_intensities
from viz.figures.figure import save_figure

pytestmark = pytest.mark.compiled

CHANGE, INTERVALS = 700, 14
SMALL = (
    "world.size=[40,40]",
    "world.objects.fruit.count=140",
    "world.objects.fruit.grows=3.5",
    "evolution.population=100",
    f"evolution.generations={INTERVALS}",
)
CHANGING = (
    *SMALL,
    f"evolution.schedule.1.from={CHANGE}",
    "environments.modern.objects.fruit.grows=1.1",
    "environments.modern.objects.candy.grows=2.5",
)
DEADLY = "environments.modern.life.accident=0.05"
STILL = 'evolution.schedule=[{from=0,environment="ancestral"}]'
HERO = "What evolution counts, and what they get"
RUNS = ("changed", "paused", "first", "extinct", "starved", "still", "unchanged", "slow", "several", "heuristics", "mixed",
        "given")  # fmt: skip


def record(folder: Path, name: str, scenario: Scenario, stop: int | None = None) -> RunFile:
    run = RunFile.create(folder / f"{name}.evosim", scenario, seed=1)
    for interval in islice(intervals(scenario, seed=1), stop):
        run.append(run.process.record(interval))
    return run


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, RunFile]]:
    folder = tmp_path_factory.mktemp("ecologies")
    changing = load_scenario("contraception", CHANGING)
    phases = ", ".join(
        f'{{from={at},environment="{to}"}}' for at, to in ((0, "ancestral"), (700, "few"), (800, "rare"))
    )
    ceilings = "environments={ancestral={},few={ceiling=40},rare={ceiling=25}}"
    scenarios: dict[str, tuple[Scenario, int | None]] = {
        "changed": (changing, None),
        "paused": (changing, 7),
        "first": (changing, 1),
        "extinct": (load_scenario("contraception", [*CHANGING, DEADLY]), None),
        "starved": (
            load_scenario("contraception", [*CHANGING, "world.energy.per_tick=1"]),
            None,
        ),
        "still": (load_scenario("contraception", [*SMALL, STILL]), None),
        "unchanged": (load_scenario("ancestral", [*SMALL, f"evolution.schedule.1.from={CHANGE}"]), None),
        "slow": (load_scenario("slow_change", [*CHANGING, "evolution.schedule.1.over=400"]), None),
        "several": (load_scenario("contraception", [*SMALL, ceilings, f"evolution.schedule=[{phases}]"]), None),
        "heuristics": (load_scenario("heuristics_only", CHANGING), None),
        "mixed": (load_scenario("contraception", [*CHANGING, "mind.controllers={planner=0.5,heuristic=0.5}"]), None),
        "given": (
            load_scenario("contraception", [*CHANGING, "mind.objective={evolves=false,initial={sweet=1,company=0.3}}"]),
            None,
        ),
    }
    recorded = {name: record(folder, name, *how) for name, how in scenarios.items()}
    yield recorded
    for run in recorded.values():
        run.close()


def panel(figure: Figure, title: str) -> Axes:
    return next(axes for axes in figure.axes if axes.get_label() == title)


def titles(figure: Figure) -> list[str]:
    return [str(axes.get_label()) for axes in figure.axes]


def line(axes: Axes, label: str) -> np.ndarray:
    found = next(each for each in axes.get_lines() if each.get_label() == label)
    return np.transpose([np.asarray(found.get_xdata(), float), np.asarray(found.get_ydata(), float)])


def edges(axes: Axes, label: str) -> np.ndarray:
    """Find the edges of a band: tick, low, high."""
    area = next(each for each in axes.collections if each.get_label() == label)
    corners = np.asarray(area.get_paths()[0].vertices)
    rows = [corners[corners[:, 0] == tick, 1] for tick in np.unique(corners[:, 0])]
    return np.array([(tick, row.min(), row.max()) for tick, row in zip(np.unique(corners[:, 0]), rows, strict=True)])


def words(axes: Axes) -> str:
    return " | ".join(text.get_text() for text in axes.texts)


def column(run: RunFile, name: str) -> np.ndarray:
    return run.frame("generations")[name].astype(float)


def mean(run: RunFile, name: str, first: int, last: int) -> float:
    """Work out a rate over intervals from counts, where there are any, and weights that were counted."""
    lived = column(run, "births") + column(run, "deaths")
    lived = lived / (column(run, "births_per_capita") + column(run, "deaths_per_capita"))
    return float((column(run, name) * lived)[first:last].sum() / lived[first:last].sum())


# ---------------------------------------------------------------- what it says


def test_the_title_is_the_question_and_the_footer_says_which_run_this_is(runs: dict[str, RunFile]) -> None:
    figure, run = figure_of(runs["changed"]), runs["changed"]
    assert figure.get_suptitle().replace("\n", " ") == run.scenario.question
    footer = next(text.get_text() for text in texts(figure) if "seed 1" in text.get_text())
    for part in ("contraception", "100 founders", "14 of 14 intervals of 100 ticks", run.summary().digest[:8]):
        assert part in footer


def test_the_answer_compares_births_and_what_agents_get_right_before_and_after_the_change(
    runs: dict[str, RunFile],
) -> None:
    run = runs["changed"]
    births = mean(run, "births_per_capita", 7, 10) / mean(run, "births_per_capita", 2, 7)
    got = mean(run, "mesa_utility_frozen_per_capita", 7, 10) / mean(run, "mesa_utility_frozen_per_capita", 2, 7)
    assert births < 1 < got
    said = answer_ecology(read_course(run))
    assert said.startswith(
        f"In the 300 ticks after the change births per agent and tick fall by {100 * (1 - births):.0f}% and agents "
        f"get {format_times(got)} as much of what they want, by the same weights, compared with the 500 ticks before it."
    )
    assert any(text.get_text().replace("\n", " ") == said for text in texts(figure_of(run)))


def test_the_answer_tells_what_a_child_is_worth_and_how_many_live(runs: dict[str, RunFile]) -> None:
    run = runs["changed"]
    weights = run.frame("loci", "locus = 'objective.child'")["mean"]
    population = column(run, "population")
    said = answer_ecology(read_course(run))
    assert f"{population[-1]:.0f} live, of {population[6]:.0f} before." in said
    before, end = (signed_number(weights[at]) for at in (6, -1))
    assert f"weight of child is {before} before the change and {end} in the end." in said


def test_the_last_ticks_are_reported_if_they_are_not_those_after_the_change(tmp_path: Path) -> None:
    with record(tmp_path, "early", load_scenario("candy_alone", [*SMALL, "evolution.schedule.1.from=200"])) as run:
        late = mean(run, "births_per_capita", 9, 14) / mean(run, "births_per_capita", 0, 2)
        said = answer_ecology(read_course(run))
        assert f"In the last 500 ticks births are at {format_ratio(late)} and" in said
        assert "compared with the 200 ticks before it" in said  # there are no more
        curves = {text.get_text() for text in texts(figure_of(run))}
        assert f"births {format_ratio(late)}" in curves  # a number that stands twice on a page is the same


def test_a_population_that_died_out_is_said_and_marked_to_be_extinct(runs: dict[str, RunFile]) -> None:
    run = runs["extinct"]
    last = int(column(run, "tick")[-1])
    assert column(run, "population")[-1] == 0
    assert f"At tick {last:,} nobody is left." in answer_ecology(read_course(run))
    figure = figure_of(run)
    assert f"extinct at tick {last:,}" in words(panel(figure, "How many live"))
    assert "extinct" in words(panel(figure, HERO)).split(" | ")
    for axes in figure.axes:
        zone = next(patch for patch in axes.patches if patch.get_label() == "extinct")
        assert zone.get_window_extent().x0 == pytest.approx(axes.transData.transform((last, 0))[0])
        assert axes.get_xlim()[1] > last


def test_a_world_that_does_not_change_is_said_not_to(runs: dict[str, RunFile]) -> None:
    said = answer_ecology(read_course(runs["still"]))
    whole = mean(runs["still"], "births_per_capita", 0, INTERVALS)
    last = mean(runs["still"], "births_per_capita", 9, INTERVALS) / whole
    assert said.startswith(
        f"The world does not change. In 1,400 ticks there are {1000 * whole:.1f} births per 1,000 agent-ticks; "
        f"compared with that, in the last 500 ticks births per agent and tick {describe_ratio(last)} and agents get "
    )
    assert "change" not in words(panel(figure_of(runs["still"]), HERO))


def test_a_change_to_the_same_environment_is_said_to_be_none(runs: dict[str, RunFile]) -> None:
    said = answer_ecology(read_course(runs["unchanged"]))
    assert said.startswith("At tick 700 nothing changes: in the 300 ticks after that births per agent and tick ")
    assert "before tick 700" in said
    axes = panel(figure_of(runs["unchanged"]), HERO)
    assert "ancestral: no change" in words(axes)
    assert "multiples of the mean of the 500 ticks before tick 700" in words(axes)
    assert "ground" not in [each.get_label() for each in axes.collections]


def test_a_change_that_is_to_come_is_said_to_be_to_come(runs: dict[str, RunFile]) -> None:
    for name in ("paused", "first"):
        said = answer_ecology(read_course(runs[name]))
        assert said.startswith("The world has not changed yet; it does at tick 700. In ")


def test_a_change_in_several_steps_is_compared_when_it_is_complete(runs: dict[str, RunFile]) -> None:
    run = runs["several"]
    (change,) = read_course(run).changes
    assert change == (700, 800, ["few", "rare"], True)
    births = mean(run, "births_per_capita", 8, 11) / mean(run, "births_per_capita", 2, 7)
    assert answer_ecology(read_course(run)).startswith(
        f"In the 300 ticks after the change is complete, at tick 800, births per agent and tick {describe_ratio(births)} and "
    )


def test_those_who_want_nothing_are_described_by_what_they_get(runs: dict[str, RunFile]) -> None:
    run = runs["heuristics"]
    said = answer_ecology(read_course(run))
    sweet = mean(run, "felt.sweet", 7, 10) / mean(run, "felt.sweet", 2, 7)
    assert f"agents, who want nothing, get {format_times(sweet)} as much sweet and " in said
    assert "weight" not in said


# ---------------------------------------------------------------- what it draws


def test_births_and_what_agents_get_are_drawn_as_multiples_of_before_the_change(runs: dict[str, RunFile]) -> None:
    run = runs["changed"]
    axes = panel(figure_of(run), HERO)
    lived = read_course(run).lived
    assert (lived[:10] >= least_agent_ticks(read_course(run))).all()  # so each of these intervals is a point of its own
    for label, name in (("births", "births_per_capita"), ("what they get", "mesa_utility_frozen_per_capita")):
        drawn = line(axes, label)
        np.testing.assert_allclose(drawn[:10, 0], np.arange(10) * 100 + 50)
        expected = column(run, name)[:10] / mean(run, name, 2, 7)
        np.testing.assert_allclose(drawn[:10, 1], np.maximum(expected, axes.get_ylim()[0]))
        assert f"{label} {format_ratio(pool_rate(read_course(run), name).values[-1] / mean(run, name, 2, 7))}" in words(
            axes
        )


def test_the_change_is_marked_on_every_panel_and_the_environments_are_named(runs: dict[str, RunFile]) -> None:
    figure = figure_of(runs["changed"])
    for axes in figure.axes:
        marks = [each for each in axes.get_lines() if each.get_label() == "change"]
        assert [float(np.asarray(mark.get_xdata())[0]) for mark in marks] == [CHANGE]
    assert {"ancestral", "modern"} <= set(words(panel(figure, HERO)).split(" | "))


def test_a_slow_change_is_ground_that_grows_darker(runs: dict[str, RunFile]) -> None:
    axes = panel(figure_of(runs["slow"]), HERO)
    ground = next(each for each in axes.collections if each.get_label() == "ground")
    away = np.asarray(ground.get_array()).ravel()
    np.testing.assert_allclose(away, [*[0] * 8, 0.25, 0.5, 0.75, 1, 1, 1])
    assert to_hex(tuple(ground.to_rgba(np.array([1.0]))[0])) == palette.CHANGED


def test_weights_are_drawn_as_in_the_table_with_nine_tenths_of_the_living(runs: dict[str, RunFile]) -> None:
    for name in ("changed", "mixed", "first"):
        axes = panel(figure_of(runs[name]), "What they want")
        for feature in ("sweet", "company", "child"):
            frame = runs[name].frame("generations")  # of planners: weights of heuristics are silent
            mean, low, high = (frame[f"{column}.{feature}"] for column in ("wanted", "wanted_q05", "wanted_q95"))
            np.testing.assert_allclose(line(axes, feature), np.transpose([frame["tick"], mean]))
            if len(mean) > 1:
                np.testing.assert_allclose(edges(axes, f"90% {feature}"), np.transpose([frame["tick"], low, high]))
            assert f"{feature} {signed_number(mean[-1])}" in words(axes)
            everybody = runs[name].frame("loci", f"locus = 'objective.{feature}'")["mean"]
            assert np.allclose(mean, everybody) == (name != "mixed")


def test_weights_times_a_drive_are_drawn_where_they_are_not_tiny(runs: dict[str, RunFile]) -> None:
    axes = panel(figure_of(runs["changed"]), "What they want")
    drawn = [str(each.get_label()) for each in axes.get_lines() if "." in str(each.get_label())]
    for feature in ("sweet", "company", "child"):
        means = runs["changed"].frame("loci", f"locus = 'objective.{feature}.hunger'")["mean"]
        assert (f"{feature}.hunger" in drawn) == (np.abs(means).max() >= 0.1)


def test_the_weights_of_a_dying_handful_are_not_drawn(runs: dict[str, RunFile]) -> None:
    run = runs["given"]
    assert column(run, "population")[-1] == 0
    assert "What they want" not in titles(figure_of(run))  # they are given, and don't evolve
    course = read_course(runs["extinct"])
    handful = course._replace(frame=course.frame | {"population": np.array([85, 42, 33, 25, 19, 1, 1, 0])})
    assert select_populated(handful, handful.loci["objective.child"]).tolist() == [0, 1, 2, 3, 4]


def test_selection_on_the_weight_of_a_child_is_that_of_the_cohorts_pooled_over_a_lifespan(
    runs: dict[str, RunFile],
) -> None:
    run = runs["changed"]
    frame = run.frame("selection", "locus = 'objective.child' and members >= 2")
    axes = panel(figure_of(run), "Selection on the weight of child")
    drawn = line(axes, "child")
    assert len(drawn) >= 5
    for tick, value in drawn:
        near = np.abs((frame["generation"] + 0.5) * 100 - tick) <= 250
        members = frame["members"][near]
        children = (members * frame["children_mean"][near]).sum()
        spread = np.sqrt((members * frame["std"][near] ** 2).sum() / members.sum())
        assert value == pytest.approx((members * frame["covariance"][near]).sum() / children / spread)


def test_living_deaths_and_contraception_are_drawn_as_measured(runs: dict[str, RunFile]) -> None:
    run = runs["changed"]
    figure = figure_of(run)
    living = line(panel(figure, "How many live"), "living")
    np.testing.assert_array_equal(living[:, 1], [100, *column(run, "population")])
    np.testing.assert_array_equal(living[:, 0], np.arange(INTERVALS + 1) * 100)
    deaths = panel(figure, "Births and deaths")
    floor = np.zeros(10)
    for cause in ("hunger", "age", "accident"):
        band = edges(deaths, cause)[:10]
        np.testing.assert_allclose(band[:, 1], floor, atol=1e-9)
        floor = floor + 1000 * column(run, f"deaths_{cause}_per_capita")[:10]
        np.testing.assert_allclose(band[:, 2], floor, atol=1e-9)
    np.testing.assert_allclose(floor, 1000 * column(run, "deaths_per_capita")[:10])
    assert "culled" not in words(deaths)
    np.testing.assert_allclose(line(deaths, "births")[:10, 1], 1000 * column(run, "births_per_capita")[:10])
    share = line(panel(figure, "Contraception"), "contraception")
    np.testing.assert_allclose(share[:10, 1], column(run, "contraception_share")[:10])


def test_what_nobody_has_gets_no_panel(runs: dict[str, RunFile]) -> None:
    assert "Contraception" not in titles(figure_of(runs["still"]))
    heuristics = figure_of(runs["heuristics"])
    assert titles(heuristics)[:1] == ["What evolution counts, and what they meet with"]
    assert not {"What they want", "Selection on the weight of child"} & set(titles(heuristics))
    axes = heuristics.axes[0]
    for feature in ("sweet", "company"):
        expected = column(runs["heuristics"], f"felt.{feature}")[:9]
        expected = expected / mean(runs["heuristics"], f"felt.{feature}", 2, 7)
        np.testing.assert_allclose(line(axes, feature)[:9, 1], expected)
    assert [each.get_label() for each in figure_of(runs["given"]).axes[0].get_lines()].count("by own weights") == 0


def test_the_last_few_alive_do_not_stretch_the_axis(runs: dict[str, RunFile]) -> None:
    course = read_course(runs["changed"])
    rate = course.rate("births_per_capita").copy()
    lived = course.lived.copy()
    rate[-1], lived[-1] = 1.0, 2.0  # two agents of whom each has a child a tick
    wild = course._replace(frame=course.frame | {"births_per_capita": rate}, lived=lived)
    assert pool_rate(wild, "births_per_capita").values.max() < 0.02


# ---------------------------------------------------------------- what it is made of


def test_intervals_are_pooled_until_there_are_enough_lives_and_never_across_a_change() -> None:
    def groups(weights: list[float], breaks: list[int]) -> list[list[int]]:
        return [group.tolist() for group in pool_rows(np.array(weights), breaks, 10)]

    assert groups([10, 10, 10], []) == [[0], [1], [2]]
    assert groups([5, 5, 9, 1, 3], []) == [[0, 1], [2, 3, 4]]
    assert groups([3, 3, 20], [2]) == [[0, 1], [2]]
    assert groups([3], []) == [[0]]


def test_agent_ticks_are_what_counts_were_divided_by(runs: dict[str, RunFile]) -> None:
    for name in ("changed", "extinct"):
        frame = runs[name].frame("generations")
        lived = agent_ticks(frame, 100)
        for what in ("births", "deaths"):
            np.testing.assert_allclose(frame[f"{what}_per_capita"] * lived, frame[what], atol=1e-9)
    quiet = {
        "births": np.array([0]), "deaths": np.array([0]), "population": np.array([3]),
        "births_per_capita": np.array([0.0]), "deaths_per_capita": np.array([0.0]),
    }  # fmt: skip
    assert agent_ticks(quiet, 100).tolist() == [300]


def test_what_is_empty_has_no_part_in_a_mean() -> None:
    assert weighted_mean(np.array([1.0, np.nan, 4.0]), np.array([2.0, 5.0, 1.0])) == 2
    assert np.isnan(weighted_mean(np.array([np.nan]), np.array([1.0])))


def test_phases_that_follow_closely_are_one_change_and_others_are_not(runs: dict[str, RunFile]) -> None:
    scenario = runs["slow"].scenario
    assert changes_of(scenario, 1400) == [(700, 1100, ["modern"], True)]
    assert changes_of(scenario, 700) == []
    assert [change.is_real for change in changes_of(runs["unchanged"].scenario, 1400)] == [False]
    there = ((0, "ancestral"), (300, "modern"), (900, "ancestral"))
    phases = ", ".join(f'{{from={at},environment="{to}"}}' for at, to in there)
    scenario = load_scenario("contraception", [*SMALL, f"evolution.schedule=[{phases}]"])
    assert [(change.start, change.names) for change in changes_of(scenario, 1400)] == [
        (300, ["modern"]), (900, ["ancestral"]),
    ]  # fmt: skip


def test_points_are_split_where_a_change_begins_and_where_it_is_complete(runs: dict[str, RunFile]) -> None:
    assert change_breaks(read_course(runs["slow"])) == [7, 11]
    assert change_breaks(read_course(runs["still"])) == []


def test_selection_is_how_many_more_children_go_with_one_sd_more() -> None:
    weights = np.array([0.0, 1.0, 2.0, 3.0])
    children = np.array([1.0, 2.0, 3.0, 4.0])
    cohort = {
        "generation": np.array([0]), "members": np.array([4]), "children_mean": np.array([children.mean()]),
        "std": np.array([weights.std()]), "covariance": np.array([np.cov(weights, children, bias=True)[0, 1]]),
    }  # fmt: skip
    course = Course(*[None] * 8)._replace(interval=100)  # type: ignore[arg-type]
    found = selection_intensities(course, cohort, 0)
    slope = np.polyfit(weights, children, 1)[0]
    assert found.values.tolist() == [pytest.approx(slope * weights.std() / children.mean())]
    assert found.ticks.tolist() == [50]


def test_multiples_and_weights_are_written_so_that_they_can_be_read() -> None:
    assert [format_ratio(value) for value in (0, 0.123, 1, 3.14, 12.3)] == ["×0", "×0.12", "×1.00", "×3.1", "×12"]
    assert [signed_number(value) for value in (-0.001, 0.25, -0.25)] == ["0.00", "+0.25", "−0.25"]
    assert [signed_number(value, 3) for value in (-0.0004, 0.0, 0.0006)] == ["0.000", "0.000", "+0.001"]
    assert [format_signed_percent(value) for value in (0, 0.2, -0.15)] == ["0%", "+20%", "−15%"]
    assert [describe_ratio(ratio) for ratio in (0.25, 1.001, 2)] == ["fall by 75%", "stay as they are", "rise by 100%"]


# ---------------------------------------------------------------- legible, whatever the run


@pytest.mark.parametrize("name", RUNS)
def test_all_words_are_on_the_page_and_none_is_under_another(runs: dict[str, RunFile], name: str) -> None:
    check_legible(figure_of(runs[name]))


def test_no_two_lines_of_an_ecology_look_alike() -> None:
    lines = [palette.COUNTED, palette.GOT, palette.CHILD, *palette.WANTS]
    assert len({line.colour for line in lines}) == len(lines)
    assert len({line.dashes for line in palette.WANTS}) == len(palette.WANTS)
    assert len({(area.colour, area.hatch) for area in palette.DEATH_STYLES.values()}) == len(palette.DEATH_STYLES)


# ---------------------------------------------------------------- the file


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_a_run_makes_the_same_bytes_each_time(runs: dict[str, RunFile], tmp_path: Path, suffix: str) -> None:
    first = save_figure(runs["extinct"], tmp_path / f"first.{suffix}")
    assert first.read_bytes() == save_figure(runs["extinct"], tmp_path / f"second.{suffix}").read_bytes()


def test_a_run_of_nothing_yet_says_so(tmp_path: Path) -> None:
    with (
        RunFile.create(tmp_path / "new.evosim", load_scenario("contraception", SMALL), seed=1) as run,
        pytest.raises(ValueError, match="nothing is stored yet"),
    ):
        save_figure(run, tmp_path / "new.png")
    assert not (tmp_path / "new.png").exists()


def test_intervals_that_are_missing_are_reported(runs: dict[str, RunFile], monkeypatch: pytest.MonkeyPatch) -> None:
    run = runs["changed"]
    whole = run.frame("generations")
    monkeypatch.setattr(run, "frame", lambda *_: {name: values[1:] for name, values in whole.items()})
    with pytest.raises(RunFileError, match="its intervals are not consecutive"):
        read_course(run)


def test_a_run_that_goes_on_is_drawn_up_to_one_interval(
    runs: dict[str, RunFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = runs["changed"]
    earlier = run.summary()._replace(done=9)
    monkeypatch.setattr(run, "summary", lambda: earlier)
    course = read_course(run)
    assert course.last == 900
    assert len(course.loci["objective.child"]["generation"]) == 9
    assert (course.selection["objective.child"]["closed"] <= 8).all()
