"""On graphs without triangles each point is the closed form; clouds are apart by their degree."""

import numpy as np
import pydantic
import pytest

from replication.probes.concentration import Concentration

REGULAR = [{"kind": "maxcut", "graphs": "regular", "degree": degree} for degree in (3, 6)]
SMALL = {"problems": REGULAR, "sizes": (8,), "instances": 6, "starts": 6}


@pytest.fixture(scope="module")
def found():
    return Concentration(**SMALL).measure(0)


def test_points_are_optima_that_no_grid_beats(found):
    from replication.landscapes import single_layer_energy
    from replication.probes.instances import drawn

    probe = Concentration(**SMALL)
    for row, problem in enumerate(probe.problems):
        graph = drawn(problem, 8, 1, 0, probe.kind)[0].couplings
        edges = graph.sum() / 2
        at = found.isel(ensemble=row, qubits=0, instance=0)
        here = single_layer_energy(graph, *at.angles.values) / edges
        assert here == pytest.approx(float(at.energy), abs=1e-9)
        grid = [
            single_layer_energy(graph, gamma, beta) / edges
            for gamma in np.linspace(-np.pi / 2, np.pi / 2, 61)
            for beta in np.linspace(-np.pi / 4, 0, 21)
        ]
        assert here <= min(grid) + 1e-9


def test_a_graph_without_triangles_is_at_the_tree():
    """The only bipartite cubic graph on 6 nodes is K_{3,3}; the prism has triangles."""
    probe = Concentration(problems=REGULAR[:1], sizes=(6,), instances=40, starts=2)
    angles, energies = (probe.measure(1)[name].values[0, 0] for name in ("angles", "energy"))
    bipartite = np.isclose(energies, -0.3849001795, atol=1e-8)
    assert bipartite.any()
    assert not bipartite.all()
    closed = [np.arctan(1 / np.sqrt(2)) / 2, -np.pi / 8]
    np.testing.assert_allclose(angles[bipartite], np.tile(closed, (bipartite.sum(), 1)), atol=1e-6)


def test_clouds_are_apart_and_less_so_in_natural_angles(found):
    assert float(found.silhouette[0]) > 0.5
    assert found.silhouette_error[0] > 0
    assert "silhouette" not in Concentration(**SMALL | {"problems": REGULAR[:1]}).measure(0)


def test_a_seed_gives_one_result(found):
    assert found.identical(Concentration(**SMALL).measure(0))


def test_weighted_graphs_and_impossible_sizes_are_refused():
    with pytest.raises(pydantic.ValidationError, match="even"):
        Concentration(problems=REGULAR, sizes=(7,))
    with pytest.raises(pydantic.ValidationError, match="family"):
        Concentration(problems=[{"kind": "hubbard"}], sizes=(4,))
    with pytest.raises(ValueError, match="zeros and ones"):
        Concentration(**SMALL | {"problems": [{"kind": "sk"}]}).measure(0)
