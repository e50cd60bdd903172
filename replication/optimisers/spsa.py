"""SPSA: steps along gradients estimated from two queries, whatever the number of angles."""

import numpy as np

from replication.cost import Cost

LABEL = "SPSA"
PAIRS = 5


def minimise(
    cost: Cost,
    start: np.ndarray,
    *,
    edges: np.ndarray,
    budget: int,
    rng: np.random.Generator,
) -> None:
    r"""Iterate x ← x − a_k ĝ_k, ĝ_k = Δ (f(x + c_k Δ) − f(x − c_k Δ)) / 2c_k, x in `edges`.

    Δ = ±1 at random, $a_k = a/(k + 1 + A)^{0.602}$, $c_k = c/(k + 1)^{0.101}$, c = half an
    edge, A a tenth of the iterations. The first step averages five estimates, and a is such that
    one of their mean magnitude would move each angle by half an edge; no step moves an angle by
    more than one edge. The search never stops early, and its last query is made at the final x;
    the number of pairs follows from the budget (with few angles some of the first five coincide
    and cost nothing).

    **Arguments:** `edges`: shape `(k,)`, units of the angles; `budget`: queries allowed; `rng`:
    draws Δ.

    Spall 1998, doi:10.1109/7.705889.
    """
    cost(start)
    pairs = (min(budget - 1, cost.remaining) - 1) // 2
    first = min(PAIRS, pairs)
    iterations = pairs - first + 1
    stability = iterations / 10
    x, gain = np.zeros(start.size), 1.0
    for k in range(iterations if pairs > 0 else 0):
        c = 0.5 / (k + 1) ** 0.101
        estimates = []
        for _ in range(first if k == 0 else 1):
            sides = rng.choice([-1.0, 1.0], start.size)
            ahead, behind = (cost(start + edges * (x + s * c * sides)) for s in (1, -1))
            estimates.append((ahead - behind) / (2 * c) * sides)
        if k == 0:
            steepness = float(np.mean(np.abs(estimates)))
            gain = 0.5 * (1 + stability) ** 0.602 / steepness if steepness > 0 else 1.0
        step = gain / (k + 1 + stability) ** 0.602 * np.mean(estimates, axis=0)
        x -= np.clip(step, -1, 1)
    cost(start + edges * x)
