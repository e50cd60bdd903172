"""Errors, distances and queries to target, worked out by hand for a few made-up traces."""

import numpy as np
import pytest
import xarray as xr

from replication.problems.ising import IsingProblem
from replication.steps.statistics import run as statistics

BEST = np.array([-2.0, -4.0])
OPTIMUM = np.array([0.3, -0.2])


@pytest.fixture(params=[0.0, 7.0], ids=["no offset", "offset 7"])
def made(job, trace_of, monkeypatch, request):
    """Relative errors of every trace are prescribed; the energies follow from the optima.

    An identity part of the Hamiltonian shifts every energy and may change nothing below.
    """
    offset = request.param
    monkeypatch.setattr(IsingProblem, "offset", offset)
    errors = {
        "random": np.tile(np.linspace(1.0, 0.05, 20), (1, 2, 1)),
        "ramp": np.concatenate([np.full((1, 1, 20), 0.3), np.full((1, 1, 20), 0.08)], 1),
        "lstm.plain": np.stack([np.full((2, 20), 0.2), np.full((2, 20), 0.01)]),
    }
    for name, error in errors.items():
        energy = offset + BEST[:, None] * (1 - error)
        # β has period π/2 without fields, and θ and -θ are one: all these are images.
        image = -OPTIMUM + np.array([0.0, np.pi / 2])
        point = np.broadcast_to(image, (*error.shape, 2)).copy()
        point[..., 0] += error / 10
        job.keep_trace(name, trace_of(energy, point))
    candidates = np.full((2, 4, 2), np.nan)
    candidates[:, 1] = OPTIMUM
    candidates[:, 2] = OPTIMUM + np.array([5.0, 0.1])
    job.inputs["reference", "toy", "4"] = xr.Dataset(
        {
            "theta": (("instance", "candidate", "parameter"), candidates),
            "energy": ("instance", offset + BEST),
            "random_energy": ("instance", offset + BEST + np.array([0.0, 1.0])),
            "exact_minimum": ("instance", offset + np.array([-2.5, -5.0])),
        }
    )
    statistics.run(job)
    return job.output


def test_rows_are_the_starts_the_chosen_network_and_every_seed(made):
    assert list(made["start"].values) == ["random", "ramp", "lstm", "lstm.plain.0", "lstm.plain.1"]
    labels = [str(label) for label in made["label"].values]
    assert labels[2] == "meta-trained RNN"
    assert labels[3] == "meta-trained RNN, plain, seed 0"
    # The chosen one is the seed that the selected network names, here the second.
    for name in ("error_median", "queries_to", "error_after_queries"):
        np.testing.assert_array_equal(
            made[name].sel(start="lstm"), made[name].sel(start="lstm.plain.1")
        )
    assert made.attrs["chosen"] == "lstm.plain.1"


def test_errors_are_relative_to_the_best_known_optimum(made):
    np.testing.assert_allclose(
        made["error_median"].sel(start="random"), np.linspace(1.0, 0.05, 20), 1e-6
    )
    ramp = made.sel(start="ramp")
    np.testing.assert_allclose(ramp["error_mean"], 0.19, 1e-6)
    np.testing.assert_allclose(ramp["error_after_queries"], [0.3, 0.08], 1e-9)


def test_all_starts_are_read_after_the_networks_queries(made):
    after = np.linspace(1.0, 0.05, 20)[2]
    np.testing.assert_allclose(made["error_after_queries"].sel(start="random"), after, 1e-9)
    assert made.attrs["queries"] == 3


def test_queries_to_targets_are_censored_not_dropped(made):
    found = made["queries_to"]
    np.testing.assert_array_equal(found.sel(start="random"), [[11, 19], [11, 19]])
    np.testing.assert_array_equal(found.sel(start="ramp"), [[1, np.inf], [1, 1]])
    np.testing.assert_array_equal(made["reached"].sel(start="ramp"), [1, 0.5])
    np.testing.assert_array_equal(made["reached"].sel(start="lstm.plain.0"), [1, 0])
    assert not np.isnan(made["queries_to_median_high"]).any()
    assert np.isinf(made["queries_to_median"].sel(start="ramp", target=0.11))


def test_distance_is_to_the_nearest_image_of_the_nearest_tied_optimum(made):
    np.testing.assert_allclose(made["distance_median"].sel(start="ramp"), 0.019, 1e-5)
    np.testing.assert_allclose(
        made["distance_median"].sel(start="random"), np.linspace(0.1, 0.005, 20), 1e-5
    )


def test_bands_hold_their_value_and_seeds_have_none(made):
    ramp = made.sel(start="ramp")
    assert (ramp["error_median_low"] <= ramp["error_median"]).all()
    assert (ramp["error_median"] <= ramp["error_median_high"]).all()
    # With two instances some resample is one of them twice.
    np.testing.assert_allclose(ramp["error_median_low"], 0.08, 1e-6)
    np.testing.assert_allclose(ramp["error_median_high"], 0.3, 1e-6)
    assert np.isnan(made["error_median_low"].sel(start="lstm.plain.0")).all()


def test_the_exact_minimum_stands_beside(made):
    np.testing.assert_allclose(made["reference_gap"], [0.2, 0.2], 1e-12)
    np.testing.assert_allclose(made["random_miss"], [0.0, 0.25], 1e-12)
    ratio = np.array([2 * 0.7 / 2.5, 4 * 0.92 / 5])
    np.testing.assert_allclose(made["ratio_median"].sel(start="ramp"), np.median(ratio), 1e-9)


def test_mean_ratios_have_intervals_and_are_read_after_the_queries_and_at_the_end(made):
    """The random start's error falls evenly from 1 to 0.05; the queries of a roll-out are 3."""
    error = np.linspace(1.0, 0.05, 20)
    for name, at in (("ratio_after_queries_mean", 2), ("ratio_mean", 19)):
        ratios = BEST * (1 - error[at]) / np.array([-2.5, -5.0])
        one = made.sel(start="random")
        np.testing.assert_allclose(one[name], ratios.mean(), rtol=1e-9)
        # Both instances have one and the same ratio, so every resample has.
        np.testing.assert_allclose(one[f"{name}_low"], ratios.min(), rtol=1e-9)
        np.testing.assert_allclose(one[f"{name}_high"], ratios.max(), rtol=1e-9)
    ramp = made.sel(start="ramp")
    np.testing.assert_allclose(ramp["ratio_mean_low"], 2 * 0.7 / 2.5, rtol=1e-9)
    np.testing.assert_allclose(ramp["ratio_mean_high"], 4 * 0.92 / 5, rtol=1e-9)


def test_a_start_that_asks_nothing_is_judged_at_the_first_query(job, trace_of):
    error = np.linspace(1.0, 0.05, 20)
    for name in ("random", "ramp", "lstm.plain"):
        seeds = 2 if name == "lstm.plain" else 1
        energy = BEST[:, None] * (1 - np.tile(error, (seeds, 2, 1)))
        trace = trace_of(energy, np.zeros((*energy.shape, 2)))
        trace["start_queries"][:] = 0 if name == "random" else 3
        job.keep_trace(name, trace)
    job.inputs["reference", "toy", "4"] = xr.Dataset(
        {
            "theta": (("instance", "candidate", "parameter"), np.zeros((2, 1, 2))),
            "energy": ("instance", BEST),
            "random_energy": ("instance", BEST),
            "exact_minimum": ("instance", BEST),
        }
    )
    statistics.run(job)
    found = job.output["error_of_start"]
    np.testing.assert_allclose(found.sel(start="random"), error[0], rtol=1e-9)
    np.testing.assert_allclose(found.sel(start="lstm"), error[2], rtol=1e-9)


def test_ratio_of_maxcut_is_cut_over_the_largest_cut():
    ratio = statistics._ratio("maxcut", np.array([-1.0]), np.array([-3.0]), np.array([5.0]))
    np.testing.assert_allclose(ratio, 6 / 8)


def test_savings_are_ratios_of_medians_and_bounds_where_one_is_censored(made):
    saving, bound = made["saving"], made["saving_bound"]
    np.testing.assert_array_equal(saving.sel(start="random"), [11, 19])
    np.testing.assert_array_equal(saving.sel(start="lstm"), [1, 1])
    np.testing.assert_array_equal(saving.sel(start="ramp"), [1, np.inf])
    # One of two instances is censored at the budget of 20, the other one took a single query.
    np.testing.assert_array_equal(bound.sel(start="ramp"), [1, 10.5])
    np.testing.assert_array_equal(bound.sel(start="lstm.plain.0"), [1, 20])
    assert (made["saving_low"] <= bound).all()
    assert (bound <= made["saving_high"]).all()


def test_profiles_are_shares_of_the_instances(made):
    queries = made["profile_queries"].sel(start="random", target=0.51)
    np.testing.assert_array_equal(queries, queries["at_most_queries"] >= 11)
    np.testing.assert_array_equal(made["profile_queries"].sel(start="ramp", target=0.11), 0.5)
    errors = made["profile_error"].sel(start="ramp")
    grid = errors["at_most_error"]
    np.testing.assert_array_equal(errors, ((grid >= 0.08) * 0.5 + (grid >= 0.3) * 0.5))
    assert (made["profile_error_low"].sel(start="ramp") <= errors).all()
    assert np.isnan(made["profile_error"].sel(start="lstm.plain.0")).all()
    assert made["at_most_queries"].values[[0, -1]].tolist() == [1, 20]


def test_a_learner_is_summed_up_by_the_median_of_its_seeds(made):
    one = made.sel(learner="plain")
    np.testing.assert_allclose(one["seeds_error_after_queries_median"], (0.2 + 0.01) / 2, 1e-9)
    np.testing.assert_allclose(one["seeds_error_of_start_median"], (0.2 + 0.01) / 2, 1e-9)
    np.testing.assert_array_equal(one["seeds_queries_to_median"], [1, np.inf])
    for suffix in ("_low", "_high"):
        limit = one[f"seeds_error_of_start_median{suffix}"]
        np.testing.assert_allclose(limit, (0.2 + 0.01) / 2, 1e-9)
