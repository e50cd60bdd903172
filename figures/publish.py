"""Copy a finished study's pictures, tables and networks to where the repository keeps them.

Run by hand after a study was built: `make publish STUDY=…`. Pictures and tables go to
`figures/rendered/<study>/`, with the digests and commits of all jobs behind them, step by step, in
`PROVENANCE.json`; more than one commit, or a tree with changes, is said and not refused. What the
study that it extends shows of the same jobs is not published twice. Tables that README.md and
docs/results.md quote go into them, between marks (`figures.quotes`). The chosen networks of `paper`
and `depths` go to `replication/pretrained/`, from where `load_meta_optimizer` finds them, and what
every start came to goes to `replication/measured/<study>.json`, from where `recommend` reads it.
"""

import argparse
import json
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from figures import results as read
from figures.exhibits import exhibits, jobs_of
from figures.measured import in_lines, measured
from figures.origins import recorded
from figures.quotes import refreshed
from replication import store
from replication.errors import UserError
from replication.kinds.meta_learning import MetaLearning
from replication.kinds.meta_learning_jobs import all_statistics
from replication.metalearner.network_file import pretrained_names
from replication.study import Study, digest, load_study
from replication.study_files import base_of
from replication.workflow import STEPS, TAKEN_FROM, Job

HERE = Path(__file__).resolve().parent
QUOTING = (HERE.parent / "README.md", HERE.parent / "docs" / "results.md")
PRETRAINED = HERE.parent / "replication" / "pretrained"
MEASURED = HERE.parent / "replication" / "measured"
NETWORKS_OF = ("paper", "depths")
"""the studies whose networks the package comes with"""
PUBLISHED = {"figures": (".png", ".rst"), "tables": (".csv", ".md", ".tex")}
"""suffixes of the files that are published of figures and of tables"""
KEPT = (
    *("study_digest", "git_commit", "git_dirty", "started_utc", "wall_time_s", "cpu", "threads"),
    TAKEN_FROM,
)
COUNTED = ("git_commit", "git_dirty", "study_digest", "cpu")
"""attributes of which a step's summary holds every value, with the number of files that have it"""
UNKNOWN = "unknown"

Attributes = Mapping[str, Any]
Summary = dict[str, Any]


def attributes_of(job: Job) -> Attributes:
    """What a job's file says of itself, read without its data.

    **Raises:** [`UserError`][] naming a file that is missing, damaged or of another study.
    """
    if not job.path.is_file():
        raise UserError(f"{job.path} is missing: run snakemake to make it")
    try:
        found = recorded(job.path, ("kind", "settings", *KEPT))
    except (OSError, ValueError, KeyError):
        raise UserError(
            f"{job.path} is damaged or not a result file of this suite: "
            "delete it and run snakemake again"
        ) from None
    store.check_origin(job.path, found, job.step, job.settings)
    return found


def summary(files: Sequence[Attributes]) -> Summary:
    """Where the files of one step came from, each value with the number of files that have it."""
    starts = sorted(str(one["started_utc"]) for one in files if "started_utc" in one)
    return {
        "files": len(files),
        "taken_over": sum(TAKEN_FROM in one for one in files),
        **{
            key: dict(Counter(str(one.get(key, UNKNOWN)) for one in files).most_common())
            for key in COUNTED
        },
        "first_started_utc": starts[0] if starts else UNKNOWN,
        "last_started_utc": starts[-1] if starts else UNKNOWN,
    }


def remarks(steps: Mapping[str, Summary]) -> list[str]:
    """What a reader must know of the sources: that they are several, or not those of a commit."""

    def listed(parts: Iterable[tuple[str, int]]) -> str:
        return ", ".join(f"{name} ({count})" for name, count in parts)

    commits: Counter[str] = Counter()
    for one in steps.values():
        commits.update(one["git_commit"])
    found = []
    if len(commits) > 1:
        short = ((commit[:12], count) for commit, count in commits.most_common())
        found.append(f"made at {len(commits)} commits, with files: {listed(short)}")
    for state, words in (
        ("yes", "trees with uncommitted changes"),
        (UNKNOWN, "trees of unknown state"),
    ):
        made = [
            (step, one["git_dirty"][state])
            for step, one in steps.items()
            if state in one["git_dirty"]
        ]
        if made:
            found.append(f"made with {words}, with files of steps: {listed(made)}")
    return found


def origins(study: Study, results: Path) -> tuple[dict[str, Summary], dict[str, Attributes]]:
    """Where all that the pictures show came from: by step, and statistics one by one."""
    by_step: dict[str, list[Attributes]] = {step: [] for step in STEPS}
    statistics = {}
    for step, names in jobs_of(study):
        found = attributes_of(Job(step, study, results, names))
        by_step[step].append(found)
        if step == "statistics":
            kept = {key: found[key] for key in KEPT if key in found}
            statistics["/".join(names.values())] = kept
    steps = {step: summary(files) for step, files in by_step.items() if files}
    ordered = ("/".join(names.values()) for _, names in all_statistics(study))
    return steps, {key: statistics[key] for key in ordered}


def shown_already(name: str, study: Study) -> set[str]:
    """Names of what the study that this one extends shows of the same jobs, or of more of them.

    A job without an experiment is one of the whole study, and so is a table of its settings.
    """
    base = base_of(name)
    if base is None:
        return set()
    before = {one.name: one.needs for one in exhibits(load_study(base))}
    return {
        one.name
        for one in exhibits(study)
        if one.name in before
        and all(need in before[one.name] for need in one.needs)
        and not one.last
        and all("experiment" in names for _, names in one.needs)
        and (one.needs or one.kind == "figures")
    }


def shipped(name: str, study: Study) -> list[str]:
    """Experiments of a study whose networks the package comes with and its base does not train."""
    if name not in NETWORKS_OF:
        return []
    before = _extended(name)
    return [experiment for experiment in study.meta_learning if experiment not in before]


def _extended(name: str) -> Mapping[str, MetaLearning]:
    """Experiments of the study that a study extends, if it does."""
    base = base_of(name)
    return load_study(base).meta_learning if base else {}


def published(results: Path, omitted: Iterable[str] = ()) -> dict[str, Path]:
    """The files of a study that are published, by name, without the exhibits `omitted`.

    Vector graphics stay in the results: one of them can hold megabytes of curves. So do the
    captions of tables, which their Markdown holds.

    **Raises:** [`UserError`][] where two files would take the same name.
    """
    found: dict[str, Path] = {}
    for kind, suffixes in PUBLISHED.items():
        for path in sorted((results / kind).glob("*.*")):
            if path.suffix not in suffixes or f"{kind}/{path.stem}" in omitted:
                continue
            if path.name in found:
                raise UserError(
                    f"{found[path.name]} and {path} would be published under one name: "
                    "rename the script of one of them"
                )
            found[path.name] = path
    return found


def publish(name: str, study: Study, results: Path) -> None:
    """Copy figures as PNG, captions, tables and networks, and say where they came from."""
    rendered = HERE / "rendered" / name
    rendered.mkdir(parents=True, exist_ok=True)
    steps, statistics = origins(study, results)
    shown = published(results, shown_already(name, study))
    suffixes = {each for every in PUBLISHED.values() for each in every}
    for path in [*rendered.iterdir()]:
        # Pictures of exhibits that the study no longer has would be taken for its own.
        if path.suffix in suffixes and path.name not in shown:
            path.unlink()
    for title, path in shown.items():
        shutil.copyfile(path, rendered / title)
    for experiment in shipped(name, study):
        shutil.copyfile(results / "trained" / f"{experiment}.npz", PRETRAINED / f"{experiment}.npz")
    for remark in remarks(steps):
        print(f"publish: note: {name}: {remark}")
    content = {
        "study": study.title,
        "study_digest": digest(study),
        "steps": steps,
        "statistics": statistics,
    }
    store.write(rendered / "PROVENANCE.json", (json.dumps(content, indent=2) + "\n").encode())
    rows = measured(read.Results(study, results), pretrained_names(), _extended(name))
    if rows:
        store.write(MEASURED / f"{name}.json", in_lines(rows).encode())
    for path in QUOTING:
        before = path.read_text(encoding="utf-8")
        after = refreshed(before, name, rendered)
        if after != before:
            store.write(path, after.encode())


def main(argv: Sequence[str] | None = None) -> int:
    """Publish the study and folder that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", default="paper", help="name, or path of a YAML file")
    parser.add_argument("--results", type=Path, help="default: results/<study>")
    arguments = parser.parse_args(argv)
    name = Path(arguments.study).stem
    results = arguments.results or Path("results") / name
    try:
        publish(name, load_study(arguments.study), results)
    except (UserError, OSError) as error:
        print(f"publish: error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
