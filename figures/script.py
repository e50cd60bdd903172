"""Drawing of one exhibit: its caption filled, its files written, its time recorded."""

import io
import json
import string
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import matplotlib as mpl
from matplotlib.figure import Figure

from figures.results import Results
from figures.style import PIXELS, RC
from replication import compilation, store
from replication.errors import UserError
from replication.provenance import times


def fill(template: Path, fields: Mapping[str, object]) -> str:
    """A caption: the template's `$fields` filled, all of them."""
    try:
        return string.Template(template.read_text(encoding="utf-8")).substitute(fields)
    except KeyError as error:
        known = ", ".join(sorted(fields))
        raise UserError(
            f"figures/{template.name}: unknown field ${error.args[0]}; allowed are {known}"
        ) from None


def save_figure(figure: Figure, caption: str, folder: Path, stem: str) -> None:
    """Write `stem`.{pdf,svg,png,rst}, free of dates so that equal results give equal files."""
    dpi = min(220.0, PIXELS / max(figure.get_size_inches()))
    undated: dict[str, dict[str, None]] = {"pdf": {"CreationDate": None}, "svg": {"Date": None}}
    contents = {"rst": caption.encode()}
    for suffix in ("pdf", "svg", "png"):
        buffer = io.BytesIO()
        figure.savefig(buffer, format=suffix, dpi=dpi, metadata=undated.get(suffix))
        contents[suffix] = buffer.getvalue()
    for suffix, content in contents.items():
        store.write(folder / f"{stem}.{suffix}", content)


def draw(module: ModuleType, results: Results, name: str, experiment: str | None = None) -> None:
    """Draw an exhibit, and say beside Snakemake's benchmark of it how long start-up and work took.

    **Arguments:**

    - `module`: its script.
    - `results`: the study and the folder that it is drawn from and into.
    - `name`: where it goes, such as `figures/fig3_convergence`.
    - `experiment`: the experiment drawn, where the script is drawn once for each.
    """
    began = time.time()
    if "jax" in sys.modules:
        compilation.watch()
    folder, stem = results.folder / Path(name).parent, Path(name).name
    template = Path(str(module.__file__)).with_suffix(".rst")
    with mpl.rc_context(RC):
        if hasattr(module, "write"):
            for suffix, text in module.write(results, template).items():
                store.write(folder / f"{stem}.{suffix}", text.encode())
        else:
            only = () if experiment is None else (experiment,)
            figure, fields = module.draw(results, *only)
            save_figure(figure, fill(template, fields), folder, stem)
    text = json.dumps(times(began))
    store.write(results.folder / "benchmarks" / f"{name}.json", text.encode())
