"""Kinds of mind in shared worlds: ecologies know none of them by name."""

import ast
import inspect
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from compared_ecologies import twin_after
from effort import cases
from meadows import meadow
from reference import STAY, moved, uniform
from reference.nearby import HERE, MATE, WALL
from reference.shared_minds import KINDS

from evosim.cli import main
from evosim.ecology.minds import Minds, Nobody, minds_of
from evosim.ecology.simulation import EcologySimulation
from evosim.mind.genome import genome_layout
from evosim.mind.kind import SharedKind
from evosim.mind.kinds import OWN, kind_named
from evosim.scenario import ScenarioError, parse_scenario
from evosim.scenario.schema.entry_points import PluginError
from evosim.scenario.schema.names import controller_names
from evosim.scenario.schema.own_kinds import NUMBERED, OWN_NAMES
from evosim.simulation.ecology.intervals import intervals
from evosim.simulation.runner import run

BESIDE = ["mind.controllers={ planner = 0.5, wall_follower = 0.5 }", 'mind.wall_follower.hand="left"']


class TwinWallFollower:
    wants = False

    def value(self, ecology, being, amounts):
        return 0.0

    def decide(self, ecology, being, seen, amounts, key):
        being.courts, being.wants_child, being.thoughts = True, True, 0
        facing = 0 if being.last == STAY else being.last
        closed = {WALL} if being.able else {WALL, MATE}
        left_first = [(facing + turn) % 4 for turn in (-1, 0, 1, 2)]
        free = [way for way in left_first if seen.get(moved(HERE, way)) not in closed]
        being.action = free[0] if free else facing
        letting_go = being.genome["wall_follower.letting_go"]
        if (chance := uniform(key, 0)) < letting_go:
            being.action = int(chance / letting_go * 4)


# ---------------------------------------------------------------- whatever they are called


def test_nothing_in_an_ecology_names_a_kind_of_mind():
    for path in Path(inspect.getfile(EcologySimulation)).parent.glob("*.py"):
        tree = ast.parse(path.read_text())
        strings = {
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        assert not strings & set(OWN_NAMES), path
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                assert not any(f"evosim.mind.{name}" in (node.module or "") for name in OWN_NAMES), path


def test_our_own_kinds_live_there_if_they_are_made_for_it():
    page = 'extends = "contraception"\n[mind]\ncontrollers = { KIND = 1 }\n'
    for name, kind in OWN.items():
        refused = f"{name!r} is a kind of mind for grids, and can't live in a shared world"
        if isinstance(kind, SharedKind):
            parse_scenario(page.replace("KIND", name))
        else:
            with pytest.raises(ScenarioError, match=refused):
                parse_scenario(page.replace("KIND", name))


@pytest.mark.parametrize(
    ("shares", "names"),
    [
        ("{ planner = 1 }", ["planner"]),
        ("{ heuristic = 1 }", ["heuristic"]),
        ("{ planner = 0.5, heuristic = 0.5 }", ["heuristic", "planner"]),
    ],
)
def test_ticks_are_compiled_for_the_kinds_that_a_scenario_can_express(shares, names):
    scenario = meadow(f"mind.controllers={shares}")
    minds, found = minds_of(scenario, genome_layout(scenario), 2), []
    while isinstance(minds, Minds):
        found.append(controller_names(scenario)[minds.number])
        minds = minds.others
    assert isinstance(minds, Nobody)
    assert found == names


# ---------------------------------------------------------------- those of another package


def test_a_kind_that_says_nothing_of_shared_worlds_is_refused(edited):
    edited(("def shared_minds", "def other_minds"), ("(SharedKind)", "(Kind)"), ("Look, SharedKind", "Kind, Look"))
    page = 'extends = "contraception"\n[mind]\ncontrollers = { planner = 0.5, wall_follower = 0.5 }\n'
    with pytest.raises(ScenarioError) as error:
        parse_scenario(page, source="walls.toml")
    assert str(error.value).splitlines() == [
        "walls.toml:3:32: mind.controllers.wall_follower: 'wall_follower' is a kind of mind for grids, and can't live in "
        "a shared world: leave this out"
    ]


def test_it_is_agent_by_agent_what_its_twin_is(package, monkeypatch):
    monkeypatch.setitem(KINDS, "wall_follower", TwinWallFollower())
    for seed in range(3, cases(6, 4)):
        other = twin_after(meadow(*BESIDE), seed, cases(200, 100))
        assert other.told["births"] > cases(20, 3)
        assert 0 < other.told["planned"] < other.told["lived"]


def test_it_evolves_beside_planners_whatever_the_threads(package, monkeypatch):
    monkeypatch.setattr("evosim.ecology.simulation.HELPER_FROM", 2)
    scenario = meadow(*BESIDE, "evolution.ticks=100")
    one, two = (list(intervals(scenario, 1, threads=threads)) for threads in (1, 2))
    assert [each.digest for each in one] == [each.digest for each in two]
    number = controller_names(scenario).index("wall_follower")
    assert number == len(NUMBERED)
    controllers = one[0].memory["controller"]
    assert set(controllers.tolist()) == {NUMBERED.index("planner"), number}
    founders, last = EcologySimulation(scenario, 1).genomes[:, -1], one[-1].genomes[:, -1]
    assert not np.isin(last, founders).all()  # its locus mutates


def test_its_runs_are_stored_and_opened_as_ours(package, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run(meadow(*BESIDE, "evolution.ticks=60"), seed=1, out=tmp_path / "walls.evosim").close()

    def command(*arguments):
        done = CliRunner().invoke(main, list(map(str, arguments)))
        assert done.exit_code == 0, done.output
        return done.output

    assert "verified" in command("verify", "walls.evosim")
    command("resume", "walls.evosim")
    command("export", "walls.evosim", "--table", "individuals", "-o", "people.csv")
    lines = (tmp_path / "people.csv").read_text().splitlines()
    at = lines[0].split(",").index("controller")
    assert {line.split(",")[at] for line in lines[1:]} == {"planner", "wall_follower"}
    command("plot", "walls.evosim", "-o", "walls.png")
    command("record", "walls.evosim", "-o", "walls.gif", "--seconds", "1", "--size", "640x360")
    monkeypatch.undo()  # the package is gone
    kind_named.cache_clear()
    path = tmp_path / "walls.evosim"
    command("show", path)
    command("export", path, "--table", "individuals", "-o", tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_text() == (tmp_path / "people.csv").read_text()
    command("plot", path, "-o", tmp_path / "again.png")


@pytest.mark.parametrize(
    ("minds", "what"),
    [
        ("1 / 0 #", "failed: ZeroDivisionError"),
        ("[layout] #", "gave list as its `shared_minds`, where a NamedTuple was expected"),
    ],
)
def test_what_it_brings_wrongly_is_named(minds, what, edited):
    edited(("return SharedWallFollowers", f"return {minds}"))
    with pytest.raises(PluginError, match="the kind of mind 'wall_follower' ") as error:
        EcologySimulation(meadow(*BESIDE), 1).minds()
    assert what in str(error.value)
