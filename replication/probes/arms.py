"""Arms of a race: trainings at one budget, with their errors, successes and first gradients."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from replication.probes.base import (
    Finding,
    Variables,
    about,
    draws,
    exact,
    sampled,
    standard_error,
)
from replication.seeds import generator_for

if TYPE_CHECKING:
    import xarray as xr

POINTS = 120
"""evaluations at which curves are kept, at most"""
QUANTILES = (0.25, 0.5, 0.75)
CONFIDENCE = 0.95
UNIFORM = "uniform"
"""arm that the others are compared with"""
RESAMPLES = 2000
"""bootstrap samples of the runs"""
ROUNDING = 1e-7
"""errors below which single precision says nothing"""


class Arm(NamedTuple):
    """Trainings of one kind, one a run.

    - `label`: name in figures.
    - `squares`: mean square of the cost's derivatives at each run's start, `(runs,)`.
    - `errors`: of the lowest cost up to each evaluation, `(runs, spent)`; NaN before the first.
    - `norms`: of the gradient, `(runs, spent)`; NaN where none was asked for.
    """

    label: str
    squares: np.ndarray
    errors: np.ndarray
    norms: np.ndarray


def race_table(
    arms: Mapping[str, Arm], evaluations: int, threshold: float, seed: int
) -> "xr.Dataset":
    """What a race measured.

    **Arguments:** `arms`: by name, all of the same runs; `evaluations`: the budget of a run;
    `threshold`: the largest error that is a success; `seed`: of the resampling.

    **Returns:** by `arm`: the gradient at the start, errors at the end and along the way.
    """
    import xarray as xr

    points = np.unique(np.geomspace(1, evaluations, POINTS).astype(int))
    found = list(arms.values())
    curves = [_on_the_way(one, evaluations, points) for one in found]
    variables = {
        **exact("label", "arm", [one.label for one in found], "name in figures"),
        **exact("spent", "arm", [one.errors.shape[1] for one in found], "evaluations a run"),
        **_ends(found, threshold, seed),
        **draws("curve", "arm evaluation quantile", [one for one, _ in curves], "lowest error"),
        **draws("norm", "arm evaluation quantile", [one for _, one in curves], "|gradient|"),
    }
    coordinates = {
        "arm": list(arms),
        "evaluation": points,
        "quantile": list(QUANTILES),
        "end": ["low", "high"],
    }
    return xr.Dataset(variables, coordinates)


def _on_the_way(arm: Arm, evaluations: int, points: np.ndarray) -> np.ndarray:
    """Quantiles over the runs of errors and norms, shape `(2, points, quantiles)`."""
    runs, spent = arm.errors.shape
    padded = np.full((2, runs, evaluations), np.nan)
    padded[0, :, :spent], padded[1, :, :spent] = arm.errors, arm.norms
    padded[0, :, spent:] = arm.errors[:, -1:]
    return np.array([np.quantile(each, QUANTILES, axis=0).T[points - 1] for each in padded])


def _ends(arms: "list[Arm]", threshold: float, seed: int) -> Variables:
    """Gradients at the start, and errors and successes at the end, with their intervals."""
    squares = np.array([one.squares for one in arms])
    final = np.array([one.errors[:, -1] for one in arms])
    runs = final.shape[1]
    successes = [one.errors <= threshold for one in arms]
    needed = [np.where(one.any(1), one.argmax(1) + 1.0, np.inf) for one in successes]
    rate = (final <= threshold).mean(axis=1)
    medians = [bootstrapped(each, seed) for each in final]
    return {
        **sampled(
            "gradient",
            "arm",
            squares.mean(axis=1),
            standard_error(squares, axis=1),
            "mean square of a derivative at the start, about zero",
        ),
        **sampled(
            "success",
            "arm",
            rate,
            np.sqrt(rate * (1 - rate) / runs),
            "fraction of runs below the threshold",
        ),
        **_interval("success", [wilson(round(one * runs), runs) for one in rate]),
        **sampled(
            "median",
            "arm",
            np.median(final, axis=1),
            np.array([one.standard_error for one in medians]),
            "median error at the end",
        ),
        **_interval("median", [one.confidence_interval for one in medians]),
        **draws("final", "arm run", final, "error at the end of each run"),
        **draws("needed", "arm run", needed, "evaluations until success; inf: never"),
    }


def compared(measured: "xr.Dataset") -> dict[str, Finding]:
    """`error_ratio_<arm>`: median error over that of uniform angles, paired by run.

    `gradient_ratio_<arm>`: the same of the mean square of the gradient at the start.
    `evaluations_ratio_<arm>`: median evaluations until success of uniform angles over those of the
    arm; a run without success counts with one more than the budget, so that the ratio is a lower
    bound where uniform angles have no success.
    """
    arms = [str(arm) for arm in measured["arm"].values]
    if UNIFORM not in arms:
        return {}
    errors = np.maximum(measured["final"].transpose("arm", "run").values, ROUNDING)
    base, runs = arms.index(UNIFORM), errors.shape[1]
    budget = float(measured["evaluation"].max())
    needed = np.minimum(measured["needed"].transpose("arm", "run").values, budget + 1)
    rows = np.random.default_rng(0).integers(runs, size=(RESAMPLES, runs))
    found = {}
    for place, arm in enumerate(arms):
        if place == base:
            continue
        both = np.median(errors[place][rows], 1) / np.median(errors[base][rows], 1)
        value = float(np.median(errors[place]) / np.median(errors[base]))
        low, high = np.percentile(both, [2.5, 97.5])
        found[f"error_ratio_{arm}"] = Finding(
            value, float(low), float(high), "bootstrap over runs, paired"
        )
        spent = np.median(needed[base][rows], 1) / np.median(needed[place][rows], 1)
        low, high = np.percentile(spent, [2.5, 97.5])
        found[f"evaluations_ratio_{arm}"] = Finding(
            float(np.median(needed[base]) / np.median(needed[place])),
            float(low),
            float(high),
            "bootstrap over runs, paired; without success one more than the budget",
        )
        one, other = measured.isel(arm=place), measured.isel(arm=base)
        ratio = float(one["gradient"] / other["gradient"])
        spread = np.hypot(
            float(one["gradient_error"] / one["gradient"]),
            float(other["gradient_error"] / other["gradient"]),
        )
        found[f"gradient_ratio_{arm}"] = about(ratio, ratio * spread, "ratio of means")
    return found


def wilson(successes: int, runs: int) -> Any:
    """Wilson's interval of a probability."""
    from scipy.stats import binomtest

    return binomtest(successes, runs).proportion_ci(CONFIDENCE, method="wilson")


def bootstrapped(errors: np.ndarray, seed: int) -> Any:
    """Percentile interval and standard error of the median, by resampling the runs."""
    from scipy.stats import bootstrap

    rng = generator_for(seed, "race bootstrap")
    return bootstrap((errors,), np.median, method="percentile", rng=rng)


def _interval(name: str, ends: list[Any]) -> Variables:
    """The confidence interval of a sampled number, its ends along a dimension."""
    attributes = {"long_name": f"its {CONFIDENCE:.0%} confidence interval", "interval": CONFIDENCE}
    return {f"{name}_interval": (("arm", "end"), np.array([[*each] for each in ends]), attributes)}
