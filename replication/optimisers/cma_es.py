"""CMA-ES: a Gaussian cloud that moves and reshapes itself after the best of its points."""

import numpy as np

from replication.cost import Cost

LABEL = "CMA-ES"


def minimise(
    cost: Cost,
    start: np.ndarray,
    *,
    edges: np.ndarray,
    budget: int,
    rng: np.random.Generator,
) -> None:
    """Search around `start` with an initial standard deviation of one edge for each angle.

    Population 4 + ⌊3 ln k⌋ and stopping rules are the library's defaults. The start is asked for
    first, though the cloud does not need its cost, so that the search begins where others do.

    **Arguments:** `edges`: shape `(k,)`, units of the angles; `budget`: queries allowed; `rng`:
    draws the cloud.

    Hansen, arXiv:1604.00772; library `cma`, doi:10.5281/zenodo.2559634.
    """
    import cma

    cost(start)
    search = cma.CMAEvolutionStrategy(
        np.zeros(start.size),
        1.0,
        {
            # NaN leaves NumPy's global generator alone; the draws come from ours.
            "seed": np.nan,
            "randn": lambda *shape: rng.standard_normal(shape),
            "maxfevals": budget - 1,
            "signals_filename": "",
            "verb_disp": 0,
            "verb_log": 0,
            "verbose": -9,
        },
    )
    while not search.stop():
        cloud = search.ask()
        search.tell(cloud, [cost(start + edges * x) for x in cloud])
