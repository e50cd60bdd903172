"""Where optimal angles gather, and what they are worth on other graphs, weights and sizes."""

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures import probes, style
from figures import results as read
from replication.study import Study
from replication.workflow import Need

TEXT = 5.5
"""points, of legends and numbers"""


def _name(label: str) -> str:
    """The degree that an ensemble's label names."""
    return label.partition("degree ")[2] or "varied"


def _clouds(ax: Axes, data: xr.Dataset) -> None:
    """γ and β of the first layer, a dot a graph, and the tree's optimum as a cross."""
    ensembles = [str(name) for name in data["ensemble"].values]
    colours = style.seed_colours(len(ensembles))
    gamma, beta = (
        next(n for n in map(str, data["parameter"].values) if n.startswith(f))
        for f in ("gamma", "beta")
    )
    for name, colour in zip(ensembles, colours, strict=True):
        one = data.sel(ensemble=name)
        x, y = (one["angles"].sel(parameter=p).values.ravel() for p in (gamma, beta))
        label = _name(name)
        ax.scatter(x, y, s=3, color=colour, alpha=0.5, linewidth=0, label=label)
        tree = one["tree"].mean(("qubits", "instance"))
        if "regular" in name:
            ax.plot(
                tree.sel(parameter=gamma),
                tree.sel(parameter=beta),
                "x",
                color="black",
                markersize=5,
            )
    ax.set_xlabel("γ₁ (rad)")
    ax.set_ylabel("β₁ (rad)")
    ax.legend(fontsize=TEXT, title="degree", title_fontsize=TEXT, ncols=2, markerscale=2)


def _matrix(ax: Axes, data: xr.Dataset) -> None:
    """What an optimum of one degree is worth on trees of another: the branch of small angles."""
    one = data["tree"].isel(branch=-1).transpose("donor_degree", "acceptor_degree")
    shown = ax.imshow(one.values, origin="lower", cmap="RdBu", vmin=-1, vmax=1, aspect="auto")
    for axis, name in ((ax.xaxis, "acceptor_degree"), (ax.yaxis, "donor_degree")):
        degrees = data[name].values.tolist()
        axis.set_ticks(range(len(degrees)), degrees)
    ax.set_xlabel("degree of the acceptor")
    ax.set_ylabel("degree of the donor")
    ax.grid(visible=False)
    figure = ax.figure
    assert isinstance(figure, Figure)
    bar = figure.colorbar(shown, ax=ax, fraction=0.05)
    bar.set_label("fraction of its optimum", fontsize=6)
    bar.ax.tick_params(labelsize=TEXT)


def _weighted(ax: Axes, data: xr.Dataset) -> None:
    """Median losses of transferred angles by size, beside the published ones."""
    weights = [str(name) for name in data["weights"].values]
    layers, sizes = data["layers"].values, data["qubits"].values
    colours = style.seed_colours(len(weights))
    step = 0.7 / (len(weights) * len(sizes))
    for row, (name, colour) in enumerate(zip(weights, colours, strict=True)):
        for column, (size, marker) in enumerate(zip(sizes, "os^D", strict=False)):
            one = data.isel(rule=0).sel(weights=name, qubits=size)
            place = row * len(sizes) + column - (len(weights) * len(sizes) - 1) / 2
            label = f"{name}, n = {size}"
            if np.isfinite(one["median"]).any():
                ax.errorbar(
                    layers + step * place,
                    one["median"],
                    1.96 * one["median_error"],
                    color=colour,
                    marker=marker,
                    markersize=3,
                    linestyle="none",
                    label=label,
                )
        middle = layers + step * (
            row * len(sizes) + (len(sizes) - 1) / 2 - (len(weights) * len(sizes) - 1) / 2
        )
        published = data["published"].sel(weights=name)
        ax.plot(middle, published, "_", color=colour, markersize=10, markeredgewidth=1.6)
    ax.set_xticks(layers)
    ax.set_xlim(layers.min() - 0.5, layers.max() + 0.5)
    ax.set_xlabel("layers p")
    ax.set_ylabel("median loss (%)")
    ax.set_yscale("log")
    ax.set_ylim(0.1, 400)
    ax.yaxis.set_major_formatter(mpl.ticker.StrMethodFormatter("{x:g}"))
    ax.legend(fontsize=TEXT - 0.5, labelspacing=0.2, ncols=2, loc="upper left")


def _spread(ax: Axes, data: xr.Dataset) -> None:
    """Spread of the energies of an ensemble's instances at fixed angles, against the size."""
    schedules = [str(name) for name in data["schedule"].values]
    for name, colour in zip(schedules, style.seed_colours(len(schedules)), strict=True):
        one = data.sel(schedule=name)
        ax.errorbar(
            data["qubits"],
            one["spread"],
            one["spread_error"],
            color=colour,
            marker="o",
            markersize=3,
            label=name.replace("_", " "),
        )
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xticks(data["qubits"].values, [str(n) for n in data["qubits"].values])
    ax.xaxis.set_minor_locator(mpl.ticker.NullLocator())
    ax.yaxis.set_major_locator(mpl.ticker.LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_minor_locator(mpl.ticker.NullLocator())
    ax.yaxis.set_major_formatter(mpl.ticker.StrMethodFormatter("{x:g}"))
    ax.set_xlabel("spins n")
    ax.set_ylabel("sd over instances")
    ax.legend(fontsize=TEXT)


def _sizes(ax: Axes, data: xr.Dataset) -> None:
    """State preparation: gaps of the optimal angles to their limits, times the size."""
    for name, limit, label, colour in (
        ("beta_gap", 4, "n (1 - n β/π)", "#0072B2"),
        ("gamma_gap", 2, "n (1 - γ/π)", "#D55E00"),
    ):
        ax.plot(data["qubits"], data[name], "o-", color=colour, markersize=3, label=label)
        ax.axhline(limit, color=colour, linewidth=0.8, linestyle=":")
    ax.set_xscale("log")
    ax.set_xlabel("qubits n")
    ax.set_ylabel("gap × n")
    ax.legend(fontsize=TEXT)


PANELS: dict[str, probes.Panel] = {
    "concentration": _clouds,
    "transfer_matrix": _matrix,
    "weighted_transfer": _weighted,
    "instance_spread": _spread,
    "size_concentration": _sizes,
}


def needs(study: Study) -> list[Need] | None:
    """Clouds of optima, transfer between degrees and weights, spread of instances, sizes."""
    return probes.needs_of(study, *PANELS)


def draw(results: read.Results) -> tuple[Figure, dict[str, object]]:
    """A panel an experiment."""
    return probes.small_multiples(results, PANELS, 2.3, 34)
