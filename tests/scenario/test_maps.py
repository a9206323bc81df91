"""Maps as people write them elsewhere: one message for one fault, at its line and column in the file."""

import pytest

from evosim.scenario import load_scenario, parse_scenario
from evosim.scenario.errors.messages import ScenarioError
from evosim.scenario.loading.load import scenario_digest
from evosim.scenario.schema.layouts import rows_of_drawing

HEAD = """\
schema = 1
title = "Map"
[world]
steps = 60
features = ["goal", "pit"]
[world.layout]
kind = "map"
legend = { G = "goal", H = "pit" }
drawing = '''
"""
TAIL = """\
'''
[world.objects.goal]
features = { goal = 1 }
outcomes = { reached = 1 }
ends_episode = true
[world.objects.pit]
features = { pit = 1 }
outcomes = { fell = 1 }
ends_episode = true
[environments.training]
[objectives]
base = { reached = 1, fell = -1 }
[mind]
controllers = { planner = 1 }
[evolution]
population = 4
generations = 1
"""
FIRST = HEAD.count("\n") + 1  # line of the file in which the drawing begins
GOOD = "#######\n#@...G#\n#.#.H.#\n#######\n"
FULL_LAKE = "SFFFF\nFFHFF\nFHFFH\nFFFFG\n"


def told(drawing: str, head: str = HEAD, tail: str = TAIL) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(head + drawing + tail, source="map.toml")
    return [
        str(each).replace("map.toml:", "").replace(" world.layout.drawing:", "") for each in caught.value.diagnostics
    ]


def test_a_good_map_is_accepted():
    assert parse_scenario(HEAD + GOOD + TAIL).world.size == (4, 7)


@pytest.mark.parametrize(
    ("drawing", "found"),
    [
        (
            "  # # # # #\n  # @ . G #\n  # . H . #\n  # # # # #\n",
            [f"{FIRST}:4: the cells of the map are separated by spaces: leave these out, so that line 1 is '#####'"],
        ),
        (
            "#,#,#,#\n#,@,G,#\n#,H,.,#\n#,#,#,#\n",
            [f"{FIRST}:2: the cells of the map are separated by ',': leave these out, so that line 1 is '####'"],
        ),
        (
            FULL_LAKE,
            [
                f"{FIRST}:1: line 1 of the map has 'S', which is not in the legend; a start is '@'; or say S = 'start' in it",
                f"{FIRST}:1: the map is open to the outside: put a ring of '#' around it",
                f"{FIRST}:2: line 1 of the map has 'F', which is not in the legend; floor is '.'; or say F = 'floor' in it",
            ],
        ),
        (
            "XXXXXXX\nX@...GX\nX.X.H.X\nXXXXXXX\n",
            [f"{FIRST}:1: line 1 of the map has 'X', which is not in the legend; a wall is '#'; or say X = 'wall' in it"],
        ),
        (
            GOOD.replace("@", "S"),
            [f"{FIRST + 1}:2: line 2 of the map has 'S', which is not in the legend; a start is '@'; or say S = 'start' in it"],
        ),
        (GOOD.replace("#.#.H.#", "..#.H.#"), [f"{FIRST + 2}:1: line 3 of the map is open to the outside: the outermost cells must be '#'"]),
        (
            "#######\n#@...G.\n#.#.H..\n#######\n",
            [f"{FIRST + 1}:7: line 2 of the map is open to the outside: the outermost cells must be '#'; 1 more line is"],
        ),
        (GOOD.replace("H.#", "H.#  "), [f"{FIRST + 2}:8: line 3 of the map has spaces at its end, which are floor: remove them"]),
        (GOOD.replace("#.#.H.#", "#.#.H#"), [f"{FIRST + 2}:7: line 3 of the map has 6 cells, the first line 7"]),
        (GOOD.replace("@", "."), [f"{FIRST - 1}:1: the map has no start: mark where agents may start with '@'"]),
        (GOOD.replace("G", "g"), [f"{FIRST + 1}:6: line 2 of the map has 'g', which is not in the legend; is it g = 'goal'?"]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_map_of_another_program_is_reported_where_it_is(drawing, found):
    assert told(drawing) == found


@pytest.mark.parametrize("indent", ["", "    "])
@pytest.mark.parametrize("before", ["", "\n", "\n\n"])
def test_the_line_and_the_column_are_those_of_the_file(indent, before):
    drawing = before + "".join(f"{indent}{row}\n" for row in GOOD.replace("@", "?").splitlines())
    line, column = FIRST + before.count("\n") + 1, len(indent) + 2
    (found,) = [each for each in told(drawing) if "'?'" in each]
    assert found.startswith(f"{line}:{column}: line 2 of the map has '?'")


def test_a_map_that_begins_behind_its_quotes_is_pointed_at_as_well():
    head = HEAD.rstrip("\n")
    (found,) = [each for each in told(GOOD.replace("#######\n", "#?#####\n", 1), head) if "'?'" in each]
    assert found.startswith(f"{FIRST - 1}:{len('drawing = ') + 5}: line 1 of the map has '?'")


@pytest.mark.parametrize("drawing", ['"#####\\n#@?G#\\n#####"', '"""\\\n  #####\n  #@?G#\n  #####"""'])
def test_a_map_whose_lines_are_no_lines_of_the_file_is_pointed_at_by_its_key(drawing):
    head, tail = HEAD.split("drawing")[0], TAIL.removeprefix("'''\n")
    found = told("", f"{head}drawing = {drawing}\n", tail)
    assert any(each.startswith(f"{FIRST - 1}:1: line 2 of the map has '?'") for each in found)


def test_a_mistake_in_a_map_of_the_file_that_is_extended_is_reported_there(tmp_path):
    (tmp_path / "base.toml").write_text(HEAD + GOOD.replace("@", "S") + TAIL)
    (tmp_path / "more.toml").write_text('extends = "base.toml"\nevolution.population = 6\n')
    with pytest.raises(ScenarioError) as caught:
        load_scenario(tmp_path / "more.toml")
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.source, diagnostic.line, diagnostic.column) == (str(tmp_path / "base.toml"), FIRST + 1, 2)
    assert diagnostic.excerpt.endswith(" | #S...G#\n      |  ^")


def test_an_environment_s_own_map_is_pointed_at_in_its_own_lines():
    more = "layout.drawing = '''\n#####\n#@?G#\n#.H.#\n#####\n'''\n"
    text = HEAD + GOOD + TAIL.replace("[environments.training]\n", f"[environments.training]\n{more}")
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.where == "environments.training.layout.drawing"
    assert text.split("\n")[diagnostic.line - 1][diagnostic.column - 1] == "?"


FOREIGN = '''
schema = 1
title = "Warehouse"
[world]
steps = 5
features = ["goal"]
[world.layout]
kind = "map"
legend = { "@" = "start", "%" = "wall", " " = "floor", "." = "goal", "-" = "floor" }
drawing = """
    %%%%%%
    %@ -.%
    %%%  %
    %%%%%%
"""
[world.objects.goal]
features = { goal = 1 }
outcomes = { arrived = 1 }
[environments.training]
[environments.deployment]
layout.drawing = """
    %%%%%%
    %. -@%
    %%%%%%
"""
[objectives]
base = { arrived = 1 }
[mind]
controllers = { planner = 1 }
[evolution]
population = 4
generations = 1
'''


def test_a_map_of_another_program_is_the_same_world_as_if_it_were_drawn_here():
    scenario = parse_scenario(FOREIGN)
    assert rows_of_drawing(scenario.world.layout.drawing) == ["######", "#@..a#", "###..#", "######"]
    assert scenario.world.layout.legend == {"a": "goal"}
    assert rows_of_drawing(scenario.environments["deployment"].layout.drawing) == ["######", "#a..@#", "######"]
    own = FOREIGN.replace(
        'legend = { "@" = "start", "%" = "wall", " " = "floor", "." = "goal", "-" = "floor" }',
        'legend = { a = "goal" }',
    )
    own = (
        own.replace("%@ -.%", "#@..a#")
        .replace("%%%  %", "###..#")
        .replace("%. -@%", "#a..@#")
        .replace("%%%%%%", "######")
    )
    assert scenario_digest(parse_scenario(own), 1) == scenario_digest(scenario, 1)
    assert scenario.world.size == (4, 6)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('"%" = "wall"', '"%" = "walls"', "there is no object 'walls'; did you mean 'wall'?"),
        ("%@ -.%", "%@ ?.%", ":12:8: world.layout.drawing: line 2 of the map has '?', which is not in the legend; others are "
         "'#' wall, '.' floor, '@' start, 'a' goal"),
        ("%@ -.%", "%@ S.%", "a start is '@'; or say S = 'start' in it"),
        ("%@ -.%", "%@ -._", "or say '_' = 'floor' in it"),
        ('"@" = "start"', '"@" = "floor"', "the map has no start: mark where agents may start with '@'"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_map_of_another_program_is_said_where_it_stands(old, new, what):
    with pytest.raises(ScenarioError) as refused:
        parse_scenario(FOREIGN.replace(old, new))
    assert what in str(refused.value)
