"""The types of the numpy arrays that the projections calculate with."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

Bools = NDArray[np.bool_]
