"""Rules say what they read: held to it by scenarios that note what is read of them, and by malformed values."""

import datetime
import random
import sys
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import test_diagnostics
import test_validation
from edited_scenarios import RED_DOORS
from effort import cases
from pydantic import ValidationError
from random_scenarios import draw_scenario
from recorded_reads import RecordedPart, Recorder
from test_half_tables import FRUIT
from test_validation import ISLAND

import scenarios
from evosim.scenario import load_scenario, parse_scenario
from evosim.scenario.errors.diagnostic import Diagnostic
from evosim.scenario.loading.load import check
from evosim.scenario.loading.resolve import resolve
from evosim.scenario.schema.scenario import Scenario
from evosim.scenario.schema.worlds import GridWorld
from evosim.scenario.validation.paths import covers
from evosim.scenario.validation.rule import RuleSet
from evosim.scenario.validation.rules import OF_A_SCENARIO, OF_A_WORLD

OTHERS_ONLY_ADD = ("suggest", "twins", "is_taken", "respelled", "_advice")  # what they find doesn't rest on other names
MALFORMED = datetime.date(1979, 5, 27)  # nothing in a scenario is a date


def dumped(scenario: Scenario) -> dict[str, Any]:
    return scenario.model_dump(mode="json")


def paths_in(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of each value in tables and arrays."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in inner:
        yield (*path, name)
        yield from paths_in(each, (*path, name))


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for part in path:
        value = value[part]
    return value


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """Return tables with another value at a path."""
    if not path:
        return new
    copied = list(value) if isinstance(value, list) else dict(value)
    copied[path[0]] = changed(value[path[0]], path[1:], new)
    return copied


def unlike(scenario: Scenario, chance: random.Random) -> Scenario:
    """Return a scenario with some values in places of others, as long as it stays well-formed."""
    tables = dumped(scenario)
    for _ in range(20):
        paths = [*paths_in(tables)]
        path, other = chance.choice(paths), chance.choice(paths)
        alike = [each for each in paths if each[-1] == path[-1] or type(at(tables, each)) is type(at(tables, path))]
        new = chance.choice(
            (at(tables, other), at(tables, chance.choice(alike)), 0, 1, -1.0, 0.5, None, 900, [4, 2], True)
        )
        try:
            scenario = Scenario.model_validate(changed(tables, path, new))
        except ValidationError:
            continue
        tables = dumped(scenario)
    return scenario


@pytest.fixture
def recorder(monkeypatch) -> Recorder:
    """Note what is read, but for what only serves advice or compares names of which others only add findings."""
    recorder = Recorder()

    def unnoted(function: Any) -> Any:
        def call(*args: Any) -> Any:
            with recorder.paused():
                found = function(*args)
                return list(found) if isinstance(found, Iterator) else found

        return call

    for name, module in list(sys.modules.items()):
        for helper in OTHERS_ONLY_ADD if name.startswith("evosim.scenario.validation.") else ():
            if hasattr(module, helper):
                monkeypatch.setattr(module, helper, unnoted(getattr(module, helper)))
    return recorder


def undeclared(rules: RuleSet, root: Any, recorder: Recorder) -> set[tuple[str, tuple[Any, ...]]]:
    """Find what rules read of a root that they don't declare: the names of the rules, and what they read."""
    found = set()
    for case in rules.cases(RecordedPart(root, (), recorder)):
        recorder.reads.clear()
        case.diagnose({})
        declared = [*case.reads()]
        found |= {
            (case.rule.check.__name__, read)
            for read in recorder.reads
            if read and not any(covers(pattern, read) for pattern in declared)
        }
    return found


def hold_to_their_word(scenario: Scenario, recorder: Recorder) -> None:
    for rules in OF_A_SCENARIO:
        assert undeclared(rules, scenario, recorder) == set()
    for world in (scenario.world, *scenario.environments.values()):
        for rules in OF_A_WORLD:
            assert undeclared(rules, world, recorder) == set()


@pytest.mark.parametrize("name", scenarios.paths())
def test_rules_declare_what_they_read_of_a_shipped_scenario(name, recorder):
    hold_to_their_word(load_scenario(name), recorder)


def drawn() -> Iterator[Scenario]:
    """Yield scenarios with anything in them: shipped ones, and random ones, some of their values in places of others."""
    chance = random.Random(16)
    known = [load_scenario(name) for name in scenarios.paths()]
    known += [parse_scenario(text) for text in (ISLAND, FRUIT)] * 5
    for number in range(cases(150, 15)):
        yield unlike(chance.choice(known), chance)
        with suppress(ValidationError):
            yield Scenario.model_validate(resolve({"name": "drawn", **draw_scenario(random.Random(number))}))


def mistaken() -> Iterator[Scenario]:
    """Yield the well-formed ones of the scenarios whose mistakes other tests expect."""
    for text, test in (
        (ISLAND, test_validation.test_a_mistake_is_reported_with_its_place_and_what_would_be_right),
        (RED_DOORS, test_diagnostics.test_a_mistake_is_reported_with_its_place_and_what_would_be_right),
    ):
        for old, new, _ in test.pytestmark[0].args[1]:
            with suppress(ValidationError, tomllib.TOMLDecodeError):
                asked = tomllib.loads(text.replace(old, new))
                yield Scenario.model_validate(resolve({"name": "mistaken", **asked}))


@pytest.mark.parametrize("some", [drawn, mistaken])
def test_rules_declare_what_they_read_of_any_scenario(some, recorder):
    for scenario in some():
        hold_to_their_word(scenario, recorder)


def test_a_rule_that_declares_too_little_is_found_out(recorder):
    rules = RuleSet(GridWorld)

    @rules.rule(each="objects.{name}", reads=("objects.{name}.count",))
    def read_more(world: GridWorld, name: str) -> Iterator[Diagnostic]:
        kind = world.objects[name]
        if kind.count and kind.carried and "red" in world.features:
            yield Diagnostic(("objects", name), "is carried")

    scenario = load_scenario("red_doors")
    found = undeclared(rules, scenario.world, recorder)
    assert {read[2:] or read for _, read in found} == {("carried",)}


def is_about(where: tuple[Any, ...], path: tuple[Any, ...]) -> bool:
    """Whether one path leads to the other, or would, were they in the world that both belong to."""
    one, other = (("world", *each[2:]) if each[0] == "environments" else each for each in (where, path))
    one, other = (
        ("objectives", "base", *each[2:]) if each[:2] == ("objectives", "intended") else each for each in (one, other)
    )
    return all(mine == its for mine, its in zip(one, other, strict=False)) or (
        one[-1:] == ("size",) and other[-1] == "layout"
    )


def told_beside(asked: dict[str, Any], path: tuple[Any, ...]) -> set[Diagnostic]:
    """Find what is told of a valid scenario with a malformed value at a path, but for that."""
    return {each for each in check(changed(asked, path, MALFORMED))[1] if not is_about(each.where, path)}


def test_nothing_is_reported_that_follows_from_a_malformed_value():
    chance = random.Random(5)
    known = [tomllib.loads(scenarios.paths()[name].read_text()) for name in scenarios.paths()]
    known = [{"name": "known", **asked} for asked in known if "extends" not in asked]
    known += [{"name": "known", **tomllib.loads(text)} for text in (ISLAND, FRUIT)]
    assert not [found for asked in known for found in check(asked)[1]]
    for _ in range(cases(600, 60)):
        asked = chance.choice([*known, *known[-2:] * 9])
        assert told_beside(asked, chance.choice([*paths_in(asked)])) == set()
