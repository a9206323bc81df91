"""Arrays in a run file: what is read back is what was stored, whatever the dtype, or it is refused."""

import numpy as np
import pytest

from evosim.storage.codec import decode, encode

STORED = {
    "bool": "int32", "int8": "int32", "uint16": "int32", "int32": "int32", "uint32": "int64", "int64": "int64",
    "float16": "float32", "float32": "float32", "float64": "float64", ">f8": "float64",
}  # fmt: skip


@pytest.mark.parametrize("dtype", STORED)
def test_an_array_is_read_back_as_it_was(dtype):
    kind = np.dtype(dtype)
    ends = [0, 1] if kind.kind == "b" else [np.finfo(kind).min, 0.5] if kind.kind == "f" else [*_limits(kind)]
    array = np.array([ends, ends[::-1]], dtype)
    found = decode(*encode(array))
    assert found.dtype == STORED[dtype]
    assert np.array_equal(found, array)


def _limits(kind):
    return np.iinfo(kind).min, np.iinfo(kind).max


@pytest.mark.parametrize("dtype", ["uint64", "complex128", "U3", "O"])
def test_an_array_that_would_lose_something_is_refused(dtype):
    with pytest.raises(TypeError, match="can't be stored without loss; use float64 or int64"):
        encode(np.zeros(2, dtype))
