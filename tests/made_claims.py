"""Made-up statistics of which the verdict on every claim is known, and the step run on them."""

from types import SimpleNamespace

import jax
import numpy as np
import xarray as xr

from replication import store
from replication.evaluation import statistics, summaries
from replication.evaluation.intervals import Resamples
from replication.evaluation.rows import Network, table
from replication.kinds.meta_learning_jobs import starts_for, trainer_of
from replication.starts import NETWORKS, SUCCESSOR, followed
from replication.steps.claims import run as claims
from replication.study import Study, digest
from replication.workflow import Job, fields

# Median error after the RNN's queries, and median queries to the claims' target.
GOOD = {
    "lstm": (0.006, 10),
    "successor": (0.004, 5),
    "ramp": (0.14, 150),
    "adiabatic": (0.14, 150),
    "random": (0.9, np.inf),
    "constant": (0.1, 100),
    "median": (0.12, 120),
    "bayes": (0.5, 350),
    "cma_es": (0.6, np.inf),
}


def few(study: Study) -> Study:
    """A study with few resamples, and where it has all starts, those whose levels are made up."""
    content = study.model_dump(mode="json")
    content["statistics"]["resamples"] = 200
    for experiment in content["experiments"].values():
        if experiment.get("learners") and experiment["starts"] is None:
            experiment["starts"] = list(GOOD)
    return type(study).model_validate(content)


def _drawn(level, count, budget, targets, rng):
    """Errors and queries to every target of some instances, near a median each."""
    error = level[0] * np.exp(0.3 * rng.normal(size=count))
    to = np.maximum(1, np.rint(level[1] * np.exp(0.3 * rng.normal(size=count))))
    queries = np.where(to > budget, np.inf, to)
    return xr.Dataset(
        {
            "error_after_queries": ("instance", error),
            "error_of_start": ("instance", error),
            "queries_to": (("instance", "target"), np.stack([queries] * len(targets), axis=-1)),
        }
    )


def statistics_of(study, experiment, test_set, protocol="main", levels=None, seed=0):
    """Statistics of one sample whose medians are near `levels`: start → (error, queries).

    A key may be a start, or a learner as `lstm.<learner>`; single networks are like the RNN.
    """
    settings = study.experiments[experiment]
    levels = {**GOOD, **(levels or {})}
    count, targets = settings.test_sets[test_set].instances, study.statistics.targets
    budget = settings.evaluation_under(protocol).budget
    resamples = Resamples.of(study, experiment, test_set, count)

    def drawn(name, start, one=0):
        level = levels.get(name, levels.get(start, (0.5, 300)))
        # The same numbers whichever other starts there are.
        rng = np.random.default_rng([seed, one, *name.encode()])
        return _drawn(level, count, budget, targets, rng)

    starts, networks = {}, {}
    for name in starts_for(study, experiment, test_set, protocol):
        start, learner = followed(name)
        if not learner:
            starts[start] = drawn(name, start)
            continue
        trainer = study.experiments[trainer_of(study, experiment, start)]
        for one in range(trainer.learners[learner].seeds):
            key = name if start == SUCCESSOR else learner
            networks[Network(key, one)] = drawn(name, start, one)
    for start in {one.start for one in networks}:
        starts.setdefault(start, drawn(start, start))
    learners = {
        learner: summaries.of_learner(
            [one for network, one in networks.items() if network.learner == learner],
            starts,
            resamples,
            budget,
        )
        for learner in dict.fromkeys(network.learner for network in networks)
    }
    own = {start: starts[start] for start in NETWORKS if start in starts}

    def row(one):
        medians = {
            f"{name}_median": (
                (*one[name].dims[1:], "bound"),
                resamples.band(one[name].values, statistics.median),
            )
            for name in ("error_after_queries", "queries_to")
        }
        ratio = [summaries.compared_with(own, one, resamples, budget)] if own else []
        return xr.merge([one, xr.Dataset(medians), *ratio])

    tree = table(
        {name: row(one) for name, one in starts.items()},
        {network: row(one) for network, one in networks.items()},
        learners,
    )
    tree.dataset = tree.to_dataset().assign_coords(target=list(targets))
    chosen = {"chosen_learner": settings.candidates[0], "chosen_seed": 0}
    tree.attrs.update(budget=budget, study_digest="0", **chosen)
    return tree


def shots_of(study, experiment, factor=1.0):
    """Shots a query with the paper's mean and spread, times `factor`."""
    paper = study.experiments[experiment].problem.paper_shots
    normal = np.random.default_rng(1).normal(size=1000)
    normal = (normal - normal.mean()) / normal.std()
    shots = factor * (paper.mean + paper.sd * normal)
    return xr.Dataset({"shots": ("instance", shots), "shots_as_variance": ("instance", shots / 20)})


def instances_of(study, experiment, test_set):
    """Some instances of a test set."""
    distribution, size = (
        study.experiments[experiment].problem,
        study.experiments[experiment].test_sets[test_set].size,
    )
    ensemble = distribution.at(size)
    problems = [ensemble.sample(jax.random.key(seed)) for seed in range(20)]
    return xr.DataTree.from_dict({size: distribution.to_dataset(problems)})


class MadeJob(SimpleNamespace):
    """A job of the claims step; `levels` by (experiment, test set, protocol), `*` for any."""

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
        return statistics_of(self.study, *key, levels=found)

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
