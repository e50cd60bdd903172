"""What the network makes use of: each ablation beside what it is one of."""

import numpy as np
import xarray as xr

from replication.claims.evaluated import Loader, Measured, tested
from replication.evaluation import statistics
from replication.evaluation.rows import Interval
from replication.study import Study

TINY = 1e-12
"""Relative error that counts as none."""


def use(load: Loader, study: Study) -> list[Measured]:
    """What the network makes use of: each ablation's error beside that of what it is one of.

    A learner is compared with its `base`, trained as shortly, the median over seeds on each
    instance; a protocol with the chosen network as it is. The test is that the base's error is the
    lower one; all of them are one family.
    """
    found: list[Measured] = []
    for name, experiment in study.headlines.items():
        size = experiment.headline_size
        whole = load(name, size)
        pairs: list[tuple[str, str, xr.Dataset, xr.Dataset]] = []
        for learner, settings in experiment.learners.items():
            alike = settings.base
            # The base of the others is shown with them, and is no ablation of the network itself.
            if not alike or experiment.learners[alike].role != "ablation":
                continue
            if settings.role == "ablation" and whole.has(alike):
                pairs.append(("learner", learner, whole.own(alike), whole.own(learner)))
        for protocol, varied in experiment.protocols.items():
            if varied.role == "ablation" and whole.has(None):
                ablated = load(name, size, protocol).own(None)
                pairs.append(("protocol", protocol, whole.own(None), ablated))
        for kind, one, base, ablated in pairs:
            # Where a network's own point is the best known one its error is none.
            first, second = (
                np.maximum(row["error_of_start"].values, TINY) for row in (base, ablated)
            )
            ratio = whole.resamples.ratio_of_medians(first, second, budget=np.inf)
            found.append(
                {
                    "experiment": name,
                    "kind": kind,
                    "name": one,
                    "error_ratio": Interval(*ratio.tolist()),
                    "improvement": Interval(*whole.resamples.improvement(first, second).tolist()),
                    **tested(first, second),
                }
            )
    p_values = statistics.holm(np.array([row["p"] for row in found]))
    return [{**row, "p_holm": float(p)} for row, p in zip(found, p_values, strict=True)]
