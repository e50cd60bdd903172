"""Every kind of experiment and every step passes the same checks."""

import importlib

import pydantic
import pytest
import yaml

from replication import kinds, workflow
from replication.kinds.base import Experiment
from replication.study import Study, load_study

SMOKE = load_study("smoke")


def test_the_registry_is_the_folder():
    assert {"meta_learning", "landscape"} <= set(kinds.kinds())
    assert not {"base", "meta_learning_jobs"} & set(kinds.kinds())


@pytest.mark.parametrize("kind", kinds.kinds())
def test_a_kind_is_run_in_the_smoke_study(kind):
    found = SMOKE.of_kind(kinds.kinds()[kind])
    assert found
    for name, one in found.items():
        assert issubclass(type(one), Experiment)
        assert one.kind == kind
        assert isinstance(one.problem_kinds(), set)
        one.check(SMOKE, name)


@pytest.mark.parametrize("step", workflow.STEPS)
def test_a_step_declares_what_the_workflow_asks(step):
    module = workflow.declared(step)
    assert module.__doc__.strip().endswith(".")
    assert isinstance(module.PRIORITY, int)
    assert hasattr(module, "KIND") == ("experiment" in workflow.fields(step))
    assert callable(importlib.import_module(f"replication.steps.{step}.run").run)


@pytest.mark.parametrize("step", workflow.STEPS)
def test_jobs_of_a_step_are_read_from_the_study(step):
    """Every job of the smoke study reads jobs that exist, and has settings of its own."""
    digests = {}
    for names in _jobs(step):
        for needed, its in workflow.needs(step, SMOKE, names):
            assert its.keys() >= set(workflow.fields(needed))
            for field in workflow.fields(needed):
                assert its[field] in workflow.allowed(field, needed, SMOKE, its)
        digests[tuple(names.values())] = workflow.settings_digest(step, SMOKE, names)
    assert len(set(digests.values())) == len(digests) > 0


def _jobs(step):
    found = [{}]
    for field in workflow.fields(step):
        found = [
            {**names, field: value}
            for names in found
            for value in workflow.allowed(field, step, SMOKE, names)
        ]
    return found


def test_a_study_of_another_kind_alone_is_one():
    content = """
    title: no learner anywhere
    experiments:
      flat:
        kind: landscape
        probe: {kind: gradients, subject: {kind: product}, sizes: ["4"]}
    """
    study = Study.model_validate(yaml.safe_load(content))
    assert not study.meta_learning
    assert not study.headlines
    names = {"experiment": "flat"}
    assert workflow.needs("probe", study, names) == []
    assert workflow.allowed("experiment", "probe", study, {}) == ["flat"]
    assert workflow.allowed("experiment", "train", study, {}) == []


def test_an_unknown_kind_is_refused_by_name():
    with pytest.raises(pydantic.ValidationError, match=r"kind must be one of .*meta_learning"):
        Study.model_validate({"title": "", "experiments": {"x": {"kind": "weather"}}})


def test_a_label_alone_changes_no_digest():
    before = workflow.settings_digest("probe", SMOKE, {"experiment": "gradients"})
    content = SMOKE.model_dump(mode="json")
    content["labels"]["gradients"] = "another"
    after = Study.model_validate(content)
    names = {"experiment": "gradients"}
    assert workflow.settings_digest("probe", after, names) == before
    content["experiments"]["gradients"]["probe"]["points"] += 1
    changed = Study.model_validate(content)
    assert workflow.settings_digest("probe", changed, names) != before
