"""The exhibits of a study, figures and tables apart."""

from figures.exhibits import Exhibit, exhibits
from replication.study import Study


def figures_of(study: Study) -> list[Exhibit]:
    return [one for one in exhibits(study) if one.kind == "figures"]


def tables_of(study: Study) -> list[Exhibit]:
    return [one for one in exhibits(study) if one.kind == "tables"]
