"""CMA-ES from a random point, as far as the start's queries go."""

import numpy as np

from replication.starts import Context

LABEL = "CMA-ES"
USES = "nothing"
POPULATION = 5


def start(context: Context) -> np.ndarray:
    """Generations of five until the queries are used; the best point of them.

    Nothing of the problem class is known to it: the first centre is a random start's draw, the
    first standard deviation that of random angles, 0.29 of their box's width, as Hansen advises
    (0.3). The library's default population, 4 + ⌊3 ln k⌋, would leave one generation. No bounds;
    a last generation that does not fit is cut.

    Hansen, arXiv:1604.00772; library `cma`, doi:10.5281/zenodo.2559634.
    """
    import cma

    from replication.ansatze.base import random_angles

    scale = random_angles(context.ansatz, context.rng, 1000).std(axis=0)
    search = cma.CMAEvolutionStrategy(
        random_angles(context.ansatz, context.rng, 1)[0],
        1.0,
        {
            "CMA_stds": scale,
            "popsize": POPULATION,
            # NaN leaves NumPy's global generator alone; the draws come from ours.
            "seed": np.nan,
            "randn": lambda *shape: context.rng.standard_normal(shape),
            "signals_filename": "",
            "verb_disp": 0,
            "verb_log": 0,
            "verbose": -9,
        },
    )
    left = context.queries
    while left > 0:
        cloud = search.ask()
        values = [context.cost(theta) for theta in cloud[:left]]
        left -= len(values)
        if len(values) == len(cloud):
            search.tell(cloud, values)
    return context.cost.best_point
