"""The weights of networks: what each is called, which have an effect, and how the rule that they make is printed.

A weight stands on a channel of the cell itself (`c1`), on the sum or the largest of its neighbours' (`sum.c1`,
`max.c1`), on an input, or on nothing (`bias`). It has an effect if it isn't 0 and its channel can reach channel 0.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from evosim.mind.maps.inputs import input_names
from evosim.mind.network.settings import MAX, SUM, NetworkMind
from evosim.numerics.arrays import Flags, Reals

BIAS = "bias"
TAKEN = rf"c\d+|{BIAS}"  # names that no feature has here


class NetworkWeights(NamedTuple):
    """Weights of P networks with C channels and I inputs: each channel's, on what it reads."""

    own: Reals  # [P, C, C] on the cell's channels
    total: Reals  # [P, C, C] on the sums of its neighbours' channels
    most: Reals  # [P, C, C] on the largest of them
    shown: Reals  # [P, C, I] on inputs
    bias: Reals  # [P, C]


def source_names(channels: int, reads: Sequence[str], inputs: Sequence[str], features: Sequence[str]) -> list[str]:
    """Return the names of all that a channel has weights on, in the order of its loci."""
    each = [f"c{channel}" for channel in range(channels)]
    around = [f"{read}.{name}" for read in (SUM, MAX) if read in reads for name in each]
    return [*each, *around, *input_names(inputs, features, TAKEN), BIAS]


def weight_names(mind: NetworkMind, features: Sequence[str]) -> tuple[str, ...]:
    """Return the names of all weights of a network, channel by channel: such as `c0.max.c1`."""
    names = source_names(mind.channels, mind.reads, mind.inputs, features)
    return tuple(f"c{channel}.{name}" for channel in range(mind.channels) for name in names)


def network_weights(alleles: Reals, mind: NetworkMind, features: Sequence[str]) -> NetworkWeights:
    """Return the weights that alleles `[P, n]` stand for; those on what isn't read are 0."""
    count, channels = len(alleles), mind.channels
    by_channel = alleles.reshape(count, channels, -1)
    nothing, at = np.zeros((count, channels, channels)), channels
    read: dict[str, Reals] = {}
    for name in (SUM, MAX):
        if name in mind.reads:
            read[name], at = by_channel[..., at : at + channels], at + channels
    total, most = (np.ascontiguousarray(read.get(name, nothing)) for name in (SUM, MAX))
    own, shown, bias = by_channel[..., :channels], by_channel[..., at:-1], by_channel[..., -1]
    return NetworkWeights(
        np.ascontiguousarray(own), total, most, np.ascontiguousarray(shown), np.ascontiguousarray(bias)
    )


def reaching(weights: NetworkWeights) -> Flags:
    """Return which channels `[P, C]` can reach channel 0, over so many thoughts as it takes."""
    linked = (weights.own != 0.0) | (weights.total != 0.0) | (weights.most != 0.0)  # [P, C, C] the second to the first
    found: Flags = np.zeros(weights.bias.shape, np.bool_)
    found[:, 0] = True
    for _ in range(found.shape[1] - 1):
        found |= (found[:, :, None] & linked).any(axis=1)
    return found


def effective_weights(weights: NetworkWeights) -> NetworkWeights:
    """Return the weights with 0 for those of channels that can't reach channel 0: the map that is climbed is the same.

    In other channels a weight on one of these is 0 already.
    """
    kept = reaching(weights)
    return NetworkWeights(*(part * (kept if part.ndim == 2 else kept[..., None]) for part in weights))


def count_effective(weights: NetworkWeights) -> Reals:
    """Return how many weights `[P]` of effective networks aren't 0."""
    return np.asarray(sum((part != 0.0).reshape(len(part), -1).sum(axis=1) for part in weights))


def listed_sources(channels: int, names: Sequence[str]) -> list[str]:
    """Return the names of all columns of `weight_table`: those of channels, of inputs, and none for the bias."""
    each = [f"c{channel}" for channel in range(channels)]
    return [*each, *(f"{SUM}.{name}" for name in each), *(f"{MAX}.{name}" for name in each), *names, ""]


def weight_table(weights: NetworkWeights, p: int) -> Reals:
    """Return the weights `[C, 3C + I + 1]` of network `p`, a row for each channel."""
    return np.concatenate([*(part[p] for part in weights[:-1]), weights.bias[p][:, None]], axis=1)


def list_rule(weights: NetworkWeights, p: int, names: Sequence[str]) -> list[str]:
    """Return the rule of network `p`, a line for each channel that has an effect; `names` are those of inputs."""
    table = weight_table(weights, p)
    sources, lines = listed_sources(len(table), names), []
    for channel in np.flatnonzero(reaching(weights)[p]):
        terms = [_term(table[channel, n], sources[n]) for n in np.flatnonzero(table[channel])] or ["+ 0"]
        lines.append(f"c{channel} = clip({' '.join(terms).removeprefix('+ ')})")
    return lines


def _term(weight: float, source: str) -> str:
    return f"{'-' if weight < 0 else '+'} {abs(weight):.4g} {source}".rstrip()
