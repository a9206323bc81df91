"""Axes that nobody planned: the keys in which scenarios differ, without those whose values follow from others.

Keys that change together are one axis. Of two axes none says what the other does: a key whose value follows from that
of another key is no axis of its own. Scenarios whose names differ are told apart by these.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from evosim.scenario import Scenario
from evosim.sweeps.plan import Axis
from evosim.sweeps.toml_values import shown_value

SCENARIO, ENVIRONMENTS, WORLD = "scenario", "environments", "world"
NOT_SET, IS_SET = "not set", "set"
WORDS = ("schema", "name", "title", "question", "paper", "claim", "chance_level")  # of which no life depends
MOST_TOGETHER = 3  # keys of an axis; where more change together, others are named beside it
LONGEST_BESIDE = 24  # letters of a value that stands beside the name of its scenario


class Differences(NamedTuple):
    """In what N scenarios differ."""

    axes: tuple[Axis, ...]
    values: tuple[dict[str, Any], ...]  # [N] of the axes, by key
    others: tuple[str, ...]  # keys that differ, too, and follow from the axes


class Varied(NamedTuple):
    """A key in which N scenarios differ."""

    key: str
    values: tuple[Any, ...]  # [N]
    blocks: tuple[int, ...]  # [N], the same number for the same value


def experiment_of(scenario: Scenario) -> str:
    """Return what a scenario's runs follow from as JSON: all but its words and measures of one's own."""
    return json.dumps(_explicit(scenario), separators=(",", ":"), allow_nan=False)


def find_differences(scenarios: Sequence[Scenario]) -> Differences:
    """Return the axes along which scenarios differ, of which no two are the same experiment."""
    found = [_varied(key, values) for key, values in _differing([_explicit(each) for each in scenarios])]
    by_key = {each.key: each.values for each in found}
    varied = [each for each in found if not _is_repeated(each, by_key)]
    names = _varied(SCENARIO, [each.name for each in scenarios])
    finest = sorted(varied, key=lambda each: -len(set(each.blocks)))  # stable: as they stand in a scenario
    axes: list[list[Varied]] = []
    if _are_known_by(names, varied):
        axes = [[names, *_beside(names, varied)]]
    for each in finest:
        if not any(_follows(each, axis[0]) for axis in axes):
            together = [other for other in varied if other.blocks == each.blocks]
            axes.append(together[:MOST_TOGETHER])
    axes.sort(key=lambda axis: -1 if axis[0] is names else varied.index(axis[0]))
    if len(set(zip(*(axis[0].blocks for axis in axes), strict=True))) < len(scenarios) > 1:  # they differ in an order
        digests = [hashlib.sha256(experiment_of(each).encode()).hexdigest()[:8] for each in scenarios]
        axes = [[_varied(SCENARIO, [f"{each.name} {digest}" for each, digest in zip(scenarios, digests, strict=True)])]]
    keys = [each.key for axis in axes for each in axis]
    return Differences(
        tuple(_axis_of(axis) for axis in axes),
        tuple({each.key: each.values[i] for axis in axes for each in axis} for i in range(len(scenarios))),
        tuple(each.key for each in varied if each.key not in keys),
    )


def _are_known_by(names: Varied, varied: Sequence[Varied]) -> bool:
    """Whether names of scenarios tell more than keys: none is there twice, one says what a key does, or many differ."""
    different = len(set(names.blocks))
    one_each = different == len(names.blocks) or any(each.blocks == names.blocks for each in varied)
    return different > 1 and (one_each or len(varied) > MOST_TOGETHER)


def _beside(names: Varied, varied: Sequence[Varied]) -> list[Varied]:
    """Return the keys whose values stand beside the names of scenarios: what follows from them, if few and short."""
    following = [each for each in varied if _follows(each, names)]
    if len(following) > MOST_TOGETHER:
        return []
    return [each for each in following if all(len(shown_value(value)) <= LONGEST_BESIDE for value in each.values)]


def _explicit(scenario: Scenario) -> dict[str, Any]:
    explicit: dict[str, Any] = scenario.model_dump(mode="json")
    explicit["measure"].pop("own", None)
    return {key: value for key, value in explicit.items() if key not in WORDS}


def _differing(tables: Sequence[dict[str, Any]], before: str = "") -> Iterator[tuple[str, list[Any]]]:
    """Yield the dotted keys in which tables differ, in order, with the value of each; elements are keyed by index."""
    for key in dict.fromkeys(key for table in tables for key in table):
        found = [table.get(key) for table in tables]
        if len(set(map(_text, found))) == 1:
            continue
        if (inner := _tables_in(found)) is not None:
            yield from _differing(inner, f"{before}{key}.")
        elif all(each is None or isinstance(each, dict) for each in found):
            yield f"{before}{key}", [NOT_SET if each is None else IS_SET for each in found]
            if len({_text(each) for each in found if each is not None}) > 1:
                yield from _differing([each or {} for each in found], f"{before}{key}.")
        else:
            yield f"{before}{key}", [_plain(each) for each in found]


def _tables_in(found: Sequence[Any]) -> list[dict[str, Any]] | None:
    """Return values as tables, where all are, or all are arrays of equally many; else None."""
    if all(isinstance(each, dict) for each in found):
        return list(found)
    if not all(isinstance(each, list) and all(isinstance(part, dict) for part in each) for each in found):
        return None
    alike = len({len(each) for each in found}) == 1
    return [{str(i): part for i, part in enumerate(each)} for each in found] if alike else None


def _plain(value: Any) -> Any:
    """Return a value as TOML can say it."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items() if each is not None}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return NOT_SET if value is None else value


def _text(value: Any) -> str:
    return json.dumps(value)


def _varied(key: str, values: Sequence[Any]) -> Varied:
    texts = [_text(value) for value in values]
    first = list(dict.fromkeys(texts))
    return Varied(key, tuple(values), tuple(first.index(text) for text in texts))


def _is_repeated(each: Varied, by_key: dict[str, tuple[Any, ...]]) -> bool:
    """Whether a key of an environment has the values of the world that all environments begin with."""
    room, _, rest = each.key.partition(".")
    inside = rest.partition(".")[2]
    return room == ENVIRONMENTS and bool(inside) and by_key.get(f"{WORLD}.{inside}") == each.values


def _follows(each: Varied, other: Varied) -> bool:
    """Whether the value of a key follows from that of another."""
    return len(set(zip(other.blocks, each.blocks, strict=True))) == len(set(other.blocks))


def _axis_of(axis: list[Varied]) -> Axis:
    rows = dict(zip(axis[0].blocks, zip(*(each.values for each in axis), strict=True), strict=True))
    return Axis("grid" if len(axis) == 1 else "zip", tuple(each.key for each in axis), tuple(rows.values()))
