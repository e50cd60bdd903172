"""Degrees of freedom of chains are the published ones, those of ensembles are means."""

import numpy as np
import pydantic
import pytest

from replication.probes.freedom import Freedom

SMALL = {
    "kind": "freedom",
    "ensembles": {
        "glass": {"problem": {"kind": "sk"}, "sizes": ["4", "6"], "depth": 4},
        "lattice": {"problem": {"kind": "hubbard"}, "sizes": ["2x2"], "depth": 3},
    },
    "instances": 6,
    "sites": [2, 3],
}


def test_chains_have_the_published_thresholds():
    found = Freedom.model_validate(SMALL).measure(0)
    at = {"interaction": [2.0, 4.0], "site": 2}
    assert found.chain_threshold.sel(at).values.tolist() == [62, 38]
    assert int(found.chain_threshold.sel(interaction=4.0, site=3)) == 288
    np.testing.assert_allclose(found.chain.sel(at), [32, 20.5714], atol=1e-3)
    assert found.chain_manifold.values.tolist() == [30, 126]


def test_rows_are_means_over_instances():
    probe = Freedom.model_validate(SMALL)
    assert probe.problem_kinds() == {"sk", "hubbard"}
    found = probe.measure(0)
    assert found["ensemble"].values.tolist() == ["glass", "glass", "lattice"]
    assert found["size"].values.tolist() == ["4", "6", "2x2"]
    assert found.dimension.values.tolist() == [8, 32, 36]
    assert found.manifold.values.tolist() == [14, 62, 70]
    assert found.parameters.values.tolist()[:2] == [8, 8]
    np.testing.assert_allclose(found.m, found.each.mean("instance"))
    # 137 over 20 instances elsewhere, each with a spread of about 40.
    assert float(found.m[1]) == pytest.approx(137, abs=4 * float(found.m_error[1]) + 30)


def test_the_same_seed_gives_the_same_numbers():
    probe = Freedom.model_validate({**SMALL, "sites": [], "instances": 2})
    assert probe.measure(1).identical(probe.measure(1))
    assert not probe.measure(1).identical(probe.measure(2))


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("sites", [9], "less than or equal to 7"),
        ("ensembles", {}, "at least 1 item"),
        ("ensembles", {"x": {"problem": {"kind": "sk"}, "sizes": ["2"]}}, "size '2' must be"),
    ],
)
def test_what_is_not_allowed_is_refused(field, value, message):
    with pytest.raises(pydantic.ValidationError, match=message):
        Freedom.model_validate({**SMALL, field: value})
