"""The smallest study and a job of it."""

import pytest

from replication.study import load_study
from replication.workflow import Job
from tests.workflow.made import TINY


@pytest.fixture(scope="module")
def tiny():
    return load_study(TINY)


@pytest.fixture
def job(tiny, tmp_path):
    names = {"experiment": "sk", "set": "4"}
    return Job("instances", tiny, tmp_path / "results" / "smoke", names)
