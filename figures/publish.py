"""Copy a finished study's pictures, tables and networks to where the repository keeps them.

Run by hand after a study was built: `make publish STUDY=…`. Pictures and tables go to
`figures/rendered/<study>/`, with the digests and commit they came from in `PROVENANCE.json`. The
shortest table of claims goes into the README, between the marks `<!-- claims:begin <study> -->` and
`<!-- claims:end -->`, where it has them for the study. The chosen networks of the study `paper` go
to `replication/pretrained/`, from where `load_meta_optimizer` finds them.
"""

import argparse
import json
import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from table3_claims import first_table

from replication import store
from replication.errors import UserError
from replication.study import Study, digest, load_study
from replication.workflow import Job, all_statistics

HERE = Path(__file__).resolve().parent
README = HERE.parent / "README.md"
PRETRAINED = HERE.parent / "replication" / "pretrained"
NETWORKS_OF = "paper"
"""the study whose networks the package comes with"""
KEPT = ("study_digest", "git_commit", "git_dirty", "started_utc", "wall_time_s", "cpu", "threads")


def _origin(study: Study, results: Path, names: dict[str, str]) -> dict[str, str | int | float]:
    """Where the statistics of one sample came from; refuses those of another study."""
    attributes = Job("publish", study, results, names).load("statistics").attrs
    found = {key: attributes[key] for key in KEPT if key in attributes}
    # netCDF gives numbers back as NumPy scalars.
    return {key: np.asarray(value).tolist() for key, value in found.items()}


def quoted(text: str, name: str, table: str) -> str:
    """A text with the claims of one study put between its marks; the same where it has none."""
    begin, end = f"<!-- claims:begin {name} -->", "<!-- claims:end -->"
    pattern = re.compile(f"({re.escape(begin)}\\n).*?({re.escape(end)})", re.DOTALL)
    return pattern.sub(lambda found: f"{found[1]}\n{table}\n\n{found[2]}", text)


def publish(name: str, study: Study, results: Path) -> None:
    """Copy figures as PNG, captions, tables and networks, and say where they came from.

    Vector graphics stay in the results: one of them can hold megabytes of curves.
    """
    rendered = HERE / "rendered" / name
    rendered.mkdir(parents=True, exist_ok=True)
    origins = {
        "/".join(names.values()): _origin(study, results, names)
        for _, names in all_statistics(study)
    }
    pictures = sorted((results / "figures").glob("*.*"))
    tables = sorted((results / "tables").glob("*.*"))
    for path in (*pictures, *tables):
        if path.suffix not in (".pdf", ".svg"):
            shutil.copyfile(path, rendered / path.name)
    if name == NETWORKS_OF:
        for experiment in study.experiments:
            shutil.copyfile(
                results / "trained" / f"{experiment}.npz", PRETRAINED / f"{experiment}.npz"
            )
    content = {"study": study.title, "study_digest": digest(study), "statistics": origins}
    store.write(rendered / "PROVENANCE.json", (json.dumps(content, indent=2) + "\n").encode())
    claims = rendered / "claims.md"
    if claims.is_file() and README.is_file():
        before = README.read_text(encoding="utf-8")
        after = quoted(before, name, first_table(claims.read_text(encoding="utf-8")))
        if after != before:
            store.write(README, after.encode())


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
