r"""The density of minima of Wishart fields, by closed forms, by other estimators and by counting.

With one angle, $f = w^T A w$ with A a real 2×2 Wishart matrix over m, entries of its factors
$N(0, ½)$: one minimum in a period, at the lower eigenvalue of A. With $\mu$ its two eigenvalues,
$E[\mu_1 + \mu_2]/2 = 1$, and the gap is $\frac1m\sqrt{(a - b)^2 + 4c^2}$, averaged here over draws.
"""

import numpy as np
import pytest
from scipy import integrate, special

from replication.errors import UserError
from replication.landscapes import limit_energy, limit_ratio, minima_density
from replication.seeds import generator_for

LIMITS = {
    0.05: 0.4863,
    0.1: 0.3375,
    0.2: 0.1824,
    0.25: 0.1362,
    0.3: 0.1016,
    0.5: 0.0284,
    0.7: 0.0050,
    0.9: 0.00016,
}

BETWEEN = {(8, 3): (2.586, 0.3983), (8, 4): (5.336, 0.3075), (12, 4): (5.049, 0.4081)}
"""Counts and mean energies, of 400 000 draws: errors below 0.2 % and 0.0002."""


def rng(*axes):
    return generator_for(0, "test", "kac-rice", *axes)


def test_one_angle_has_one_minimum_at_the_lower_eigenvalue():
    m = 8
    found = minima_density(m, 1, rng=rng(m), draws=20_000)
    count, error = found.count()
    assert count == pytest.approx(1, abs=4 * error)
    assert error < 0.01
    factors = rng("eigenvalues").normal(0, np.sqrt(0.5), (40_000, 2 * m, 2))
    lower = np.linalg.eigvalsh(factors.transpose(0, 2, 1) @ factors / m)[:, 0]
    mean, error = found.mean()
    assert mean == pytest.approx(lower.mean(), abs=4 * np.hypot(error, lower.std() / 200))
    level, error = found.quantiles([0.1, 0.9])
    np.testing.assert_allclose(level, np.quantile(lower, [0.1, 0.9]), atol=0.02)
    assert (error < 0.01).all()
    spread, error = found.spread()
    assert spread == pytest.approx(lower.std(), abs=4 * error + 0.003)


def test_one_angle_has_the_density_of_an_incomplete_gamma_function():
    """$M = W/m - f$ with $W \\sim \\Gamma(m - ½)$, so that $E[(W/m - f)_+]$ is closed."""
    m, at = 5.0, np.array([0.2, 0.6, 1.0])
    shape = m - 0.5
    tail = shape / m * special.gammaincc(shape + 1, m * at) - at * special.gammaincc(shape, m * at)
    gamma = m**m * at ** (m - 1) * np.exp(-m * at) / special.gamma(m)
    wanted = 2 * np.pi * gamma * (4 * np.pi * at / m) ** -0.5 * tail
    value, error = minima_density(m, 1, rng=rng("closed"), draws=20_000).density(at)
    assert (np.abs(value - wanted) < 4 * error).all()
    assert (error < 0.02 * wanted).all()


@pytest.mark.parametrize(("m", "p"), [(8, 3), (4, 4), (2, 4)])
def test_the_density_is_that_of_the_matrices_themselves(m, p):
    """Plain averages of $\\det M\\; 1\\{M > 0\\}$ at one f, also where p > 2m - 1."""
    draws, energy, source = 60_000, 0.15, rng("plain", m, p)
    b = source.normal(0, np.sqrt(0.5), (draws, 2 * m - 1, p))
    noise = np.triu(source.standard_normal((draws, p, p)), 1)
    half = b.transpose(0, 2, 1) @ b / m - energy * np.eye(p)
    half += np.sqrt(energy / (2 * m)) * (noise + noise.transpose(0, 2, 1))
    spectra = np.linalg.eigvalsh(half)
    terms = np.where(spectra[:, 0] > 0, spectra.prod(1), 0.0)
    factor = (2 * np.pi) ** p * m**m * energy ** (m - 1) * np.exp(-m * energy) / special.gamma(m)
    factor *= (4 * np.pi * energy / m) ** (-p / 2)
    plain, spread = factor * terms.mean(), factor * terms.std() / np.sqrt(draws)
    value, error = minima_density(m, p, rng=rng(m, p), draws=20_000).density(energy)
    assert spread < 0.2 * plain
    assert value[0] == pytest.approx(plain, abs=4 * np.hypot(error[0], spread))


@pytest.mark.parametrize(("m", "p"), BETWEEN)
def test_counts_and_means(m, p):
    found = minima_density(m, p, rng=rng(m, p))
    for (value, error), wanted in zip((found.count(), found.mean()), BETWEEN[m, p], strict=True):
        assert value == pytest.approx(wanted, abs=4 * error)
        assert error < 0.02 * wanted


def test_the_density_integrates_to_the_count():
    found = minima_density(8, 4, rng=rng("integral"), draws=500)
    at = np.linspace(1e-6, 1.5, 4001)
    total = integrate.simpson(found.density(at).value, x=at)
    assert total == pytest.approx(found.count().value, rel=1e-4)
    below = at <= found.quantiles(0.5).value[0]
    half = integrate.simpson(found.density(at[below]).value, x=at[below])
    assert half == pytest.approx(total / 2, rel=2e-3)


@pytest.mark.parametrize("m", [8, 8.5])
def test_the_exponent_of_small_energies(m):
    """n(f) goes with $f^{m-1-p/2}$: constant at the threshold p = 2m - 2, rising below it."""
    at = np.array([1e-12, 1e-11])
    for p in (4, round(2 * m) - 2, round(2 * m) - 1):
        low, high = minima_density(m, p, rng=rng("exponent", p), draws=50).density(at).value
        assert np.log10(high / low) == pytest.approx(m - 1 - p / 2, abs=1e-3)


def test_forty_angles_overflow_nothing():
    found = minima_density(40, 40, rng=rng(40), draws=200)
    assert np.isfinite(found.count()).all()
    # Finite-size corrections are positive, and E* is 0.0284.
    assert 0.03 < found.mean().value < 0.1


def test_many_more_angles_than_2m_leave_no_minimum_above_zero():
    found = minima_density(2, 30, rng=rng("none"), draws=10)
    assert found.count() == (0.0, 0.0)
    assert np.isnan(found.mean().value)
    assert np.isnan(found.quantiles(0.5).error).all()


@pytest.mark.parametrize(("gamma", "energy"), LIMITS.items())
def test_the_limit_of_many_angles(gamma, energy):
    assert limit_energy(gamma) == pytest.approx(energy, abs=6e-5 if gamma < 0.8 else 6e-6)
    assert limit_ratio(limit_energy(gamma)) == pytest.approx(gamma, rel=1e-9)


def test_the_limit_is_the_edge_of_the_spectrum():
    """At E*, the lowest eigenvalue of one M of 600 angles is at 0 to its finite-size scale."""
    p, gamma = 600, 0.3
    m = p / (2 * gamma)
    energy, source = limit_energy(gamma), rng("edge")
    b = source.normal(0, np.sqrt(0.5), (round(2 * m) - 1, p))
    noise = np.triu(source.standard_normal((p, p)), 1)
    matrix = b.T @ b / m + np.sqrt(energy / (2 * m)) * (noise + noise.T)
    lowest = np.linalg.eigvalsh(matrix)[0] - energy
    assert abs(lowest) < 0.2 * energy


def test_ends_of_the_limit():
    np.testing.assert_array_equal(limit_energy([0.0, 1.0, 2.0]), [1, 0, 0])
    assert limit_ratio(1.0) == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: minima_density(0.5, 1, rng=rng()), "m must be at least 1, got 0.5"),
        (lambda: minima_density(3.3, 7, rng=rng()), "multiple of 1/2"),
        (lambda: minima_density(3, 0, rng=rng()), "p must be a whole number of at least 1"),
        (lambda: minima_density(3, 2, rng=rng(), draws=1), "draws must be a whole number"),
        (lambda: minima_density(3, 2, rng=rng(), draws=9).density(0.0), "energies must be above"),
        (lambda: minima_density(3, 2, rng=rng(), draws=9).quantiles(1), "levels must be between"),
        (lambda: limit_energy(-0.1), "gamma must be at least 0"),
        (lambda: limit_ratio(0.0), "energy must be above 0"),
    ],
)
def test_numbers_out_of_range_are_refused(call, message):
    with pytest.raises(UserError, match=message):
        call()
