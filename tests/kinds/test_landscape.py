"""Claims of sources are judged by whole intervals, and what they need is checked early."""

import numpy as np
import pydantic
import pytest
import xarray as xr

from figures import landscape_claims_table
from figures.results import Results
from replication.kinds.landscape import SourceClaim
from replication.study import Study

WORDS = {"statement": "it falls", "source": "doi", "finding": "rate", "figure": "some"}


@pytest.mark.parametrize(
    ("side", "low", "high", "verdict"),
    [
        ({"below": 0}, -2, -1, "holds"),
        ({"below": 0}, -1, 1, "undecided"),
        ({"below": 0}, 1, 2, "refuted"),
        ({"above": 0.5}, 1, 2, "holds"),
        ({"above": 0.5}, 0, 1, "undecided"),
        ({"above": 0.5}, 0, 0.25, "refuted"),
    ],
)
def test_a_verdict_needs_the_whole_interval(side, low, high, verdict):
    assert SourceClaim(**WORDS, **side).verdict(low, high) == verdict


@pytest.mark.parametrize("sides", [{}, {"above": 0, "below": 1}])
def test_a_claim_has_one_threshold(sides):
    with pytest.raises(pydantic.ValidationError, match="one of above and below"):
        SourceClaim(**WORDS, **sides)


def _study(finding):
    probe = {"kind": "gradients", "subject": {"kind": "product"}, "sizes": ["2", "4"]}
    claim = {**WORDS, "finding": finding, "below": -0.5}
    experiments = {"flat": {"kind": "landscape", "probe": probe, "claims": {"S2a": claim}}}
    return Study.model_validate({"title": "one claim", "experiments": experiments})


@pytest.fixture
def drawn(monkeypatch, tmp_path):
    """The table of a study whose one experiment found a rate of -1 ± 0.1."""
    found = xr.Dataset(
        {
            "value": ("finding", [-1.0]),
            "low": ("finding", [-1.1]),
            "high": ("finding", [-0.9]),
            "how": ("finding", np.array(["fit"])),
        },
        coords={"finding": ["rate"]},
    )
    monkeypatch.setattr(Results, "findings", lambda self, name: found)
    monkeypatch.setattr(Results, "of_step", lambda self, step, name: xr.Dataset())
    template = tmp_path / "caption.rst"
    template.write_text("**Claims.** $provenance")
    return lambda finding: landscape_claims_table.write(
        Results(_study(finding), tmp_path), template
    )


def test_the_table_says_number_threshold_and_verdict(drawn):
    text = drawn("rate")
    assert "## S2: barren plateaus" in text["md"]
    row = next(line for line in text["md"].splitlines() if line.startswith("| S2a |"))
    assert "rate = -1 [-1.1, -0.9]; Variance of cost and gradient" in row
    assert "| below -0.5 | **holds** | some |" in row
    assert "S2a,it falls,doi,flat,rate,-1.0,-1.1,-0.9,fit,below,-0.5,holds,some" in text["csv"]


def test_a_finding_that_no_probe_gives_is_named(drawn):
    with pytest.raises(Exception, match="claim S2a: no finding 'speed'; allowed are rate"):
        drawn("speed")
