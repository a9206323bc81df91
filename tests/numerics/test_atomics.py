"""What threads within kernels tell each other is told as a whole: no addition is lost, and nothing is taken twice."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from evosim.numerics.arrays import Ids
from evosim.numerics.atomics.operations import add_to_word, load_word, replace_word, store_word, yield_processor
from evosim.numerics.compiler import kernel

THREADS, MANY = 3, 20_000


@kernel
def take_all(words: Ids, out_taken: Ids) -> None:
    """Wait for a number, take one after another from it, down to 0, and count them all in the next."""
    while load_word(words, 0) < 0:
        yield_processor()
    left = load_word(words, 0)
    while left > 0:
        if replace_word(words, 0, left, left - 1):
            out_taken[left - 1] += 1
            add_to_word(words, 1, 1)
        left = load_word(words, 0)


@pytest.mark.compiled
def test_threads_share_all_there_is_and_nobody_takes_what_another_took():
    words, taken = np.array([-1, 0]), np.zeros(MANY, np.int64)
    with ThreadPoolExecutor(THREADS) as pool:
        waiting = [pool.submit(take_all, words, taken) for _ in range(THREADS)]
        store_many(words, MANY)
        for each in waiting:
            each.result()
    assert words.tolist() == [0, MANY]
    assert set(taken.tolist()) == {1}


@kernel
def store_many(words: Ids, number: int) -> None:
    store_word(words, 0, number)


def test_without_a_compiler_they_do_the_same_for_one_thread():
    words = np.array([3, 0])
    assert not replace_word(words, 0, 4, 9)
    assert replace_word(words, 0, 3, 5)
    add_to_word(words, 1, 2)
    store_word(words, 0, load_word(words, 0) + 1)
    assert yield_processor() is None
    assert words.tolist() == [6, 2]
