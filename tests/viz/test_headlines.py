"""What pages say of planted populations is what their tables say: the class of most, everywhere, and why."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import headline_table
import numpy as np
import pytest
from effort import cases
from headline_table import TWELVE
from planted_runs import PLANTED, corner_lovers, planner, plant, seeing, worlds

from evosim.episode.observed_outcomes import ended_at
from evosim.mind.contract import perceive
from evosim.mind.expression import express
from evosim.numerics.formatting import in_words, number, percent
from evosim.scenario import Scenario, load_scenario
from evosim.simulation.runner import carry_on
from evosim.simulation.runs import RunFile
from viz.answers import specifics
from viz.answers.headline import NO_PLANNERS, unselected_environments, write_headline
from viz.answers.perception import attribute_losses, find_confusion, measure_perceptions, perceive_all
from viz.answers.reading import Reading, read_run
from viz.answers.replayed import replay_measured
from viz.answers.story import write_story
from viz.answers.verdict import summarise
from viz.figures.figure import run_figure
from viz.live.panels.portrait import write_statements
from viz.live.scenes.scene import read_cast, replay_in_all_worlds
from viz.palette import CLASS_STYLES
from viz.report.page import render_report

pytestmark = pytest.mark.compiled
HOUSE = Path(__file__).parents[2]
SETS = (["home"], ["home", "swapped"], ["home", "alike", "swapped"], ["home", "far"], TWELVE)
BY_CLASS = {  # words that say that most are of a class
    "robustly_aligned": "stay aligned in",
    "pseudo_aligned": "are pseudo-aligned in",
    "capability_failure": "lose their skill in",
    "mixed": "are mixed in",
}
OF_HOME = {
    "untrained": "have not learned to do well in home",
    "suboptimality_aligned": "look aligned in home only because they fall short",
}


class Nursery:
    """Runs that were planted, each once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.opened: list[RunFile] = []
        self.of = cache(self._plant)

    def _plant(self, kinds: tuple[str, ...], environments: tuple[str, ...], *, sees: bool = False) -> RunFile:
        agents = [seeing(1.0, door=1.0) if kind == "misperceiving" else planner(kind) for kind in kinds]
        sees = sees or "misperceiving" in kinds
        return self.store(worlds(environments, seeing=sees), agents)

    def store(self, scenario: Scenario, agents: Sequence[dict[str, float]]) -> RunFile:
        self.opened.append(plant(self.folder / f"{len(self.opened)}.evosim", scenario, agents))
        return self.opened[-1]


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    made = Nursery(tmp_path_factory.mktemp("planted"))
    yield made
    for run in made.opened:
        run.close()


def said_of(words: str, phrase: str) -> dict[str, str]:
    """Give what a headline says after a phrase: environments with what stands in brackets after each."""
    found = {}
    for clause in re.split(r"(?<=[.]) ", words):
        if phrase in clause:
            listed = clause.split(phrase, 1)[1].split(":")[0]
            found |= dict(re.findall(r"([a-z]+(?: \d)?|\d+ other environments) \(([^)]*)\)", listed))
    return found


def check(reading: Reading, words: str) -> None:
    """Compare a headline with the shares that are stored, environment by environment."""
    away = unselected_environments(reading)
    for kind, phrase in {**BY_CLASS, **OF_HOME}.items():
        shares = {in_words(name): float(reading.measurements[name][kind][-1]) for name in away}
        most = {name: share for name, share in shares.items() if share > 0.5}
        if kind in OF_HOME:
            assert (phrase in words) == bool(most)
            continue
        told = said_of(words, phrase)
        counted = {name: told.pop(name) for name in [*told] if name.endswith("other environments")}
        assert set(told) <= set(most)
        assert len(told) + sum(int(name.split()[0]) for name in counted) == len(most)
        for name, beside in told.items():
            assert beside.split(";")[0] == percent(most[name])


# ---------------------------------------------------------------- headlines


@pytest.mark.parametrize("environments", SETS, ids=lambda names: f"{len(names)}{names[-1]}")
@pytest.mark.parametrize("kind", PLANTED)
def test_a_headline_says_the_class_of_most_in_every_environment_and_no_other(
    nursery: Nursery, kind: str, environments: list[str]
) -> None:
    run = nursery.of((kind,), tuple(environments))
    reading = read_run(run)
    words = write_headline(reading, {})
    if len(environments) == 1:
        assert "stay aligned in" not in words
        where = {"untrained": OF_HOME["untrained"], "suboptimality-aligned": OF_HOME["suboptimality_aligned"]}
        assert where.get(kind, "Most planners do well in home (100%).") in words
        assert words.endswith("whether they stay aligned elsewhere is not known.")
        return
    check(reading, words)


def test_planted_agents_are_of_the_class_they_were_planted_for(nursery: Nursery) -> None:
    where = {"pseudo-aligned": "swapped", "capability failure": "far", "mixed": "half"}
    for kind in PLANTED:
        frame = read_run(nursery.of((kind,), tuple(TWELVE))).measurements[where.get(kind, "alike")]
        assert {name: float(frame[name][-1]) for name in CLASS_STYLES if frame[name][-1] > 0} == {
            kind.replace("-", "_").replace(" ", "_"): 1.0
        }


def test_who_stays_aligned_in_the_first_environment_only_is_not_said_to_stay_aligned(nursery: Nursery) -> None:
    words = write_headline(read_run(nursery.of(("pseudo-aligned",), ("home", "alike", "swapped"))), {})
    assert said_of(words, "stay aligned in") == {"alike": "100%"}
    assert said_of(words, "are pseudo-aligned in") == {"swapped": "100%"}


def test_where_no_class_is_that_of_most_all_shares_are_reported(nursery: Nursery) -> None:
    words = write_headline(read_run(nursery.of(("robustly aligned", "pseudo-aligned"), ("home", "swapped"))), {})
    assert words == "In swapped no class has a majority of planners: 50% robustly aligned and 50% pseudo-aligned."


def test_nobody_plans_or_nothing_is_measured_and_the_headline_says_so_or_nothing(nursery: Nursery) -> None:
    base = worlds(["home", "swapped"])
    reflexes = base.model_copy(update={"mind": base.mind.model_copy(update={"controllers": {"heuristic": 1.0}})})
    assert write_headline(read_run(nursery.store(reflexes, [{}])), {}) == NO_PLANNERS
    blind = base.model_copy(update={"measure": base.measure.model_copy(update={"alignment": False})})
    run = nursery.store(blind, [planner("pseudo-aligned")])
    reading = read_run(run)
    assert write_headline(reading, {}) == ""
    assert summarise(run, reading, replay_measured(run, reading)).words == (
        "Less of what selection measures happens in swapped than in home."
    )


def test_a_few_who_plan_are_not_most_of_the_population(nursery: Nursery) -> None:
    base = worlds(["home", "swapped"])
    both = base.model_copy(
        update={"mind": base.mind.model_copy(update={"controllers": {"heuristic": 0.75, "planner": 0.25}})}
    )
    words = write_headline(read_run(nursery.store(both, [planner("pseudo-aligned")])), {})
    assert words.startswith("Most of the 25% who plan are pseudo-aligned in swapped (100%): ")


# ---------------------------------------------------------------- perception


def test_who_sees_wrongly_is_said_to_see_wrongly_and_not_to_want_something_else(nursery: Nursery) -> None:
    run = nursery.of(("misperceiving",), ("home", "alike", "swapped"))
    reading = read_run(run)
    lost = attribute_losses(run, reading)["swapped"]
    assert lost.error == "perception"
    words = write_story(run, reading).headline
    assert "their perception is wrong, not their objective" in words
    assert f"perception error {number(lost.perception)}, objective error {number(lost.objective)}" in words
    assert "something else" not in words
    page = render_report(run)
    assert words in page.replace("&#39;", "'")
    assert "something else" not in page.replace("something else is", "")
    assert "What planners take things for" in page


def test_who_wants_something_else_is_not_said_to_see_wrongly(nursery: Nursery) -> None:
    run = nursery.store(worlds(["home", "swapped"], seeing=True), [seeing(0.0, red=1.0)])
    story = write_story(run, read_run(run))
    assert story.lost["swapped"].error == "objective"
    assert "there they want something else: with true detectors they would, too" in story.headline
    assert not any("perceive more" in sentence for sentence in story.specific)


def test_what_is_perceived_is_what_the_kernel_of_lives_perceives(nursery: Nursery) -> None:
    run = nursery.of(("misperceiving",), ("home", "alike", "swapped"))
    minds = express(run.scenario, run.laboratory.layout, run.population(0).genomes)
    looks = np.random.default_rng(1).random((5, 6))
    each = np.empty((len(minds.controller), 5, 6))
    for row in range(len(each)):
        perceive(row, looks, minds.detectors, minds.sharpness, each[row])
    np.testing.assert_allclose(perceive_all(minds, looks), each.mean(axis=0))


def test_the_panel_of_perception_has_what_is_perceived_of_each_thing(nursery: Nursery) -> None:
    run = nursery.of(("misperceiving",), ("home", "alike", "swapped"))
    seen = {each.environment: each for each in measure_perceptions(run, read_run(run))}
    there = seen["swapped"]
    assert (there.features, there.things) == (["door"], ["door", "key", "ball", "gem"])
    np.testing.assert_allclose(there.perceived, [[0, 1, 0, 1]], atol=0.01)  # key and gem are red there
    np.testing.assert_array_equal(there.there, [[1, 0, 0, 0]])
    what, wrong, more, right, less = find_confusion(there)
    assert (what, wrong, right) == ("door", "key", "door")
    assert find_confusion(seen["home"]) is None
    (sentence,) = write_story(run, read_run(run)).specific
    assert (
        sentence == f"In swapped planners perceive more door in a key ({number(more)}) than in a door ({number(less)})."
    )
    titles = [axes.get_label() for axes in run_figure(run).axes]
    assert {"Perceived · home", "Perceived · alike", "Perceived · swapped"} <= set(titles)


# ---------------------------------------------------------------- numbers


def _read(written: str) -> float:
    edge = {"<": -1e-4, ">": 1e-4}.get(written[:1], 0.0)
    return float(written.lstrip("<>")) + edge


@pytest.mark.parametrize("kind", PLANTED)
def test_every_number_of_the_verdict_lies_in_its_interval(nursery: Nursery, kind: str) -> None:
    run = nursery.of((kind,), ("home", "swapped"))
    reading = read_run(run)
    found = summarise(run, reading, replay_measured(run, reading))
    for share, low, high in re.findall(r"([<>]?[\d.]+)% \(95% interval ([<>]?[\d.]+)–([<>]?[\d.]+)%\)", found.figures):
        assert _read(low) <= _read(share) <= _read(high)
    assert found.words == write_headline(reading, {})


# ---------------------------------------------------------------- how fast, when, at what price

TINY = (
    "evolution.population=16",
    "evolution.generations=8",
    "measure.episodes=4",
    "measure.every=1",
    "measure.alignment=false",
)


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reading]:
    path = tmp_path_factory.mktemp("moved") / "moved.evosim"
    with RunFile.create(path, load_scenario("retrained", [*TINY, "evolution.schedule.1.from=3"]), 1) as run:
        list(carry_on(run))
        yield read_run(run)


def with_doors(reading: Reading, **shares: list[float]) -> Reading:
    """Replace how often doors were entered first."""
    changed = {
        name: {**frame, "entered_first.door": np.array(shares[name])} for name, frame in reading.measurements.items()
    }
    return reading._replace(measurements=changed)


def test_how_fast_is_the_first_generation_with_nine_tenths_of_the_level_before(moved: Reading) -> None:
    reading = with_doors(
        moved, training=[0, 0, 0, 0.8, 0.9, 0.9, 0.9, 0.9], deployment=[0, 0, 0.9, 0.1, 0.3, 0.71, 0.72, 1]
    )
    (found,) = specifics.find_recoveries(reading)
    assert (found.start, found.before, found.lost) == (3, 0.8, 0.1)
    assert found.regained == 6  # the first measured at 0.72 = 0.9 × 0.8, counted from the move
    assert specifics.REGAINED == 0.9
    assert specifics.specific_answers(reading, None) == [
        "Selection moves from training to deployment at generation 3: a door was entered first in 10% of episodes there "
        "then, and in training 80%; 90% of that is regained there after 3 generations (72%)."
    ]


def test_what_is_not_regained_or_was_never_lost_is_said_to_be_so(moved: Reading) -> None:
    flat = {"training": [0.8] * 8, "deployment": [0.1] * 8}
    (said,) = specifics.specific_answers(with_doors(moved, **flat), None)
    assert said.endswith("in the 4 generations since, 90% of that is not regained (10%).")
    (said,) = specifics.specific_answers(with_doors(moved, training=[0.8] * 8, deployment=[0.8] * 8), None)
    assert said.endswith("so there was nothing to regain.")


def test_where_selection_never_moves_nothing_is_said_of_how_fast(nursery: Nursery) -> None:
    reading = read_run(nursery.of(("robustly aligned",), ("home", "swapped")))
    assert specifics.find_recoveries(reading) == []
    first = reading.measurements["home"]["entered_first.door"]
    np.testing.assert_array_equal(specifics.performance_level(reading, "home"), first)


def test_when_a_thing_is_wanted_is_described_by_its_weights_sated_and_starving(nursery: Nursery) -> None:
    scenario = load_scenario("hungry", ["evolution.population=12", "evolution.generations=1", "measure.episodes=4"])
    agents = [
        {"food": 0.4, "food.hunger": 0.3, "sweet": -0.2, "sweet.hunger": 0.5, "home": 0.9, "home.hunger": -0.3}
    ] * 2
    run = nursery.store(scenario, agents)
    assert specifics.describe_drive(read_run(run), "hunger") == (
        "When it is wanted (mean weights of the 12 planners of generation 0, sated → starving): "
        "home wanted always, but less when starving (0.90 → 0.60); "
        "food wanted always, and more when starving (0.40 → 0.70); "
        "sweet disliked when sated, wanted when starving (−0.20 → 0.30)."
    )
    assert specifics.describe_want(0.5, 0.5, "sated", "starving") == "wanted always (0.50 → 0.50)"
    assert (
        specifics.describe_want(0.01, 0.5, "sated", "starving")
        == "ignored when sated, wanted when starving (0.01 → 0.50)"
    )
    assert specifics.describe_want(0.0, 0.02, "sated", "starving") == "ignored (0.00 → 0.02)"
    assert (
        specifics.describe_want(-0.2, -0.5, "sated", "starving")
        == "disliked always, and more when starving (−0.20 → −0.50)"
    )


def test_a_front_is_who_is_beaten_by_nobody_and_its_sentence_has_its_ends(tmp_path: Path) -> None:
    small = ["evolution.population=32", "evolution.generations=2", "evolution.episodes=4", "measure.episodes=8"]
    with RunFile.create(tmp_path / "front.evosim", load_scenario("pareto", small), 1) as run:
        list(carry_on(run))
        reading = read_run(run)
        again = replay_measured(run, reading)
        front = specifics.find_front(reading, again, run.laboratory.pareto)
        figure = run_figure(run)
    values = front.values
    names = run.laboratory.outcomes
    outcomes = again.lives["training"].outcomes.mean(axis=1)
    np.testing.assert_allclose(values[:, 1], -outcomes[:, names.index("thinking")])
    for row, best in enumerate(front.best):
        beaten = (values >= values[row]).all(axis=1) & (values > values[row]).any(axis=1)
        assert best == (not beaten.any())
    said = specifics.describe_exchange(front)
    assert f"{front.best.sum()} of 32 individuals are non-dominated" in said
    assert f"{number(values[front.best, 0].max())} at " in said
    assert "along them “door reached − 0.002 steps” is" in said
    assert said.endswith("(gross: without the price of thinking).")
    axes = next(each for each in figure.axes if each.get_label() == "Front · training")
    assert axes.get_xlabel() == "thoughts per episode"
    assert any("net of thinking" in text.get_text() for each in figure.axes for text in each.texts)


# ---------------------------------------------------------------- pages


def test_every_page_says_that_one_run_is_one_seed(nursery: Nursery) -> None:
    run = nursery.of(("robustly aligned",), ("home", "swapped"))
    assert any("one run is one seed" in text.get_text() for text in run_figure(run).texts)
    assert "One run is one seed." in render_report(run)


@pytest.mark.parametrize("kind", ["robustly aligned", "misperceiving"])
def test_twelve_environments_have_room_on_the_page(nursery: Nursery, kind: str) -> None:
    figure = run_figure(nursery.of((kind,), tuple(TWELVE)))
    width, height = figure.get_size_inches() * figure.dpi
    figure.draw_without_rendering()
    for text in figure.texts + ([figure._suptitle] if figure._suptitle else []):
        box = text.get_window_extent()
        assert box.x0 >= 0
        assert box.x1 <= width
        assert box.y0 >= 0
        assert box.y1 <= height
    said = " ".join(text.get_text() for text in figure.texts)
    assert "…" not in said


def test_the_guide_has_the_sentences_said_of_planted_populations(tmp_path: Path) -> None:
    page = (HOUSE / "docs" / "report.md").read_text()
    for line in headline_table.lines(tmp_path, most=cases(99, 0)):
        assert line in page


# ---------------------------------------------------------------- places, and the window


def test_who_wants_the_corner_is_said_to_end_there_and_not_to_get_the_cheese(nursery: Nursery) -> None:
    run = nursery.store(corner_lovers(), [{"corner": 1.0, "planner.horizon": 48.0}])
    reading = read_run(run)
    frame = reading.measurements["deployment"]
    ends, gets = (percent(frame[name][-1]) for name in ("entered_nothing.corner", "entered_first.cheese"))
    assert (
        f"in deployment {ends} of episodes end at the corner with nothing entered, and {gets} enter a cheese first"
        in write_headline(reading, {})
    )
    laboratory, cast = run.laboratory, read_cast(run, 0)
    words = [each.words for each in write_statements(laboratory, cast, 0)]
    ground, traces = replay_in_all_worlds(laboratory, cast, 0, "deployment")
    nothing = (traces.entered[0] < 0).all(axis=1)
    count = int((nothing & (ended_at(ground, traces)[0] == 0)).sum())
    assert any(each.startswith("In deployment") and f"ended at the corner in {count}" in each for each in words)
    assert count > 0


def test_the_window_says_of_who_sees_wrongly_what_it_takes_for_what(nursery: Nursery) -> None:
    run = nursery.of(("misperceiving",), ("home", "alike", "swapped"))
    cast = read_cast(run, 0)
    told = {each.words: each.sources for each in write_statements(run.laboratory, cast, 0)}
    perceptions = measure_perceptions(run, read_run(run))
    seen = next(each for each in perceptions if each.environment == "swapped")  # all are alike
    _, wrong, more, right, less = find_confusion(seen)
    words = f"In swapped it perceives more door in a {wrong} ({number(more)}) than in a {right} ({number(less)})."
    assert [source.value for source in told[words]] == pytest.approx([more, less])
    assert not any("In alike it perceives more" in each for each in told)
    assert "Pseudo-aligned in swapped" in " ".join(told)
