"""Random streams: every random number is a function of what it is drawn for, not of when.

A key names a scope (seed, stream, generation, individual, episode, …) and is derived by
`fold`; a draw is a number within a scope. So any draw can be made again, on any thread, in
any order, in a counterfactual. Both mixers are 64-bit finalizers: splitmix64 (Steele, Lea and
Flood 2014) for keys, and Stafford's variant 13 of it for draws, so that a key is never a draw.
"""

from enum import IntEnum

import numpy as np

from evosim.numerics.compiler import inlined_kernel, kernel

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
KEY_1, KEY_2 = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)
DRAW_1, DRAW_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
U11, U27, U30, U31, U33 = (np.uint64(n) for n in (11, 27, 30, 31, 33))
ONE = np.uint64(1)
TO_UNIT = 2.0**-53
TAU = 2.0 * np.pi


class Stream(IntEnum):
    """What a number is drawn for: the first word of every key after the seed."""

    FOUNDERS = 1
    WORLDS = 2
    LIVES = 3
    SELECTION = 4
    CROSSOVER = 5
    MUTATION = 6
    MEASURED_WORLDS = 7
    MEASURED_LIVES = 8
    FOREIGN = 9
    KEPT_WORLDS = 10
    MIXTURES = 11
    CHOICES = 12
    TICKS = 13
    FOOD = 14
    LIFESPANS = 15
    MIGRANTS = 16
    NULL = 17
    ASSESSED = 18
    STORED = 19
    ISLANDS = 20
    MIGRATION = 21


@inlined_kernel
def fold(key: np.uint64, word: int | np.uint64) -> np.uint64:
    """Return the key of the narrower scope `word` (murmur3 finalizer)."""
    z = np.uint64(key) + GOLDEN * (np.uint64(word) + ONE)
    z = (z ^ (z >> U33)) * KEY_1
    z = (z ^ (z >> U33)) * KEY_2
    return z ^ (z >> U33)


@inlined_kernel
def bits(key: np.uint64, draw: int) -> np.uint64:
    """Return 64 random bits: draw number `draw` of the scope `key`."""
    z = np.uint64(key) + GOLDEN * (np.uint64(draw) + ONE)
    z = (z ^ (z >> U30)) * DRAW_1
    z = (z ^ (z >> U27)) * DRAW_2
    return z ^ (z >> U31)


@inlined_kernel
def uniform(key: np.uint64, draw: int) -> float:
    """Draw from [0, 1)."""
    return np.float64(bits(key, draw) >> U11) * TO_UNIT


@inlined_kernel
def below(key: np.uint64, draw: int, count: int) -> int:
    """Draw an integer from 0 to count - 1; the bias is under count / 2**53."""
    return int(uniform(key, draw) * count)


@kernel
def normal(key: np.uint64, draw: int) -> float:
    """Draw from the standard normal distribution (Box and Muller 1958); uses the bits of 2·draw and 2·draw + 1."""
    radius = np.sqrt(-2.0 * np.log(1.0 - uniform(key, 2 * draw)))
    return float(radius * np.cos(TAU * uniform(key, 2 * draw + 1)))


@kernel
def reflect(value: float, low: float, high: float) -> float:
    """Return a number reflected at the ends of a range until it lies within."""
    width = high - low
    beyond = (value - low) % (2.0 * width)
    return low + (beyond if beyond <= width else 2.0 * width - beyond)


def key_of(seed: int, *scope: int) -> np.uint64:
    """Return the key of a scope, outside kernels: `key_of(seed, Stream.WORLDS, generation)`.

    Raises:
        ValueError: the seed does not fit into 64 bits.
    """
    if not 0 <= seed < 2**64:
        raise ValueError(f"the seed {seed} must lie between 0 and 2**64 - 1")
    return subkey(np.uint64(seed), *scope)


def subkey(key: np.uint64, *scope: int) -> np.uint64:
    """Return the key of a narrower scope, outside kernels, where `fold` must not be called.

    Numba returns uint64 as a Python int, and takes one below 2**63 for int64, whose hash is another.

    Raises:
        TypeError: the key is not an `np.uint64`.
    """
    if not isinstance(key, np.uint64):
        raise TypeError(f"a key is an np.uint64, not {key!r} ({type(key).__name__})")
    for word in scope:
        key = np.uint64(fold(key, np.uint64(word)))
    return key
