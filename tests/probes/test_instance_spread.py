"""Spreads fall with the powers that the probe's text derives, and SK's mean is the closed form."""

import numpy as np
import pydantic
import pytest

from replication.probes.instance_spread import InstanceSpread

SMALL = {"sizes": (6, 8), "instances": 60, "depth": 2, "large_sizes": (16, 32)}
GLASS = {"kind": "sk"}


def test_sk_follows_its_line_within_three_errors():
    found = InstanceSpread(problem=GLASS, per="spin", **SMALL).measure(0)
    away = found["mean"].sel(schedule="single_layer") - found.sk_line
    assert (abs(away) < 3 * found.mean_error.sel(schedule="single_layer")).all()
    assert (found.mean_error < 0.02).all()


def test_the_power_is_a_half_where_degrees_vary_and_one_elsewhere():
    settings = SMALL | {"instances": 120, "large_sizes": (20, 40, 80)}
    found = InstanceSpread(problem=GLASS, per="spin", **settings).measure(0)
    slopes = found.large_slope.to_series()
    errors = found.large_slope_error.to_series()
    expected = {"regular": -1.0, "erdos_renyi": -0.5, "gaussian": -1.0}
    for name, power in expected.items():
        assert abs(slopes[name] - power) < 3 * errors[name] + 0.03, name
        assert errors[name] < 0.1


def test_the_spread_is_that_of_the_energies():
    """One layer on one graph size: the values of a direct calculation."""
    from replication.landscapes import single_layer_energy
    from replication.probes.instances import drawn

    probe = InstanceSpread(problem={"kind": "maxcut", "degree": 3}, **SMALL)
    graphs = [one.couplings for one in drawn(probe.problem, 6, 60, 5, probe.kind)]
    unit = np.mean([np.sqrt(one.sum() / 6) for one in graphs])
    energies = [
        single_layer_energy(one, 0.5 / unit, -np.pi / 8) / (one.sum() / 2) for one in graphs
    ]
    found = probe.measure(5).sel(schedule="single_layer", qubits=6)
    assert float(found["mean"]) == pytest.approx(np.mean(energies))
    assert float(found.spread) == pytest.approx(np.std(energies, ddof=1))


def test_a_seed_gives_one_result():
    probe = InstanceSpread(problem=GLASS, per="spin", **SMALL | {"instances": 3})
    assert probe.measure(1).equals(probe.measure(1))
    assert not probe.measure(1).equals(probe.measure(2))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"problem": {"kind": "hubbard"}, "sizes": (2, 4)}, "family"),
        ({"problem": GLASS, "sizes": (3, 4)}, "3"),
        ({"problem": GLASS, "large_sizes": (15, 32)}, "15"),
    ],
)
def test_what_cannot_be_measured_is_refused_by_name(settings, said):
    with pytest.raises(pydantic.ValidationError, match=said):
        InstanceSpread(**settings)
