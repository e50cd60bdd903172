"""Straight lines through measured numbers: how fast something falls, with its interval."""

from typing import Any

import numpy as np
import scipy.stats

from replication.checks import real_array
from replication.errors import UserError

LEVEL = 0.95
"""of the intervals"""


def weighted_slope(x: Any, y: Any, errors: Any) -> tuple[Any, Any]:
    """Slopes of y against x by weighted least squares, and their standard errors.

    **Arguments:** `x`: shape `(points,)`; `y`, `errors`: shape `(..., points)`, errors above 0.

    **Returns:** shape `(...)` each; the errors are those that the errors of y give.
    """
    weights = np.asarray(errors, float) ** -2
    middle = (weights * x).sum(-1) / weights.sum(-1)
    away = x - middle[..., None]
    spread = (weights * away**2).sum(-1)
    return (weights * away * y).sum(-1) / spread, spread**-0.5


def line(x: Any, y: Any, errors: Any) -> tuple[float, float, float]:
    r"""Slope of $y$ against $x$ by weighted least squares, with its 95 % interval.

    Where points scatter about the line more than their errors say, the interval is widened by
    $\sqrt{\chi^2/(N - 2)}$, as for points of one unknown error.

    >>> slope, low, high = line([1, 2, 3], [2.0, 4.0, 6.0], [0.1, 0.1, 0.1])
    >>> round(slope, 6), round(high - slope, 3)
    (2.0, 0.139)

    **Arguments:** `x`, `y`, `errors`: shape `(N,)`, at least two points; `errors` above 0.
    """
    x, y, errors = (real_array(name, one) for name, one in (("x", x), ("y", y), ("errors", errors)))
    if x.shape != y.shape or x.shape != errors.shape or x.ndim != 1 or np.ptp(x) == 0:
        raise UserError("x, y and errors must be vectors of one length with two different x")
    if not (errors > 0).all():
        raise UserError("errors must be above 0")
    slope, error = map(float, weighted_slope(x, y, errors))
    excess = 1.0
    if len(x) > 2:
        weights = errors**-2
        apart = y - slope * x
        apart = apart - np.average(apart, weights=weights)
        excess = max(1.0, float(np.sqrt((weights * apart**2).sum() / (len(x) - 2))))
    half = float(scipy.stats.norm.ppf((1 + LEVEL) / 2)) * excess * error
    return slope, slope - half, slope + half


def exponential_rate(x: Any, values: Any, errors: Any) -> tuple[float, float, float]:
    r"""The rate $b$ of $v \propto e^{b x}$, with its 95 % interval, from positive numbers."""
    values = real_array("values", values)
    if not (values > 0).all():
        raise UserError("values must be above 0: the rate is that of their logarithm")
    return line(x, np.log(values), real_array("errors", errors) / values)


def power(x: Any, values: Any, errors: Any) -> tuple[float, float, float]:
    r"""The exponent $a$ of $v \propto x^a$, with its 95 % interval, from positive numbers."""
    return exponential_rate(np.log(real_array("x", x)), values, errors)
