"""Step: the paper's claims and what the review asked for, judged by the study's thresholds.

Every number is of paired instances with its bootstrap interval; every test is one-sided and
corrected by Holm's method over all tests of all claims. A verdict follows from these and from the
thresholds of the study alone. The rules, claim by claim, are those of `replication.claims`.
"""

import functools
from collections.abc import Sequence

import numpy as np
import xarray as xr

from replication.claims import ablations, findings, openness, pooled, sensitivity
from replication.claims.combined import rows_of
from replication.claims.evaluated import Evaluated, Measured
from replication.claims.judge import judged_together
from replication.claims.views import views
from replication.evaluation.rows import BOUND, Interval
from replication.kinds.meta_learning_jobs import MAIN
from replication.workflow import Job


def _table(rows: Sequence[Measured]) -> xr.Dataset:
    """Rows of one kind as a dataset of dimension `row`, intervals along `bound`."""

    def axes(key: str) -> tuple[str, ...]:
        return ("row", "bound") if isinstance(rows[0][key], Interval) else ("row",)

    columns = {key: (axes(key), [row[key] for row in rows]) for key in rows[0]}
    data = xr.Dataset(columns)
    return data.assign_coords(bound=list(BOUND)) if "bound" in data.dims else data


def run(job: Job) -> None:
    """Groups `findings` (a row a number), `verdicts` (a class or claim) and, where there are any,
    `sensitivity` (a variation), `changes` (a setting of one of them), `use` (an ablation) and
    `pooled` (a start over all larger sizes).
    """
    study = job.study

    @functools.cache
    def load(experiment: str, test_set: str, protocol: str = MAIN) -> Evaluated:
        return Evaluated(job, experiment, test_set, protocol)

    numbers: list[Measured] = []
    verdicts: list[Measured] = []
    for view in views(study):
        found = findings.of_claims(job, load, view)
        found += openness.openness(study, sum(not np.isnan(one.p) for one in found))
        rows, judged = rows_of(view.study, judged_together(found, study.claims.alpha))
        numbers += [{"view": view.name, **one.measured()} for one in judged]
        verdicts += [{"view": view.name, **row._asdict()} for row in rows]
    varied = sensitivity.sensitivity(job, load)
    groups = {
        "findings": numbers,
        "verdicts": verdicts,
        "changes": sensitivity.changes_of(varied),
        "sensitivity": [{k: one[k] for k in one if k != "changes"} for one in varied],
        "use": ablations.use(load, study),
        "pooled": pooled.pooled(load, study),
    }
    job.save(xr.DataTree.from_dict({key: _table(each) for key, each in groups.items() if each}))
