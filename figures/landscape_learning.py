"""What goes with success: fluctuation of the landscape, expressibility, locality of the cost."""

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
"""points, of legends"""


def _fluctuation(ax: Axes, data: xr.Dataset) -> None:
    """Success of descents against the fluctuation, a marker a cell, a colour an ensemble."""
    names = [str(name) for name in data["ensemble"].values]
    for name, colour in zip(names, style.seed_colours(len(names)), strict=True):
        one = data.sel(ensemble=name)
        ax.errorbar(
            one["fluctuation"].values.ravel(),
            one["success"].values.ravel(),
            one["success_error"].values.ravel(),
            one["fluctuation_error"].values.ravel(),
            color=colour,
            linestyle="none",
            marker="o",
            markersize=2.5,
            linewidth=0.6,
            label=name.replace("graphs ", ""),
        )
    low, high = data["spearman_interval"].values
    ax.set_xlabel("fluctuation F")
    ax.set_ylabel("descents that succeed")
    ax.set_ylim(-0.03, 1.16)
    text = f"rank correlation {float(data['spearman']):.2f} [{low:.2f}, {high:.2f}]"
    ax.text(0.02, 0.98, text, transform=ax.transAxes, fontsize=TEXT + 0.5, va="top")
    ax.legend(fontsize=TEXT, loc="center left", bbox_to_anchor=(0, 0.68))


def _expressibility(ax: Axes, data: xr.Dataset) -> None:
    """Variance of the gradient against the distance to random states, by size and width."""
    widths = data["width"].values
    for width, colour in zip(widths, style.seed_colours(len(widths)), strict=True):
        for size, marker in zip(data["size"].values, "os^D", strict=False):
            one = data.sel(width=width, size=size)
            ax.plot(
                one["divergence"],
                one["variance"],
                marker,
                color=colour,
                markersize=3,
                linestyle="-",
                linewidth=0.5,
                label=f"±{width:g} π, n = {size}",
            )
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.yaxis.set_minor_formatter(mpl.ticker.NullFormatter())
    ax.set_xlabel("distance to random states, D (nats)")
    ax.set_ylabel("Var ∂E")
    ax.set_ylim(top=4 * ax.get_ylim()[1])
    ax.legend(fontsize=TEXT - 0.5, ncols=2, labelspacing=0.2, loc="upper left")


def _plateaus(ax: Axes, data: xr.Dataset) -> None:
    """Fractions of starts that end on a plateau, by cost."""
    for cost, colour, marker in zip(
        data["cost"].values, ("#D55E00", "#0072B2"), "os", strict=False
    ):
        one = data.sel(cost=cost)
        ax.errorbar(
            data["size"],
            100 * one["plateau"],
            196 * one["plateau_error"],
            color=colour,
            marker=marker,
            markersize=3.5,
            capsize=2,
            label=f"{cost} cost",
        )
        for size in data["size"].values:
            low, high = 100 * one["quoted"].sel(size=size).values
            if np.isfinite([low, high]).all() and high > low:
                ax.vlines(size + 0.15, low, high, color="#444444", linewidth=3, alpha=0.4)
    ax.set_xticks(data["size"].values)
    ax.set_ylim(-3, 103)
    ax.set_xlabel("qubits n")
    ax.set_ylabel("starts on a plateau (%)")
    ax.legend(fontsize=TEXT + 1)


def _overparametrisation(ax: Axes, data: xr.Dataset) -> None:
    """Rank of the Fisher information, as a fraction of the largest, and success of descents."""
    angles, rank = data["parameters"].values, data["rank"].max("instance").values
    ax.plot(
        angles,
        rank / rank.max(),
        "s-",
        color="#009E73",
        markersize=3,
        label=f"rank, of {rank.max()}",
    )
    ax.errorbar(
        angles,
        data["success"],
        1.96 * data["success_error"],
        color="#D55E00",
        marker="o",
        markersize=3,
        capsize=2,
        label="descents that succeed",
    )
    ax.set_xlabel("angles 2p")
    ax.set_ylabel("fraction")
    # The legend has a place of its own: the curves cross the whole panel.
    ax.set_ylim(-0.03, 1.35)
    ax.set_yticks(np.linspace(0, 1, 6))
    ax.legend(fontsize=TEXT + 0.5, loc="upper left")


def _spin_chain(ax: Axes, data: xr.Dataset) -> None:
    """Error on entropies against the number of training chains, by how the network began."""
    arms = [str(arm) for arm in data["arm"].values]
    for arm, colour in zip(arms, style.seed_colours(len(arms)), strict=True):
        one = data.sel(arm=arm)
        ax.errorbar(
            data["samples"],
            one["mse"],
            1.96 * one["mse_error"],
            color=colour,
            marker="o",
            markersize=3,
            label=arm.replace("_", " "),
        )
    ax.axhline(float(data["variance"]), color="#444444", linewidth=0.8, linestyle=":")
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
    ax.set_xticks(data["samples"].values, [str(n) for n in data["samples"].values])
    ax.yaxis.set_minor_formatter(mpl.ticker.StrMethodFormatter("{x:g}"))
    ax.yaxis.set_major_formatter(mpl.ticker.StrMethodFormatter("{x:g}"))
    ax.set_xlabel("training chains")
    ax.set_ylabel("squared error (nats²)")
    ax.legend(fontsize=TEXT + 0.5)


PANELS: dict[str, probes.Panel] = {
    "fluctuation": _fluctuation,
    "expressibility": _expressibility,
    "plateaus": _plateaus,
    "overparametrisation": _overparametrisation,
    "spin_chain": _spin_chain,
}


def needs(study: Study) -> list[Need] | None:
    """Fluctuation against success, expressibility against gradients, starts on a plateau."""
    return probes.needs_of(study, *PANELS)


def draw(results: read.Results) -> tuple[Figure, dict[str, object]]:
    """A panel an experiment."""
    return probes.small_multiples(results, PANELS, 2.5, 30)
