"""Arrays as blobs of little-endian numbers, with their dtype and shape beside them."""

import json
import math
from typing import Any

import numpy as np

DTYPES = ("<f4", "<f8", "<i4", "<i8")
LONGEST = 2**31 - 1  # elements along an axis
MOST_AXES = 8


def dtype_of(array: np.ndarray) -> str:
    """Return the dtype that an array is stored as: the smallest of DTYPES that holds all numbers of its own dtype.

    Raises:
        TypeError: none does.
    """
    for dtype in DTYPES:
        if np.can_cast(array.dtype, dtype) and (array.dtype.kind == "f") == (np.dtype(dtype).kind == "f"):
            return dtype
    raise TypeError(f"an array of {array.dtype} can't be stored without loss; use float64 or int64")


def encode(array: np.ndarray, dtype: str | None = None) -> tuple[str, str, bytes]:
    """Return the dtype, the shape in JSON, and the bytes of an array.

    Raises:
        TypeError: no dtype is given, and that of the array can't be stored.
    """
    dtype = dtype or dtype_of(array)
    return dtype, str([*array.shape]), np.ascontiguousarray(array, dtype).tobytes()


def decode(dtype: str, shape: str, data: bytes) -> Any:
    """Return the array that `encode` wrote.

    Raises:
        ValueError: dtype or shape is invalid, or doesn't match the length of the data.
    """
    try:
        axes = json.loads(shape)
    except (ValueError, RecursionError):
        axes = None
    sound = (
        isinstance(axes, list) and len(axes) <= MOST_AXES and all(type(n) is int and 0 <= n <= LONGEST for n in axes)
    )
    if not sound or dtype not in DTYPES or len(data) != math.prod(axes) * int(dtype[2]):
        raise ValueError(f"an array of {dtype!r:.20} {shape!r:.60} doesn't match its {len(data)} bytes")
    return np.frombuffer(data, dtype).reshape(axes).astype(dtype[1:])
