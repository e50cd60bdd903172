"""Gradients of noisy circuits beside those of the same circuits without noise."""

import matplotlib as mpl
from matplotlib.figure import Figure

from figures import probes, style
from figures import results as read
from replication.probes.noise import Noise
from replication.study import Study
from replication.workflow import Need


def needs(study: Study) -> list[Need] | None:
    """Every experiment of this probe."""
    return probes.needs_of(study, "noise")


def draw(results: read.Results) -> tuple[Figure, dict[str, object]]:
    """A panel for each number of qubits of every experiment, and the fields of the caption."""
    found = probes.load(results, "noise")
    panels = [(one, n) for one in found.values() for n in one.data["qubits"].values]
    figure, axes = probes.grid(len(panels), 2, 2.4)
    for ax, (one, n) in zip(axes, panels, strict=True):
        data = one.data.sel(qubits=n)
        strengths = data["strength"].values[1:]
        colours = style.seed_colours(len(strengths))
        layers = data["layers"].values
        for strength, colour in zip(strengths, colours, strict=True):
            line = data.sel(strength=strength)
            label = f"local, {100 * strength:g} %"
            ax.errorbar(
                layers,
                line["ratio"],
                line["ratio_error"],
                color=colour,
                marker="o",
                markersize=3,
                capsize=2,
                label=label,
            )
            ax.plot(layers, line["global_ratio"], color=colour, linestyle=":", linewidth=1)
        ax.set_yscale("log")
        ax.set_title(f"{n} qubits", loc="left", weight="bold")
        ax.xaxis.set_major_locator(mpl.ticker.MaxNLocator(integer=True))
        ax.set_xlabel("layers")
        ax.legend(fontsize=7)
    axes[0].set_ylabel("|∇E| with noise / without")
    counts = [one.probe.circuits for one in found.values() if isinstance(one.probe, Noise)]
    return figure, probes.fields(found) | {"circuits": " or ".join(map(str, sorted({*counts})))}
