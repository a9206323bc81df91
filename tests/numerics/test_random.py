"""Every random number is a function of its key: the stream never changes, and its numbers look random."""

import ast
import json
from itertools import pairwise
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest
import reference
from effort import cases
from evidence import TOO_SURPRISING, correlation, kolmogorov, surprise

from evosim.mind.founders import draw_uniform
from evosim.numerics import random as chance
from evosim.numerics.random import Stream, below, bits, fold, key_of, normal, subkey, uniform

GOLDEN = Path(__file__).parents[1] / "golden" / "chance.json"
MANY = cases(1_000_000, 200_000)
KEYS = [0, 1, 2, 3, 7, 2**31, 2**32 - 1, 2**32, 2**53 + 1, 2**63, 2**64 - 2, 2**64 - 1]


def fold_all(keys: np.ndarray | np.uint64, words: np.ndarray | int) -> np.ndarray:
    """Run the kernel's own lines on whole arrays."""
    return getattr(fold, "py_func", fold)(np.atleast_1d(keys), np.atleast_1d(np.uint64(words)))


def bits_all(keys: np.ndarray | np.uint64, draws: np.ndarray | int) -> np.ndarray:
    """Run the kernel's own lines on whole arrays."""
    return getattr(bits, "py_func", bits)(np.atleast_1d(keys), np.atleast_1d(np.uint64(draws)))


def as_uniform(words: np.ndarray) -> np.ndarray:
    return (words >> np.uint64(11)) * 2.0**-53


def draws(key: np.uint64, count: int) -> np.ndarray:
    """Draw uniforms 0 to count - 1 of one scope."""
    return as_uniform(bits_all(key, np.arange(count, dtype=np.uint64)))


def keys_and_words(count: int) -> list[tuple[int, int]]:
    rng = np.random.default_rng(1)
    drawn = rng.integers(0, 2**63, (count, 2)).tolist()
    return [(key, word) for key in KEYS for word in (0, 1, 2, 1000, 2**40)] + [(2 * k + 1, w % 10**9) for k, w in drawn]


def test_the_stream_of_random_numbers_has_not_changed():
    golden = json.loads(GOLDEN.read_text())
    assert len(golden["draws"]) >= 20
    for row in golden["draws"]:
        key = np.uint64(int(row["key"], 16))
        assert f"{int(fold(key, np.uint64(row['word']))):016x}" == row["fold"]
        assert f"{int(bits(key, row['word'])):016x}" == row["bits"]
        assert uniform(key, row["word"]) == row["uniform"]
        assert below(key, row["word"], 1000) == row["below_1000"]
        assert normal(key, row["word"]) == pytest.approx(row["normal"], rel=1e-14)
    for row in golden["scopes"]:
        assert f"{int(key_of(*row['scope'])):016x}" == row["key"]
    assert {stream.name: int(stream) for stream in Stream} == golden["streams"]


def test_keys_and_draws_are_arithmetic_modulo_two_to_the_64():
    for key, word in keys_and_words(cases(4000, 400)):
        key_64 = np.uint64(key)
        assert int(fold(key_64, np.uint64(word))) == reference.fold(key, word)
        assert int(bits(key_64, word)) == reference.bits(key, word)
        assert uniform(key_64, word) == reference.uniform(key, word)
        assert normal(key_64, word) == pytest.approx(reference.normal(key, word), rel=1e-13, abs=1e-15)
        count = 1 + word % 97
        assert below(key_64, word, count) == reference.below(key, word, count)


def test_the_draws_of_key_0_are_those_published_for_splitmix64():
    published = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]  # Vigna's splitmix64.c, seed 0
    assert [int(bits(np.uint64(0), draw)) for draw in range(3)] == published


def test_arrays_of_keys_make_the_same_numbers_as_single_keys():
    some = keys_and_words(500)
    keys, words = (np.array(column, np.uint64) for column in zip(*some, strict=True))
    assert fold_all(keys, words).tolist() == [reference.fold(*each) for each in some]
    assert bits_all(keys, words).tolist() == [reference.bits(*each) for each in some]


def test_a_scope_within_a_scope_is_a_chain_of_folds():
    assert int(key_of(7, Stream.LIVES, 3, 11)) == reference.key_of(7, int(Stream.LIVES), 3, 11)
    assert int(key_of(2**64 - 1)) == 2**64 - 1


def test_uniform_numbers_lie_from_zero_to_just_under_one():
    numbers = draws(np.uint64(5), MANY)
    assert numbers.min() >= 0.0
    assert numbers.max() < 1.0
    assert reference.uniform(0, 0) < 1.0
    assert (2**64 - 1) // 2**11 / 2**53 < 1.0  # the largest bits there are


@pytest.mark.parametrize("seed", range(3))
def test_every_byte_of_the_draws_is_uniform(seed):
    one_scope = bits_all(key_of(seed, Stream.LIVES), np.arange(MANY, dtype=np.uint64))
    many_scopes = bits_all(fold_all(np.uint64(seed), np.arange(MANY, dtype=np.uint64)), 0)
    keys_themselves = fold_all(np.uint64(seed), np.arange(MANY, dtype=np.uint64))
    for numbers in (one_scope, many_scopes, keys_themselves):
        for byte in numbers.view(np.uint8).reshape(-1, 8).T:
            assert abs(surprise(np.bincount(byte, minlength=256), np.ones(256))) < TOO_SURPRISING


def test_each_bit_of_a_word_flips_half_of_the_bits():
    """Avalanche: neighbouring generations, individuals, episodes and draws have nothing in common."""
    count = MANY // 50
    numbers = np.arange(count, dtype=np.uint64)
    for function in (fold_all, bits_all):
        for bit in range(20):
            other = numbers ^ np.uint64(1 << bit)
            flipped = function(np.uint64(3), numbers) ^ function(np.uint64(3), other)
            shares = np.unpackbits(flipped.view(np.uint8).reshape(count, 8), axis=1).mean(axis=0)
            # pairs (n, n ^ bit) come twice: half as many are independent
            assert np.abs(shares - 0.5).max() < 5 * 0.5 / np.sqrt(count / 2)


@pytest.mark.parametrize("lag", [1, 2, 3, 4, 8, 16, 64, 1000])
def test_neighbouring_draws_are_not_correlated(lag):
    numbers = draws(key_of(11, Stream.LIVES, 0), MANY)
    assert abs(correlation(numbers[:-lag], numbers[lag:])) < TOO_SURPRISING


@pytest.mark.parametrize("lag", [1, 2, 4, 16, 1000])
def test_neighbouring_keys_are_not_correlated(lag):
    for key in (0, 1, 2**63):
        keys = fold_all(np.uint64(key), np.arange(MANY + lag, dtype=np.uint64))
        numbers = as_uniform(bits_all(keys, 0))
        assert abs(correlation(numbers[:-lag], numbers[lag:])) < TOO_SURPRISING


def test_raw_seeds_that_are_neighbours_are_not_correlated():
    seeds = np.arange(MANY, dtype=np.uint64)
    for word in (0, 1, 5):
        numbers = as_uniform(fold_all(seeds, word))
        assert abs(correlation(numbers[:-1], numbers[1:])) < TOO_SURPRISING
        assert kolmogorov(numbers) < 1.95


def test_what_two_siblings_draw_is_not_correlated():
    parents = fold_all(np.uint64(99), np.arange(MANY // 4, dtype=np.uint64))
    words = [0, 1, 2, 3, 100]
    drawn = [as_uniform(bits_all(fold_all(parents, word), 0)) for word in words]
    for first, second in pairwise(drawn):
        assert abs(correlation(first, second)) < TOO_SURPRISING
        grid, *_ = np.histogram2d(first, second, bins=16, range=[[0, 1], [0, 1]])
        assert abs(surprise(grid, np.ones((16, 16)))) < TOO_SURPRISING


def test_a_draw_tells_nothing_about_the_key_with_the_same_number():
    keys = fold_all(np.uint64(4), np.arange(MANY, dtype=np.uint64))
    drawn = bits_all(np.uint64(4), np.arange(MANY, dtype=np.uint64))
    assert not (keys == drawn).any()
    differing = np.unpackbits((keys ^ drawn).view(np.uint8)).mean()
    assert abs(differing - 0.5) < 5 * 0.5 / np.sqrt(64 * MANY)


def test_pairs_of_successive_draws_fill_the_square():
    numbers = draws(key_of(8, Stream.WORLDS), MANY)
    grid, *_ = np.histogram2d(numbers[0::2], numbers[1::2], bins=32, range=[[0, 1], [0, 1]])
    assert abs(surprise(grid, np.ones((32, 32)))) < TOO_SURPRISING
    triples, _ = np.histogramdd(numbers[: len(numbers) // 3 * 3].reshape(-1, 3), bins=8, range=[[0, 1]] * 3)
    assert abs(surprise(triples, np.ones((8, 8, 8)))) < TOO_SURPRISING


def test_a_million_lives_have_a_million_keys():
    generations, individuals, episodes = (np.arange(100, dtype=np.uint64) for _ in range(3))
    key = key_of(1, Stream.LIVES)
    by_generation = fold_all(key, generations)
    by_individual = fold_all(by_generation[:, None], individuals)
    by_episode = fold_all(by_individual[:, :, None], episodes)
    everything = np.concatenate([[np.uint64(key)], by_generation, by_individual.ravel(), by_episode.ravel()])
    assert len(np.unique(everything)) == 1 + 100 + 100**2 + 100**3


def test_no_stream_meets_another():
    keys = [int(key_of(seed, stream, n)) for seed in range(20) for stream in Stream for n in range(100)]
    assert len(set(keys)) == 20 * len(Stream) * 100


def test_numbers_below_a_limit_are_uniform():
    for count in (2, 3, 5, 10, 77):
        numbers = [below(np.uint64(6), draw, count) for draw in range(cases(20_000, 5_000))]
        assert abs(surprise(np.bincount(numbers, minlength=count), np.ones(count))) < TOO_SURPRISING
        assert max(numbers) == count - 1


def test_normal_numbers_are_normal():
    count = cases(100_000, 20_000)
    numbers = np.array([normal(np.uint64(13), draw) for draw in range(count)])
    assert abs(numbers.mean()) < 4 / np.sqrt(count)
    assert abs(numbers.var() - 1) < 4 * np.sqrt(2 / count)
    assert abs((numbers**3).mean()) < 4 * np.sqrt(15 / count)
    assert abs((numbers**4).mean() - 3) < 4 * np.sqrt(96 / count)
    assert abs(correlation(numbers[:-1], numbers[1:])) < TOO_SURPRISING
    assert kolmogorov(np.array([NormalDist().cdf(x) for x in numbers])) < 1.95


def test_normal_numbers_of_neighbouring_keys_are_normal():
    keys = [np.uint64(fold(np.uint64(2), np.uint64(word))) for word in range(cases(50_000, 10_000))]
    numbers = np.array([normal(key, 0) for key in keys])
    assert abs(numbers.mean()) < 4 / np.sqrt(len(keys))
    assert abs(numbers.var() - 1) < 4 * np.sqrt(2 / len(keys))
    assert abs(correlation(numbers[:-1], numbers[1:])) < TOO_SURPRISING


def test_loci_of_founders_are_drawn_uniformly_between_their_bounds():
    low, high = np.array([-1.0, 0.0, 5.0]), np.array([1.0, 0.001, 32.0])
    values = np.empty((cases(50_000, 5_000), 3))
    draw_uniform(key_of(3, Stream.FOUNDERS), low, high, values)
    shares = (values - low) / (high - low)
    assert all(kolmogorov(column) < 1.95 for column in shares.T)
    assert abs(correlation(shares[:, 0], shares[:, 1])) < TOO_SURPRISING
    row = reference.key_of(3, int(Stream.FOUNDERS), 17)
    assert values[17, 2] == 5.0 + reference.uniform(row, 2) * 27.0


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_a_seed_that_does_not_fit_is_refused(seed):
    with pytest.raises(ValueError, match="must lie between 0 and"):
        key_of(seed, 1)


def test_a_key_that_is_a_plain_int_gives_the_same_hash():
    assert int(fold(5, 0)) == int(fold(np.uint64(5), 0)) == reference.fold(5, 0)
    assert int(bits(5, 0)) == int(bits(np.uint64(5), 0)) == reference.bits(5, 0)


@pytest.mark.parametrize("key", [5, 2**63 + 1, np.int64(5), 5.0, "5"])
def test_outside_of_kernels_only_a_key_is_taken_for_one(key):
    with pytest.raises(TypeError, match=r"a key is an np\.uint64"):
        subkey(key, 1)


def test_a_subkey_is_a_key_whatever_its_size():
    key = key_of(3, Stream.LIVES)
    for word in range(20):
        key = subkey(key, word)
        assert isinstance(key, np.uint64)
    expected = reference.key_of(3, Stream.LIVES)
    for word in range(20):
        expected = reference.fold(expected, word)
    assert int(key) == expected


def test_nobody_calls_fold_from_outside_of_a_kernel():
    house = Path(chance.__file__).parents[2]
    found = []
    for file in (file for room in ("evosim", "viz", "benchmarks") for file in (house / room).rglob("*.py")):
        text = file.read_text()
        for function in ast.walk(ast.parse(text)) if "fold(" in text else ():
            if not isinstance(function, ast.FunctionDef):
                continue
            marks = {mark.id for mark in function.decorator_list if isinstance(mark, ast.Name)}
            calls = [n for n in ast.walk(function) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)]
            is_kernel = marks & {"kernel", "inlined_kernel", "rare_kernel", "allocating_kernel"}
            if not is_kernel and any(call.func.id == "fold" for call in calls):
                found.append(f"{file.name}: {function.name}")
    assert found == ["random.py: subkey"]
