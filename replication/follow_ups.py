"""Which results of a study stand beside the numbers that follow-ups of the paper printed."""

from typing import NamedTuple

from replication.published import FOLLOW_UPS, FollowUp
from replication.study import MAIN, REGULAR_DEGREE, MaxCutSettings, Problem, Study


class Repeated(NamedTuple):
    """Results under a follow-up's settings: the samples of one experiment under one protocol."""

    follow_up: FollowUp
    experiment: str
    protocol: str
    samples: tuple[str, ...]


def _spelled_out(problem: Problem) -> Problem:
    """The same law, with the degree written where a regular graph leaves it to the default."""
    if isinstance(problem, MaxCutSettings) and problem.graphs == "regular":
        return problem.model_copy(update={"degree": problem.degree or REGULAR_DEGREE})
    return problem


def repeated(study: Study) -> list[Repeated]:
    """What a study repeats of the follow-ups, each with its samples in the study's order.

    A sample counts where its law is the follow-up's at its size and its experiment is a main one
    of that depth and of as many queries; a protocol where costs are exact, networks are told their
    own costs, and the local optimiser is the follow-up's, or, where that names none, the
    experiment's own evaluation.
    """
    found = []
    for follow_up in FOLLOW_UPS:
        for name, experiment in study.mains.items():
            if experiment.depth != follow_up.depth or experiment.problem.kind != "maxcut":
                continue
            if follow_up.queries not in (None, experiment.roll_out_queries):
                continue
            samples = [
                key
                for key, one in experiment.samples.items()
                if int(one.size) in follow_up.sizes
                and _spelled_out(one.problem) == follow_up.law(int(one.size))
            ]
            for protocol in (MAIN, *experiment.protocols):
                settings = experiment.evaluation_under(protocol)
                if settings.shots is not None or settings.feedback != "own":
                    continue
                if follow_up.optimiser is None and protocol != MAIN:
                    continue
                if follow_up.optimiser not in (None, settings.optimiser):
                    continue
                tested = [key for key in samples if protocol in experiment.protocols_on(key)]
                if tested:
                    found.append(Repeated(follow_up, name, protocol, tuple(tested)))
    return found
