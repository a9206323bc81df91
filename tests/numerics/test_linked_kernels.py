"""Kernels that other kernels call are compiled once, with their callers."""

import re
import sys

import numpy as np
import pytest
from numba.core.compiler import Flags
from numba.core.targetconfig import ConfigStack

from evosim.numerics import linked_kernels, numba_compiler
from evosim.numerics.compiler import allocating_kernel, inlined_kernel, kernel, rare_kernel

pytestmark = pytest.mark.compiled


@pytest.fixture(autouse=True, scope="module")
def compiled_anew():
    """Compile the kernels of this file here, linked: of those from the cache nothing can be inspected."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numba_compiler, "CACHE", None)
        patch.setattr(numba_compiler, "NOT_LINKED", [])
        numba_compiler.as_linked_kernels.cache_clear()  # whatever a test before this one has made of it
        assert "pipeline_class" in numba_compiler.as_linked_kernels(), numba_compiler.NOT_LINKED
        yield


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


@rare_kernel
def halved(number: float) -> float:
    return number / 2


@inlined_kernel
def halved_twice(number: float) -> float:
    return halved(halved(number))


@kernel
def halve_all(numbers: np.ndarray) -> None:
    for i in range(numbers.shape[0]):
        numbers[i] = halved_twice(numbers[i]) + scaled(numbers[i], 1)


def test_what_is_rare_is_not_inlined_even_by_what_is():
    """And what is called by an inlined kernel is not inlined for that."""
    numbers = np.array([4.0, 8.0])
    halve_all(numbers)
    assert numbers.tolist() == [4 / 4 + 4, 8 / 4 + 8]
    (made,) = halve_all.dispatcher.inspect_llvm().values()
    assert re.search(r"call .*halved", made)
    assert re.search(r"define .*halved.*#\d+", made)


def test_what_is_only_linked_cannot_be_called_but_is_not_called_either():
    filled(3)
    assert fill.dispatcher is None
    numbers = np.ones(2)
    fill(numbers)  # compiled now, to be called
    assert numbers.tolist() == [2 + 3 + 0 + 5, 2 + 3 + 1 + 5]


def without_linking(monkeypatch, **changed):
    """Return how kernels are compiled where numba's own parts have changed."""
    for name, value in changed.items():
        monkeypatch.setattr(linked_kernels.Linked, name, value)
    monkeypatch.setattr(numba_compiler, "NOT_LINKED", [])
    return numba_compiler.as_linked_kernels.__wrapped__()


def test_linking_is_tried_alike_in_the_midst_of_compiling_what_is_inlined(monkeypatch):
    around = Flags()
    around.forceinline = True
    with ConfigStack().enter(around):
        assert "pipeline_class" in without_linking(monkeypatch), numba_compiler.NOT_LINKED


@pytest.mark.parametrize("name", ["_finalize_final_module", "_optimize_final_module"])
def test_another_numba_whose_parts_fail_compiles_as_it_does_by_itself(name, monkeypatch):
    def fails(*_):
        raise AttributeError("no such thing any more")

    assert "pipeline_class" not in without_linking(monkeypatch, **{name: fails})
    (why,) = numba_compiler.NOT_LINKED
    assert why.startswith("numba 0.")


def test_another_numba_without_these_parts_compiles_as_it_does_by_itself(monkeypatch):
    monkeypatch.setitem(sys.modules, "evosim.numerics.linked_kernels", None)  # as if its imports failed
    assert without_linking(monkeypatch) == numba_compiler.AS_OURS
    assert "ModuleNotFoundError" in numba_compiler.NOT_LINKED[0]


def test_kernels_that_are_not_linked_do_the_same(monkeypatch):
    monkeypatch.setattr(numba_compiler, "as_linked_kernels", lambda: dict(numba_compiler.AS_OURS))

    @kernel
    def halved(number: float) -> float:
        return number / 2

    @allocating_kernel
    def halves(count: int) -> np.ndarray:
        numbers = np.arange(float(count))
        for i in range(count):
            numbers[i] = halved(numbers[i])
        return numbers

    assert halves(3).tolist() == [0.0, 0.5, 1.0]
