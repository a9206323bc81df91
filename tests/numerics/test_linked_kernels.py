"""Kernels that other kernels call are compiled once, with their callers."""

import numpy as np
import pytest

from evosim.numerics.compiler import allocating_kernel, inlined_kernel, kernel

pytestmark = pytest.mark.compiled


@kernel
def scaled(number: float, times: int) -> float:
    return number * times


@inlined_kernel
def shifted(number: float, by: int) -> float:
    return scaled(number, 2) + by


@kernel
def fill(numbers: np.ndarray) -> None:
    for i in range(numbers.shape[0]):
        numbers[i] = shifted(numbers[i], 3) + scaled(numbers[i], i) + scaled(numbers[i], 5)


@allocating_kernel
def filled(count: int) -> np.ndarray:
    numbers = np.arange(float(count))
    fill(numbers)
    return numbers


def test_a_kernel_below_others_says_what_it_says_alone():
    expected = [2 * i + 3 + i * i + 5 * i for i in range(6)]
    assert filled(6).tolist() == expected
    assert [shifted(float(i), 3) + scaled(float(i), i) + scaled(float(i), 5) for i in range(6)] == expected


def test_numbers_in_the_source_of_a_caller_compile_nothing_again():
    filled(3)
    assert [len(each.linked.signatures) for each in (scaled, shifted, fill)] == [1, 1, 1]


def test_what_is_only_linked_cannot_be_called_but_is_not_called_either():
    filled(3)
    assert fill.dispatcher is None
    numbers = np.ones(2)
    fill(numbers)  # compiled now, to be called
    assert numbers.tolist() == [2 + 3 + 0 + 5, 2 + 3 + 1 + 5]
