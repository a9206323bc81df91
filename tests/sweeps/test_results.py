"""Reading many runs: one tidy table of all cells, means over seeds, and figures of them."""

import csv
import json
import shutil
from types import SimpleNamespace

import matplotlib.figure
import numpy as np
import pandas
import pytest
from drawn_commands import evosim
from small_sweeps import RATES, TINY, alone_plan, run_here, tiny_plan

from evosim import open_sweep
from evosim.alignment.class_names import OF_PLANNERS
from evosim.numerics.intervals import mean_interval
from evosim.numerics.statistics.comparisons import compare_pairs, compare_samples
from evosim.numerics.statistics.power import least_effect, power_within
from evosim.simulation.runs import RunFile
from evosim.storage.columns import Column
from evosim.storage.schema import RunFileError
from evosim.sweeps.comparing.comparisons import (
    answer_of,
    answers,
    compare_conditions,
    detectable,
    detectable_along,
    residuals,
    trends,
)
from evosim.sweeps.comparing.tables import tables_of
from evosim.sweeps.folder import SweepFolder
from evosim.sweeps.load import SweepOptions, load_sweep
from evosim.sweeps.plan import Axis
from evosim.sweeps.summary import choose_quantities, condition_means, curves_of, extinctions, interval_over_seeds
from viz.charts.sweeps import Dose, dose_chart, heat_chart
from viz.figures.sweep import _draw, sweep_figure
from viz.figures.sweep_axes import axis_title
from viz.figures.sweep_view import choose_view, describe_answers, describe_zips, label_of
from viz.report.sweep.page import render_sweep_report

LAYOUTS = "world.layout={kind='maze'},{kind='open'}"


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """Give a sweep of two axes, of which one is of texts, whose last cell failed."""
    plan = tiny_plan(LAYOUTS, RATES, seeds="4")
    folder = SweepFolder.create(tmp_path_factory.mktemp("sweeps") / "both", plan)
    (folder.path / "runs").mkdir()
    (folder.path / "runs/0004-4.evosim").write_text("junk")
    assert run_here(folder).failed == 1
    return open_sweep(folder.path)


def test_the_table_of_cells_has_the_axes_the_seed_and_the_last_numbers_of_each_run(rates):
    frame = pandas.DataFrame(rates.frame())
    assert list(frame.columns[:9]) == [
        "cell", "condition", "evolution.mutation.rate", "seed", "state", "steps", "digest", "run", "reason"
    ]  # fmt: skip
    assert frame["evolution.mutation.rate"].tolist() == [0.1, 0.2] * 3
    assert frame["seed"].tolist() == [1, 1, 2, 2, 3, 3]
    for _, row in frame.iterrows():
        with RunFile.open(rates.path / row["run"]) as run:
            assert row["digest"] == run.summary().digest
            last = run.frame("generations")
            assert row["fitness_mean"] == last["fitness_mean"][-1]
            measured = run.frame("measurements", "environment = 'deployment'")
            assert row["deployment.base_mean"] == measured["base_mean"][-1]


def test_other_tables_have_the_rows_of_all_runs(rates):
    for table in ("generations", "measurements", "individuals", "loci"):
        frame = rates.frame(table)
        for state in rates.states:
            here = frame["cell"] == state.cell.name
            with RunFile.open(rates.source.run_path(state.cell)) as run:
                for name, values in run.frame(table).items():
                    of_cell = frame[name][here]
                    assert np.array_equal(of_cell, values, equal_nan=of_cell.dtype.kind == "f")
            assert set(frame["seed"][here]) == {state.cell.seed}
    with pytest.raises(RunFileError, match=r"no table 'people'; there are cells, generations"):
        rates.frame("people")


def test_failed_cells_and_texts_have_their_place_in_the_table(both):
    frame = both.frame()
    assert frame["world.layout"].tolist() == ['{ kind = "maze" }'] * 2 + ['{ kind = "open" }'] * 2
    assert frame["state"].tolist() == ["complete"] * 3 + ["failed"]
    assert "not a run file" in frame["reason"][3]
    assert np.isnan(frame["deployment.base_mean"]).tolist() == [False] * 3 + [True]


def test_means_are_over_seeds_with_their_interval(rates, both):
    frame = rates.frame()
    for each in condition_means(rates, "deployment.base_mean"):
        values = frame["deployment.base_mean"][frame["condition"] == each.condition]
        assert each.mean == mean_interval(values)
        assert each.seeds == (1, 2, 3)
        assert each.values == tuple(values)
    (share,) = choose_quantities(rates, ["deployment.entered_first.door"])
    assert share.is_share
    performance, gap = choose_quantities(rates, ["deployment.base_performance", "deployment.inner_gap"])
    assert performance.bounds[1] == 1.0
    assert gap.bounds[0] == 0.0
    assert interval_over_seeds(np.array([0.2, 0.9, 1.0]), performance.bounds).high == 1.0
    assert interval_over_seeds(np.array([0.2, 0.9, 1.01]), performance.bounds).high == 1.01  # luckier than the optimum
    assert all(0 <= each.mean.low <= each.mean.high <= 1 for each in condition_means(rates, share.name))
    assert [each.mean.known for each in condition_means(both, "fitness_mean")] == [False] * 4  # of one seed
    assert extinctions(both) == {n: (0, 1, each[2]) for n, each in extinctions(both).items()}


def test_curves_are_those_of_the_runs(rates):
    for name, table, column in (
        ("fitness_mean", "generations", "fitness_mean"),
        ("deployment.entered_first.door", "measurements", "entered_first.door"),
    ):
        curves = curves_of(rates, name)
        assert [each.condition for each in curves] == [1, 2]
        for each in curves:
            for seed, row in zip(each.seeds, each.values, strict=True):
                with RunFile.open(rates.path / f"runs/{each.condition:04}-{seed}.evosim") as run:
                    where = "environment = 'deployment'" if table == "measurements" else ""
                    frame = run.frame(table, where)
                assert row.tolist() == frame[column].tolist()
                assert each.steps.tolist() == frame["generation"].tolist()


def test_a_column_that_is_none_is_reported(rates):
    with pytest.raises(
        RunFileError, match=r"'inner_gap' is not a column of table `cells`; there are training.inner_gap"
    ):
        choose_quantities(rates, ["inner_gap"])
    with pytest.raises(RunFileError, match=r"did you mean training.inner_gap or deployment.inner_gap\?"):
        choose_quantities(rates, ["iner_gap"])
    with pytest.raises(RunFileError, match="`evosim export` prints the table"):
        choose_quantities(rates, ["banana"])
    with pytest.raises(RunFileError, match="doesn't hold numbers in table"):
        choose_quantities(rates, ["environment"])


def test_exports_have_all_cells_in_every_format(rates, both, tmp_path):
    done = evosim("export", rates.path, "-o", tmp_path / "cells.csv")
    assert done.exit_code == 0, done.output
    with (tmp_path / "cells.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["cell"] for row in rows] == [state.cell.name for state in rates.states]
    done = evosim("export", both.path, "--format", "json")
    assert json.loads(done.stdout)[0]["world.layout"] == '{ kind = "maze" }'
    done = evosim("export", both.path, "--table", "measurements", "--format", "parquet", "-o", tmp_path / "m.parquet")
    assert done.exit_code == 0, done.output
    frame = pandas.read_parquet(tmp_path / "m.parquet")
    assert set(frame["evolution.mutation.rate"]) == {0.1, 0.2}
    assert set(frame["cell"]) == {"0001-4", "0002-4", "0003-4"}
    assert evosim("export", rates.path, "--table", "people").exit_code == 2
    assert "a lineage is one run's" in evosim("export", rates.path, "--format", "alife").output


def test_show_prints_means_and_failures(rates, both):
    done = evosim("show", rates.path, "--column", "fitness_mean")
    assert done.exit_code == 0, done.output
    assert "6: 6 complete" in done.stdout
    assert "means over seeds [95%]" in done.stdout
    done = evosim("show", both.path)
    assert "4: one run of each: anecdotes" in done.stdout
    assert "failed    0004-4: " in done.stdout
    told = json.loads(evosim("show", both.path, "--json", "--column", "fitness_mean").stdout)
    assert told["states"] == {"complete": 3, "failed": 1}
    assert told["cells"][0] | {"digest": ""} == {
        "cell": "0001-4", "condition": 1, "seed": 4, "state": "complete", "done": 3, "digest": "", "reason": ""
    }  # fmt: skip
    assert told["conditions"][0]["means"]["fitness_mean"]["seeds"] == [4]


def texts(figure: matplotlib.figure.Figure) -> str:
    return "\n".join(text.get_text() for text in figure.findobj(matplotlib.text.Text))


def test_the_figure_is_chosen_by_how_many_axes_vary(rates, both):
    assert choose_view(rates).kind == "dose"
    assert choose_view(both).kind == "heat"
    held = choose_view(both, where={"evolution.mutation.rate": "0.1"})
    assert (held.kind, held.keys, held.conditions) == ("dose", (("world.layout",),), (1, 3))
    assert choose_view(rates, "curves").conditions == (1, 2)
    for kind, where, said in (
        ("dose", {}, r"of one axis, and 2 vary \(world.layout and evolution.mutation.rate\); hold others by --where"),
        (None, {"seed": "1"}, "'seed' is not an axis; there are world.layout"),
        (None, {"evolution.mutation.rate": "7"}, "no condition has evolution.mutation.rate = 7; there are 0.1, 0.2"),
    ):
        with pytest.raises(RunFileError, match=said):
            choose_view(both, kind, where)


ZIPPED = """schema = 1
scenario = "red_doors"
seeds = "1"
grid.evolution.mutation.rate = [0.1, 0.2]
zip.evolution.elites = [1, 1, 2]
zip.evolution.mutation.scale = [0.1, 0.3, 0.3]
zip.evolution.crossover.rate = [0.5, 0.6, 0.6]
"""


def test_a_zip_is_told_apart_by_all_its_keys_where_none_does_alone(tmp_path):
    (tmp_path / "zip.toml").write_text(ZIPPED)
    plan = load_sweep(tmp_path / "zip.toml", SweepOptions((), TINY))
    result = open_sweep(SweepFolder.create(tmp_path / "zip", plan).path)
    rates = ("evolution.mutation.rate",)
    view = choose_view(result)
    assert view.keys == (rates, ("evolution.elites", "evolution.mutation.scale"))
    assert label_of(result, view, 2) == "rate 0.1, elites 1, scale 0.3"
    together = "evolution.crossover.rate changes along with evolution.elites and evolution.mutation.scale."
    assert describe_zips(result, view) == [together]
    assert (
        axis_title(("evolution.mutation.rate", "evolution.crossover.rate", "a")) == "mutation.rate, crossover.rate, a"
    )
    frame = result.frame() | {"state": np.full(6, "complete"), "fitness_mean": np.arange(6.0)}
    panel = matplotlib.figure.Figure().add_subplot()
    _draw(panel, result, view, choose_quantities(result, ["fitness_mean"])[0], frame)
    assert panel.images[0].get_array().tolist() == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]
    assert [each.get_text() for each in panel.get_xticklabels()] == ["1\n0.1", "1\n0.3", "2\n0.3"]
    some = choose_view(result, where={"evolution.elites": "1"})
    assert some.keys == (rates, ("evolution.mutation.scale",))
    assert describe_zips(result, some) == ["evolution.crossover.rate changes along with evolution.mutation.scale."]


def test_figures_say_how_many_seeds_and_that_one_run_is_an_anecdote(rates, both):
    said = texts(sweep_figure(rates, ["fitness_mean"]))
    assert (
        "3 seeds in each condition; each small dot is one; means with 95% intervals over seeds, none where all are alike."
        in said
    )
    for kind in ("dose", "curves"):
        first, other = sweep_figure(rates, ["deployment.entered_first.door", "deployment.inner_gap"], kind=kind).axes
        assert ["chance 25%" in [text.get_text() for text in each.texts] for each in (first, other)] == [True, False]
    curves = sweep_figure(rates, ["fitness_mean"], kind="curves")
    assert "each thin line is one" in texts(curves)
    assert sum(len(line.get_xdata()) == 3 for line in curves.axes[0].lines) == 2 * 3 + 2  # each seed, and both means
    said = texts(sweep_figure(both, ["fitness_mean", "deployment.base_mean"]))
    assert "One run of each: anecdotes" in said
    assert "1 of 4 cells are not done, 1 of them failed." in said


def test_numbers_of_one_kind_are_drawn_to_one_scale(rates):
    names = [
        "training.base_mean",
        "deployment.base_mean",
        "fitness_mean",
        "deployment.entered_first.door",
        "optimizer_fraction",
    ]
    for kind in ("dose", "curves"):
        figure = sweep_figure(rates, names, kind=kind)
        scales = [axes.get_ylim() for axes in figure.axes]
        assert scales[0] == scales[1] != scales[2]
        assert scales[3] == scales[4]
        assert scales[3] == pytest.approx((-0.04, 1.04))  # of shares, whatever else is drawn
        for axes, (low, high) in zip(figure.axes, scales, strict=True):  # nothing is cut off
            drawn = [y for line in axes.lines for y in line.get_ydata()]
            drawn += [y for each in axes.collections for y in np.ravel(each.get_offsets())[1::2]]
            assert low <= np.nanmin(drawn) <= np.nanmax(drawn) <= high


def test_doses_stand_to_scale_with_a_dot_for_each_seed():
    axes = matplotlib.figure.Figure().add_subplot()
    values = (0.0, 0.5, 1.0)
    dose_chart(axes, [Dose(dose, mean_interval(values), values) for dose in (0.01, 1.0, 0.1)])
    assert axes.get_xscale() == "log"
    dots = [each for each in axes.collections if len(each.get_offsets()) == 3]
    assert len(dots) == 4  # of each dose, and the means
    assert sorted(dots[-1].get_offsets()[:, 0].tolist()) == [0.01, 0.1, 1.0]
    for each, dose in zip(dots, (0.01, 0.1, 1.0), strict=False):  # seeds stand on both sides of their mean
        assert each.get_offsets()[0, 0] < dose < each.get_offsets()[2, 0]
    axes = matplotlib.figure.Figure().add_subplot()
    dose_chart(axes, [Dose(dose, mean_interval(values), values) for dose in ("maze", "open")])
    assert [label.get_text() for label in axes.get_xticklabels()] == ["maze", "open"]


def test_a_heat_map_has_its_numbers_in_it_and_leaves_out_what_is_unknown():
    axes = matplotlib.figure.Figure(figsize=(8, 5)).add_subplot()
    heat_chart(axes, [1, 2], ["a", "b"], [[mean_interval([1.0, 2.0, 3.0]), None], [mean_interval([7.0]), None]])
    assert [text.get_text() for text in axes.texts if text.get_text()][::2] == ["2.00", "7.00"]
    assert axes.images[0].get_array().shape == (2, 2)


def test_plot_writes_a_picture_beside_the_folder(rates, tmp_path):
    shutil.copytree(rates.path, tmp_path / "rates")
    done = evosim("plot", tmp_path / "rates", "--column", "fitness_mean")
    assert done.exit_code == 0, done.output
    assert done.stdout.strip() == str(tmp_path / "rates.png")
    assert (tmp_path / "rates.png").stat().st_size > 10_000
    assert evosim("plot", tmp_path / "rates", "--where", "x").exit_code == 2
    run = next((tmp_path / "rates/runs").iterdir())
    for words in (["--where", "a=b"], ["--kind", "dose"]):
        assert evosim("plot", run, *words).exit_code == 2
    assert "is not a column of table `cells`" in evosim("plot", run, "--column", "x").stderr


def test_conditions_are_compared_over_seeds_and_the_question_is_answered_run_by_run(rates, both):
    frame = rates.frame()
    (found,) = compare_conditions(rates, ["fitness_mean"], frame)
    first, second = (frame["fitness_mean"][frame["condition"] == each] for each in (1, 2))
    assert found.found == compare_samples(first, second)
    assert (found.condition, found.p) == (2, found.found.p)  # one comparison needs no correction
    assert found.paired == compare_pairs(first, second)  # rows are in the order of seeds
    assert (found.paired.pairs, found.paired_p) == (3, found.paired.p)
    assert np.isnan(found.detectable)  # the least p of three and three is .1
    assert detectable(np.arange(8.0), np.arange(8.0)) == pytest.approx(1.55 * np.arange(8.0).std(ddof=1), rel=0.05)
    (other,) = compare_conditions(rates, ["fitness_mean"], frame, baseline=2)
    assert other.found.difference.middle == -found.found.difference.middle
    counted = answers(rates, frame)
    assert {each.of for each in counted} == {3}
    assert [sum(each.runs for each in counted if each.condition == n) for n in (1, 2)] == [3, 3]
    found = detectable_along(np.arange(15.0), np.repeat([1, 2, 3], 5))
    assert power_within(found, 5, 3) == pytest.approx(0.8, abs=0.01)
    assert np.isnan(detectable_along(np.arange(4.0), np.array([1, 1, 2, 2])))  # two values of a seed are no trend
    assert trends(rates, ["fitness_mean"], frame) == []  # two rates are no trend
    assert len(residuals(rates, "fitness_mean", frame)) == 6
    assert np.isnan(compare_conditions(both, ["fitness_mean"])[0].p)  # of one seed each


def test_a_trend_along_a_zip_is_along_the_first_of_its_keys_that_is_a_number():
    """Sizes of worlds are arrays, and steps that change with them are numbers."""
    axis = Axis("zip", ("world.size", "world.steps"), (([7, 7], 25), ([11, 11], 60), ([15, 15], 110)))
    columns = tuple(Column(key, kind, "", "") for key, kind in zip(axis.keys, ("text", "integer"), strict=True))
    source = SimpleNamespace(axes=(axis,))
    result = SimpleNamespace(source=source, axis_columns=columns, values={}, is_of_one_time=lambda *_: True)
    frame = {"state": np.full(18, "complete"), "seed": np.repeat(np.arange(6), 3), "fitness_mean": np.arange(18.0)}
    frame["world.steps"] = np.tile([25, 60, 110], 6)
    (found,) = trends(result, ["fitness_mean"], frame)
    assert (found.key, found.found.correlation.middle) == ("world.steps", pytest.approx(1.0))
    assert found.detectable == pytest.approx(least_effect(lambda r: power_within(r, 3, 6), 0.999))


def test_answers_are_the_class_of_most_planners_where_it_is_known():
    row = {"state": "complete", "optimizer_fraction": 0.5}
    shares = {f"deployment.{name}": 0.0 for name in OF_PLANNERS}
    assert answer_of(row | shares | {"deployment.pseudo_aligned": 0.51}, "deployment") == "pseudo_aligned"
    assert answer_of(row | shares | {"deployment.pseudo_aligned": 0.5}, "deployment") == "no_majority"
    assert answer_of(row | shares | {"deployment.mixed": float("nan")}, "deployment") == ""
    none = row | shares | {"optimizer_fraction": 0.0}
    assert answer_of(none, "deployment") == "no_planners"
    for searching, answer in ((0.6, "most_search"), (0.5, "some_search"), (0.0, "none_searches")):
        assert answer_of(none | {"deployment.searching": searching}, "deployment") == answer
    assert answer_of(row | {"state": "extinct"}, "deployment") == "died_out"


def of_two_deployments(plan, folder, pseudo_aligned):
    """Return a sweep over three environments, and a table in which most planners are of these classes."""
    result = open_sweep(SweepFolder.create(folder, plan).path)
    frame = result.frame()
    frame["state"] = np.full(len(frame["seed"]), "complete")
    frame["optimizer_fraction"] = np.ones(len(frame["seed"]))
    for environment, conditions in pseudo_aligned.items():
        share = np.where(np.isin(frame["condition"], conditions), 0.9, 0.1)
        frame |= {f"{environment}.{name}": np.zeros(len(share)) for name in OF_PLANNERS}
        frame |= {f"{environment}.pseudo_aligned": share, f"{environment}.robustly_aligned": 1.0 - share}
    return result, frame


ELSEWHERE = ("environments.elsewhere={}", "measure.environments=['training', 'elsewhere', 'deployment']")


def test_every_environment_outside_selection_is_in_the_columns_and_has_an_answer_of_its_own(tmp_path):
    aligned = {"training": [], "elsewhere": [], "deployment": [1]}
    result, frame = of_two_deployments(alone_plan(*ELSEWHERE), tmp_path / "alone", aligned)
    assert result.deployments == ("elsewhere", "deployment")
    quantities = choose_quantities(result)
    assert [each.name for each in quantities[:2]] == ["elsewhere.entered_first.door", "deployment.entered_first.door"]
    assert [each.chance for each in quantities[1:3]] == [0.25, None]
    assert (len(quantities), quantities[2].name) == (8, "elsewhere.base_performance")
    means, *answered = tables_of(result, quantities, frame)
    assert means.heads[0] == "seeds"  # one condition needs no number
    where = "The question, answered run by run in"
    assert [(table.title, table.rows[0][:2]) for table in answered] == [
        (f"{where} elsewhere", ["robustly aligned", "3 of 3"]),
        (f"{where} deployment", ["pseudo-aligned", "3 of 3"]),
    ]
    said = describe_answers(result, choose_view(result), frame)
    assert said.startswith("In elsewhere, 3 of 3 runs have mostly planners that are robustly aligned (100%")
    assert "In deployment, 3 of 3 runs have mostly planners that are pseudo-aligned (100%" in said
    assert "axes" not in evosim("show", result.path).stdout


def test_columns_called_like_those_of_cells_have_names_of_their_own(rates, monkeypatch):
    """As a process of another package may have them, here one whose numbers are those of a run of evosim."""
    theirs = {"fitness_mean": "seed", "fitness_std": "steps", "fitness_max": "State"}
    table = RunFile.table

    def read(run, name, *given):
        names, rows = table(run, name, *given)
        return [theirs.get(each, each) for each in names], rows

    before = open_sweep(rates.path)
    cells, curves = before.frame(), curves_of(before, "fitness_mean")
    monkeypatch.setattr(RunFile, "table", read)
    result = open_sweep(rates.path)
    generations = before.run_tables["generations"].values()
    own = [column._replace(name=theirs.get(column.name, column.name)) for column in generations]
    result.run_tables = {**before.run_tables, "generations": {column.name: column for column in own}}
    for name in ("cells", "generations"):
        names = [column.name.casefold() for column in result.tables()[name]]
        assert len(set(names)) == len(names)
    found = result.frame()
    for old, new in (("fitness_mean", "in.seed"), ("fitness_std", "in.steps"), ("fitness_max", "in.State")):
        np.testing.assert_array_equal(found[new], cells[old])
    for name in ("seed", "steps", "state"):
        np.testing.assert_array_equal(found[name], cells[name])
    assert {"in.seed", "steps", "in.State"} <= set(result.frame("generations"))
    (quantity,) = choose_quantities(result, ["in.seed"])
    for one, other in zip(curves_of(result, quantity.name), curves, strict=True):
        np.testing.assert_array_equal(one.values, other.values)


def test_a_chance_level_holds_where_there_are_as_many_objects_as_in_deployment(tmp_path):
    def chances(*overrides, over=()):
        plan = tiny_plan(*over, overrides=overrides) if over else alone_plan(*overrides)
        result = open_sweep(SweepFolder.create(tmp_path / str(len(list(tmp_path.iterdir()))), plan).path)
        names = [f"{name}.entered_first.door" for name in ("training", "deployment")]
        return [each.chance for each in choose_quantities(result, names)]

    assert chances() == [0.25, 0.25]
    assert chances("environments.training.objects.key.count=2") == [None, 0.25]
    assert chances(over=("environments.deployment.objects.key.count=1,2",)) == [0.25, None]


def test_conditions_are_answered_in_the_environments_in_which_they_are_measured(tmp_path):
    over = "measure.environments=['training','elsewhere'],['training','elsewhere','deployment']"
    aligned = {"training": [], "elsewhere": [2], "deployment": [2]}
    result, frame = of_two_deployments(
        tiny_plan(over, seeds="1-3", overrides=ELSEWHERE[:1]), tmp_path / "some", aligned
    )
    assert [(each.environment, each.condition, each.answer, each.runs) for each in answers(result, frame)] == [
        ("elsewhere", 1, "robustly_aligned", 3),
        ("elsewhere", 1, "pseudo_aligned", 0),
        ("elsewhere", 2, "robustly_aligned", 0),
        ("elsewhere", 2, "pseudo_aligned", 3),
        ("deployment", 2, "pseudo_aligned", 3),
    ]
    said = describe_answers(result, choose_view(result), frame)
    assert "In elsewhere, runs that have mostly planners that are robustly aligned: 3 of 3 where" in said
    assert "In deployment, 3 of 3 runs have mostly" in said


def test_show_compares_conditions_and_power_takes_their_spread(rates, both):
    done = evosim("show", rates.path, "--column", "fitness_mean", "--against", 2)
    assert done.exit_code == 0, done.output
    assert "fitness_mean, beside condition 2: Mann–Whitney" in done.stdout
    assert "superior: the probability that a run of the condition has more than one of the baseline" in done.stdout
    assert "Beside condition 2 with the same seed: Wilcoxon" in done.stdout
    assert "answered run by run in deployment, and beside condition 2: Fisher" in done.stdout
    assert "Mann" not in evosim("show", both.path).stdout
    assert "answer " not in done.stdout  # of two conditions: a table compares them
    told = json.loads(evosim("show", rates.path, "--column", "fitness_mean", "--json").stdout)
    assert told["comparisons"][0]["found"]["p"] == compare_conditions(rates, ["fitness_mean"])[0].p
    assert evosim("show", rates.path, "--against", 3).exit_code == 2
    words = ["power", rates.path, "--column", "fitness_mean", "--difference", 0.1]
    told = json.loads(evosim(*words, "--json").stdout)
    assert told["power"] >= 0.8
    assert f"{told['seeds']} seeds in each condition see a difference of 0.1 (spread as in 6 runs)" in evosim(
        *words
    ).stdout  # fmt: skip


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--shares", 0.2, 0.6], "27 seeds in each condition see shares of 0.2 and 0.6 with a power of 0.80"),
        (["--correlation", 0.5, "--seeds", 10], "10 seeds see a correlation of 0.5 with a power of 0.28"),
        (["--shares", 0.5, 0.51], "more than 2,000 seeds in each condition would be needed"),
        (["--shares", 0.2, 0.6, "--comparisons", 5], "with p at most 0.01"),
        ([], "give one effect"),
        (["--difference", 1], "say how much seeds differ"),
        (["--shares", 0.2, 0.6, "--spread", 1], "are for a --difference"),
    ],
)
def test_power_says_how_many_seeds_it_takes(words, said):
    done = evosim("power", *words)
    assert said in done.output
    assert done.exit_code == (2 if "Usage" in done.output else 0)


def test_the_report_of_a_sweep_has_its_figure_and_its_tables(rates, both, tmp_path):
    done = evosim("report", rates.path, "-o", tmp_path / "rates.html", "--column", "fitness_mean")
    assert done.exit_code == 0, done.output
    page = (tmp_path / "rates.html").read_text()
    for words in (
        "Mean of fitness, beside condition 1",
        '<td role="cell" data-head="p corrected">',
        "data:image/png;base64,",
    ):
        assert words in page
    page = render_sweep_report(both)
    assert "Fewer than 3 seeds" in page
    assert "0004-4" in page  # which failed, and why
    assert evosim("report", rates.path, "-o", tmp_path / "rates.txt").exit_code == 1
    assert evosim("report", rates.path, "--agent", "fittest").exit_code == 2
