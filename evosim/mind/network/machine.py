"""The machine of networks: a convolutional recurrent layer, the same in every cell of a map.

At every thought all cells compute their channels anew, together: a bias, the weighted inputs, and the weighted channels
that the cell and its neighbours had before. What comes of it is clipped to 0 and 1. Channels are 0 before the first
thought. Flood filling needs two channels (Earle et al. 2023, "Pathfinding neural cellular automata"), Bellman backups
one.
"""

from typing import NamedTuple

import numpy as np

from evosim.mind.maps.boards import SMALLEST, clear, larger, new_board, think, think_on
from evosim.mind.network.weights import NetworkWeights
from evosim.numerics.arrays import Reals
from evosim.numerics.compiler import allocating_kernel, implements, inlined_kernel, kernel


class ChannelBoard(NamedTuple):
    """Where networks with C channels and I inputs think, in W worlds side by side."""

    values: Reals  # [3C + I, rows + 2, (columns + 2) · W] channels, those of the next thought, weighted inputs, inputs
    inputs: Reals  # [I, rows + 2, (columns + 2) · W] of these
    worlds: int  # W
    around: Reals  # [2, C, columns · W] sums and largest of the neighbours' channels, along one row


@implements(new_board, NetworkWeights)
@allocating_kernel
def new_channels(networks: NetworkWeights, inputs: int, rows: int, columns: int, worlds: int) -> ChannelBoard:
    """Return a board for networks with so many inputs."""
    channels = networks.bias.shape[1]
    values = np.zeros((3 * channels + inputs, rows + 2, (columns + 2) * worlds))
    return ChannelBoard(values, values[3 * channels :], worlds, np.zeros((2, channels, columns * worlds)))


@implements(think, NetworkWeights)
@kernel
def run_network(networks: NetworkWeights, p: int, thoughts: int, board: ChannelBoard) -> int:
    """Run network `p` for so many thoughts, or until it is at rest, which is the same; return where channel 0 is."""
    channels = networks.bias.shape[1]
    for channel in range(channels):
        clear(board.worlds, board.values[channel])
        weigh_inputs(networks.shown[p, channel], networks.bias[p, channel], board, board.values[2 * channels + channel])
    return run_network_on(networks, p, thoughts, 0, board)


@implements(think_on, NetworkWeights)
@kernel
def run_network_on(networks: NetworkWeights, p: int, thoughts: int, climbed: int, board: ChannelBoard) -> int:
    """Run network `p` for so many more thoughts, from channels of which `climbed` is the first; return as above."""
    channels = networks.bias.shape[1]
    before, after = climbed, channels - climbed
    for _ in range(thoughts):
        moved = False
        for row in range(1, board.values.shape[1] - 1):
            moved |= compute_row(networks, p, row, before, after, board)
        before, after = after, before
        if not moved:
            break
    return before


def channel_layers(board: ChannelBoard, climbed: int) -> list[int]:
    """Return where the channels are, of which the first is `climbed`."""
    return list(range(climbed, climbed + (len(board.values) - len(board.inputs)) // 3))


@kernel
def weigh_inputs(weights: Reals, bias: float, board: ChannelBoard, out: Reals) -> None:
    """Write a bias and the inputs weighted by `[I]` into `[rows + 2, (columns + 2) · W]`, within the frame."""
    begin, end = board.worlds, out.shape[1] - board.worlds
    for row in range(1, out.shape[0] - 1):
        line = out[row, begin:end]
        for x in range(line.shape[0]):
            line[x] = bias
        for i in range(weights.shape[0]):
            if weights[i] != 0.0:
                shown = board.inputs[i, row, begin:end]
                for x in range(line.shape[0]):
                    line[x] += weights[i] * shown[x]


@kernel
def compute_row(networks: NetworkWeights, p: int, row: int, before: int, after: int, board: ChannelBoard) -> bool:
    """Compute all channels of one row, from layers from `before` on into those from `after` on; return if any moves."""
    values, channels = board.values, networks.bias.shape[1]
    begin, end = board.worlds, values.shape[2] - board.worlds
    for channel in range(channels):
        gather_neighbours(
            values[before + channel], row, board.worlds, board.around[0, channel], board.around[1, channel]
        )
    moved = False
    for k in range(channels):
        line, weighted = values[after + k, row, begin:end], values[2 * channels + k, row, begin:end]
        for x in range(line.shape[0]):
            line[x] = weighted[x]
        for j in range(channels):
            own, total, most = networks.own[p, k, j], networks.total[p, k, j], networks.most[p, k, j]
            if own != 0.0 or total != 0.0 or most != 0.0:
                mine, sums, largest = values[before + j, row, begin:end], board.around[0, j], board.around[1, j]
                for x in range(line.shape[0]):
                    line[x] = ((line[x] + own * mine[x]) + total * sums[x]) + most * largest[x]
        moved |= clip(line, values[before + k, row, begin:end])
    return moved


@inlined_kernel
def gather_neighbours(a: Reals, row: int, worlds: int, out_sums: Reals, out_largest: Reals) -> None:
    """Write sums and largest `[columns · W]` of the four neighbours in `a`, along one row."""
    begin, end = worlds, a.shape[1] - worlds
    north, south = a[row - 1, begin:end], a[row + 1, begin:end]
    west, east = a[row, : end - worlds], a[row, begin + worlds :]
    for x in range(out_sums.shape[0]):
        out_sums[x] = (north[x] + south[x]) + (west[x] + east[x])
        out_largest[x] = larger(larger(north[x], south[x]), larger(west[x], east[x]))


@inlined_kernel
def clip(line: Reals, before: Reals) -> bool:
    """Keep numbers `[N]` within 0 and 1, those nearer to 0 than SMALLEST as 0; return if any isn't what it was."""
    moved = 0
    for x in range(line.shape[0]):
        value = 1.0 if line[x] > 1.0 else line[x]
        value = value if value >= SMALLEST else 0.0
        line[x] = value
        moved += value != before[x]
    return moved > 0
