"""What a cost may be given as: a number of any type, or that its evaluation failed."""

import math

import numpy as np


def failed(value: object) -> bool:
    """Whether a cost is that of an evaluation that failed: `None` or NaN."""
    return value is None or (isinstance(value, float | np.floating) and math.isnan(value))


def cost_of(answer: object) -> float | None:
    """The cost in double precision; `None` for what is no finite real number.

    An array that holds one number is that number.
    """
    # Masked, it would be read as zero.
    if np.ma.is_masked(answer):
        return None
    try:
        value = np.asarray(answer)
    except (TypeError, ValueError):
        return None
    if value.size != 1 or value.dtype.kind not in "iuf":
        return None
    cost = float(value.reshape(()))
    return cost if math.isfinite(cost) else None
