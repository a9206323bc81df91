"""`evosim schema KEY` says what a key of scenario files means, its values and its default."""

import json

import forked
import pytest
from jsonschema import Draft202012Validator

from evosim.cli.explained_keys import describe_key
from evosim.scenario.loading.key_search import KeySearch


@pytest.fixture(scope="module")
def search():
    return KeySearch()


def schema(*arguments, cwd):
    return forked.evosim("schema", *arguments, cwd=cwd)


def test_a_key_is_explained_in_three_lines(tmp_path):
    assert schema("evolution.mutation.rate", cwd=tmp_path).stdout.splitlines() == [
        "evolution.mutation.rate",
        "  Probability that a locus mutates.",
        "  a number from 0 to 1, default 0.1",
    ]


def test_where_worlds_differ_each_is_explained(tmp_path):
    shown = schema("world.vision", "environments.ours.vision", cwd=tmp_path).stdout.splitlines()
    assert shown[1:5] == [
        "  How many cells away, in rows and in columns, objects can be seen. Default: all are seen.",
        '  a whole number from 1 to 1,001 (with kind = "grid")',
        "  How many cells away, in rows and in columns, food and other agents can be seen.",
        '  a whole number from 1 to 32, default 4 (with kind = "ecology")',
    ]
    assert shown[-1] == '  a whole number from 1 to 32 (with kind = "ecology")'  # else it is as in [world]


def test_a_choice_is_explained_by_what_can_be_chosen(tmp_path):
    shown = schema("evolution.crossover.operator", cwd=tmp_path).stdout
    assert '  "one_point": With probability rate two parents swap all loci behind a cut.' in shown
    assert "`" not in shown


def test_of_a_table_all_keys_are_listed_with_their_meanings(tmp_path):
    shown = schema("evolution.mutation", cwd=tmp_path).stdout
    assert 'a table, default { operator = "gaussian", rate = 0.1, scale = 0.1 }' in shown
    assert 'evolution.mutation with operator = "reset": Each locus is redrawn from its range' in shown
    assert "Standard deviation of a step, in half-widths of the locus's range. A number (above 0, at most 1)" in shown


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("objectives.base", "a table of numbers, required"),
        ("objectives.pareto", "a list of tables of numbers"),
        ("world.places", 'a table of tables (with kind = "grid")'),
        ("mind.objective.range", "a list of two numbers, default [-1, 1]"),
        ("mind.planner.discount", "a table or a number, default 0.95"),
        ("mind.planner.horizon", "a table or a number, default { initial = 8, range = [1, 32] }"),
        ("mind.network", "a table"),
        ("mind.heuristic.evolves", "true or false, default true"),
        ("measure.every", "a whole number (at least 1), default 5"),
        ("world.slip.chance", "a number (at least 0, below 1), required"),
    ],
)
def test_values_and_defaults_are_said_in_words(search, word, said):
    assert list(describe_key(search.find(word)))[1] == said


def test_a_layout_that_ecologies_have_too_is_listed_once(tmp_path):
    shown = schema("world.layout", cwd=tmp_path).stdout
    assert [shown.count(f'with kind = "{kind}":') for kind in ("open", "scatter", "maze")] == [1, 1, 1]


def test_every_key_can_be_looked_up(search):
    for table in search.tables:
        for key in table.keys:
            found = search.find(f"{table.path}.{key.name}".lstrip("."))
            assert key.meaning in [each.meaning for _, each in found.keys]
            assert all(each.values and each.meaning for _, each in found.keys)


@pytest.mark.parametrize(
    ("word", "refusal"),
    [
        ("slip", "no key 'slip' at the top level; did you mean world.slip or mind.beliefs.slip?"),
        ("evolution.mutaton.rate", "no key 'mutaton' in evolution; did you mean evolution.mutation.rate?"),
        ("world.objects.door.cont", "no key 'cont' in world.objects.door; did you mean world.objects.door.count?"),
        ("evolution.mutation.rat", "no key 'rat' in evolution.mutation; did you mean evolution.mutation.rate?"),
        ("hidden", "no key 'hidden' at the top level; did you mean mind.heuristic.hidden?"),
        (
            "measure.xyz",
            "no key 'xyz' in measure; allowed: every, environments, episodes, alignment, individuals, births, own",
        ),
        (
            "mind.controllers.planner",
            "no key 'planner' in mind.controllers, whose keys are names of your own; `evosim schema mind.controllers` "
            "explains it",
        ),
    ],
)
def test_a_misspelt_key_gets_a_suggestion(search, word, refusal):
    with pytest.raises(LookupError) as caught:
        search.find(word)
    assert caught.value.args[0] == refusal


@pytest.mark.parametrize("word", ["", ".", "..", "[]", "0", "evolution.", ".evolution", "a" * 10_000, "é.ü"])
def test_no_word_is_too_odd_for_an_answer(search, word):
    with pytest.raises(LookupError, match="no key"):
        search.find(word)


def test_a_misspelt_key_is_wrong_usage(tmp_path):
    done = schema("world.slap", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Invalid value for 'KEY': no key 'slap' in world; did you mean world.slip?" in done.stderr


def test_json_is_the_schema_of_that_part(tmp_path, search):
    part = json.loads(schema("world.slip", "--json", cwd=tmp_path).stdout)
    assert Draft202012Validator(part).is_valid({"chance": 0.1, "kind": "other"})
    assert not Draft202012Validator(part).is_valid({"chance": 0.1, "kind": "else"})
    several = json.loads(schema("world.slip", "evolution.mutation", "--json", cwd=tmp_path).stdout)
    assert several["world.slip"] == part
    assert Draft202012Validator(several["evolution.mutation"]).is_valid({"operator": "reset", "rate": 0.5})
    for table in search.tables:
        Draft202012Validator.check_schema(search.schema_of(search.find(table.path or "title")))
