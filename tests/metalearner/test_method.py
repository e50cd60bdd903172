"""A network as a method of SciPy and of loops like Qiskit's."""

import warnings

import jax
import numpy as np
import pytest
from scipy.optimize import Bounds, OptimizeResult, basinhopping, minimize

import replication as r
from replication.metalearner.method import STOPPED, USED_UP
from replication.metalearner.view import swapped

EDGES = [
    *((0, 1, 0.5), (0, 2, 1.2), (1, 2, 0.8), (1, 3, 1.5), (2, 4, 0.7), (3, 4, 1.1)),
    *((3, 5, 0.9), (4, 5, 1.3), (0, 5, 0.6), (2, 3, 1.0)),
]
PROBLEM = r.maxcut(EDGES)
ANSATZ = r.qaoa(PROBLEM, p=4)


def energy(theta):
    return float(ANSATZ.energy(theta))


@pytest.fixture(scope="module")
def learner():
    return r.load_meta_optimizer("ising-p4")


@pytest.fixture(scope="module")
def whole(learner):
    return learner.suggest(energy, problem=PROBLEM)


def test_without_a_start_it_is_suggest(learner, whole):
    for found in (
        minimize(energy, None, method=learner.on(PROBLEM)),
        minimize(energy, None, method=learner, options={"problem": PROBLEM}),
        learner.on(PROBLEM)(energy),
    ):
        np.testing.assert_array_equal(found.x, whole.best)
        assert (found.fun, found.nfev, found.nit) == (whole.best_value, 10, 10)
        assert found.success


@pytest.mark.parametrize("name", ["queries", "maxfev", "maxiter"])
def test_the_number_of_queries_has_scipys_names_too(learner, whole, name):
    found = minimize(energy, None, method=learner.on(PROBLEM), options={name: 3})
    assert found.nfev == 3
    assert found.fun == whole.values[:3].min()


def test_a_start_counts_as_an_evaluation(learner):
    found = minimize(energy, np.zeros(8), method=learner.on(PROBLEM), options={"maxfev": 4})
    assert (found.nfev, found.nit) == (4, 3)


def test_callbacks_of_both_kinds_see_the_best_point(learner, whole):
    points, results = [], []
    minimize(energy, None, method=learner.on(PROBLEM), callback=points.append)
    assert len(points) == 10
    np.testing.assert_array_equal(points[-1], whole.best)

    def newer(intermediate_result):
        results.append(intermediate_result)

    minimize(energy, None, method=learner.on(PROBLEM), callback=newer)
    assert isinstance(results[0], OptimizeResult)
    np.testing.assert_array_equal([one.fun for one in results], np.minimum.accumulate(whole.values))


def test_a_callback_may_stop_the_search(learner):
    def stop(theta):
        raise StopIteration

    found = minimize(energy, None, method=learner.on(PROBLEM).then("COBYQA"), callback=stop)
    assert (found.nfev, found.status, found.success) == (1, STOPPED, False)


def test_bounds_that_hold_change_nothing(learner, whole):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = minimize(energy, None, method=learner.on(PROBLEM), bounds=Bounds(-4, 4))
    np.testing.assert_array_equal(found.x, whole.best)


def test_beta_is_moved_by_its_period_into_bounds(learner, whole):
    bounds = [(None, None)] * 4 + [(0, 2 * np.pi)] * 4
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = minimize(energy, None, method=learner.on(PROBLEM), bounds=bounds)
    # The network does not see that its angles were moved.
    np.testing.assert_allclose(found.x[4:], whole.best[4:] + np.pi)
    assert found.fun == pytest.approx(whole.best_value, abs=1e-9)


def test_gamma_is_clipped_with_one_warning(learner):
    asked = []

    def cost(theta):
        asked.append(theta)
        return energy(theta)

    bounds = [(-0.2, 0.2)] * 8
    with pytest.warns(UserWarning, match="outside of the bounds and are clipped") as seen:
        found = minimize(cost, None, method=learner.on(PROBLEM), bounds=bounds)
    assert len(seen) == 1
    assert (np.abs(asked) <= 0.2).all()
    assert (np.abs(found.x) <= 0.2).all()


@pytest.mark.parametrize("method", ["COBYQA", "Nelder-Mead", "L-BFGS-B", "SLSQP", "BFGS"])
def test_a_local_method_goes_on(learner, whole, method):
    found = minimize(energy, None, method=learner.on(PROBLEM).then(method, maxiter=300))
    assert found.fun < whole.best_value
    assert found.fun == pytest.approx(energy(found.x))
    assert found.nfev > 20


def test_the_order_of_qiskit(learner, whole):
    def cost(theta):
        return energy(swapped(theta))

    pairs = [(0, 2 * np.pi)] * 4 + [(None, None)] * 4
    method = learner.on(PROBLEM, order="qiskit")
    found = method(cost, np.zeros(8), jac=None, bounds=pairs)
    assert (found.x[:4] >= 0).all()
    assert found.fun == pytest.approx(cost(found.x))
    assert found.fun <= whole.values[0] + 1e-9
    free = method(cost)
    np.testing.assert_array_equal(free.x, swapped(whole.best))
    with pytest.raises(r.UserError, match="order 'cirq' must be one of own, qiskit"):
        learner.on(PROBLEM, order="cirq")


def test_basin_hopping(learner):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = basinhopping(
            energy, np.zeros(8), niter=2, minimizer_kwargs={"method": learner.on(PROBLEM)}, rng=0
        )
    assert found.fun < -4


def test_bad_input_is_refused(learner):
    method = learner.on(PROBLEM)
    allowed = "maxfev, maxiter, offset, problem, queries, scale, unit"
    with pytest.raises(r.UserError, match=f"unknown option scal; allowed are {allowed}"):
        minimize(energy, None, method=method, options={"scal": 2.0})
    with pytest.raises(r.UserError, match="maxfev = 1 is used up by the start"):
        minimize(energy, np.zeros(8), method=method, options={"maxfev": 1})
    with pytest.raises(r.UserError, match="takes no constraints; leave them out"):
        minimize(energy, None, method=method, constraints=[{}])
    with pytest.raises(r.UserError, match="a pair of numbers for each of 8 angles, got 3"):
        minimize(energy, None, method=method, bounds=[(0, 1)] * 3)
    with pytest.raises(r.UserError, match="low ends at most as large as high ends"):
        minimize(energy, None, method=method, bounds=[(1, 0)] * 8)


LOCAL = ["COBYQA", "COBYLA", "Nelder-Mead", "Powell", "L-BFGS-B", "SLSQP", "BFGS", "trust-constr"]


@pytest.mark.parametrize("method", LOCAL)
def test_evaluations_are_those_of_both(learner, method):
    asked = []

    def cost(theta):
        asked.append(energy(theta))
        return asked[-1]

    both = learner.on(PROBLEM).then(method)
    found = minimize(cost, None, method=both, options={"maxfev": 20})
    assert (found.nfev, len(asked), found.status, found.success) == (20, 20, USED_UP, False)
    assert found.fun == min(asked) == energy(found.x)
    few = minimize(cost, None, method=both, options={"maxfev": 4})
    assert (few.nfev, len(asked)) == (4, 24)


@pytest.mark.parametrize("method", ["COBYQA", "Nelder-Mead", "L-BFGS-B"])
def test_iterations_are_those_of_both(learner, method):
    found = minimize(energy, None, method=learner.on(PROBLEM).then(method), options={"maxiter": 13})
    assert found.nit == 13
    assert (
        minimize(energy, None, method=learner.on(PROBLEM).then(method), options={"maxiter": 3}).nfev
        == 3
    )


def test_gradients_are_for_the_local_method(learner):
    calls = []

    def gradient(theta):
        calls.append(theta)
        with jax.enable_x64(True):
            return np.asarray(jax.grad(ANSATZ.energy)(theta))

    both = learner.on(PROBLEM)
    found = minimize(energy, None, method=both.then("L-BFGS-B"), jac=gradient)
    assert 0 < len(calls) == found.nfev - 10 < 40
    other = minimize(energy, None, method=both.then("L-BFGS-B", jac=gradient))
    assert (other.nfev, other.fun) == (found.nfev, found.fun)
    values = minimize(
        lambda theta: (energy(theta), gradient(theta)),
        None,
        jac=True,
        method=both.then("L-BFGS-B"),
    )
    assert values.fun == found.fun
    with pytest.raises(r.UserError, match="jac=True is for minimize"):
        both.then("L-BFGS-B", jac=True)


@pytest.mark.parametrize("failing", [7, 30])
@pytest.mark.parametrize("error", [TimeoutError, KeyboardInterrupt])
def test_what_is_paid_survives_a_failure_in_either_part(learner, failing, error):
    asked = []

    def cost(theta):
        if len(asked) == failing - 1:
            raise error
        asked.append(energy(theta))
        return asked[-1]

    with pytest.raises(error) as caught:
        minimize(cost, None, method=learner.on(PROBLEM).then("COBYQA"))
    session = caught.value.session
    assert [value for _, value in session.paid] == asked[:10]
    (note,) = caught.value.__notes__
    if failing > 10:
        theta, value = caught.value.best
        assert value == min(asked) == energy(theta)
        assert "29 evaluations are paid" in note
    else:
        assert session.run(energy).values[:6].tolist() == asked


def test_a_session_goes_on_in_the_order_and_bounds_of_its_cost(learner):
    seen = []

    def cost(theta, shift):
        seen.append(theta)
        if len(seen) == 7:
            raise TimeoutError
        return energy(swapped(theta)) + shift

    bounds = [(0, np.pi)] * 4 + [(None, None)] * 4
    method = learner.on(PROBLEM, order="qiskit")
    with pytest.raises(TimeoutError) as caught:
        minimize(cost, None, (0.5,), method=method, bounds=bounds)
    found = caught.value.session.run(lambda theta: cost(theta, 0.5))
    undisturbed = minimize(
        lambda theta: energy(swapped(theta)) + 0.5, None, method=method, bounds=bounds
    )
    assert found.best_value == undisturbed.fun
    np.testing.assert_array_equal(found.best, undisturbed.x)
    assert all((theta[:4] >= 0).all() for theta in seen)
