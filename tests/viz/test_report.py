"""The report of a run: its numbers are those of the run's tables, and nothing in a run file can make it do anything."""

import json
import re
import shlex
from collections.abc import Iterator
from html import escape, unescape

import numpy as np
import pytest
from browsers import chromium, needs_chromium
from markets import market
from pages_read import Page
from reported_runs import POPULATION, SMALL, door_lovers, record

import scenarios
from evosim.alignment.class_names import OF_PLANNERS
from evosim.episode.rollout import new_traces
from evosim.gridworld.actions import ACTIONS
from evosim.numerics.compiler import DISABLED
from evosim.numerics.formatting import in_words, number, percent
from evosim.numerics.intervals import ConfidenceInterval
from evosim.scenario import load_scenario, parse_scenario
from evosim.scenario.loading.load import scenario_digest
from evosim.scenario.schema.names import object_names
from evosim.simulation.runs import RunFile, default_path
from viz import palette
from viz.answers.objectives.base_weights import fit_base_weights
from viz.answers.reading import read_run, select_planners
from viz.answers.replayed import headline_number, replay_measured
from viz.answers.verdict import compare_tiles, summarise
from viz.looks import type_area_style
from viz.palette import CLASS_STYLES
from viz.report.agent import describe_agent, replay_agent
from viz.report.behaviour import describe_directions, infer_behaviour
from viz.report.document import with_code
from viz.report.maps import outline_cells
from viz.report.page import render_report
from viz.report.panels import DOT, circle_as_arcs
from viz.report.reproduce import scenario_as_toml
from viz.report.space import NO_CLASS, objective_space

HOSTILE = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7 * 7 }}<!--"


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, RunFile]]:
    folder = tmp_path_factory.mktemp("reports")
    doors = load_scenario("red_doors", SMALL)
    hostile = doors.model_copy(update={"title": HOSTILE, "question": HOSTILE, "claim": HOSTILE, "paper": HOSTILE})
    wanted = {
        "doors": (door_lovers(), None),
        "hostile": (hostile, 2),
        "heuristics": (load_scenario("red_doors", [*SMALL, "mind.controllers={heuristic=1}"]), 2),
        "unassessed": (load_scenario("red_doors", [*SMALL, "measure.alignment=false"]), 1),
        "market": (parse_scenario(market()), None),
        "hungry": (load_scenario("hungry", [*SMALL, "measure.episodes=4"]), 2),
        "cheese": (load_scenario("cheese_corner", SMALL), 2),
        "one maze": (load_scenario("bottle_cap", SMALL), 2),
        "misperceived": (load_scenario("misperceived", SMALL), 2),
    }
    files = {"hostile": "<b>&hostile"}
    recorded = {
        name: record(folder / f"{files.get(name, name)}.evosim", *wanted[name])
        for name in wanted
        if not DISABLED or name not in MANY
    }
    with recorded["hostile"].explain_errors():
        recorded["hostile"].connection.execute(
            "insert into report_cards values (1, 4, ?, ?, 0.5, 0.25, 0.75, ?)", (HOSTILE, HOSTILE, HOSTILE)
        )
    yield recorded
    for run in recorded.values():
        run.close()


@pytest.fixture(scope="module")
def pages(runs: dict[str, RunFile]) -> dict[str, str]:
    return {name: render_report(run) for name, run in runs.items()}


FEW = ("doors", "hostile", "heuristics", "unassessed")
MANY = ("market", "hungry", "cheese", "one maze", "misperceived")  # plain Python has no time for
RUNS = [*FEW, *(pytest.param(name, marks=pytest.mark.compiled) for name in MANY)]


@pytest.mark.parametrize("name", RUNS)
def test_a_report_is_complete_in_itself_and_asks_for_nothing(name, pages):
    page = Page(pages[name])
    assert {each for each in page.addresses if not each.startswith("#")} == {"data:,"}
    assert not re.findall(r"@import|url\((?!#)", pages[name])
    assert page.handlers == []
    assert "default-src 'none'" in pages[name]
    assert page.elements["img"] == page.elements["iframe"] == page.elements["link"] - 1 == 0
    assert len(pages[name].encode()) < 1_500_000


@pytest.mark.parametrize("name", RUNS)
def test_a_report_is_sound_html_for_people_who_listen_too(name, pages):
    page = Page(pages[name])
    assert len(page.ids) == len(set(page.ids))
    assert page.pointed <= set(page.ids)
    assert '<html lang="en">' in pages[name]
    assert page.elements["h1"] == 1
    assert page.elements["caption"] == page.elements["table"]
    pictures = re.findall(r"<svg [^>]*>", pages[name])
    assert all("aria-hidden" in each or 'role="img" aria-label="' in each for each in pictures)


def test_what_a_stranger_wrote_is_only_ever_words(pages):
    hostile, plain = Page(pages["hostile"]), Page(pages["doors"])
    assert hostile.elements["script"] == plain.elements["script"]
    assert hostile.elements["b"] >= 1
    assert "<img" not in pages["hostile"]
    assert pages["hostile"].count("alert(1)") == pages["hostile"].count("&lt;script&gt;alert(1)")
    assert HOSTILE.replace("_", " ") in unescape(pages["hostile"])
    assert "{{ 7 * 7 }}" in hostile.text
    assert "<b>&hostile.evosim" in hostile.text


@pytest.mark.parametrize("name", RUNS)
def test_replayed_lives_are_those_that_were_measured(name, runs):
    run = runs[name]
    reading = read_run(run)
    again = replay_measured(run, reading)
    assert again.missing == ""
    for environment, lives in again.lives.items():
        frame = reading.measurements[environment]
        for at, outcome in enumerate(run.laboratory.outcomes):
            if outcome in frame:
                assert lives.outcomes[:, :, at].mean() == pytest.approx(frame[outcome][-1])
        told = headline_number(run, reading, again, environment)
        if name == "one maze" and environment == "training":
            continue
        assert told.interval is not None
        assert told.interval.middle == pytest.approx(told.value)
        assert told.interval.low <= told.value <= told.interval.high


def test_lives_that_come_out_differently_are_not_believed(runs, monkeypatch):
    reading = read_run(runs["doors"])
    frame = reading.measurements["training"]
    changed = reading._replace(
        measurements={**reading.measurements, "training": {**frame, "base_mean": frame["base_mean"] + 0.1}}
    )
    again = replay_measured(runs["doors"], changed)
    assert "differ when replayed here" in again.missing
    assert headline_number(runs["doors"], changed, again, "training").interval is None


@pytest.mark.compiled
def test_worlds_that_repeat_are_no_sample(runs, pages):
    run = runs["one maze"]
    reading = read_run(run)
    again = replay_measured(run, reading)
    assert headline_number(run, reading, again, "training").interval is None
    assert headline_number(run, reading, again, "deployment").interval is not None


def test_the_tiles_say_the_numbers_of_the_tables(runs, pages):
    run = runs["doors"]
    reading = read_run(run)
    found = summarise(run, reading, replay_measured(run, reading))
    for tile in found.tiles:
        frame = reading.measurements[tile.environment]
        assert tile.figure == percent(frame["entered_first.door"][-1])
        assert {each.name: each.share for each in tile.classes} == {name: frame[name][-1] for name in CLASS_STYLES}
        assert sum(each.share for each in tile.classes) == pytest.approx(1)
        assert tile.classified == f"of {POPULATION} planners"
        assert tile.numbers["inner_gap"].mean == f"{frame['inner_gap'][-1]:.2f}"
        assert tile.numbers["inner_gap"].spread == f"{frame['inner_gap_std'][-1]:.2f}"
        assert f"{tile.figure} <small>{tile.interval}</small>" in unescape(pages["doors"])
    assert found.words in unescape(pages["doors"])


def test_the_report_says_that_one_run_is_one_seed(pages):
    for page in pages.values():
        assert "One run is one seed." in page


def test_the_report_says_what_a_large_number_of_nats_comes_to(pages):
    assert "with 5, some 150 times: beyond that it hardly ever does otherwise" in pages["doors"]


def test_every_point_is_a_planner_with_its_class(runs):
    run = runs["doors"]
    reading = read_run(run)
    space = objective_space(run, reading)
    final = select_planners(reading.final)
    assert space.shown == space.planners == len(final["id"]) == POPULATION
    for environment, points in space.views.items():
        for row, point in enumerate(points):
            kind = final[f"class.{environment}"][row]
            assert list(CLASS_STYLES)[point.kind] == kind
            assert f"agent {final['id'][row]}, {in_words(kind)} in {environment}. " in point.words
            told = dict(re.findall(r"([a-z]+) (−?\d\.\d\d)(?=[ ,.])", point.words.split(". Base")[0].split(". ", 1)[1]))
            for name, written in told.items():
                weight = final[f"objective.{name}"][row]
                assert written == number(weight)
                assert (weight < 0) == (name in re.split(r"[Dd]islikes ", point.words + " Dislikes ")[1])
            assert point.x == round(500 * (1 + final["objective.door"][row]))
            assert point.y == round(500 * (1 - final["objective.red"][row]))
    assert [generation for generation, _ in space.frames] == reading.measured.tolist()
    assert space.frames[-1][1] == [[a.x, a.y, a.kind, b.kind] for a, b in zip(*space.views.values(), strict=True)]
    x1, y1, x2, y2 = space.arrow
    assert (x1, y1, y2) == (500, 500, 500)  # only doors are rewarded, whatever their colour
    assert x2 > 900


def test_classes_are_told_apart_by_more_than_colour():
    kinds = list(palette.CLASS_STYLES.values())
    for each in zip(*kinds, strict=True):
        assert len(set(each)) == len(kinds) == len(OF_PLANNERS)
    others = [*palette.ENVIRONMENTS, *palette.OBJECTS, palette.OTHERS, palette.NO_ENTRY, *palette.CONTROLLERS.values()]
    assert not {kind.colour for kind in kinds} & {other.colour for other in others}


@pytest.mark.compiled
def test_planners_whose_class_is_unknown_are_points_without_one(runs):
    space = objective_space(runs["hungry"], read_run(runs["hungry"]))
    (points,) = space.views.values()
    assert {point.kind for point in points} == {NO_CLASS}


def test_a_landscape_is_what_the_objects_are_worth_at_their_distances(runs):
    run = runs["doors"]
    subject = describe_agent(run, read_run(run))
    for journey in subject.journeys:
        world, place = journey.map, run.laboratory.environments[journey.environment]
        ground, traces = replay_agent(run, agent_of(run, subject.id), journey.environment, subject.generation)
        e = journey.world
        distance, worth = ground.atlas.distance[e], np.array([thing.worth for thing in world.things])
        assert place.plan.columns == world.columns
        occupied = {(thing.row, thing.column) for thing in world.things}
        assert len(world.cells) > 10
        for cell in world.cells:
            steps = distance[cell.row * world.columns + cell.column].astype(float)
            values = np.where(steps < 30_000, subject.discount ** (steps - 1) * worth, 0)
            assert (cell.row, cell.column) not in occupied
            assert cell.height * world.most == pytest.approx(max(0.0, values.max()), abs=1e-9)
        cells = [row * world.columns + column for row, column in world.path]
        assert cells == [cell for cell in traces.cell[0, e].tolist() if cell >= 0]
        assert cells[0] == ground.worlds.start[e]


def agent_of(run: RunFile, id: int):
    from evosim.alignment.battery.subject import subject_of
    from evosim.mind.expression import express
    from evosim.studies.interventions import stored_agents

    return subject_of(express(run.scenario, run.laboratory.layout, stored_agents(run)[id].genome[None]), 0, id)


def test_the_worlds_shown_are_the_first_that_show_the_point(runs):
    run = runs["doors"]
    reading = read_run(run)
    again = replay_measured(run, reading)
    subject = describe_agent(run, reading)
    row = again.ids.tolist().index(subject.id)
    door = run.laboratory.outcomes.index("entered_first.door")
    for journey in subject.journeys:
        paid = again.lives[journey.environment].outcomes[row, :, door] > 0
        looked_for = journey.environment == "training"
        assert journey.to_reward == (looked_for if (paid == looked_for).any() else not looked_for)
        assert journey.world == (paid == journey.to_reward).argmax()
        assert journey.alike == (paid == journey.to_reward).sum()
        assert subject.classes[journey.environment] == reading.final[f"class.{journey.environment}"][row]


def test_the_base_objective_is_read_on_as_few_features_as_say_it(runs):
    features = runs["doors"].scenario.world.features
    weights, fits = fit_base_weights(runs["doors"].scenario)
    assert fits
    assert weights == pytest.approx([float(name == "door") for name in features])
    one = {"deployment": runs["doors"].scenario.environments["training"]}
    alike = runs["doors"].scenario.model_copy(update={"environments": one})
    both, fits = fit_base_weights(alike)  # red and door are the same there
    assert fits
    assert both[features.index("red")] == pytest.approx(both[features.index("door")])


def test_behaviour_in_training_cannot_tell_redness_from_doors(runs):
    run = runs["doors"]
    subject = describe_agent(run, read_run(run))
    found, features = subject.behaviour.found, run.scenario.world.features
    weights = dict(zip(features, found.weights, strict=True))
    assert weights["red"] == pytest.approx(weights["door"])
    apart = np.array([{"red": 1.0, "door": -1.0}.get(name, 0.0) for name in features]) / np.sqrt(2)
    assert np.linalg.norm(found.unidentified @ apart) == pytest.approx(1)
    assert any({"red", "door"} <= set(words.split()) for words in describe_directions(found, features))


def test_behaviour_that_goes_for_doors_appears_to_want_them(runs):
    run = runs["doors"]
    mind = agent_of(run, describe_agent(run, read_run(run)).id).with_objective(np.array([0, 0, 1.0, 0, 0, 0]))
    ground, traces = replay_agent(run, mind, "training", 2)
    found = infer_behaviour(ground, traces, 0.95).found
    assert found.weights[2] == found.weights.max() > 0
    assert found.steps == (traces.action >= 0).sum()
    idle = new_traces(1, len(ground.worlds.start), ground.plan.steps)
    idle.action[:], idle.cell[:] = ACTIONS - 1, ground.worlds.start[None, :, None]
    assert infer_behaviour(ground, idle, 0.95).found.weights[2] < 0  # whoever stays wants none of it


def test_boxes_cover_exactly_their_cells():
    cells = sorted(np.random.default_rng(1).choice(12 * 9, size=60, replace=False).tolist())
    covered = [
        int(row) * 9 + int(column) + at
        for column, row, wide in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", outline_cells(cells, 9))
        for at in range(int(wide))
    ]
    assert covered == cells


def test_things_on_maps_are_coloured_as_they_look(runs, pages):
    run = runs["doors"]
    subject = describe_agent(run, read_run(run))
    looks = {"training": {"door": "red", "key": "blue"}, "deployment": {"door": "blue", "key": "red", "ball": "blue"}}
    for journey in subject.journeys:
        for thing in journey.map.things:
            wanted = looks[journey.environment].get(thing.kind)
            if wanted is not None:
                assert thing.colour == palette.NAMED_COLOURS[wanted]
                assert f'fill="{thing.colour}"' in pages["doors"]
    assert {journey.environment for journey in subject.journeys} == {*looks}


@pytest.mark.compiled
def test_what_names_no_colour_has_that_of_its_type_on_maps_as_elsewhere(runs):
    run = runs["hungry"]
    for journey in describe_agent(run, read_run(run)).journeys:
        for thing in journey.map.things:
            assert thing.colour == type_area_style(object_names(run.scenario).index(thing.kind)).colour


def test_a_heuristic_has_no_mesa_objective_and_its_card_says_so(pages):
    page = Page(pages["heuristics"])
    assert "no mesa-objective" in page.text
    assert "it wants" not in page.text
    assert "There are no planners, so no agent has a mesa-objective that could be aligned." in page.text
    assert "No landscape: it doesn't plan" in page.text


def test_where_there_are_no_classes_the_report_says_why(pages):
    assert "measure.alignment = false" in Page(pages["unassessed"]).text
    assert DISABLED or "too many states" in Page(pages["hungry"]).text
    assert "there are no planners" in Page(pages["heuristics"]).text


@pytest.mark.compiled
def test_without_classes_environments_are_compared_by_their_intervals(runs):
    run = runs["hungry"]
    reading = read_run(run)
    found = summarise(run, reading, replay_measured(run, reading))
    home, away = found.tiles
    apart = home.range.low > away.range.high or home.range.high < away.range.low
    assert found.words.startswith(
        ("Less", "More") if apart else "These worlds don't show whether what selection measures happens less in"
    )
    below = away._replace(range=ConfidenceInterval(0.0, -0.1, min(0.1, home.range.low - 0.1)))
    assert compare_tiles(home, below) == "Less of what selection measures happens in deployment than in training."
    assert compare_tiles(below, home).startswith("More of what")


def test_an_unfinished_run_is_reported_as_one(pages):
    assert "2 of 3 generations are stored" in Page(pages["hostile"]).text
    assert "generations are stored" not in Page(pages["doors"]).text


def test_report_cards_are_shown_if_there_are_any(pages):
    assert 'id="cards"' in pages["hostile"]
    assert "0.25 to 0.75" in Page(pages["hostile"]).text
    assert 'id="cards"' not in pages["doors"]


def test_commands_on_a_page_name_the_run_as_it_was_given(runs, pages):
    path = runs["doors"].path
    for command in ("verify", "measure", "null"):
        assert f"<code>evosim {command} {path}</code>" in pages["doors"]
    hostile = shlex.quote(str(runs["hostile"].path))
    assert hostile.startswith("'")
    assert f"evosim verify {hostile}" in Page(pages["hostile"]).text
    again = default_path(runs["hostile"].scenario, 1).parent / "red_doors-1-"
    assert re.search(rf"--generations 2 evosim report {again}[0-9a-f]{{8}}.evosim", Page(pages["hostile"]).text)


def test_code_in_a_definition_is_code():
    assert with_code("see `evosim <measure>` & `x`") == "see <code>evosim &lt;measure&gt;</code> &amp; <code>x</code>"
    assert with_code("one ` < alone") == "one ` &lt; alone"


@pytest.mark.parametrize("name", scenarios.paths())
def test_the_scenario_on_the_page_is_the_scenario(name):
    scenario = load_scenario(name)
    again = parse_scenario(scenario_as_toml(scenario), name=scenario.name)
    assert scenario_digest(again, 1) == scenario_digest(scenario, 1)


def test_the_same_run_gives_the_same_page(runs, pages):
    assert render_report(runs["doors"]) == pages["doors"]


def test_another_agent_can_be_asked_for(runs):
    assert f"Agent {2 * POPULATION}, selected by its id" in render_report(runs["doors"], agent=2 * POPULATION)
    with pytest.raises(ValueError, match="the genome of agent 999999 is not stored"):
        render_report(runs["doors"], agent=999_999)


def test_the_slider_has_every_generation_measured(pages):
    data = re.search(r'<script type="application/json" id="frames">(.*?)</script>', pages["doors"], re.DOTALL)[1]
    frames = json.loads(data)
    assert [generation for generation, _ in frames] == [0, 1, 2]
    assert all(len(points) == POPULATION for _, points in frames)


HANDS = """
const slider = document.getElementById("frame");
slider.value = 0;
slider.dispatchEvent(new Event("input"));
document.querySelectorAll("table.weights th button")[1].click();
"""  # what a reader does


@needs_chromium
def test_in_a_browser_the_slider_and_the_sorting_come_with_javascript(pages, tmp_path):
    with_hands = tmp_path / "hands.html"
    with_hands.write_text(pages["doors"].replace("</body>", f"<script>{HANDS}</script></body>"))
    without = tmp_path / "without.html"
    without.write_text(pages["doors"].replace("script-src 'unsafe-inline'", "script-src 'none'"))
    lively = chromium(with_hands, "--dump-dom").stdout
    plain = chromium(without, "--dump-dom", quiet=False).stdout
    assert '<p class="slider" hidden' in plain
    assert plain.count("<title>agent ") == 2 * POPULATION
    assert "One run is one seed." in plain
    assert '<p class="slider">' in lively
    assert '<output id="generation">0</output>' in lively
    (_, points), *_ = json.loads(re.search(r'id="frames">(.*?)</script>', pages["doors"], re.DOTALL)[1])
    drawn = re.findall(r'<use href="#m(\d)" class="k\d" x="(\d+)" y="(\d+)"></use>', lively)
    assert [list(map(int, each)) for each in drawn] == [
        [kind, x, y] for at in (2, 3) for x, y, *_, kind in [point[: at + 1] for point in points]
    ]
    wants = re.findall(r'<td class="weight" data-value="([^"]*)"', lively.split('class="weights sortable')[1])[::3]
    assert [float(each) for each in wants[:6]] == sorted(float(each) for each in wants[:6])


CAPTIONS = """
addEventListener("load", () => {
  const told = [...document.querySelectorAll(".scroll caption")].map((caption) => {
    const words = document.createRange();
    words.selectNodeContents(caption);
    const seen = caption.closest(".scroll").getBoundingClientRect(), line = words.getBoundingClientRect();
    const wide = caption.closest("table").offsetWidth > caption.closest(".scroll").clientWidth;
    return [wide, line.left >= seen.left && line.right <= seen.right];
  });
  parent.postMessage(told, "*");
});
"""


@needs_chromium
def test_on_a_phone_no_table_is_wider_than_the_page_and_captions_are_read_whole(pages, tmp_path):
    page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", pages["doors"])
    page = page.replace("</head>", f"<script>{CAPTIONS}</script></head>")
    phone = tmp_path / "phone.html"
    listen = 'addEventListener("message", (event) => { document.body.dataset.told = JSON.stringify(event.data); });'
    frame = f'<iframe style="width:390px;height:800px" srcdoc="{escape(page, quote=True)}"></iframe>'
    phone.write_text(f"<!DOCTYPE html><meta charset=utf-8><body><script>{listen}</script>{frame}</body>")
    dom = chromium(phone, "--dump-dom", "--virtual-time-budget=4000").stdout
    told = json.loads(unescape(re.search(r'data-told="([^"]*)"', dom)[1]))
    assert len(told) >= 3
    assert not any(wide for wide, _ in told)
    assert all(whole for _, whole in told)


@needs_chromium
def test_a_browser_runs_nothing_that_a_stranger_wrote_and_prints_the_page(pages, tmp_path):
    path = tmp_path / "hostile.html"
    path.write_text(pages["hostile"])
    chromium(path, f"--print-to-pdf={tmp_path / 'hostile.pdf'}", "--no-pdf-header-footer")
    assert (tmp_path / "hostile.pdf").read_bytes().startswith(b"%PDF")
    dom = chromium(path, "--dump-dom").stdout
    assert "<img" not in dom


def test_dots_of_a_hatch_are_written_as_circles_of_the_same_place_and_size():
    curve = "M 6 72.6 \nC 6.16 72.6 6.31 72.5 6.424264 72.424264 \nC 6.5 72.3 6.6 72.1 6.6 72 \nC 6.6 71.8 6.5 71.6 6.4 71.5 \n"
    curve += "C 6.3 71.4 6.1 71.4 6 71.4 \nC 5.8 71.4 5.6 71.4 5.5 71.5 \nC 5.4 71.6 5.4 71.8 5.4 72 \nC 5.4 72.1 5.4 72.3 5.5 72.4 \n"
    curve += "C 5.6 72.5 5.8 72.6 6 72.6 \nz\n"
    assert (
        DOT.sub(circle_as_arcs, curve + "M 1 2 \nL 3 4 \n")
        == "M5.4 72a0.6 0.6 0 1 0 1.2 0a0.6 0.6 0 1 0 -1.2 0z\nM 1 2 \nL 3 4 \n"
    )
