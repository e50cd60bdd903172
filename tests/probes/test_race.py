"""The race of mitigations at a tiny size."""

import numpy as np
import pydantic
import pytest

from replication.probes.race import Race, spectrum

SEED = 7
TINY = {"qubits": 4, "layers": 4, "runs": 3, "evaluations": 40}


def measured(**settings):
    return Race.model_validate({"kind": "race", **TINY, **settings}).measure(SEED)


@pytest.fixture(scope="module")
def found():
    return measured(arms=["uniform", "gaussian", "warm_start"], evaluations=150, threshold=0.1)


def test_the_ground_energy_is_that_of_free_fermions():
    r"""Open critical chain: $E_0 = 1 - 1/\sin(\pi/(2(2n+1)))$. P. Pfeuty, 1970."""
    energies = spectrum(Race(**TINY).stack(SEED, 4))
    assert energies[0] == pytest.approx(1 - 1 / np.sin(np.pi / 18), abs=1e-12)
    assert energies.mean() == pytest.approx(0, abs=1e-12)


def test_a_training_gets_better_and_its_numbers_agree(found):
    final = found.final
    assert ((final > -1e-5) & (final < 0.3)).all()
    np.testing.assert_allclose(found["median"], final.median("run"))
    np.testing.assert_allclose(found.success, (final <= 0.1).mean("run"))
    # The median may lie outside no interval of its own.
    assert (found.median_interval.sel(end="low") <= found["median"]).all()
    assert (found.median_interval.sel(end="high") >= found["median"]).all()
    needed = found.needed.where(np.isfinite(found.needed))
    assert (np.isfinite(found.needed) == (final <= 0.1)).all()
    assert float(needed.max()) <= 150
    curve = found.curve.sel(quantile=0.5, arm="uniform")
    assert (np.diff(curve) <= 0).all()
    assert float(curve[-1]) == pytest.approx(float(found["median"].sel(arm="uniform")))


def test_evaluations_until_success_are_compared_and_a_failure_counts_with_the_budget(found):
    one = Race(**TINY).findings(found)["evaluations_ratio_gaussian"]
    counts = np.minimum(found.needed, 151).median("run")
    assert one.value == float(counts.sel(arm="uniform") / counts.sel(arm="gaussian"))
    assert one.low <= one.value <= one.high
    never = found.assign(needed=found.needed.where(found.arm != "uniform", np.inf))
    bound = Race(**TINY).findings(never)["evaluations_ratio_gaussian"]
    assert bound.value == float(151 / counts.sel(arm="gaussian"))


def test_a_warm_start_says_nothing_of_evaluations_of_the_smaller_circuit(found):
    curve = found.curve.sel(arm="warm_start", quantile=0.5)
    assert np.isnan(curve.where(curve.evaluation <= 75, drop=True)).all()
    assert np.isfinite(curve.where(curve.evaluation > 75, drop=True)).all()


def test_arms_do_not_depend_on_each_other(found):
    alone = measured(arms=["gaussian"], evaluations=150, threshold=0.1)
    np.testing.assert_array_equal(alone.final[0], found.final.sel(arm="gaussian"))
    np.testing.assert_array_equal(alone.gradient[0], found.gradient.sel(arm="gaussian"))


def test_the_same_seed_gives_the_same_numbers():
    settings = {"arms": ["noise_injection"], "shots": 100}
    assert measured(**settings).identical(measured(**settings))


def test_the_local_cost_is_an_arm_where_the_cost_is_global():
    assert "local_then_global" not in Race().names()
    found = measured(cost="all_zero", arms=["local_then_global"])
    assert float(found.ground) == pytest.approx(0, abs=1e-12)
    assert float(found["mean"]) == pytest.approx(15 / 16)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"arms": ["unifrom"]}, "unknown mitigation 'unifrom'; allowed are cosine_restarts, "),
        ({"arms": []}, "at least one"),
        ({"arms": ["uniform", "uniform"]}, "must be different"),
        ({"arms": ["local_then_global"]}, "needs the cost all_zero"),
        ({"qubits": 3}, "greater than or equal to 4"),
    ],
)
def test_settings_that_measure_nothing_are_refused(changes, words):
    with pytest.raises(pydantic.ValidationError, match=words):
        Race.model_validate({"kind": "race", **TINY, **changes})
