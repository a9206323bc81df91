"""Functions of arrays."""

import numpy as np
import pytest

from evosim.numerics.functions import logistic


def test_the_logistic_function_is_quiet_where_it_is_steep():
    steep = np.array([-1e6, -2.0, 0.0, 2.0, 1e6])
    assert logistic(steep).tolist() == [
        0.0,
        pytest.approx(0.11920292202211755),
        0.5,
        pytest.approx(0.8807970779778823),
        1.0,
    ]
