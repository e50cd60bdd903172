"""What the network makes use of: each ablation beside what it is one of."""

import numpy as np

from replication.claims.sample import Loader, Measured, compared
from replication.evaluation import statistics
from replication.study import Study
from replication.variations import BASE

TINY = 1e-12
"""Relative error that counts as none."""


def use(load: Loader, study: Study) -> list[Measured]:
    """What the network makes use of: each ablation's error beside that of what it is one of.

    A learner stands beside the one named [`BASE`][replication.variations.BASE], trained as shortly,
    the median over seeds on each instance; a protocol beside the chosen network as it is. The test
    is that the base's error is the lower one; all of them are one family.
    """
    found: list[Measured] = []
    for name, experiment in study.headlines.items():
        size = experiment.headline_size
        whole = load(name, size)
        pairs: list[tuple[str, str, np.ndarray, np.ndarray]] = []
        for learner, settings in experiment.learners.items():
            if settings.shown_in == "ablations" and learner != BASE and whole.has(BASE):
                errors = [whole.handed_over(whole.seeds_of(one)) for one in (BASE, learner)]
                pairs.append(("learner", learner, errors[0], errors[1]))
        for protocol, way in experiment.protocols.items():
            if way.shown_in == "ablations" and whole.has(None):
                told = load(name, size, protocol).handed_over("lstm")
                pairs.append(("protocol", protocol, whole.handed_over("lstm"), told))
        for kind, one, base, ablated in pairs:
            # Where a network's own point is the best known one its error is none.
            first, second = (np.maximum(errors, TINY) for errors in (base, ablated))
            ratio, low, high = statistics.ratio_of_medians(
                first, second, whole.indices, whole.confidence, budget=np.inf
            )
            row = {"experiment": name, "kind": kind, "name": one}
            ends = {"ratio": float(ratio), "ratio_low": float(low), "ratio_high": float(high)}
            found.append({**row, **ends, **compared(whole, first, second)})
    p_values = statistics.holm(np.array([row["p"] for row in found]))
    return [{**row, "p_holm": float(p)} for row, p in zip(found, p_values, strict=True)]
