"""Made-up statistics of which the verdict on every claim is known, and the step run on them."""

from types import SimpleNamespace

import jax
import numpy as np
import xarray as xr

from replication import store
from replication.kinds.meta_learning_jobs import starts_for
from replication.steps.claims import run as claims
from replication.study import Study, digest
from replication.workflow import Job, fields

# Median error after the RNN's queries, and median queries to the claims' target.
GOOD = {
    "lstm": (0.006, 10),
    "ramp": (0.14, 150),
    "adiabatic": (0.14, 150),
    "random": (0.9, np.inf),
    "constant": (0.1, 100),
    "median": (0.12, 120),
    "bayes": (0.5, 350),
    "cma_es": (0.6, np.inf),
}


def statistics_of(study, experiment, sample, protocol="main", levels=None, seed=0):
    """Statistics of one sample whose medians are near `levels`: start → (error, queries).

    A key may be a start, or a learner as `lstm.<learner>`; single networks are like the RNN.
    """
    settings = study.experiments[experiment]
    levels = {**GOOD, **(levels or {})}
    count = settings.samples[sample].instances
    budget = settings.evaluation_under(protocol).budget
    learner = settings.candidates[0]
    names = []
    for start in starts_for(study, experiment, sample, protocol):
        _, _, of = start.partition(".")
        seeds = range(settings.learners[of].seeds) if of else ()
        names += [f"{start}.{one}" for one in seeds] or [start]
    if any(one.startswith("lstm.") for one in names) and "lstm" not in names:
        names.append("lstm")
    rng = np.random.default_rng(seed)
    errors, queries = [], []
    for name in names:
        parts = name.split(".")
        error, to = levels.get(".".join(parts[:2]), levels.get(parts[0], (0.5, 300)))
        errors.append(error * np.exp(0.3 * rng.normal(size=count)))
        to = np.maximum(1, np.rint(to * np.exp(0.3 * rng.normal(size=count))))
        queries.append(np.where(to > budget, np.inf, to))
    to_targets = np.stack([np.stack(queries)] * len(study.statistics.targets), axis=-1)
    return xr.Dataset(
        {
            "label": ("start", names),
            "error_after_queries": (("start", "instance"), np.stack(errors)),
            "error_of_start": (("start", "instance"), np.stack(errors)),
            "queries_to": (("start", "instance", "target"), to_targets),
        },
        coords={"start": names, "target": list(study.statistics.targets)},
        attrs={"budget": budget, "chosen": f"lstm.{learner}.0", "study_digest": "0"},
    )


def shots_of(study, experiment, factor=1.0):
    """Shots a query with the paper's mean and spread, times `factor`."""
    paper = study.experiments[experiment].problem.paper_shots
    normal = np.random.default_rng(1).normal(size=1000)
    normal = (normal - normal.mean()) / normal.std()
    shots = factor * (paper.mean + paper.sd * normal)
    return xr.Dataset({"shots": ("instance", shots), "shots_as_variance": ("instance", shots / 20)})


def instances_of(study, experiment, sample):
    """Some instances of a test sample."""
    law, size = (
        study.experiments[experiment].problem,
        study.experiments[experiment].samples[sample].size,
    )
    ensemble = law.at(size)
    problems = [ensemble.sample(jax.random.key(seed)) for seed in range(20)]
    return xr.DataTree.from_dict({size: law.to_dataset(problems)})


class MadeJob(SimpleNamespace):
    """A job of the claims step; `levels` by (experiment, sample, protocol), `*` for any."""

    def load(self, step, **names):
        key = tuple(names[field] for field in fields(step))
        if step == "shots":
            return xr.DataTree(shots_of(self.study, *key, **self.shots))
        if step == "instances":
            return instances_of(self.study, *key)
        found = {}
        for pattern, levels in self.levels.items():
            if all(one in ("*", other) for one, other in zip(pattern, key, strict=True)):
                found |= levels
        return xr.DataTree(statistics_of(self.study, *key, levels=found))

    def save(self, output):
        self.output = output


def judged(study: Study, levels=None, **shots):
    """What the claims step says of a study with made-up statistics."""
    job = MadeJob(study=study, levels=levels or {}, shots=shots)
    claims.run(job)
    return job.output


def save(study: Study, folder, levels=None, **shots):
    """Write `claims.nc` of made-up statistics below a folder of results."""
    job = Job("claims", study, folder)
    attributes = {"kind": "claims", "settings": job.settings, "study_digest": digest(study)}
    tree = judged(study, levels, **shots)
    store.save(tree, job.path, {**attributes, "git_commit": 40 * "0", "git_dirty": "no"})
