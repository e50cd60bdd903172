"""Every figure and table of a study, and what each reads."""

from collections.abc import Mapping
from dataclasses import dataclass

from replication.follow_ups import repeated
from replication.kinds.meta_learning import MetaLearning
from replication.kinds.meta_learning_jobs import MAIN, all_statistics, starts_for, tracer
from replication.starts import NETWORK, Followed, followed
from replication.study import Study
from replication.variations import held_out, variations
from replication.workflow.graph import Need, needs


@dataclass(frozen=True)
class Drawing:
    """One figure or table: the script `figures/<script>.py` and what it reads.

    - `last`: whether it waits for all others, whose time it shows.
    """

    stem: str
    script: str
    needs: tuple[Need, ...]
    experiment: str | None = None
    last: bool = False


def _statistics(study: Study, name: str, sample: str | None = None) -> Need:
    """Statistics of a sample (the headline size unless said) under the experiment's evaluation."""
    sample = sample or study.meta_learning[name].headline_size
    return "statistics", {"experiment": name, "sample": sample, "protocol": MAIN}


def _test_sizes(study: Study, experiments: Mapping[str, MetaLearning]) -> tuple[Need, ...]:
    return tuple(
        _statistics(study, name, size) for name, one in experiments.items() for size in one.test
    )


def protocols_in(experiment: MetaLearning, figure: str) -> list[str]:
    """The experiment's own evaluation, then the headline sample's protocols made for a figure."""
    return [
        name
        for name in experiment.protocols_on(experiment.headline_size)
        if name == MAIN or experiment.protocols[name].shown_in == figure
    ]


def varied(study: Study, figure: str) -> dict[str, MetaLearning]:
    """Headline experiments with protocols or learners made for a figure."""
    return {
        name: one
        for name, one in study.headlines.items()
        if len(protocols_in(one, figure)) > 1 or one.learners_shown_in(figure)
    }


def transferred(study: Study) -> dict[str, MetaLearning]:
    """Headline experiments with samples, or networks, outside the training law or sizes."""
    return {
        name: one for name, one in study.headlines.items() if one.transfer or held_out(study, name)
    }


def law_sizes(experiment: MetaLearning) -> list[str]:
    """Test sizes on the training law that samples of another law are compared with.

    Errors grow with the size, so each size of the samples has its own, besides the headline's.
    """
    wanted = {experiment.headline_size, *(one.size for one in experiment.transfer.values())}
    return [size for size in experiment.test if size in wanted]


def own_sample(study: Study, name: str, sample: str) -> tuple[str, str] | None:
    """Experiment of the same depth trained on the law of another's transfer sample, and its sample.

    **Returns:** names of that experiment and of its test size; `None` where the study has none.
    """
    foreign = study.meta_learning[name].transfer[sample]
    for other, one in study.mains.items():
        alike = one.depth == study.meta_learning[name].depth and one.problem == foreign.problem
        if other != name and alike and foreign.size in one.test:
            return other, foreign.size
    return None


def _panels(study: Study) -> dict[str, tuple[Need, ...]]:
    """What the figures of headline experiments read, by stem; those that have nothing to show out.

    The optimisers, the ablations, transfer and finite shots have a table of the same stem.
    """
    found: dict[str, tuple[Need, ...]] = {}
    for stem in ("optimisers", "ablations", "shots"):
        found[stem] = tuple(
            ("statistics", {"experiment": name, "sample": one.headline_size, "protocol": way})
            for name, one in varied(study, stem).items()
            for way in protocols_in(one, stem)
        )
    transfer = [
        sample
        for name, one in transferred(study).items()
        for sample in [
            *((name, size) for size in law_sizes(one)),
            *((name, key) for key in one.transfer),
            *filter(None, (own_sample(study, name, key) for key in one.transfer)),
            *(
                (key, size)
                for key in held_out(study, name)
                for size in study.meta_learning[key].test
            ),
        ]
    ]
    found["transfer"] = tuple(_statistics(study, *sample) for sample in dict.fromkeys(transfer))
    return {stem: needs for stem, needs in found.items() if needs}


def _rollout(study: Study) -> list[Drawing]:
    """Figure 2, of the first headline experiment, where its networks are tested."""
    name, experiment = next(iter(study.headlines.items()))
    size = {"experiment": name, "sample": experiment.headline_size}
    starts = [Followed(NETWORK, learner).name for learner in experiment.candidates]
    if not set(starts) <= set(starts_for(study, name, experiment.headline_size)):
        return []
    traces = [("traces", size | {"protocol": MAIN, "starts": tracer(one)}) for one in starts]
    needs = (_statistics(study, name), ("instances", size), *traces)
    return [Drawing("fig2_rollout", "fig2_rollout", needs)]


def figures(study: Study) -> list[Drawing]:
    """Every figure of a study."""
    found = [Drawing("fig1_loop", "fig1_loop", ()), *_rollout(study)]
    found += [
        Drawing(
            "fig3_convergence",
            "fig3_convergence",
            tuple(_statistics(study, name) for name in study.headlines),
        ),
        Drawing("fig4_generalisation", "fig4_generalisation", _test_sizes(study, study.headlines)),
        Drawing("profiles", "profiles", tuple(_statistics(study, n) for n in study.headlines)),
        *(Drawing(stem, stem, read) for stem, read in _panels(study).items()),
    ]
    laws = [one.problem for one in study.mains.values()]
    if any(laws.count(law) > 1 for law in laws):
        found.append(Drawing("depths", "depths", tuple(_statistics(study, n) for n in study.mains)))
    for name, experiment in study.mains.items():
        size = experiment.headline_size
        learners = experiment.learners_shown_in("main")
        trained = [("train", {"experiment": name, "learner": n}) for n in learners]
        traced = {"experiment": name, "sample": size, "protocol": MAIN}
        suggested = [
            ("traces", traced | {"starts": tracer(start)})
            for start in starts_for(study, name, size)
            if followed(start).learner in learners
        ]
        own = tuple(_statistics(study, name, one) for one in experiment.test)
        found.append(Drawing(f"sizes_{name}", "sizes", own, name))
        for script in ("angles", "training"):
            read = (_statistics(study, name), *suggested, *trained)
            found.append(Drawing(f"{script}_{name}", script, read, name))
    if any(one.shown for one in variations(study)):
        found.append(Drawing("sensitivity", "sensitivity", (("claims", {}),)))
    read = (("claims", {}), *all_statistics(study))
    found.append(Drawing("timeline", "timeline", read, last=True))
    return found


def tables(study: Study) -> list[Drawing]:
    """Every table of a study."""
    shots = tuple(("shots", {"experiment": name}) for name in study.headlines)
    claims: tuple[Need, ...] = (("claims", {}),)
    found = [
        Drawing("claims", "table3_claims", claims),
        Drawing("table1_shots", "table1_shots", shots),
        Drawing("table2_settings", "table2_settings", ()),
        Drawing("starts", "starts_table", _test_sizes(study, study.mains)),
        *(
            # Its tests are those of the claims step.
            Drawing(stem, f"{stem}_table", (*read, *claims) if stem == "ablations" else read)
            for stem, read in _panels(study).items()
        ),
        Drawing("sensitivity", "sensitivity_table", claims),
    ]
    compared = tuple(
        ("statistics", {"experiment": one.experiment, "sample": sample, "protocol": one.protocol})
        for one in repeated(study)
        for sample in one.samples
    )
    if compared:
        found.append(Drawing("published", "published", compared))
    return found


def drawings(study: Study) -> dict[str, Drawing]:
    """Every figure and table by its place in the results, such as `figures/fig3_convergence`."""
    kinds = {"figures": figures(study), "tables": tables(study)}
    return {f"{kind}/{one.stem}": one for kind, several in kinds.items() for one in several}


def jobs_of(study: Study) -> list[Need]:
    """Every job that a figure or table of a study waits for, once."""
    found: dict[tuple[str, tuple[tuple[str, str], ...]], Need] = {}
    waiting = [need for one in drawings(study).values() for need in one.needs]
    while waiting:
        step, names = waiting.pop()
        key = step, tuple(sorted(names.items()))
        if key not in found:
            found[key] = step, names
            waiting += needs(step, study, names)
    return list(found.values())
