"""One graph in every format, and files that are none."""

import json

import networkx as nx
import numpy as np
import pytest

import replication as r
from replication.problems.graph_files import SUFFIXES, read_graph

GRAPH = nx.Graph()
GRAPH.add_nodes_from(range(1, 6))
GRAPH.add_weighted_edges_from([(1, 2, 0.5), (2, 3, -1.5), (1, 3, 2.0), (3, 4, 1.0)])
LINES = [(i, j, GRAPH[i][j]["weight"]) for i, j in GRAPH.edges]
NUMBERED = "\n".join(f"{i} {j} {w}" for i, j, w in LINES)
TEXTS = {
    "g.edgelist": "# a comment\n" + NUMBERED,
    "g.txt": NUMBERED.replace(" ", "\t"),
    "g.csv": "source,target,weight\n" + NUMBERED.replace(" ", ","),
    "h.csv": "a;b;strength\n" + NUMBERED.replace(" ", " ; "),
    "g.gset": f"5 {len(LINES)}\n{NUMBERED}\n",
    "h.txt": f"5 {len(LINES)}\n{NUMBERED}\n",
    "g.rudy": f" 5 {len(LINES)}\r\n" + NUMBERED.replace("\n", "\r\n"),
    "g.dimacs": f"c made by hand\np edge 5 {len(LINES)}\n"
    + "\n".join(f"e {line}" for line in NUMBERED.split("\n")),
    "g.gml": "\n".join(nx.generate_gml(nx.relabel_nodes(GRAPH, str))),
    "g.graphml": "\n".join(nx.generate_graphml(GRAPH)),
    "g.json": json.dumps([list(line) for line in LINES]),
    "h.json": json.dumps({"edges": [list(line) for line in LINES]}),
    "links.json": json.dumps(nx.node_link_data(GRAPH, edges="links")),
    "edges.json": json.dumps(nx.node_link_data(GRAPH, edges="edges")),
    "G.EDGELIST": NUMBERED,
}
WITHOUT_ISOLATED = {"g.edgelist", "g.txt", "g.csv", "h.csv", "g.json", "h.json", "G.EDGELIST"}


@pytest.mark.parametrize("name", TEXTS)
def test_every_format_gives_the_same_graph(name, tmp_path):
    path = tmp_path / name
    path.write_text(TEXTS[name], encoding="utf-8", newline="")
    found = read_graph(path)
    expected = GRAPH.subgraph(range(1, 5)) if name in WITHOUT_ISOLATED else GRAPH
    assert [int(node) for node in found] == sorted(expected)
    assert {frozenset((int(i), int(j))): w for i, j, w in found.edges(data="weight")} == {
        frozenset((i, j)): w for i, j, w in expected.edges(data="weight")
    }
    problem = r.maxcut(str(path))
    np.testing.assert_array_equal(problem.couplings, nx.to_numpy_array(expected, sorted(expected)))
    assert [int(node) for node in problem.nodes] == sorted(expected)


def test_weights_are_one_where_there_are_none(tmp_path):
    path = tmp_path / "g.edges"
    path.write_text("a b\nb c\n")
    assert dict(read_graph(path).edges) == {
        ("a", "b"): {"weight": 1.0},
        ("b", "c"): {"weight": 1.0},
    }
    path.write_text("5 4\n1 2\n2 3\n3 4\n1 5\n")
    # Lines of two numbers are edges, also the first one.
    assert read_graph(path).has_edge(1, 5)
    assert read_graph(path).number_of_edges() == 5


def test_what_may_be_two_formats_must_say_which(tmp_path):
    path = tmp_path / "g.txt"
    path.write_text("5 4\n1 2\n2 3\n3 4\n1 5\n")
    with pytest.raises(r.UserError, match="may be an edge or the numbers of nodes and of edges"):
        read_graph(path)
    assert read_graph(path, "edgelist").number_of_edges() == 5
    assert read_graph(path, "gset").number_of_edges() == 4
    # A node beyond the first number, or another count: edges.
    for text in ("5 4\n1 2\n2 3\n3 4\n1 6\n", "5 4\n1 2\n2 3\n"):
        path.write_text(text)
        assert read_graph(path).has_edge(4, 5)


@pytest.mark.parametrize(
    ("text", "edges"),
    [
        ("u,v\na,c\nc,d\n", [("a", "c", 1.0), ("c", "d", 1.0)]),
        ("From;To\n1;2\n", [(1, 2, 1.0)]),
        ("target source weight\n1 2 3\n", [(1, 2, 3.0)]),
        ("weight,source,target\n0.5,0,1\n1.5,1,2\n", [(0, 1, 0.5), (1, 2, 1.5)]),
        ("source,weight,target\na,2,b\n", [("a", "b", 2.0)]),
        ("weight,left,right\n0.5,0,1\n", [(0, 1, 0.5)]),
        ("left,right,J\n0,1,0.5\n", [(0, 1, 0.5)]),
        # Names that are nodes below, and unusual ones, are no header.
        ("u,v\nv,c\n", [("c", "v", 1.0), ("u", "v", 1.0)]),
        ("a,b\nc,d\n", [("a", "b", 1.0), ("c", "d", 1.0)]),
        ("a b {'weight': 1.5}\nb c {'weight': 2}\n", [("a", "b", 1.5), ("b", "c", 2.0)]),
        ("a b {}\nb c {}\n", [("a", "b", 1.0), ("b", "c", 1.0)]),
        ('"New York",Boston,2\n', [("Boston", "New York", 2.0)]),
    ],
)
def test_common_forms_of_edge_lists(text, edges, tmp_path):
    path = tmp_path / "g.csv"
    path.write_text(text)
    found = sorted(
        (*sorted(edge[:2], key=str), edge[2]) for edge in read_graph(path).edges.data("weight")
    )
    assert found == edges


@pytest.mark.parametrize("text", ["source,target\n", "Target Source weight\n"])
def test_a_header_alone_is_no_edge(text, tmp_path):
    path = tmp_path / "g.csv"
    path.write_text(text)
    with pytest.raises(r.UserError, match="there is no edge below the header"):
        read_graph(path)


@pytest.mark.parametrize("name", ["id", "cost"])
@pytest.mark.parametrize("place", [0, 1])
def test_a_column_that_is_no_weight_is_refused_by_name(name, place, tmp_path):
    path = tmp_path / "g.csv"
    header = ["source", "target"]
    header.insert(place, name)
    path.write_text(f"{','.join(header)}\n1,2,3\n2,3,4\n")
    with pytest.raises(r.UserError, match=f"column '{name}' is neither a node nor a weight"):
        read_graph(path)


@pytest.mark.parametrize("name", ["gml", "graphml", "json"])
def test_numbers_that_are_not_read_are_said(name, tmp_path):
    graph = nx.path_graph(3)
    nx.set_edge_attributes(graph, 2.5, "capacity")
    path = tmp_path / f"g.{name}"
    if name == "json":
        content = nx.node_link_data(graph, edges="edges")
        del content["multigraph"]
        path.write_text(json.dumps(content))
    else:
        {"gml": nx.write_gml, "graphml": nx.write_graphml}[name](graph, path)
    with pytest.warns(UserWarning, match="no edge has a weight, so all are 1; not read are capac"):
        assert r.maxcut(path).couplings.max() == 1


def test_numbers_and_words_together_are_words(tmp_path):
    path = tmp_path / "g.edges"
    path.write_text("1 a\n2 a\n")
    assert list(read_graph(path)) == ["1", "2", "a"]


def test_a_format_can_be_said(tmp_path):
    path = tmp_path / "G14"
    path.write_text(TEXTS["g.gset"])
    assert read_graph(path, "gset").number_of_nodes() == 5
    with pytest.raises(r.UserError, match=r"G14: unknown format ''; allowed are dimacs, edgelist"):
        read_graph(path)


BAD = {
    "g.edgelist": [
        ("", "there is no edge in it"),
        ("1 2 3 4\n", "line 1 must be `i j` or `i j weight`, got '1 2 3 4'"),
        ("1 2 1\n1 3 x\n", "line 2 has the weight 'x', which is no number"),
        ("1 2 1\n1 3\n", "line 2 has 2 entries and line 1 3: all edges must have a weight, or"),
        ("5 7\n1 2 1\n1 3 2\n", "line 2 has 3 entries and line 1 2: .* format is gset"),
        ("1 2 {'capacity': 1}\n", r"line 1: .* must be \{\} or have a 'weight'"),
        ("1 2 {'weight': \n", "line 1: .* must be"),
        ("1 2 1\n2 1 1\n", r"edge \(2, 1\) is there twice"),
    ],
    "g.gset": [
        ("5 3\n1 2 1\n", "says 3 edges, but there are 1"),
        ("1 2 1\n", "says 2 edges, but there are 0"),
        ("a b\n1 2 1\n", "first line must hold the numbers of nodes and of edges"),
        ("2 1\n1 3 1\n", "line 2: node 3 must be one of 1 to 2"),
    ],
    "g.dimacs": [
        ("e 1 2\n", "there is no line `p edge nodes edges`"),
        ("p edge x 1\n", "line 1 must be `p edge nodes edges`"),
        ("p edge 2 1\nq 1 2\n", "line 2 begins with 'q'"),
    ],
    "g.json": [
        ("{", "no whole file of the format json"),
        ("3", "a list of edges"),
        ('{"a": 1}', "a list of edges"),
        ("[[1]]", r"edge 1 must be \[i, j\]"),
        ("[[[1], 2]]", "edge 1 has nodes that are no numbers or words"),
    ],
    "g.gml": [("graph [", "no whole file of the format gml")],
    "g.graphml": [("<graphml>", "no whole file of the format graphml")],
}


@pytest.mark.parametrize(
    ("name", "text", "message"), [(n, *case) for n, cases in BAD.items() for case in cases]
)
def test_a_bad_file_is_named_with_its_line(name, text, message, tmp_path):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(r.UserError, match=rf"{name}.*{message}"):
        read_graph(path)


def test_files_that_cannot_be_read_are_named(tmp_path):
    with pytest.raises(r.UserError, match=r"cannot read .*none\.gset: No such file"):
        r.maxcut(tmp_path / "none.gset")
    (tmp_path / "g.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(r.UserError, match="is no text in UTF-8"):
        r.maxcut(tmp_path / "g.txt")
    (tmp_path / "d.json").mkdir()
    with pytest.raises(r.UserError, match="cannot read"):
        r.maxcut(tmp_path / "d.json")


def test_string_weights_are_refused_as_such(tmp_path):
    path = tmp_path / "g.gml"
    path.write_text('graph [ node [ id 0 ] node [ id 1 ] edge [ source 0 target 1 weight "0.5" ] ]')
    with pytest.raises(r.UserError, match=r"weight '0\.5' of type str; only finite real numbers"):
        r.maxcut(path)


def test_every_suffix_has_a_reader():
    assert {*SUFFIXES.values()} == {"edgelist", "gset", "dimacs", "gml", "graphml", "json"}
