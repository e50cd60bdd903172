"""Starts over all larger sizes at once."""

import numpy as np

from replication.claims.evaluated import Loader, Measured
from replication.claims.findings import larger
from replication.evaluation import statistics
from replication.evaluation.intervals import Resamples
from replication.evaluation.rows import Interval
from replication.seeds import generator_for
from replication.starts import NETWORK
from replication.study import Study


def pooled(load: Loader, study: Study) -> list[Measured]:
    """Each start over all test sizes beyond training at once, with the chosen network beside it.

    The bootstrap is stratified by size, so that every resample has the study's mix of sizes
    (Agarwal et al. 2021, arXiv:2108.13264). For reading, not judged: C3 asks size by size.
    """
    found: list[Measured] = []
    for name in study.headlines:
        sizes = larger(study, name, None)
        several = [load(name, size) for size in sizes]
        if len(several) < 2 or not all(evaluated.has(None) for evaluated in several):
            continue
        errors = {
            start: [one.start(start)["error_after_queries"].values for one in several]
            for start in (NETWORK, *several[0].others)
            if all(start in one.names for one in several)
        }
        strata = np.repeat(np.arange(len(sizes)), [len(each) for each in errors[NETWORK]])
        rng = generator_for(study.seed, "statistics", name, "pooled")
        indices = statistics.stratified_resamples(rng, strata, study.statistics.resamples)
        resamples = Resamples(indices, study.statistics.confidence)
        own = np.concatenate(errors[NETWORK])
        for start, parts in errors.items():
            mine = np.concatenate(parts)
            middle = resamples.band(mine, statistics.interquartile_mean)
            found.append(
                {
                    "experiment": name,
                    "sizes": " ".join(sizes),
                    "instances": len(mine),
                    "start": start,
                    "error": Interval(*middle.tolist()),
                    "improvement": Interval(*resamples.improvement(own, mine).tolist()),
                }
            )
    return found
