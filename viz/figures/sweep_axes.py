"""The axes of a sweep in its figures: which keys tell their values apart, in which order, and what they are called."""

from collections.abc import Iterable, Sequence
from typing import Any

from evosim.numerics.formatting import enumerated, in_words, pluralize
from evosim.scenario.toml_values import toml_value
from evosim.sweeps.comparing.differences import SCENARIO
from evosim.sweeps.plan import Axis
from evosim.sweeps.results import SweepResult
from evosim.sweeps.toml_values import shown_value

MOST_NAMED, LONGEST_LIST = 3, 80  # keys in which scenarios differ, and letters of their list


def telling_keys(result: SweepResult, axis: Axis, conditions: Sequence[int]) -> tuple[str, ...]:
    """Return the keys that tell the values of an axis apart in some conditions: none if it has only one there.

    Keys of a zip or of a Latin hypercube change together, so one of them may do, but it may also have the same value
    twice: the first that does alone, else the first that do together.
    """
    different = count_values(result, axis.keys, conditions)
    if different < 2:
        return ()
    alone = next((key for key in axis.keys if count_values(result, (key,), conditions) == different), None)
    if alone is not None:
        return (alone,)
    chosen: tuple[str, ...] = ()
    for key in axis.keys:
        if count_values(result, (*chosen, key), conditions) > count_values(result, chosen, conditions):
            chosen = (*chosen, key)
    return chosen


def count_values(result: SweepResult, keys: Sequence[str], conditions: Sequence[int]) -> int:
    """Return how many different values some keys have together in some conditions."""
    return len({tuple(toml_value(result.values[each][key]) for key in keys) for each in conditions})


def value_of(result: SweepResult, keys: tuple[str, ...], condition: int) -> Any:
    """Return the value of an axis in a condition; of several keys, a line for each. Scenarios are named in words."""
    values = result.values[condition]
    if keys == (SCENARIO,):
        return value_in_words(SCENARIO, values[SCENARIO])
    return values[keys[0]] if len(keys) == 1 else "\n".join(value_in_words(key, values[key]) for key in keys)


def value_in_words(key: str, value: Any) -> str:
    """Return the value of a key as text: what is typed there, but a scenario's name in words."""
    return in_words(shown_value(value)) if key == SCENARIO else shown_value(value)


def axis_title(keys: tuple[str, ...]) -> str:
    """Return what an axis is called: its key, or the last words of several."""
    return keys[0] if len(keys) == 1 else ", ".join(word_endings(keys).values())


def name_keys(keys: Sequence[str]) -> str:
    """Return keys as a list in a sentence: by their last words where they are long, and counted where they are many."""
    if len(keys) > MOST_NAMED:
        return pluralize(len(keys), "key")
    whole = enumerated([*keys])
    return whole if len(whole) <= LONGEST_LIST else enumerated([*word_endings(keys).values()])


def word_endings(keys: Sequence[str]) -> dict[str, str]:
    """Return the last word of each key, or as many as none of the others ends with."""
    found = {}
    for key in keys:
        words = key.split(".")
        ends = (".".join(words[at:]) for at in range(len(words) - 1, -1, -1))
        others = [f".{other}" for other in keys if other != key]
        found[key] = next((end for end in ends if not any(other.endswith(f".{end}") for other in others)), key)
    return found


def ordered(values: Iterable[Any]) -> list[Any]:
    """Return the values of an axis as they are drawn: numbers from low to high, others as they are given."""
    found = list(values)
    are_numbers = all(isinstance(each, int | float) and not isinstance(each, bool) for each in found)
    return sorted(found) if are_numbers else found
