"""The smallest study, its jobs, and studies that differ from it."""

from pathlib import Path

from figures import exhibits
from replication import workflow
from replication.study import Study
from replication.workflow import needs

ROOT = Path(__file__).resolve().parents[2]
TINY = ROOT / "tests" / "workflow" / "tiny.yaml"


def every_job(study):
    """All jobs of a study, inputs before what reads them."""
    found = {}

    def visit(step, names):
        key = step, tuple(names.items())
        if key not in found:
            for one in needs(step, study, names):
                visit(*one)
            found[key] = names

    for exhibit in exhibits.exhibits(study):
        for one in exhibit.needs:
            visit(*one)
    return [(step, names) for (step, _), names in found.items()]


def steps_of(study):
    """Steps of the kinds of experiment that a study has, and those of every study."""
    kinds = {None, *(one.kind for one in study.experiments.values())}
    return {one for one in workflow.STEPS if getattr(workflow.declared(one), "KIND", None) in kinds}


def changed(study, *path_and_value):
    """The study with one setting changed."""
    *path, value = path_and_value
    content = study.model_dump(mode="json")
    node = content
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    return Study.model_validate(content)
