"""The step that counts the shots of a cost query."""

from pathlib import Path

import numpy as np
import pytest

from replication.published import EPSILON
from replication.steps.shots import run as shots
from replication.study import load_study
from replication.workflow import Job


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shots, "INSTANCES", 12)


@pytest.mark.parametrize(("name", "size"), [("maxcut-p4", "12"), ("hubbard-r3", "2x3")])
def test_shots_follow_from_the_normaliser_of_fresh_instances(
    name: str, size: str, tmp_path: Path
) -> None:
    job = Job("shots", load_study("paper"), tmp_path, {"experiment": name})
    shots.run(job)
    data = job.load("shots").to_dataset()
    assert data.sizes == {"instance": 12}
    assert data.attrs["size"] == size
    assert data.attrs["epsilon"] == EPSILON == 0.05
    scale = data["normaliser"].values
    assert len(np.unique(scale)) > 4
    np.testing.assert_allclose(data["shots"], 400 * scale**2, rtol=1e-12)
    np.testing.assert_allclose(data["shots_as_variance"], 20 * scale**2, rtol=1e-12)


def test_depths_share_the_instances(tmp_path: Path) -> None:
    study = load_study("paper")
    one = study.experiments["sk-p4"]
    deeper = one.model_copy(update={"depth": 8})
    both = study.model_copy(update={"experiments": {"sk-p4": one, "sk-p8": deeper}})
    found = []
    for name in both.experiments:
        job = Job("shots", both, tmp_path, {"experiment": name})
        shots.run(job)
        found.append(job.load("shots")["shots"].values)
    np.testing.assert_array_equal(*found)
