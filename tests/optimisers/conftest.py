"""One quadratic and one way to call an optimiser, shared by the tests of single optimisers."""

import contextlib

import numpy as np
import pytest

from replication.cost import BudgetExhausted, CountedCost

CENTRE = np.array([0.3, -0.2, 0.1])
STEEPNESS = np.array([0.5, 1.0, 2.0])


def quadratic(theta):
    return float(np.sum(STEEPNESS * (theta - CENTRE) ** 2))


def gradient(theta):
    return 2 * STEEPNESS * (theta - CENTRE)


@pytest.fixture
def follow():
    """Run a module's `minimise` on the quadratic, lowest (0) at CENTRE; the counted cost."""

    def run(
        module, budget, *, start=(0.0, 0.0, 0.0), edges=(0.1, 0.1, 0.1), cost=quadratic, seed=0
    ):
        counted = CountedCost(cost, budget, gradient)
        with contextlib.suppress(BudgetExhausted):
            module.minimise(
                counted,
                np.array(start),
                edges=np.array(edges),
                budget=budget + 1,
                rng=np.random.default_rng(seed),
            )
        return counted

    return run


@pytest.fixture
def noisy():
    """The quadratic with Gaussian noise of 0.02, made for every run."""

    def make(seed):
        rng = np.random.default_rng(seed)
        return lambda theta: quadratic(theta) + 0.02 * rng.standard_normal()

    return make
