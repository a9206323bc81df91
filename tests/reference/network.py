"""Plain twin of the machine of networks: one world, whole arrays, every weight, to the last thought."""

from collections.abc import Mapping, Sequence

import numpy as np

from reference.program import Layer, largest, read

Rule = Mapping[str, float]  # the weights of one channel, by the names of what they stand on
SIDES = ("north", "south", "west", "east")


def rethought(rules: Sequence[Rule], inputs: Mapping[str, Layer], thoughts: int) -> Layer:
    """Return channel 0 after so many thoughts in one world; inputs have names."""
    shape = next(iter(inputs.values())).shape
    channels = [np.zeros(shape) for _ in rules]
    for _ in range(thoughts):
        channels = [channel(rule, channels, inputs) for rule in rules]
    return channels[0]


def channel(rule: Rule, channels: Sequence[Layer], inputs: Mapping[str, Layer]) -> Layer:
    """Return one channel anew: a bias, inputs, then channel by channel its own, the neighbours' sum and largest."""
    found = np.full(channels[0].shape, rule["bias"])
    for name, layer in inputs.items():
        found = found + rule[name] * layer
    for number, layer in enumerate(channels):
        north, south, west, east = (read(side, layer) for side in SIDES)
        around = {"": layer, "sum.": (north + south) + (west + east), "max.": largest(north, south, west, east)}
        for kind, values in around.items():
            found = found + rule.get(f"{kind}c{number}", 0.0) * values
    clipped = np.clip(found, 0.0, 1.0)
    return np.where(clipped < 1e-300, 0.0, clipped)


def weighs(rules: Sequence[Rule]) -> int:
    """Count the weights other than 0 of channels that channel 0 reads, or that one of those reads, and so on."""
    needed, waiting = set(), [0]
    while waiting:
        k = waiting.pop()
        needed.add(k)
        for number in range(len(rules)):
            if number not in needed and any(rules[k].get(f"{kind}c{number}") for kind in ("", "sum.", "max.")):
                waiting.append(number)
    return sum(bool(weight) for k in needed for weight in rules[k].values())
