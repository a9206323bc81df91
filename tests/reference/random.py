"""Plain twins of random numbers: Python integers modulo 2**64."""

import math
from functools import reduce

GOLDEN = 0x9E3779B97F4A7C15


def mix(z: int, shifts: tuple[int, int, int], multipliers: tuple[int, int]) -> int:
    """Finalize 64 bits: shift and xor, multiply, shift and xor, multiply, shift and xor."""
    for shift, multiplier in zip(shifts, (*multipliers, 1), strict=True):
        z = (z ^ z >> shift) * multiplier % 2**64
    return z


def fold(key: int, word: int) -> int:
    z = (key + GOLDEN * (word + 1)) % 2**64
    return mix(z, (33, 33, 33), (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53))


def bits(key: int, draw: int) -> int:
    z = (key + GOLDEN * (draw + 1)) % 2**64
    return mix(z, (30, 27, 31), (0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


def key_of(*words: int) -> int:
    return reduce(fold, words)


def uniform(key: int, draw: int) -> float:
    return bits(key, draw) // 2**11 / 2**53


def below(key: int, draw: int, count: int) -> int:
    return math.floor(uniform(key, draw) * count)


def normal(key: int, draw: int) -> float:
    """Turn a point by the second number at a radius by the first."""
    first, second = uniform(key, 2 * draw), uniform(key, 2 * draw + 1)
    return math.sqrt(-2 * math.log(1 - first)) * math.cos(2 * math.pi * second)
