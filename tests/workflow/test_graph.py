"""The graph of jobs: what each reads, and which settings make it stale."""

import importlib
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from replication import workflow
from replication.errors import UserError
from replication.kinds.meta_learning_jobs import starts_for, starts_of_job, trace_job_names
from replication.study import digest, load_study
from replication.workflow import Job, needs, settings_digest
from tests.workflow.made import ROOT, TINY, changed, every_job, steps_of


@pytest.mark.parametrize(
    "name", ["smoke", "paper", "extended", "optimisers", "depths", "sensitivity"]
)
def test_every_job_names_all_that_its_path_needs(name):
    study = load_study(name)
    jobs = every_job(study)
    assert {step for step, _ in jobs} == steps_of(study)
    paths = [Job(step, study, Path("results"), names).path for step, names in jobs]
    assert len(set(paths)) == len(paths)
    for step, names in jobs:
        assert set(workflow.fields(step)) == set(names)
        for key in workflow.fields(step):
            assert names[key] in workflow.allowed(key, step, study, names)


def test_starts_fit_the_class_and_are_listed_once_for_each_learner(tiny):
    qaoa = starts_for(tiny, "sk", "4")
    assert {"random", "ramp", "constant", "median", "lstm.plain", "lstm.residual"} <= set(qaoa)
    assert not {"adiabatic", "lstm"} & set(qaoa)
    small = starts_for(tiny, "ladder", "2x2")
    large = starts_for(tiny, "ladder", "2x3")
    assert "adiabatic" in small
    assert "ramp" not in small
    assert set(large) - set(small) == {"lstm.small"}


def test_under_a_protocol_only_the_chosen_network_is_tried(tiny):
    protocol = {"shots": 100, "starts": ["lstm", "random"]}
    study = changed(tiny, "experiments", "sk", "protocols", {"noisy": protocol})
    assert study.experiments["sk"].protocols_on("4") == ["main", "noisy"]
    assert starts_for(study, "sk", "4", "noisy") == ["lstm", "random"]
    names = {"experiment": "sk", "set": "4", "protocol": "noisy", "starts": "lstm"}
    assert ("select", {"experiment": "sk"}) in needs("traces", study, names)
    # The other protocol leaves the main one's jobs as they were.
    main = names | {"protocol": "main", "starts": "untrained"}
    assert settings_digest("traces", tiny, main) == settings_digest("traces", study, main)
    assert settings_digest("traces", study, main) != settings_digest(
        "traces", study, main | {"protocol": "noisy"}
    )


def test_starts_that_wait_for_no_network_are_one_job(tiny):
    assert trace_job_names(tiny, "sk", "4") == ["untrained", "lstm.plain", "lstm.residual"]
    names = {"experiment": "sk", "set": "4", "protocol": "main"}
    together = starts_of_job(tiny, {**names, "starts": "untrained"})
    assert {"random", "ramp", "constant", "median"} <= set(together)
    assert not [start for start in together if start.startswith("lstm")]
    assert starts_of_job(tiny, {**names, "starts": "lstm.plain"}) == ["lstm.plain"]
    assert ("select", {"experiment": "sk"}) not in needs(
        "traces", tiny, {**names, "starts": "untrained"}
    )
    # One start more is another job, for those that have it only.
    study = changed(tiny, "experiments", "sk", "starts", ["random", "lstm"])
    for job, same in (("untrained", False), ("lstm.plain", True)):
        digests = [
            settings_digest("traces", one, {**names, "starts": job}) for one in (tiny, study)
        ]
        assert (digests[0] == digests[1]) == same


def test_where_a_candidate_is_not_tested_the_chosen_network_is(tiny):
    study = changed(tiny, "experiments", "sk", "transfer", {"maxcut": MAXCUT})
    found = starts_for(study, "sk", "maxcut")
    assert "lstm" in found
    assert not [name for name in found if name.startswith("lstm.")]


def test_an_experiment_may_have_a_seed_of_its_own(tiny, tmp_path, monkeypatch):
    study = changed(tiny, "experiments", "sk", "seed", 5)
    for step, names in every_job(tiny):
        same = settings_digest(step, tiny, names) == settings_digest(step, study, names)
        assert same == (names.get("experiment") == "ladder")
    seen = []
    module = SimpleNamespace(run=seen.append)
    monkeypatch.setattr(importlib, "import_module", lambda name: module)
    for name in ("sk", "ladder"):
        names = {"experiment": name, "set": "train"}
        workflow.run(Job("instances", study, tmp_path, names))
    assert [job.study.seed for job in seen] == [5, tiny.seed]
    # What it saves says where it belongs, not how its seed came about.
    digests = {job.attributes()["study_digest"] for job in seen}
    assert digests == {digest(study)}


def test_a_new_test_set_leaves_the_others_alone(tiny):
    study = changed(tiny, "experiments", "sk", "transfer", {"maxcut": MAXCUT})
    for step, names in every_job(tiny):
        if step != "claims":
            assert settings_digest(step, tiny, names) == settings_digest(step, study, names)


def test_a_study_may_choose_its_starts(tiny):
    study = changed(tiny, "experiments", "sk", "starts", ["random", "lstm"])
    assert starts_for(study, "sk", "4") == ["random", "lstm.plain", "lstm.residual"]
    wrong = changed(tiny, "experiments", "sk", "starts", ["randm"])
    with pytest.raises(UserError, match=r"unknown start 'randm'; allowed are adiabatic, .*bayes"):
        workflow.check(wrong)
    wrong = changed(tiny, "experiments", "sk", "evaluation", "optimiser", "newton")
    with pytest.raises(UserError, match=r"unknown optimiser 'newton'; allowed are .*nelder_mead"):
        workflow.check(wrong)
    wrong = changed(tiny, "claims", "controls", ["lstm"])
    with pytest.raises(UserError, match=r"claims.controls: unknown start 'lstm'; allowed are .*"):
        workflow.check(wrong)


MAXCUT = {"size": "4", "instances": 2, "problem": {"kind": "maxcut"}}
ALL = steps_of(load_study(TINY))
AFTER_TRAINING = {"select", "traces", "reference", "statistics", "claims"}
AFTER_TRACES = {"reference", "statistics", "claims"}
LEARNER = ("experiments", "sk", "learners", "plain")


@pytest.mark.parametrize(
    ("change", "steps"),
    [
        (("seed", 5), ALL),
        (("title", "another"), set()),
        (("labels", {"sk": "another", "plain": "another"}), set()),
        (("experiments", "sk", "depth", 2), ALL - {"instances", "shots"}),
        (("experiments", "sk", "train_instances", 5), ALL - {"shots"}),
        (
            ("experiments", "sk", "validation_instances", 3),
            {"instances", "optima", "train", *AFTER_TRAINING},
        ),
        (
            ("experiments", "sk", "test", "4", 5),
            {"instances", "optima", "traces"} | AFTER_TRACES,
        ),
        ((*LEARNER, "hidden", 5), {"train", *AFTER_TRAINING}),
        ((*LEARNER[:-1], "residual", "role", "candidate"), {"select", "statistics", "claims"}),
        (("experiments", "sk", "evaluation", "queries", 9), {"train", *AFTER_TRAINING}),
        (("experiments", "sk", "evaluation", "budget", 30), {"traces", *AFTER_TRACES}),
        (
            ("experiments", "sk", "constants", "steps", 99),
            {"constants", "curvature", "train", *AFTER_TRAINING},
        ),
        (
            ("experiments", "sk", "reference", "random_starts", 3),
            {"optima", "curvature", *AFTER_TRAINING},
        ),
        (("statistics", "resamples", 600), {"statistics", "claims"}),
        (("claims", "queries_ratio", 3), {"claims"}),
        (("experiments", "sk", "shots_size", "5"), {"shots", "claims"}),
        ((*LEARNER, "theta_0", "constants"), {"train", *AFTER_TRAINING}),
    ],
)
def test_a_setting_reruns_just_the_steps_that_it_reaches(tiny, change, steps):
    study = changed(tiny, *change)
    touched = {
        step
        for step, names in every_job(tiny)
        if settings_digest(step, tiny, names) != settings_digest(step, study, names)
    }
    assert touched == steps


def test_a_setting_leaves_other_experiments_and_learners_alone(tiny):
    study = changed(tiny, *LEARNER, "hidden", 5)
    for step, names in every_job(tiny):
        if step == "claims":
            continue
        alien = names["experiment"] != "sk" or "residual" in (
            names.get("learner", names.get("starts", ""))
        )
        if alien:
            assert settings_digest(step, tiny, names) == settings_digest(step, study, names)


def test_all_digests_of_a_study_differ(tiny):
    digests = [settings_digest(step, tiny, names) for step, names in every_job(tiny)]
    assert len(set(digests)) == len(digests)


def test_snakemake_imports_nothing_heavy():
    code = (
        "import sys; from replication import starts, store, study, workflow\n"
        "workflow.check(study.load_study('paper'))\n"
        "print({'jax', 'xarray', 'scipy', 'matplotlib', 'equinox', 'snakemake'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"
