"""Copy a finished study's pictures, table and networks to where the repository keeps them.

Run by hand after the study `paper` was built: `make publish`. Pictures and the table of starts go
to `figures/rendered/`, with the digests and commit they came from in `PROVENANCE.json`; the chosen
networks go to `replication/pretrained/`, from where `load_meta_optimizer` finds them.
"""

import argparse
import json
import shutil
import sys
from pathlib import Path

import numpy as np

from replication import store
from replication.errors import UserError
from replication.study import MAIN, Study, digest, load_study
from replication.workflow import Job

HERE = Path(__file__).resolve().parent
PRETRAINED = HERE.parent / "replication" / "pretrained"
KEPT = ("study_digest", "git_commit", "git_dirty", "started_utc", "wall_time_s", "cpu", "threads")


def _origin(study: Study, results: Path, name: str, size: str) -> dict[str, str | int | float]:
    """Where the statistics of one size came from; refuses those of another study."""
    job = Job("publish", study, results, {"experiment": name, "sample": size, "protocol": MAIN})
    attributes = job.load("statistics").attrs
    found = {key: attributes[key] for key in KEPT if key in attributes}
    # netCDF gives numbers back as NumPy scalars.
    return {key: np.asarray(value).tolist() for key, value in found.items()}


def publish(study: Study, results: Path) -> None:
    """Copy figures (PNG and SVG), captions, tables and networks, and say where they came from."""
    rendered = HERE / "rendered"
    rendered.mkdir(exist_ok=True)
    origins = {
        f"{name}/{size}": _origin(study, results, name, size)
        for name, experiment in study.experiments.items()
        for size in experiment.test
    }
    pictures = sorted((results / "figures").glob("*.*"))
    tables = sorted((results / "tables").glob("*.*"))
    for path in (*pictures, *tables):
        if path.suffix != ".pdf":
            shutil.copyfile(path, rendered / path.name)
    for name in study.experiments:
        shutil.copyfile(results / "trained" / f"{name}.npz", PRETRAINED / f"{name}.npz")
    content = {"study": study.title, "study_digest": digest(study), "statistics": origins}
    store.write(rendered / "PROVENANCE.json", (json.dumps(content, indent=2) + "\n").encode())


def main() -> int:
    """Publish the study and folder that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", default="paper", help="name, or path of a YAML file")
    parser.add_argument("--results", type=Path, help="default: results/<study>")
    arguments = parser.parse_args()
    results = arguments.results or Path("results") / Path(arguments.study).stem
    try:
        publish(load_study(arguments.study), results)
    except (UserError, OSError) as error:
        print(f"publish: error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
