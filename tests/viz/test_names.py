"""Names of things: what they look like, without what goes without saying, and the same in pages, films and the window."""

import json
import shutil
import subprocess
from itertools import product

import pytest

import scenarios
from evosim.scenario import load_scenario
from evosim.simulation.runner import run
from evosim.simulation.runs import open_run
from viz.live.pair.worth import list_things
from viz.live.scenes.scene import read_cast, replay_episodes, world_state_at
from viz.looks import SURE_LOOK
from viz.names import thing_names, with_article
from viz.palette import NAMED_COLOURS
from viz.report.bundle import bundle
from viz.report.page import render_report

NODE = shutil.which("node")
MUSHROOMS = """
schema = 1
title = "Mushrooms"
question = "Brown, or a mushroom?"
[world]
size = [9, 9]
steps = 20
features = ["mushroom", "brown", "red", "spotted"]
[world.objects.brown_mushroom]
features = { mushroom = 1, brown = 1 }
outcomes = { eaten = 1 }
ends_episode = true
[world.objects.toadstool]
features = { mushroom = 1, red = 1, spotted = { probability = 0.5 } }
ends_episode = true
[environments.training]
[environments.deployment]
objects.brown_mushroom.features = { mushroom = 1, red = 1 }
objects.toadstool.features = { mushroom = 1, brown = 1 }
[objectives]
base = { eaten = 1 }
intended = { eaten = 1 }
[mind]
controllers = { planner = 1 }
[evolution]
population = 8
generations = 1
episodes = 2
selection = { operator = "tournament", size = 3 }
[measure]
every = 1
episodes = 8
"""
NAMES = """
const { readFileSync } = require("node:fs");
const { page, looks } = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(looks.map((features) => page.types.map((_, type) => module_looks.nameOf(features, type, page)))));
"""


@pytest.fixture(scope="module")
def mushrooms(tmp_path_factory):
    folder = tmp_path_factory.mktemp("names")
    (folder / "mushrooms.toml").write_text(MUSHROOMS)
    path = folder / "mushrooms.evosim"
    run(load_scenario(folder / "mushrooms.toml"), seed=3, out=path).close()
    return path


def test_what_a_name_says_already_is_not_said_again(mushrooms):
    names = thing_names(open_run(mushrooms).scenario)
    assert names.name(0, [1, 1, 0, 0]) == "brown mushroom"
    assert names.name(0, [1, 0, 1, 0]) == "red brown mushroom"  # it is called so, and is red
    assert names.name(0, [1, 0, 0, 0]) == "brown mushroom that isn't brown"
    assert names.name(1, [1, 0, 1, 1]) == "spotted red toadstool"  # all are mushrooms, not all are spotted
    assert names.name(1, [1, 1, 1, 0.4]) == "brown and red toadstool"


@pytest.mark.parametrize(
    ("scenario", "kind", "there", "name"),
    [
        ("red_doors", "door", ["door", "blue"], "blue door"),
        ("red_doors", "door", ["door"], "door that isn't red"),
        ("red_doors", "gem", ["gem", "red"], "red gem"),
        ("_new", "food", ["food", "sweet"], "sweet food"),
        ("_new", "food", ["food"], "food"),
    ],
)
def test_things_are_named_by_how_they_look(scenario, kind, there, name):
    where = f"{scenarios.__path__[0]}/_new.toml" if scenario == "_new" else scenario
    loaded = load_scenario(where)
    names = thing_names(loaded)
    features = [float(each in there) for each in loaded.world.features]
    assert names.name(names.types.index(kind), features) == name


def test_articles_go_by_the_first_letter():
    assert [with_article(each) for each in ("red_door", "apple")] == ["a red door", "an apple"]


def test_reports_and_the_window_name_a_thing_alike(mushrooms, tmp_path):
    stored = open_run(mushrooms)
    names = thing_names(stored.scenario)
    scene = replay_episodes(stored.laboratory, read_cast(stored, 0), "training", read_cast(stored, 0).ids % 8)
    things = list_things(stored.scenario, scene, 0, world_state_at(scene, 0, 0), None)
    features = scene.ground.worlds.features[0]
    assert {thing.words for thing in things} == {
        names.name(int(kind), features[n].tolist()) for n, kind in enumerate(scene.ground.plan.type_of)
    }
    page = render_report(stored)
    assert "<title>brown mushroom</title>" in page
    assert "brown brown" not in page
    assert "mushroom brown" not in page.replace('mushroom", "brown', "")


@pytest.mark.skipif(NODE is None, reason="needs node: apt-get install nodejs")
@pytest.mark.parametrize("scenario", ["mushrooms", "red_doors", "search_from_parts", "_new", "keys_and_chests"])
def test_names_in_javascript_are_those_of_evosim(scenario, tmp_path):
    where = tmp_path / "mushrooms.toml" if scenario == "mushrooms" else scenario
    if scenario == "mushrooms":
        where.write_text(MUSHROOMS)
    loaded = load_scenario(f"{scenarios.__path__[0]}/_new.toml" if scenario == "_new" else where)
    names, features = thing_names(loaded), loaded.world.features
    looks = [list(each) for each in product([0.0, SURE_LOOK, 1.0], repeat=min(len(features), 5))]
    looks = [[*each, *[0.0] * (len(features) - len(each))] for each in looks]
    page = {
        "types": names.types,
        "said": names.said,
        "usual": names.usual,
        "features": features,
        "colours": {name: NAMED_COLOURS[name] for name in features if name in NAMED_COLOURS},
    }
    script = tmp_path / "names.cjs"
    script.write_text(bundle("looks") + NAMES)
    asked = json.dumps({"page": page, "looks": looks})
    done = subprocess.run([NODE, script], input=asked, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [[names.name(kind, each) for kind in range(len(names.types))] for each in looks]
