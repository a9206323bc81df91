"""Minds in the page: their lives in JavaScript are those of evosim, action by action, in thousands of worlds."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from browsers import chromium, needs_chromium
from reported_runs import SMALL, door_lovers, record
from test_lifetime import Laboratory, bench, laboratory

from evosim.alignment.battery.subject import PhenotypeSubject, subject_of
from evosim.episode.rollout import OVER, live, new_traces
from evosim.gridworld.shortest_paths import draw_atlas
from evosim.mind.expression import express
from evosim.mind.network.kind import OwnNetworks
from evosim.mind.network.settings import NetworkMind
from evosim.mind.network.weights import effective_weights, network_weights, weight_names
from evosim.mind.phenotype import Phenotypes, minds_of_one_kind, select_minds
from evosim.mind.program.code import Code, effective
from evosim.mind.program.kind import OwnCode
from evosim.mind.program.operations import LADDER, numbers_of
from evosim.numerics.random import subkey, uniform
from evosim.scenario import load_scenario
from evosim.scenario.schema.names import object_names
from evosim.simulation.runs import RunFile
from evosim.studies.interventions import stored_agents
from viz.answers.reading import read_run
from viz.report.agent import describe_agent, replay_agent
from viz.report.bundle import bundle
from viz.report.live_numbers import Shared, mind_numbers, plan_numbers, world_numbers
from viz.report.live_pair import example_world
from viz.report.page import render_report

NODE = shutil.which("node")
HARNESS = """
const { readFileSync } = require("node:fs");
const cases = JSON.parse(readFileSync(0, "utf8"));
const lives = cases.map(({ plan, shared, packed, minds }) => minds.map(({ mind, key }) => packed.map((each, e) => {
  const { cells, actions, entered } = module_life.live(mind, plan, module_worlds.unpack(each, shared, plan), module_random.fold(module_random.keyOf(key), e));
  return [cells, actions, entered];
})));
console.log(JSON.stringify(lives));
"""


def in_javascript(labs: list[Laboratory], folder: Path) -> list[list[list[list[list[int]]]]]:
    """Live all lives of all laboratories in node: by laboratory, mind and world, its cells, actions and entries."""
    cases = []
    for lab in labs:
        shared = Shared()
        packed = [world_numbers(lab.worlds, e, shared) for e in range(len(lab.worlds.start))]
        minds = [
            {"mind": mind_numbers(select_minds(lab.minds, slice(p, p + 1))), "key": str(int(subkey(lab.key, int(id))))}
            for p, id in enumerate(lab.ids)
        ]
        cases.append({"plan": plan_numbers(lab.plan), "shared": shared.all, "packed": packed, "minds": minds})
    script = folder / "lives.cjs"
    script.write_text(bundle("life", "worlds") + HARNESS)
    done = subprocess.run([NODE, script], input=json.dumps(cases), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def programs(seed: int, count: int, features: int) -> Phenotypes:
    """Draw programs of any rung, which see all or some of the inputs, with or without detectors."""
    rng = np.random.default_rng(seed)
    inputs = (
        ("wall", "features", "thing"),
        ("here", "wall", "features"),
        ("features", "thing", "wall", "here", "row", "column"),
    )[seed % 3]
    shape, operands = (count, 9), 3 + sum(features if name == "features" else 1 for name in inputs)
    parts = [rng.integers(most, size=shape) for most in (3, operands, operands)]
    fields = np.stack([rng.choice(numbers_of(LADDER[seed % len(LADDER)]), shape), *parts], axis=-1)
    code = Code(fields.astype(np.int8), rng.uniform(-1, 1, shape), np.full(count, 9, np.int32))
    names = tuple(f"feature_{f}" for f in range(features))
    own = OwnCode(*effective(code, 3), rng.integers(0, 12, count).astype(np.int32), 3, inputs, names)
    shape = (count, features, features + 1) if seed % 2 else (count, 0, 0)
    return minds_of_one_kind("program", own, detectors=rng.uniform(-1, 1, shape), sharpness=2.0)


def networks(seed: int, count: int, features: int) -> Phenotypes:
    """Draw networks of one to three channels, which see all or some of the inputs, with or without detectors."""
    rng = np.random.default_rng(seed)
    inputs = (["wall", "features", "thing"], ["here", "wall", "column", "features", "row"])[seed % 2]
    names = tuple(f"feature_{f}" for f in range(features))
    mind = NetworkMind(channels=1 + seed % 3, inputs=inputs)
    shape = count, len(weight_names(mind, names))
    weights = effective_weights(network_weights(rng.normal(size=shape) * (rng.random(shape) < 0.7), mind, names))
    own = OwnNetworks(*weights, rng.integers(0, 12, count).astype(np.int32), tuple(inputs), names)
    shape = (count, features, features + 1) if seed % 2 else (count, 0, 0)
    return minds_of_one_kind("network", own, detectors=rng.uniform(-1, 1, shape), sharpness=2.0)


def of_networks(lab: Laboratory, seed: int) -> Laboratory:
    """Let networks live in the worlds of a laboratory."""
    return lab._replace(minds=networks(seed, len(lab.ids), lab.plan.fixed.shape[1]))


def of_programs(lab: Laboratory, seed: int) -> Laboratory:
    """Let programs live in the worlds of a laboratory."""
    return lab._replace(minds=programs(seed, len(lab.ids), lab.plan.fixed.shape[1]))


def sampling(seed: int, algorithm: str, **settings) -> Laboratory:
    """Draw planners that sample, some much longer than others, in worlds that have everything at once."""
    lab = bench(seed, algorithm=algorithm, **settings)
    planning = lab.minds.is_of("planner")
    minds, ids = select_minds(lab.minds, planning), lab.ids[planning]
    longer = minds.own["planner"].effort * np.where(np.arange(len(ids)) % 3, 1, 6)
    return lab._replace(minds=minds.with_own("planner", effort=longer.astype(np.int32)), ids=ids)


DRAWS = """
const { readFileSync } = require("node:fs");
const cases = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(cases.map(({ key, word, draw }) => {
  const folded = module_random.fold(module_random.keyOf(key), word);
  return [folded.high, folded.low, module_random.uniform(folded, draw)];
})));
"""


@pytest.mark.skipif(NODE is None, reason="needs node: apt-get install nodejs")
def test_random_streams_in_javascript_are_those_of_evosim_bit_for_bit(tmp_path):
    rng = np.random.default_rng(5)
    keys = [0, 1, 2**32 - 1, 2**32, 2**63, 2**64 - 1, *rng.integers(2**64, size=2000, dtype=np.uint64).tolist()]
    words = [
        [0, 1, 2**31 - 1, 2**32 - 1, 2**32][n % 5] if n % 2 else int(rng.integers(2**20)) for n in range(len(keys))
    ]
    cases = [
        {"key": str(key), "word": word, "draw": int(rng.integers(2**16))} for key, word in zip(keys, words, strict=True)
    ]
    script = tmp_path / "draws.cjs"
    script.write_text(bundle("random") + DRAWS)
    done = subprocess.run([NODE, script], input=json.dumps(cases), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    for case, (high, low, drawn) in zip(cases, json.loads(done.stdout), strict=True):
        key = subkey(np.uint64(int(case["key"])), case["word"])
        assert (high << 32) + low == int(key)
        assert drawn == uniform(key, case["draw"])


@pytest.mark.compiled
@pytest.mark.skipif(NODE is None, reason="needs node: apt-get install nodejs")
def test_lives_in_javascript_equal_those_of_evosim_action_by_action(tmp_path):
    labs = [laboratory(1000 + seed, population=24, episodes=6, greedy=seed % 2 == 0) for seed in range(6)]
    labs += [laboratory(1100 + seed, population=24, episodes=5, hidden=3) for seed in range(2)]
    labs += [
        laboratory(1200 + seed, population=24, episodes=5, slip=0.2, slip_kind=seed % 3, greedy=seed % 2 == 0)
        for seed in range(6)
    ]
    labs += [bench(1300 + seed, slip=(0.0, 0.0, 0.1)[seed % 3]) for seed in range(15)]
    labs += [bench(1400 + seed, tree=True, slip=(0.0, 0.1)[seed % 2]) for seed in range(8)]
    labs += [sampling(1800 + seed, "mcts", slip=(0.0, 0.2)[seed % 2], slip_kind=seed % 3) for seed in range(8)]
    labs += [sampling(1900 + seed, "plan_optimization", slip=(0.0, 0.1)[seed % 2]) for seed in range(8)]
    labs += [of_programs(laboratory(1500 + seed, population=24, episodes=5), seed) for seed in range(6)]
    labs += [of_programs(bench(1600 + seed, slip=(0.0, 0.1)[seed % 2]), seed) for seed in range(9)]
    labs += [of_networks(bench(1700 + seed, slip=(0.0, 0.1)[seed % 2]), seed) for seed in range(4)]
    compared = 0
    for number, (lab, found) in enumerate(zip(labs, in_javascript(labs, tmp_path), strict=True)):
        traces = new_traces(len(lab.ids), len(lab.worlds.start), lab.plan.steps)
        live(lab.plan, lab.worlds, draw_atlas(lab.plan, lab.worlds), lab.minds, lab.ids, lab.key, traces=traces)
        for p, lives in enumerate(found):
            for e, told in enumerate(lives):
                lived = [
                    each[p, e][each[p, e] != OVER].tolist() for each in (traces.cell, traces.action, traces.entered)
                ]
                assert told == lived, (number, p, e)
                compared += 1
    assert compared > 5000


def agent_of(run: RunFile, id: int) -> PhenotypeSubject:
    """Give an agent of a run as a subject."""
    return subject_of(express(run.scenario, run.laboratory.layout, stored_agents(run)[id].genome[None]), 0, id)


READER = """
const { readFileSync } = require("node:fs");
const page = JSON.parse(readFileSync(0, "utf8"));
const tried = module_experiment.beginExperiment(page);
console.log(JSON.stringify(page.environments.map((_, n) => page.numbers.map((_, e) => {
  const { cells, entered } = module_experiment.liveIn(tried, n, e, false);
  return [cells, entered];
}))));
"""


@pytest.mark.compiled
@pytest.mark.skipif(NODE is None, reason="needs node: apt-get install nodejs")
@pytest.mark.parametrize(
    ("name", "algorithm"),
    [
        *((name, None) for name in ("red_doors", "hungry", "misperceived", "keys_and_chests", "search_from_parts")),
        ("red_doors", "mcts"),
        ("hungry", "mcts"),
        ("hungry", "plan_optimization"),
    ],
)
def test_the_page_plays_the_lives_that_were_measured(name, algorithm, tmp_path, monkeypatch):
    changes = ["world.size=[9,9]"] if name == "red_doors" else []
    if algorithm is not None:
        changes += [f"mind.planner.algorithm={algorithm}", "mind.controllers={planner=1}"]
    with record(tmp_path / "run.evosim", load_scenario(name, [*SMALL, "measure.episodes=6", *changes]), 1) as run:
        subject = describe_agent(run, read_run(run))
        page = json.loads(json.dumps(subject.live.data))
        assert algorithm in (None, page["mind"]["kind"])
        mind = agent_of(run, subject.id)
        script = tmp_path / "read.cjs"
        script.write_text(bundle("experiment") + READER)
        done = subprocess.run([NODE, script], input=json.dumps(page), capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        for environment, lives in zip(subject.live.environments, json.loads(done.stdout), strict=True):
            _, traces = replay_agent(run, mind, environment, subject.generation)
            assert len(lives) == len(page["numbers"])
            for e, (cells, entered) in zip(page["numbers"], lives, strict=True):
                assert cells == traces.cell[0, e][traces.cell[0, e] != OVER].tolist()
                assert entered == traces.entered[0, e][traces.entered[0, e] != OVER].tolist()
        monkeypatch.setattr("viz.report.live_pair.MOST_IMAGINED", 1)  # who samples more isn't played
        assert (describe_agent(run, read_run(run)).live is None) == (algorithm is not None)


CHANGES = """
addEventListener("load", () => setTimeout(() => {
  const door = document.querySelector(`[data-number="objective.2"]`);
  door.value = 3;
  door.dispatchEvent(new Event("input"));
  document.querySelector(`[data-live="time"]`).value = 1;
  document.querySelector(`[data-live="time"]`).dispatchEvent(new Event("input"));
}, 500));
"""  # someone makes the agent want doors, and looks at the first step


@needs_chromium
def test_in_a_browser_a_reader_changes_what_an_agent_wants_and_it_plans_anew(tmp_path):
    run, path = record(tmp_path / "doors.evosim", door_lovers()), tmp_path / "changed.html"
    page = render_report(run)
    path.write_text(page.replace("</body>", f"<script>{CHANGES}</script></body>"))
    dom = chromium(path, "--dump-dom", "--virtual-time-budget=4000").stdout
    subject = describe_agent(run, read_run(run))
    wanting = agent_of(run, subject.id)
    weights = wanting.minds.objective[0].copy()
    weights[2] = 3.0
    told = re.findall(r'data-part="score"><b>(\d+)</b> of (\d+) worlds: door first<small> \(as evolved: (\d+)\)', dom)
    worlds = len(subject.live.data["numbers"])
    for environment, counts in zip(subject.live.environments, told, strict=True):
        asked = [
            sum(_goes_for_a_door(run, mind, environment, subject.generation))
            for mind in (wanting.with_objective(weights), wanting)
        ]
        assert counts == (str(asked[0]), str(worlds), str(asked[1]))
    assert re.search(r'data-live="step">step 1 of \d+<', dom)
    assert len(re.findall(r'data-part="doing">Step 1[:,]', dom)) == 2
    assert re.search(r'<div class="pair still" hidden', dom)
    assert '<div class="live" id="live" hidden' in page  # without JavaScript the maps stand still
    run.close()


def _goes_for_a_door(run: RunFile, mind, environment: str, generation: int) -> list[bool]:
    ground, traces = replay_agent(run, mind, environment, generation)
    door = object_names(run.scenario).index("door")
    firsts = [next((n for n in row if n >= 0), None) for row in traces.entered[0].tolist()]
    return [n is not None and ground.plan.type_of[n] == door for n in firsts]


def test_the_world_that_is_seen_first_is_the_median_of_those_that_show_the_point():
    home, away = np.array([1.0, 1.0, 1.0, 0.0, 1.0]), np.array([0.0, 0.0, 0.0, 0.0, 1.0])
    assert example_world(home, away, [1, 9, 4, 5, 6]) == 2  # of 0, 1 and 2; the first would have been over at once
    assert example_world(home, home, [1, 9, 7, 5, 6]) == 4  # paid at home: 0, 1, 2 and 4
    assert example_world(0 * home, away, [8, 9, 7, 5, 6]) == 2  # paid nowhere: all
