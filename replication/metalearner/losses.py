"""Meta-losses: what a roll-out's costs are worth, one scalar a roll-out, lower is better."""

from collections.abc import Callable

import jax
import jax.numpy as jnp

MetaLoss = Callable[[jax.Array, jax.Array], jax.Array]
"""`(costs (T,), start_cost ()) -> ()`, costs normalised to [-1, 1]."""


def observed_improvement(costs: jax.Array, start_cost: jax.Array) -> jax.Array:
    r"""$\sum_{t=1}^T \min\{f_t - \min_{j<t} f_j, 0\}$ with $f_0$ inside the running minimum.

    It telescopes to $\min_t f_t - f_0$, at most 0. Its gradient vanishes where no query beats
    $f_0$. Verdon et al. 2019, arXiv:1907.05415; Chen et al. 2017, arXiv:1611.03824.
    """
    best = jax.lax.cummin(jnp.concatenate([start_cost[None], costs[:-1]]))
    return jnp.sum(jnp.minimum(costs - best, 0))


def cumulative_regret(costs: jax.Array, start_cost: jax.Array) -> jax.Array:
    r"""$\frac1T \sum_t f_t$, the regret up to the unknown minimum, which is a constant."""
    del start_cost
    return jnp.mean(costs)


def final_value(costs: jax.Array, start_cost: jax.Array) -> jax.Array:
    """$f_T$."""
    del start_cost
    return costs[-1]


def weighted(costs: jax.Array, start_cost: jax.Array) -> jax.Array:
    r"""$\sum_t w_t f_t$ with linear weights $w_t = 2t / (T(T+1))$."""
    del start_cost
    weights = jnp.arange(1, costs.shape[0] + 1, dtype=costs.dtype)
    return jnp.dot(weights / weights.sum(), costs)


LOSSES: dict[str, MetaLoss] = {
    loss.__name__: loss for loss in (observed_improvement, cumulative_regret, final_value, weighted)
}
