"""Errors, distances and queries to target, worked out by hand for a few made-up traces."""

import numpy as np
import pytest
import xarray as xr

from replication import problems
from replication.evaluation.rows import BOUND, Network, chosen, networks_in, of_network
from replication.problems.ising import IsingProblem
from replication.steps.statistics import run as statistics

BEST = np.array([-2.0, -4.0])
OPTIMUM = np.array([0.3, -0.2])


@pytest.fixture(params=[0.0, 7.0], ids=["no offset", "offset 7"])
def tree(job, trace_of, request):
    """Relative errors of every trace are prescribed; the energies follow from the optima.

    An identity part of the Hamiltonian shifts every energy and may change nothing below.
    """
    offset = request.param
    for key in [key for key in job.inputs if key[0] == "instances"]:
        drawn = job.inputs[key]["4"].to_dataset()
        shifted = drawn.assign(offset=("instance", np.full(drawn.sizes["instance"], offset)))
        job.inputs[key] = xr.DataTree.from_dict({"4": shifted})
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


@pytest.fixture
def starts(tree):
    return tree.to_dataset()


@pytest.fixture
def networks(tree):
    return tree["networks"].to_dataset()


@pytest.fixture
def learner(tree):
    return tree["learners"].to_dataset().sel(learner="plain")


def test_rows_are_the_starts_the_chosen_network_and_every_seed(starts, networks):
    assert list(starts["start"].values) == ["random", "ramp", "lstm"]
    assert networks_in(networks) == [Network("plain", 0), Network("plain", 1)]
    assert starts["label"].sel(start="lstm").item() == "meta-trained RNN"
    first, second = (of_network(networks, one) for one in networks_in(networks))
    assert first["label"].item() == "meta-trained RNN, plain, seed 0"
    # The chosen one is the seed that the selected network names, here the second.
    assert chosen(starts) == Network("plain", 1)
    row = starts.sel(start="lstm")
    np.testing.assert_array_equal(row["error_median"].sel(bound="value"), second["error_median"])
    for name in ("queries_to", "error_after_queries", "queries_ratio"):
        np.testing.assert_array_equal(row[name], second[name])
    assert starts["protocol"].item() == "main"


def test_errors_are_relative_to_the_best_known_optimum(starts):
    random = starts["error_median"].sel(start="random", bound="value")
    np.testing.assert_allclose(random, np.linspace(1.0, 0.05, 20), 1e-6)
    ramp = starts.sel(start="ramp")
    np.testing.assert_allclose(ramp["error_mean"].sel(bound="value"), 0.19, 1e-6)
    np.testing.assert_allclose(ramp["error_after_queries"], [0.3, 0.08], 1e-9)


def test_all_starts_are_read_after_the_networks_queries(starts):
    after = np.linspace(1.0, 0.05, 20)[2]
    np.testing.assert_allclose(starts["error_after_queries"].sel(start="random"), after, 1e-9)
    assert starts.attrs["queries"] == 3


def test_queries_to_targets_are_censored_not_dropped(starts, networks):
    found = starts["queries_to"]
    np.testing.assert_array_equal(found.sel(start="random"), [[11, 19], [11, 19]])
    np.testing.assert_array_equal(found.sel(start="ramp"), [[1, np.inf], [1, 1]])
    np.testing.assert_array_equal(starts["reached"].sel(start="ramp"), [1, 0.5])
    first = of_network(networks, Network("plain", 0))
    np.testing.assert_array_equal(first["reached"], [1, 0])
    assert not np.isnan(starts["queries_to_median"].sel(bound="high")).any()
    assert np.isinf(starts["queries_to_median"].sel(start="ramp", target=0.11, bound="value"))


def test_distance_is_to_the_nearest_image_of_the_nearest_tied_optimum(starts):
    distance = starts["distance_median"].sel(bound="value")
    np.testing.assert_allclose(distance.sel(start="ramp"), 0.019, 1e-5)
    np.testing.assert_allclose(distance.sel(start="random"), np.linspace(0.1, 0.005, 20), 1e-5)


def test_bands_hold_their_value_and_single_networks_have_none(starts, networks):
    band = starts["error_median"].sel(start="ramp")
    value, low, high = (band.sel(bound=one) for one in BOUND)
    assert ((low <= value) & (value <= high)).all()
    # With two instances some resample is one of them twice.
    np.testing.assert_allclose(low, 0.08, 1e-6)
    np.testing.assert_allclose(high, 0.3, 1e-6)
    assert "bound" not in networks["error_median"].dims


def test_the_exact_minimum_is_given_too(starts):
    np.testing.assert_allclose(starts["reference_gap"], [0.2, 0.2], 1e-12)
    np.testing.assert_allclose(starts["random_miss"], [0.0, 0.25], 1e-12)
    ratio = np.array([2 * 0.7 / 2.5, 4 * 0.92 / 5])
    np.testing.assert_allclose(
        starts["ratio_median"].sel(start="ramp", bound="value"), np.median(ratio), 1e-9
    )


def test_mean_ratios_have_intervals_and_are_read_after_the_queries_and_at_the_end(starts):
    """The random start's error falls evenly from 1 to 0.05; the queries of a roll-out are 3."""
    error = np.linspace(1.0, 0.05, 20)
    for name, at in (("ratio_after_queries_mean", 2), ("ratio_mean", 19)):
        ratios = BEST * (1 - error[at]) / np.array([-2.5, -5.0])
        one = starts.sel(start="random")
        # Both instances have one and the same ratio, so every resample has.
        expected = [ratios.mean(), ratios.min(), ratios.max()]
        np.testing.assert_allclose(one[name], expected, rtol=1e-9)
    ends = starts["ratio_mean"].sel(start="ramp", bound=["low", "high"])
    np.testing.assert_allclose(ends, [2 * 0.7 / 2.5, 4 * 0.92 / 5], rtol=1e-9)


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
    couplings = 5 * np.array([[0.0, 1.0], [1.0, 0.0]])
    for kind, ratio in (("maxcut", 6 / 8), ("sk", 1 / 3)):
        problem = IsingProblem(kind, couplings, np.zeros(2))
        energy, minimum = np.array([-1.0]), np.array([-3.0])
        found = problems.load(kind)().ratio([problem], energy, minimum)
        np.testing.assert_allclose(found, ratio)


def test_ratios_of_medians_are_bounds_where_one_is_censored(starts, networks):
    starts, networks = starts.sel(own="lstm"), networks.sel(own="lstm")
    ratio, bound = starts["queries_ratio"], starts["queries_ratio_at_budget"]
    value, low, high = (ratio.sel(bound=one) for one in BOUND)
    np.testing.assert_array_equal(value.sel(start="random"), [11, 19])
    np.testing.assert_array_equal(value.sel(start="lstm"), [1, 1])
    np.testing.assert_array_equal(value.sel(start="ramp"), [1, np.inf])
    # One of two instances is censored at the budget of 20, the other one took a single query.
    np.testing.assert_array_equal(bound.sel(start="ramp"), [1, 10.5])
    first = of_network(networks, Network("plain", 0))
    np.testing.assert_array_equal(first["queries_ratio_at_budget"], [1, 20])
    assert ((low <= bound) & (bound <= high)).all()
    # The network is at the wider target as soon as the ramp on every instance, a tie.
    improvement = starts["queries_improvement"].sel(bound="value")
    np.testing.assert_array_equal(improvement.sel(start="ramp"), [0.5, 0.75])
    np.testing.assert_array_equal(improvement.sel(start="random"), [1, 1])


def test_profiles_are_fractions_of_the_instances(starts):
    profile = starts["profile_queries"].sel(bound="value")
    queries = profile.sel(start="random", target=0.51)
    np.testing.assert_array_equal(queries, queries["at_most_queries"] >= 11)
    np.testing.assert_array_equal(profile.sel(start="ramp", target=0.11), 0.5)
    errors = starts["profile_error"].sel(start="ramp", bound="value")
    grid = errors["at_most_error"]
    np.testing.assert_array_equal(errors, ((grid >= 0.08) * 0.5 + (grid >= 0.3) * 0.5))
    assert (starts["profile_error"].sel(start="ramp", bound="low") <= errors).all()
    assert starts["at_most_queries"].values[[0, -1]].tolist() == [1, 20]


def test_a_learner_is_summed_up_by_the_median_of_its_seeds(learner):
    middle = learner["error_after_queries_middle"]
    np.testing.assert_allclose(middle.sel(bound="value"), (0.2 + 0.01) / 2, 1e-9)
    # Both instances have one and the same error, so every resample has.
    np.testing.assert_allclose(learner["error_of_start_middle"], (0.2 + 0.01) / 2, 1e-9)
    queries = learner["queries_to_middle"].sel(bound="value")
    np.testing.assert_array_equal(queries, [1, np.inf])


def test_a_learner_is_compared_as_the_median_of_its_seeds_on_each_instance(learner, starts):
    np.testing.assert_allclose(learner["error_after_queries"], (0.2 + 0.01) / 2, 1e-9)
    np.testing.assert_allclose(learner["error_after_queries_median"], (0.2 + 0.01) / 2, 1e-9)
    np.testing.assert_array_equal(learner["queries_to"], [[1, np.inf], [1, np.inf]])
    ratio = learner["queries_ratio"].sel(bound="value")
    # One seed of two is there at once, the other never: the median of both never is.
    np.testing.assert_array_equal(ratio.sel(start="random"), [11, 0])
    assert learner["queries_ratio_at_budget"].sel(start="random", target=0.11) == 19 / 20
