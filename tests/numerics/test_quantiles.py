"""Quantiles are those of numpy, to the last bit."""

import numpy as np
import pytest

from evosim.numerics.quantiles import quantiles

SHARES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 7, 16, 21, 41, 64, 100, 512, 1001])
@pytest.mark.parametrize("kind", ["uniform", "normal", "ties", "equal", "large"])
def test_quantiles_are_those_of_numpy_bit_for_bit(count, kind):
    rng = np.random.default_rng(count)
    values = {
        "uniform": rng.random((26, count)),
        "normal": rng.normal(size=(26, count)),
        "ties": rng.integers(-2, 3, (26, count)).astype(float),
        "equal": np.full((26, count), 0.1),
        "large": rng.normal(size=(26, count)).astype(np.float32).astype(float) * 1e30,
    }[kind]
    assert quantiles(values, SHARES).tobytes() == np.quantile(values, SHARES, axis=-1).tobytes()
    assert quantiles(values[0], SHARES).tobytes() == np.quantile(values[0], SHARES).tobytes()
    by_column = np.ascontiguousarray(values.T)
    assert quantiles(values, (0.05, 0.95)).tobytes() == np.quantile(by_column, [0.05, 0.95], axis=0).tobytes()


@pytest.mark.parametrize("count", [1, 2, 41, 512])
def test_quantiles_of_single_precision_are_those_of_the_same_numbers_as_doubles(count):
    values = np.random.default_rng(count).normal(size=(9, count)).astype(np.float32)
    found = quantiles(values, SHARES)
    assert found.dtype == np.float64
    assert found.tobytes() == quantiles(values.astype(np.float64), SHARES).tobytes()
