"""What the paper, its review and its follow-ups printed: words and numbers ours stand beside."""

import math
from collections.abc import Callable
from typing import Literal, NamedTuple

from replication.study import MaxCutSettings

PAPER = "arXiv:1907.05415"
"""Verdon, Broughton, McClean, Sung, Babbush, Jiang, Neven and Mohseni 2019."""


class Published(NamedTuple):
    """A published number with its spread, and where it stands."""

    mean: float
    sd: float
    source: str


PAPER_SHOTS: dict[str, Published] = {
    "maxcut": Published(7e5, 4e5, f"{PAPER}, MaxCut QAOA"),
    "sk": Published(2.3e4, 0.6e4, f"{PAPER}, Ising QAOA"),
    "hubbard": Published(3e5, 2e5, f"{PAPER}, Hubbard VQE"),
}
"""Shots a cost query takes on the instances of the paper's Fig. 3 (claim C4), by kind of problem:
mean and standard deviation over instances."""

EPSILON = 0.05
"""The paper's precision of a cost query. It is read here as the standard error of the estimate, in
the units of H; read as its variance, the shots are 20 times fewer and miss the paper's numbers."""

CLAIMS: dict[str, str] = {
    "C1": "finds approximate optima “within a small number of queries of the cost function”",
    "C2": "fewer “optimization iterations required to reach a given accuracy” from the RNN's point",
    "C3": "“generalizes well across a range of problem instance sizes”",
    "C4": "(7 ± 4)e5 shots a cost query for MaxCut QAOA, (2.3 ± 0.6)e4 for Ising QAOA and "
    "(3 ± 2)e5 for Hubbard VQE",
    "R1": "quantitative transfer outside the training distribution: sizes and ensembles held out",
    "R2": "the whole procedure in the open: architecture, meta-loss, splits, baselines, number of "
    "trials, statistical tests",
}
"""C1–C4: the paper's claims, its words in quotation marks; R1, R2: what a public review of it asked
for besides."""


class Line(NamedTuple):
    """One start in a follow-up's comparison.

    - `name`: what it is called there.
    - `start`: what does the same here, a name in `replication.starts`; `None` for nothing.
    - `number`: what was printed for it.
    """

    name: str
    start: str | None
    number: Published


class FollowUp(NamedTuple):
    r"""Numbers that a later publication printed about starts for MaxCut QAOA.

    - `title`, `source`: its name, and how sure the numbers are.
    - `quantity`: `"calls"` of the cost until the local optimiser stops by itself, mean and standard
      deviation over instances; or the `"error"` $1 - \langle\text{cut}\rangle / \text{MaxCut}$
      after `queries` cost queries, mean over instances.
    - `ensemble`, `law`: the graphs in words, and as this package's settings for n nodes.
    - `sizes`: numbers of nodes n among those it used.
    - `depth`: layers p.
    - `optimiser`: the local optimiser, a name in `replication.optimisers`; `None` where it is not
      what the numbers are about, and ours are then those under an experiment's own evaluation.
    - `lines`: the starts.
    - `queries`: after which the error is read, else `None`.
    - `end`: the error to which all starts converge, else `None`.
    """

    title: str
    source: str
    quantity: Literal["calls", "error"]
    ensemble: str
    law: Callable[[int], MaxCutSettings]
    sizes: tuple[int, ...]
    depth: int
    optimiser: str | None
    lines: tuple[Line, ...]
    queries: int | None = None
    end: Published | None = None


_CALLS = "github.com/AaronBarbosa12/RNN_QAOA, read off its plot"
_KERNELS = "arXiv:2512.05058, n = 12"


def _calls(
    ensemble: str,
    law: Callable[[int], MaxCutSettings],
    sizes: tuple[int, ...],
    learned: tuple[float, float],
    random: tuple[float, float],
) -> FollowUp:
    return FollowUp(
        title="RNN_QAOA",
        source=_CALLS,
        quantity="calls",
        ensemble=ensemble,
        law=law,
        sizes=sizes,
        depth=1,
        optimiser="nelder_mead_scipy",
        lines=(
            Line("RNN", "lstm", Published(*learned, _CALLS)),
            Line("random angles", "random", Published(*random, _CALLS)),
        ),
    )


def _error(value: float) -> Published:
    return Published(value, math.nan, _KERNELS)


FOLLOW_UPS: tuple[FollowUp, ...] = (
    _calls(
        "G(n, ½)",
        lambda n: MaxCutSettings(degree=n // 2),
        # Settings hold the whole number k of G(n, k/n), so odd n are left out.
        (8, 10, 12),
        learned=(24.7, 3.4),
        random=(41.5, 19.9),
    ),
    _calls(
        "4-regular graphs",
        lambda n: MaxCutSettings(graphs="regular", degree=4),
        (8, 9, 10, 11, 12),
        learned=(30.0, 2.6),
        random=(46.8, 11.4),
    ),
    FollowUp(
        title="arXiv:2512.05058",
        source=_KERNELS,
        quantity="error",
        ensemble="G(n, k/n)",
        law=lambda n: MaxCutSettings(),
        sizes=(12,),
        depth=1,
        optimiser=None,
        lines=(
            Line("LSTM", "lstm", _error(0.243)),
            Line("QLSTM", None, _error(0.222)),
            Line("QK-LSTM, which emits one constant vector", "constant", _error(0.191)),
            Line("random angles", "random", _error(0.33)),
        ),
        queries=10,
        end=_error(0.174),
    ),
)
"""Follow-ups of the paper whose settings a study can repeat: all of them p = 1, unit weights."""
