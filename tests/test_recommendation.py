"""The start recommended for an instance is the one with the fewest published queries."""

import csv
import math
from pathlib import Path

import networkx as nx
import pytest

import replication as r
from replication.metalearner.network_file import pretrained_names

PUBLISHED = Path(__file__).parent.parent / "figures" / "rendered" / "paper" / "starts.csv"


def graph(n, weight=1.0):
    found = nx.gnp_random_graph(n, 0.5, seed=1)
    nx.set_edge_attributes(found, weight, "weight")
    return r.maxcut(found)


def rows_of(experiment, size):
    with PUBLISHED.open(encoding="utf-8") as file:
        rows = [*csv.DictReader(file)]
    mine = (one for one in rows if one["experiment"] == experiment and one["size"] == size)
    return [one for one in mine if not one["learner"]]


def test_numbers_are_those_of_the_published_table():
    found = r.recommend(graph(12), 4)
    rows = {one["start"]: one for one in rows_of("maxcut-p4", "12")}
    assert {one.start for one in found.starts} == rows.keys()
    for one in found.starts:
        row = rows[one.start]
        for part in ("median", "low", "high"):
            assert getattr(one.error, part) == float(row[f"error_after_queries_{part}"])
            assert getattr(one.queries, part) == float(row[f"queries_to_0.01_{part}"])
        assert one.reached == float(row["reached_0.01"])
        assert found.instances == int(row["instances"])


def test_the_best_are_those_of_fewest_queries():
    found = r.recommend(graph(12), 4)
    fewest = min((one for one in found.starts if one.network), key=lambda one: one.queries.median)
    assert found.best == fewest
    assert found.best.network == found.learner.origin
    others = [one for one in found.starts if not one.network]
    assert found.without_network.queries.median == min(one.queries.median for one in others)
    medians = [one.queries.median for one in found.starts]
    assert medians == sorted(medians)
    assert math.inf in medians  # random angles do not arrive


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
def test_it_does_not_depend_on_the_unit_of_the_weights(unit):
    found = r.recommend(graph(10, unit), 4)
    assert found.test_set == "MaxCut QAOA, p = 4, n = 10"
    assert found.outside == ()


def test_what_is_outside_is_said():
    found = r.recommend(graph(17), 4)
    assert found.test_set.endswith("n = 14")
    assert found.outside == ("number of spins 17 (measured on 14)",)
    assert "your instance is outside of these: number of spins 17" in str(found)
    # Of lattices the nearest one has as many sites.
    assert r.recommend(r.hubbard((2, 4)), 3).test_set == "Hubbard VQE, r = 3, 2 × 4"


def test_a_network_of_the_package_is_recommended_for_every_class():
    glass = r.sk([[0, 1.0, -0.3], [1.0, 0, 0.4], [-0.3, 0.4, 0]], [0.1, 0, 0])
    for problem, p in ((glass, 4), (graph(9), 4), (r.hubbard((2, 3)), 3)):
        assert r.recommend(problem, p).best.network in pretrained_names()


@pytest.mark.parametrize(("p", "message"), [(5, "at p = 5 .*; allowed: 4"), (0, "p"), (4.5, "p")])
def test_a_depth_without_measurements_is_refused(p, message):
    with pytest.raises(r.UserError, match=message):
        r.recommend(graph(6), p)
