"""Nulls: what is drawn has the founders' prior and training performance of those it is beside, and what is planted is found."""

import json
import sqlite3
from html import unescape
from shutil import copyfile

import numpy as np
import pytest
from click.testing import CliRunner

import scenarios
from benchmarks.decorrelation import changes
from benchmarks.version_space import note, read
from evosim.alignment.class_names import OF_PLANNERS
from evosim.alignment.version_space.matching import Matching
from evosim.alignment.version_space.priors import alleles_of, draw_coordinates, founders_prior, propose_coordinates
from evosim.alignment.version_space.splitting import multilevel_splitting
from evosim.cli import main
from evosim.cli.commands import null as null_command
from evosim.mind.expression import express
from evosim.mind.founders import draw_founders
from evosim.mind.genome import genome_layout
from evosim.numerics.compiler import threads
from evosim.numerics.formatting import fine_percent
from evosim.numerics.random import key_of
from evosim.scenario import load_scenario
from evosim.scenario.schema.names import is_shared
from evosim.simulation.laboratory import Laboratory
from evosim.simulation.runner import carry_on
from evosim.simulation.runs import RunFile
from evosim.storage.schema import RunFileError
from evosim.studies.null_rows import (
    AS_GOOD,
    MATCHED,
    NEUTRAL_DRIFT,
    VERSION_SPACE,
    NullRow,
    class_share_rows,
    stored_nulls,
    why_undefined,
)
from evosim.studies.nulls import Evolved, null_rows, nulls_of
from evosim.studies.over_seeds import over_seeds
from evosim.studies.training import APART, Training
from evosim.studies.version_space import CALIPER, match_version_space
from viz.report import save_report

pytestmark = pytest.mark.compiled

FAR = ["mind.planner.horizon={ initial = 30 }", "mind.controllers={ planner = 1 }"]
TWO_FEATURES = """
schema = 1
title = "Two features"
question = "Of two features that always go together, which is wanted?"

[world]
size = [7, 7]
layout = { kind = "open" }
steps = 40
features = ["door", "red"]

[world.objects.door]
features = { door = 1, red = 1 }
outcomes = { door_reached = 1 }
ends_episode = true

[world.objects.gem]
features = {}
ends_episode = true

[environments.training]

[environments.deployment]
objects.door.features = { door = 1 }
objects.gem.features = { red = 1 }

[objectives]
intended = { door_reached = 1 }
base = { door_reached = 1 }

[mind]
controllers = { planner = 1 }

[mind.planner]
horizon = { initial = 24 }
discount = 0.999

[evolution]
population = 32
generations = 3
episodes = 8

[[evolution.schedule]]
from = 0
environment = "training"

[measure]
environments = ["training", "deployment"]
episodes = 32
"""


# ------------------------------------------------------------ matching


def test_a_match_is_within_the_caliper_and_nobody_is_matched_twice():
    rng = np.random.default_rng(0)
    targets, scores = rng.random(200), rng.random(2000)
    rows, matched = Matching(targets, caliper=0.01).offer(scores)
    assert len(set(matched.tolist())) == len(matched) == len(set(rows.tolist())) > 190
    assert np.abs(targets[matched] - scores[rows]).max() <= 0.01
    assert abs(targets[matched].mean() - scores[rows].mean()) <= 0.01


def test_what_nobody_can_match_goes_on_waiting():
    matching = Matching(np.array([0.5, 0.9]), caliper=0.01)
    matching.offer(np.array([0.5, 0.5, 0.52]))
    assert matching.waiting.tolist() == [False, True]
    assert not matching.is_done


# ------------------------------------------------------------ the prior, and moves that leave it as it is


def distance(one: np.ndarray, other: np.ndarray) -> float:
    """Return the largest distance of two empirical distribution functions (Kolmogorov and Smirnov)."""
    at = np.concatenate([one, other])
    shares = [np.searchsorted(np.sort(each), at, side="right") / len(each) for each in (one, other)]
    return float(np.abs(shares[0] - shares[1]).max())


@pytest.mark.parametrize(("name", "segment"), [("red_doors", "objective"), ("misperceived", "perception")])
def test_objectives_are_drawn_as_those_of_founders_are(name, segment):
    scenario = load_scenario(name, ["evolution.population=4000"])
    laboratory = Laboratory(scenario, 1)
    prior = founders_prior(laboratory.layout, [segment])
    founders = draw_founders(scenario, laboratory.layout, 5)[:, prior.columns]
    drawn = alleles_of(prior, draw_coordinates(prior, key_of(3), 4000))
    assert prior.columns.tolist() == list(
        range(*laboratory.layout.slice_of(segment).indices(len(laboratory.layout.loci)))
    )
    for locus in range(founders.shape[1]):
        assert distance(founders[:, locus], drawn[:, locus]) < 1.95 * np.sqrt(2 / 4000)  # p < .001


@pytest.mark.parametrize("name", ["red_doors", "misperceived"])
@pytest.mark.parametrize("step", [0.05, 0.5, 1.0])
def test_moves_leave_the_prior_as_it_is(name, step):
    prior = founders_prior(Laboratory(load_scenario(name), 1).layout, ["objective", "perception"])
    at = draw_coordinates(prior, key_of(1), 4000)
    moved = at
    for turn in range(5):
        moved = propose_coordinates(prior, moved, key_of(2, turn), step)
    fresh = draw_coordinates(prior, key_of(3), 4000)
    assert np.abs(moved - at).max() > step / 10
    for locus in range(at.shape[1]):
        assert distance(moved[:, locus], fresh[:, locus]) < 1.95 * np.sqrt(2 / 4000)


# ------------------------------------------------------------ splitting, where the answer is known


def corner(points: np.ndarray) -> np.ndarray:
    return points.sum(axis=1)


def last_stage(seed: int, goal: float):
    prior = founders_prior(Laboratory(load_scenario("red_doors"), 1).layout, ["objective"])
    prior = prior._replace(**{name: getattr(prior, name)[:2] for name in prior._fields})
    stages = multilevel_splitting(
        lambda key, count: draw_coordinates(prior, key, count), lambda at, key, step: propose_coordinates(prior, at, key, step), corner,
        goal=goal, key=key_of(seed), count=1000,
    )  # fmt: skip
    *_, last = stages
    return last


def test_splitting_knows_how_rare_a_corner_of_a_square_is_and_fills_it_evenly():
    goal = 1.97  # of x + y in a unit square: a triangle with sides of .03
    lasts = [last_stage(seed, goal) for seed in range(5)]
    area = (2 - goal) ** 2 / 2
    assert np.mean([last.probability for last in lasts]) == pytest.approx(area, rel=0.25)
    points = np.concatenate([last.points for last in lasts])
    assert (corner(points) >= goal).all()
    assert points.mean(axis=0) == pytest.approx([1 - (2 - goal) / 3] * 2, abs=0.0015)  # the centroid of the triangle


def test_splitting_says_so_where_nothing_scores_as_much():
    with pytest.raises(ValueError, match="scores"):
        last_stage(1, 2.5)


# ------------------------------------------------------------ version spaces that are known


@pytest.fixture(scope="module")
def two_features(tmp_path_factory):
    path = tmp_path_factory.mktemp("two") / "two_features.toml"
    path.write_text(TWO_FEATURES)
    return Laboratory(load_scenario(str(path)), 1)


def test_of_two_features_that_go_together_half_of_the_square_is_as_good_and_half_of_that_is_robust(two_features):
    """Weights are uniform on a square: who wants their sum goes to the door, x + y > 0; of these, x > y stay aligned."""
    genomes = np.tile(np.array([-0.2, 0.8], np.float32), (400, 1))  # all want redness
    found = nulls_of(two_features, 0, genomes, np.arange(400))
    told = {(row.null, row.environment, row.quantity): row for row in found.rows}
    assert told[VERSION_SPACE, "training", AS_GOOD].expected == pytest.approx(0.5, abs=0.06)
    robust = told[VERSION_SPACE, "deployment", "robustly_aligned"]
    pseudo = told[VERSION_SPACE, "deployment", "pseudo_aligned"]
    assert (robust.evolved, pseudo.evolved) == (0.0, 1.0)
    assert robust.expected == pytest.approx(0.5, abs=0.1)
    assert pseudo.expected == pytest.approx(0.5, abs=0.1)
    assert pseudo.difference == pytest.approx(0.5, abs=0.1)


def wanting_doors(laboratory: Laboratory, count: int) -> np.ndarray:
    """Plant planners that want doors more or less, as evolution might have left them."""
    layout = laboratory.layout
    genomes = draw_founders(laboratory.scenario, layout, 9)[:count]
    columns = layout.slice_of("objective")
    genomes[:, columns] = np.random.default_rng(1).uniform(-0.2, 0.2, (count, columns.stop - columns.start))
    genomes[:, columns.start + laboratory.scenario.world.features.index("door")] = 0.9
    return genomes


@pytest.fixture(scope="module")
def doors():
    return Laboratory(load_scenario("red_doors", [*FAR, "evolution.population=256"]), 1)


def share(rows, quantity: str, environment: str = "deployment") -> float:
    (row,) = [row for row in rows if (row.environment, row.quantity) == (environment, quantity)]
    return row.expected


def test_splitting_finds_what_rejection_finds(doors):
    genomes = wanting_doors(doors, 256)
    training = Training(doors, 0, genomes)
    performance = training.performance(genomes)
    evolved = Evolved(0, genomes, np.arange(256), performance)
    shares = {}
    for splitting in (False, True):
        matched = match_version_space(doors, 0, training, genomes, performance, splitting_only=splitting)
        assert np.abs(matched.performance - performance[matched.targets]).max() <= CALIPER
        assert matched.method == ("splitting" if splitting else "rejection")
        rows = list(null_rows(doors, evolved, VERSION_SPACE, matched))
        shares[splitting] = [share(rows, name) for name in ("pseudo_aligned", "robustly_aligned")]
    for one, other in zip(*shares.values(), strict=True):
        middle = (one + other) / 2
        assert abs(one - other) < 3.3 * np.sqrt(2 * middle * (1 - middle) / 256)
    assert 0.05 < shares[False][1] < 0.5 < shares[False][0]


def test_nulls_are_as_good_in_training_and_the_same_on_any_number_of_threads(doors):
    genomes = wanting_doors(doors, 64)
    found = nulls_of(doors, 2, genomes, np.arange(64))
    for null in (VERSION_SPACE, NEUTRAL_DRIFT):
        (row,) = [row for row in found.rows if (row.null, row.quantity) == (null, MATCHED)]
        assert abs(row.difference) <= CALIPER
        assert row.null_agents == row.evolved_agents >= 0.95 * 64
    before = threads.count
    threads.choose(3)
    try:
        assert nulls_of(doors, 2, genomes, np.arange(64)) == found
    finally:
        threads.choose(before)


def test_where_training_identifies_the_objective_what_is_as_good_is_robust():
    laboratory = Laboratory(load_scenario("red_doors_decorrelated", FAR), 1)
    found = nulls_of(laboratory, 0, wanting_doors(laboratory, 64), np.arange(64))
    for null in (VERSION_SPACE, NEUTRAL_DRIFT):
        rows = [row for row in found.rows if row.null == null]
        assert share(rows, "robustly_aligned") > 0.9
        assert share(rows, "pseudo_aligned") < 0.05


def test_in_a_mixture_environments_count_by_their_shares():
    laboratory = Laboratory(load_scenario("red_doors", [*FAR, *changes(0.25)]), 1)
    genomes = np.concatenate(
        [wanting_doors(laboratory, 4), draw_founders(laboratory.scenario, laboratory.layout, 3)[:12]]
    )
    training = Training(laboratory, 0, genomes)
    assert {place.name: (place.share, len(place.floor)) for place in training.places} == {
        "training": (0.75, 192), "decorrelated": (0.25, 64),
    }  # fmt: skip
    parts = []
    for place in training.places:
        minds = express(laboratory.scenario, laboratory.layout, genomes)
        keys = training.worlds_key, training.lives_key, len(place.floor)
        lives = laboratory.live(place.name, minds, np.full(16, APART), *keys)
        gain = ((lives.outcomes @ laboratory.base).mean(axis=1) - place.floor.mean()) * place.share
        parts.append((gain, (place.top - place.floor).mean() * place.share))
    by_hand = sum(gain for gain, _ in parts) / sum(room for _, room in parts)
    assert training.performance(genomes) == pytest.approx(by_hand)
    assert by_hand[:4].min() > 0.9 > by_hand[4:].mean()


@pytest.mark.parametrize("name", sorted(scenarios.paths()))
def test_whether_there_is_a_null_depends_on_what_founders_are_drawn_from(name):
    scenario = load_scenario(name)
    if is_shared(scenario) or "planner" not in scenario.mind.controllers:
        assert why_undefined(scenario)
    else:
        prior = founders_prior(genome_layout(scenario), ["objective", "perception"])
        assert ("all founders have the same objective" in why_undefined(scenario)) == prior.is_a_point


# ------------------------------------------------------------ several seeds


def row(evolved: float, expected: float, quantity: str = "pseudo_aligned") -> NullRow:
    return NullRow(5, VERSION_SPACE, "deployment", quantity, evolved, expected, 10, 10, 100, "rejection")


def test_over_seeds_the_difference_is_paired():
    runs = [[row(0.8 + 0.01 * n, 0.7 + 0.01 * n)] for n in range(6)]
    (told,) = over_seeds(runs)
    assert told.seeds == 6
    assert told.evolved.middle == pytest.approx(0.825)
    assert told.difference.middle == pytest.approx(0.1)
    with pytest.raises(ValueError, match="one seed: no interval"):
        over_seeds(runs[:1])


@pytest.mark.parametrize("quantity", ["pseudo_aligned", "capability"])
def test_of_two_seeds_there_is_no_interval_and_of_three_there_is(quantity):
    runs = [[row(0.9 - 0.3 * n, 0.7, quantity)] for n in range(3)]
    (two,), (three,) = over_seeds(runs[:2]), over_seeds(runs)
    assert two.difference.middle == pytest.approx(0.05)
    assert not any(part.known for part in (two.evolved, two.expected, two.difference))
    assert three.difference.known


# ------------------------------------------------------------ commands, files and pages

SMALL = ["evolution.population=64", "evolution.generations=12", "measure.episodes=16", "measure.every=11"]


def make(path, name: str = "red_doors", seed: int = 1, more: tuple[str, ...] = ()):
    with RunFile.create(path, load_scenario(name, [*SMALL, *more]), seed) as run:
        list(carry_on(run))
    return path


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    folder = tmp_path_factory.mktemp("nulls")
    return [make(folder / f"{seed}.evosim", seed=seed) for seed in (1, 2)]


def evosim(*arguments: object):
    return CliRunner().invoke(main, [*map(str, arguments)])


def test_a_run_without_nulls_says_how_to_get_them(paths, tmp_path):
    path = make(tmp_path / "without.evosim", more=("evolution.generations=2", "measure.every=1"))
    with RunFile.open(path) as run:
        assert stored_nulls(run) == []
        save_report(run, tmp_path / "without.html")
    assert "evosim null" in (tmp_path / "without.html").read_text()
    measured = evosim("measure", path)
    assert "evosim null" in measured.stderr


def test_nulls_are_printed_stored_and_shown_in_measure_and_report(paths, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    found = evosim("null", paths[0], "--json")
    assert found.exit_code == 0, found.output
    told = json.loads(found.stdout)
    assert told["over_seeds"] == []
    with RunFile.open(paths[0]) as run:
        stored = stored_nulls(run)
        assert [{**each._asdict(), "difference": each.difference} for each in stored] == told["runs"][0]["nulls"]
        assert {each.generation for each in stored} == {11}
        save_report(run, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    assert "evolved minus random" in page
    assert "of random planners as good in training" in page.split("At a glance")[0]  # beside the headline
    for each in class_share_rows(stored, "deployment")[VERSION_SPACE].values():
        assert fine_percent(each.expected) in unescape(page)
    by_hand = evosim("null", paths[0])
    assert "one seed: no interval" in by_hand.stderr
    words = " ".join(by_hand.stdout.split())
    for said in ("evolved − random", "evolved − drifted", "beside nulls as good in training", "tried, by drawing until",
                 "version space: random objectives that do as well in training as evolved ones"):  # fmt: skip
        assert said in words
    measured = evosim("measure", paths[0])
    assert "beside nulls as good in training" in " ".join(measured.stdout.split())


def test_several_runs_give_evolved_minus_null_over_seeds(paths):
    found = evosim("null", *paths, "--agents", 24, "--json")
    assert found.exit_code == 0, found.output
    told = json.loads(found.stdout)
    differences = [
        each["difference"] for run in told["runs"] for each in run["nulls"]
        if (each["null"], each["environment"], each["quantity"]) == (VERSION_SPACE, "deployment", "pseudo_aligned")
    ]  # fmt: skip
    (overall,) = [
        each for each in told["over_seeds"]
        if (each["null"], each["environment"], each["quantity"]) == (VERSION_SPACE, "deployment", "pseudo_aligned")
    ]  # fmt: skip
    assert overall["seeds"] == 2
    assert overall["difference"]["middle"] == pytest.approx(np.mean(differences))
    assert overall["difference"]["low"] is None
    by_hand = evosim("null", *paths, "--agents", 24)
    assert "over 2 seeds" in by_hand.stdout
    assert "[" not in by_hand.stdout.replace("[95%]", "")
    assert "2 seeds: too few for an interval" in by_hand.stderr


@pytest.mark.parametrize(
    ("name", "more", "said"),
    [
        ("bottle_cap", ("mind.controllers={ open_loop = 1 }",), "no mind of this scenario plans"),
        ("many_mazes", (), "all founders have the same objective"),
        (
            "red_doors",
            ("evolution.generations=1", "mind.planner.horizon.initial=1"),
            "no planner does well in training",
        ),
    ],
)
def test_a_run_for_which_no_null_is_defined_says_why(name, more, said, tmp_path):
    path = make(tmp_path / "run.evosim", name, more=more)
    found = evosim("null", path)
    assert found.exit_code == 1
    assert said in found.stderr
    assert "Traceback" not in found.output


@pytest.mark.parametrize(
    ("name", "more"), [("red_doors", ("measure.alignment=false",)), ("keys_and_chests", ("evolution.episodes=4",))]
)
def test_without_classes_behaviour_and_weights_are_compared(name, more, tmp_path):
    path = make(tmp_path / "run.evosim", name, more=more)
    found = evosim("null", path, "--agents", 16)
    assert found.exit_code == 0, found.output
    assert "classes are not available" in found.stderr
    with RunFile.open(path) as run:
        rows = stored_nulls(run)
        save_report(run, tmp_path / "report.html")
    told = {each.quantity for each in rows}
    assert not told & set(OF_PLANNERS)
    assert {"base_mean", MATCHED, f"objective.{'key' if name == 'keys_and_chests' else 'red'}"} <= told
    assert "entered.key" in told
    assert "entries per episode" in (tmp_path / "report.html").read_text()


def test_an_ecology_has_no_null(tmp_path):
    path = tmp_path / "ecology.evosim"
    with RunFile.create(path, load_scenario("contraception", ["evolution.ticks=100"]), 1) as run:
        list(carry_on(run))
    found = evosim("null", path)
    assert found.exit_code == 5
    assert "not defined" in found.stderr


def test_runs_that_make_no_interval_are_refused_before_any_is_measured(paths, tmp_path, monkeypatch):
    monkeypatch.setattr(null_command, "measure_run", None)  # it isn't called
    for name, seed, more, said in (
        ("red_doors_decorrelated", 2, (), "of another scenario than"),
        ("red_doors", 2, ("evolution.mutation.rate=0.4",), "evolution.mutation.rate is 0.4, and there 0.2"),
        ("red_doors", 1, (), "has the seed of"),
    ):
        short = ("evolution.generations=1", "measure.every=1")
        other = make(tmp_path / f"{seed}{len(more)}{name}.evosim", name, seed, (*short, *more))
        found = evosim("null", paths[0], other)
        assert (found.exit_code, said in found.output) == (2, True), found.output
    assert "named twice" in evosim("null", paths[0], paths[0]).output


@pytest.mark.parametrize("change", ["quantity = 'x' || char(7)", "kind = 'other'", "expected = 9e999", "tried = -1"])
def test_nulls_of_a_stranger_that_make_no_sense_are_not_believed(change, paths, tmp_path):
    path = copyfile(paths[0], tmp_path / "strange.evosim")
    with RunFile.open(path, write=True) as run:
        run.store_nulls(11, [row(0.5, 0.4)._replace(generation=11)])
        assert stored_nulls(run) == [row(0.5, 0.4)._replace(generation=11)]
    with sqlite3.connect(path) as connection:
        connection.execute(f"update nulls set {change}")
    with RunFile.open(path) as run, pytest.raises(RunFileError, match="nulls"):
        stored_nulls(run)


def test_the_same_nulls_are_found_again(two_features):
    genomes = np.tile(np.array([0.5, 0.5], np.float32), (40, 1))
    first, again = (nulls_of(two_features, 1, genomes, np.arange(40)) for _ in range(2))
    assert first == again
    assert first.rows != nulls_of(two_features, 2, genomes, np.arange(40)).rows


def test_the_benchmark_reads_back_what_it_noted(tmp_path):
    path, rows = tmp_path / "rows.csv", [row(0.5, 0.25), row(0.1, 0.2)._replace(evolved=None, null=NEUTRAL_DRIFT)]
    for seed in (3, 4):
        note(path, "red_doors", seed, rows)
    assert read(path, "red_doors") == {3: rows, 4: rows}
    assert read(path, "misperceived") == {}
