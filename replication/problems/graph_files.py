"""Weighted graphs from files: edge lists, CSV, Gset, DIMACS, GML, GraphML and JSON."""

import ast
import csv
import json
import os
from collections.abc import Callable, Iterator
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

from replication.errors import UserError, warn_user

if TYPE_CHECKING:
    import networkx as nx

Edge = tuple[Any, Any, float]
SUFFIXES = {
    ".edgelist": "edgelist",
    ".edges": "edgelist",
    ".txt": "edgelist",
    ".csv": "edgelist",
    ".tsv": "edgelist",
    ".gset": "gset",
    ".rudy": "gset",
    ".mc": "gset",
    ".dimacs": "dimacs",
    ".col": "dimacs",
    ".gml": "gml",
    ".graphml": "graphml",
    ".json": "json",
}
"""Format of a file by its suffix, small letters or not."""
UNSURE = (".txt", ".csv", ".tsv")
"""suffixes of files that may be of another format too"""
HEADERS = (
    *(("source", "target"), ("from", "to"), ("src", "dst"), ("start", "end"), ("head", "tail")),
    *(("node1", "node2"), ("n1", "n2"), ("u", "v"), ("i", "j")),
)
"""what a first line of two words may call its columns"""


def read_graph(path: str | os.PathLike[str], format: str | None = None) -> "nx.Graph":
    """The weighted graph in a file.

    - `edgelist`: lines `i j`, all of them or none with a weight, parted by blanks, tabs, commas or
      semicolons; names with blanks in double quotes; `{'weight': w}` as networkx writes it. `#` and
      `%` begin comments. A first line of words is a header where those below end with numbers, or
      where it has usual names of columns, such as `from to`, that are no nodes below. A first line
      of two whole numbers is Gset's if all others are of three, as many as it says; where it could
      be so by a file of two numbers a line, one of `.txt` or `.csv` must say its `format`.
    - `gset` (also rudy): a line `nodes edges`, then lines `i j weight`, nodes from 1 on.
    - `dimacs`: lines `p edge nodes edges`, `e i j` with or without a weight, `c` for comments.
    - `gml`, `graphml`: as networkx reads them, edge attribute `weight`.
    - `json`: a list of edges, a mapping with a list of `edges`, or networkx' node-link form.

    Nodes are numbers where all of them are, else words, and in sorted order; those of GML, GraphML
    and JSON's node-link form as they are, in the file's order.

    ```pycon
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "g.txt"
    ...     _ = path.write_text("a b 0.5\\nb c 2\\n")
    ...     read_graph(path).edges["b", "c"]
    {'weight': 2.0}

    ```

    **Arguments:** `format`: one of these, for a file of another suffix.

    **Raises:** [`UserError`][] naming the file, and the line where it is one's fault. Warns of
    numbers of edges under another name than `weight`, which are not read.
    """
    path = Path(path)
    known = format or SUFFIXES.get(path.suffix.lower())
    if known not in _READERS:
        raise UserError(
            f"{path}: unknown format {known or path.suffix!r}; allowed are "
            f"{', '.join(sorted(_READERS))}, or suffixes {', '.join(sorted(SUFFIXES))}"
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UserError(f"{path} is no text in UTF-8") from None
    try:
        if format is None and path.suffix.lower() in UNSURE:
            _check_sure(text)
        graph = _READERS[known](text)
    except UserError as error:
        raise UserError(f"{path}: {error}") from None
    except Exception as error:
        # Of networkx' parsers and JSON's.
        raise UserError(f"{path} is no whole file of the format {known}: {error}") from None
    warn_of_other_numbers(str(path), graph)
    return graph


def warn_of_other_numbers(name: str, graph: "nx.Graph") -> None:
    """Warn of numbers of edges that are not read, where no edge has a weight.

    **Arguments:** `name`: of the graph or its file.
    """
    every = [data for *_, data in graph.edges(data=True)]
    if any("weight" in data for data in every):
        return
    others = {
        str(name)
        for data in every
        for name, value in data.items()
        if isinstance(value, Real) and not isinstance(value, bool)
    }
    if others:
        listed = ", ".join(sorted(others))
        warn_user(f"{name}: no edge has a weight, so all are 1; not read are {listed}")


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Number and words of each line that has any."""
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split("#")[0].split("%")[0]
        if '"' in words:
            separator = next((one for one in ",;\t" if one in words), " ")
            quoted = csv.reader([words.strip()], delimiter=separator, skipinitialspace=True)
            yield number, [part.strip() for part in next(quoted)]
            continue
        words, brace, attributes = words.partition("{")
        for separator in ",;\t":
            words = words.replace(separator, " ")
        if parts := words.split():
            yield number, parts + (_weight_of(number, brace + attributes) if brace else [])


def _weight_of(number: int, attributes: str) -> list[str]:
    """The weight of an edge's attributes as networkx writes them; none for no attributes."""
    try:
        found = ast.literal_eval(attributes.strip())
    except (SyntaxError, ValueError):
        found = None
    if not isinstance(found, dict) or (found and "weight" not in found):
        raise UserError(f"line {number}: {attributes.strip()!r} must be {{}} or have a 'weight'")
    return [str(found["weight"])] if found else []


def _edge_list(text: str) -> "nx.Graph":
    rows = [*_lines(text)]
    if not rows:
        raise UserError("there is no edge in it")
    if _is_gset([words for _, words in rows]):
        return _gset(text)
    header = tuple(word.lower() for word in rows[0][1][:2])
    if len(rows) == 1 and (header in HEADERS or header[::-1] in HEADERS):
        raise UserError(f"there is no edge below the header {' '.join(rows[0][1])!r}")
    if len(rows) > 1 and (columns := _columns(rows)):
        rows = [(number, _picked(words, columns)) for number, words in rows[1:]]
    first = rows[0][1]
    for number, words in rows:
        if len(words) != len(first) and {len(words), len(first)} == {2, 3}:
            raise UserError(
                f"line {number} has {len(words)} entries and line {rows[0][0]} {len(first)}: all "
                "edges must have a weight, or none; of a file with a line `nodes edges` say that "
                "the format is gset"
            )
    return weighted_graph([_edge(number, words) for number, words in rows])


def _columns(rows: list[tuple[int, list[str]]]) -> tuple[int, ...]:
    """Which columns are the nodes and the weight, by a first line that names them; none without.

    **Raises:** [`UserError`][] for a column beside the nodes that is no weight, such as `id`.
    """
    (_, first), (_, below), *_ = rows
    words = [word.lower() for word in first]
    places = range(len(words))
    pairs = [
        (i, j)
        for i in places
        for j in places
        if (words[i], words[j]) in HEADERS and len(words) == 3 and not _is_number(first[i])
    ]
    if pairs:
        (i, j), *_ = pairs
        (other,) = {*places} - {i, j}
        if {i, j} == {0, 1} and not _is_header(rows):
            return ()
        if {i, j} != {0, 1} and words[other] != "weight":
            raise UserError(
                f"column {first[other]!r} is neither a node nor a weight: give the columns "
                f"{first[i]}, {first[j]} and weight alone"
            )
        return (i, j, other)
    if len(words) == 3 and "weight" in words[:2] and len(below) == 3:
        other = words.index("weight")
        return (*(place for place in places if place != other), other)
    return tuple(places) if _is_header(rows) else ()


def _picked(words: list[str], columns: tuple[int, ...]) -> list[str]:
    """A line's words in the order node, node, weight; as it is where it has others."""
    return [words[place] for place in columns] if len(words) == len(columns) else words


def _is_header(rows: list[tuple[int, list[str]]]) -> bool:
    """Whether the first line names columns."""
    (_, first), (_, below), *_ = rows
    if len(first) not in (2, 3) or _is_number(first[-1]):
        return False
    if len(below) == 3 and _is_number(below[-1]):
        return len(first) == 3 or first[-1].lower() == "weight"
    nodes = {word for _, words in rows[1:] for word in words[:2]}
    names = tuple(word.lower() for word in first[:2])
    return (names in HEADERS or names[::-1] in HEADERS) and not {*first[:2]} & nodes


def _check_sure(text: str) -> None:
    """Refuse edges without weights whose first line may be the numbers of nodes and of edges."""
    rows = [words for _, words in _lines(text)]
    if not rows or not all(len(row) == 2 and row[0].isdigit() and row[1].isdigit() for row in rows):
        return
    (nodes, count), *edges = (tuple(map(int, row)) for row in rows)
    ends = {node for edge in edges for node in edge}
    if count == len(edges) > 0 and min(ends) > 0 and max(ends) <= nodes:
        raise UserError(
            "the first line may be an edge or the numbers of nodes and of edges: say that the "
            "format is edgelist or gset, or take its suffix"
        )


def _is_gset(rows: list[list[str]]) -> bool:
    first = rows[0]
    whole = len(first) == 2 and all(word.isdigit() for word in first)
    return (
        whole
        and len(rows) > 1
        and int(first[1]) == len(rows) - 1
        and all(len(row) == 3 for row in rows[1:])
    )


def _gset(text: str) -> "nx.Graph":
    rows = [*_lines(text)]
    if not rows or len(rows[0][1]) < 2 or not all(word.isdigit() for word in rows[0][1][:2]):
        raise UserError("the first line must hold the numbers of nodes and of edges")
    nodes, count = map(int, rows[0][1][:2])
    if count != len(rows) - 1:
        raise UserError(f"the first line says {count} edges, but there are {len(rows) - 1}")
    return _numbered(nodes, rows[1:])


def _dimacs(text: str) -> "nx.Graph":
    nodes, rows = 0, []
    for number, words in _lines(text):
        if words[0] == "p":
            if len(words) != 4 or not words[2].isdigit():
                raise UserError(f"line {number} must be `p edge nodes edges`")
            nodes = int(words[2])
        elif words[0] in ("e", "a"):
            rows.append((number, words[1:]))
        elif words[0] not in ("c", "n", "d", "v", "x"):
            raise UserError(f"line {number} begins with {words[0]!r}; allowed are p, e and c")
    if not nodes:
        raise UserError("there is no line `p edge nodes edges`")
    return _numbered(nodes, rows)


def _numbered(nodes: int, rows: list[tuple[int, list[str]]]) -> "nx.Graph":
    """Of nodes 1 … n, isolated ones included."""
    edges = []
    for number, words in rows:
        i, j, weight = _edge(number, words)
        for node in (i, j):
            if not isinstance(node, int) or not 1 <= node <= nodes:
                raise UserError(f"line {number}: node {node!r} must be one of 1 to {nodes}")
        edges.append((i, j, weight))
    return weighted_graph(edges, range(1, nodes + 1))


def _edge(number: int, words: list[str]) -> Edge:
    if len(words) not in (2, 3):
        raise UserError(f"line {number} must be `i j` or `i j weight`, got {' '.join(words)!r}")
    if len(words) == 3 and not _is_number(words[2]):
        raise UserError(f"line {number} has the weight {words[2]!r}, which is no number")
    i, j = (int(word) if word.lstrip("-").isdigit() else word for word in words[:2])
    return i, j, float(words[2]) if len(words) == 3 else 1.0


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def weighted_graph(edges: list[Edge], nodes: Any = None) -> "nx.Graph":
    """A graph of edges; `nodes` in their order, `None` for those of the edges, sorted."""
    import networkx as nx

    named = {node for edge in edges for node in edge[:2]}
    if any(isinstance(node, str) for node in named):
        # All are words where one is: `1` and `a` have no order.
        edges = [(str(i), str(j), weight) for i, j, weight in edges]
        named = {str(node) for node in named}
    graph = nx.Graph()
    graph.add_nodes_from(sorted(named) if nodes is None else nodes)
    for i, j, weight in edges:
        if graph.has_edge(i, j):
            raise UserError(f"edge ({i}, {j}) is there twice; parallel edges are not allowed")
        graph.add_edge(i, j, weight=weight)
    return graph


def _gml(text: str) -> "nx.Graph":
    import networkx as nx

    try:
        return nx.parse_gml(text)
    except nx.NetworkXError as error:
        if "no 'label' attribute" in str(error):
            return nx.parse_gml(text, label="id")
        raise


def _graphml(text: str) -> "nx.Graph":
    import networkx as nx

    return nx.parse_graphml(text)


def _json(text: str) -> "nx.Graph":
    import networkx as nx

    content = json.loads(text)
    if isinstance(content, dict) and "nodes" in content:
        links = "links" if "links" in content else "edges"
        graph: nx.Graph = nx.node_link_graph(content, multigraph=False, edges=links)
        return graph
    edges = content.get("edges") if isinstance(content, dict) else content
    if not isinstance(edges, list):
        raise UserError("it must be a list of edges, or a mapping with one as `edges`")
    for number, edge in enumerate(edges, start=1):
        if not isinstance(edge, list) or len(edge) not in (2, 3):
            raise UserError(f"edge {number} must be [i, j] or [i, j, weight], got {edge!r}")
        if any(isinstance(node, list | dict) for node in edge[:2]):
            raise UserError(f"edge {number} has nodes that are no numbers or words")
    return weighted_graph([(*edge, 1.0)[:3] for edge in edges])


_READERS: dict[str, Callable[[str], "nx.Graph"]] = {
    "edgelist": _edge_list,
    "gset": _gset,
    "dimacs": _dimacs,
    "gml": _gml,
    "graphml": _graphml,
    "json": _json,
}
