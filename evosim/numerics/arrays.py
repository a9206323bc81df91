"""The arrays that cross rooms, by what their elements are; shapes stand where they are used."""

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]
Genes = NDArray[np.float32]
Cells = NDArray[np.int32]
Shorts = NDArray[np.int16]
Bytes = NDArray[np.uint8]
Acts = NDArray[np.int8]
Flags = NDArray[np.bool_]
Ids = NDArray[np.int64]
Indices = NDArray[np.uint32]
