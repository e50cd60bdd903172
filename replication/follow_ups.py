"""Numbers that follow-ups of the paper printed, and which results of a study repeat them."""

import math
from collections.abc import Callable
from typing import Literal, NamedTuple

from replication.kinds.meta_learning_jobs import MAIN
from replication.problems.base import ProblemClass, Published
from replication.problems.maxcut import MaxCut
from replication.study import Study


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
    - `ensemble`, `distribution`: the graphs in words, and as this package's settings for n nodes.
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
    distribution: Callable[[int], MaxCut]
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
    distribution: Callable[[int], MaxCut],
    sizes: tuple[int, ...],
    learned: tuple[float, float],
    random: tuple[float, float],
) -> FollowUp:
    return FollowUp(
        title="RNN_QAOA",
        source=_CALLS,
        quantity="calls",
        ensemble=ensemble,
        distribution=distribution,
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
        lambda n: MaxCut(degree=n // 2),
        # Settings hold the whole number k of G(n, k/n), so odd n are left out.
        (8, 10, 12),
        learned=(24.7, 3.4),
        random=(41.5, 19.9),
    ),
    _calls(
        "4-regular graphs",
        lambda n: MaxCut(graphs="regular", degree=4),
        (8, 9, 10, 11, 12),
        learned=(30.0, 2.6),
        random=(46.8, 11.4),
    ),
    FollowUp(
        title="arXiv:2512.05058",
        source=_KERNELS,
        quantity="error",
        ensemble="G(n, k/n)",
        distribution=lambda n: MaxCut(),
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


class Repeated(NamedTuple):
    """Results under a follow-up's settings: the test sets of one experiment under one protocol."""

    follow_up: FollowUp
    experiment: str
    protocol: str
    test_sets: tuple[str, ...]


def _spelled_out(problem: ProblemClass) -> ProblemClass:
    """The same settings, with the degree written where a regular graph leaves it out."""
    if isinstance(problem, MaxCut) and problem.graphs == "regular":
        return problem.model_copy(update={"degree": problem.typical_degree})
    return problem


def repeated(study: Study) -> list[Repeated]:
    """What a study repeats of the follow-ups, each with its test sets in the study's order.

    A test set counts where its distribution is the follow-up's at its size and its experiment is a
    main one of that depth and of as many queries; a protocol where costs are exact, networks are
    given their own costs, and the local optimiser is the follow-up's, or, where that names none,
    the experiment's own evaluation.
    """
    found = []
    for follow_up in FOLLOW_UPS:
        for name, experiment in study.mains.items():
            if experiment.depth != follow_up.depth or not isinstance(experiment.problem, MaxCut):
                continue
            if follow_up.queries not in (None, experiment.roll_out_queries):
                continue
            test_sets = [
                key
                for key, one in experiment.test_sets.items()
                if int(one.size) in follow_up.sizes
                and _spelled_out(one.problem) == follow_up.distribution(int(one.size))
            ]
            for protocol in (MAIN, *experiment.protocols):
                settings = experiment.evaluation_under(protocol)
                if settings.shots is not None or settings.feedback != "own":
                    continue
                if follow_up.optimiser is None and protocol != MAIN:
                    continue
                if follow_up.optimiser not in (None, settings.optimiser):
                    continue
                tested = [key for key in test_sets if protocol in experiment.protocols_on(key)]
                if tested:
                    found.append(Repeated(follow_up, name, protocol, tuple(tested)))
    return found
