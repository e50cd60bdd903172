"""Energies of minima against the number of angles, in random circuits and in the Wishart model."""

from typing import Any

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures import probes, style
from figures import results as read
from replication.study import Study
from replication.workflow import Need

KINDS = ("string_minima", "wishart", "freedom", "equal_angles")
LOWEST = 1e-5
"""energy, in units of the mean's above the ground state, on which lower ones are drawn"""


def needs(study: Study) -> list[Need] | None:
    """Minima of random circuits, Wishart fields, degrees of freedom and QAOA's ends beside."""
    return probes.needs_of(study, *KINDS)


def _circuits(ax: Axes, title: str, data: xr.Dataset) -> None:
    """One dot a minimum, the exact mean and band of the model, its limit and both thresholds."""
    gates, gamma = data["gates"].values, data["gamma"].values
    energies = data["energy"].transpose("gates", "instance").values
    rng = np.random.default_rng(0)
    spread = 0.012 * gamma.max() * rng.uniform(-1, 1, energies.shape)
    ax.scatter(
        (gamma[:, None] + spread).ravel(),
        np.maximum(energies, LOWEST).ravel(),
        s=3,
        color="#0072B2",
        alpha=0.5,
        linewidth=0,
        label="circuits, each minimum",
    )
    band = np.maximum(data["band"].transpose("level", "gates").values, LOWEST)
    ax.fill_between(gamma, band[0], band[-1], color="#D55E00", alpha=0.18, linewidth=0)
    mean = np.maximum(data["exact_mean"].values, LOWEST)
    ax.plot(gamma, mean, color="#D55E00", label="model, exact: mean, 5–95 %")
    fields = np.maximum(data["field_mean"].values, LOWEST)
    ax.plot(gamma, fields, "s", color="#009E73", markersize=4, label="model, by descents: mean")
    limit = data["limit"].values
    ax.plot(
        gamma[limit > 0], limit[limit > 0], ":", color="black", label="E*, limit of many angles"
    )
    per_gate = gamma[0] / gates[0]
    for count, line, label in (
        (float(data["threshold"]), "--", "p = 2m - 2"),
        (float(data["manifold"]), "-.", "p = 2 · 2ⁿ - 2"),
    ):
        if count * per_gate < 1.15 * gamma.max():
            ax.axvline(
                count * per_gate, color="#444444", linewidth=0.8, linestyle=line, label=label
            )
    ax.set_yscale("log")
    ax.set_ylim(LOWEST / 1.5, 1.5)
    ax.set_xlabel("γ = p / 2m")
    ax.set_ylabel("E of the minimum")
    words = f"n = {int(data['qubits'])}, m = {float(data['freedom']):.4g}"
    probes.entitle(ax, f"{title}, {words}", 60)
    ax.legend(fontsize=5.5, loc="lower left")


def _fields(ax: Axes, title: str, data: xr.Dataset) -> None:
    """Minima of fields by energy: counted as bars, exact as curves."""
    colours = style.seed_colours(data.sizes["cell"])
    edges = np.linspace(0, 1, 21)
    fields = int(data["field"].values.max()) + 1
    for place, colour in enumerate(colours):
        one = data.isel(cell=place)
        energies = one["energy"].values
        counts = np.histogram(energies[np.isfinite(energies)], edges)[0]
        ax.stairs(counts / fields / np.diff(edges), edges, color=colour, alpha=0.35, fill=True)
        m, p = float(one["cell_m"]), int(one["cell_p"])
        counted = f"{float(one['counted']):.2f} ± {float(one['counted_error']):.2f}"
        label = f"m = {m:g}, p = {p}: {counted}, exact {float(one['expected']):.2f}"
        ax.plot(one["at"], one["density"], color=colour, label=label)
    ax.set_xlabel("E of the minimum")
    ax.set_ylabel("minima a field, by E")
    probes.entitle(ax, title, 60)
    ax.set_xlim(0, 1)
    ax.legend(fontsize=5.5, title="minima a field", title_fontsize=5.5)


def _freedom(ax: Axes, title: str, data: xr.Dataset) -> None:
    """Angles that the model asks for, against size, and those of the study's circuits."""
    rows = data["ensemble"].values.tolist()
    names = list(dict.fromkeys(rows))
    colours = style.seed_colours(len(names) + data.sizes["interaction"])
    for place, u in enumerate(data["interaction"].values):
        one = data.sel(interaction=u)
        label = f"Hubbard chain, U = {u:g}"
        qubits = 2 * data["site"].values
        ax.plot(qubits, one["chain_threshold"], "o-", color=colours[place], label=label)
    for place, name in enumerate(names, data.sizes["interaction"]):
        one = data.isel(row=[k for k, row in enumerate(rows) if row == name])
        lattice = [str(size) for size in one["size"].values]
        places = [_qubits(size) for size in lattice]
        ax.errorbar(
            places,
            one["threshold"],
            one["threshold_error"],
            color=colours[place],
            marker="s",
            markersize=3,
            label=name,
        )
        ax.plot(places, one["parameters"], ":", color=colours[place])
    ax.set_yscale("log")
    ax.xaxis.set_major_locator(mpl.ticker.MaxNLocator(integer=True))
    ax.set_xlabel("qubits")
    ax.set_ylabel("angles needed, 2⌊m⌋ - 2")
    probes.entitle(ax, title, 60)
    ax.legend(fontsize=5.5)


def _equal(ax: Axes, title: str, data: xr.Dataset) -> None:
    """Ends of descents by number of angles, a violin each for QAOA and for random circuits."""
    places = np.arange(data.sizes["angles"])
    for family, colour, move in zip(
        data["family"].values.tolist(), ("#D55E00", "#0072B2"), (-0.2, 0.2), strict=True
    ):
        one = data.sel(family=family)
        ends = one["energy"].transpose("angles", "instance", "start").values
        rows = [*ends.reshape(len(places), -1)]
        drawn: Any = ax.violinplot(rows, places + move, widths=0.36, showextrema=False)
        for body in drawn["bodies"]:
            body.set(facecolor=colour, alpha=0.35, linewidth=0)
        medians = [np.median(row) for row in rows]
        ax.plot(places + move, medians, "_", color=colour, markersize=11, markeredgewidth=1.6)
        ax.errorbar(
            places + move,
            one["mean"],
            1.96 * one["mean_error"],
            color=colour,
            marker="o",
            markersize=3,
            markeredgecolor="white",
            markeredgewidth=0.4,
            capsize=1.5,
            linewidth=0.8,
            linestyle="none",
            label=f"{family}: mean, 95 %",
        )
    ax.plot([], [], "_", color="#444444", markersize=8, markeredgewidth=1.6, label="median")
    ax.axhline(1, color="#444444", linewidth=0.6, linestyle=":", label="mean of random states")
    ax.set_xticks(places, [str(count) for count in data["angles"].values])
    ax.set_ylim(-0.04, 1.34)
    ax.set_yticks(np.linspace(0, 1, 6))
    ax.set_xlabel("angles k")
    ax.set_ylabel("E at the end of a descent")
    probes.entitle(ax, title, 60)
    ax.legend(fontsize=5.5, ncols=2, loc="upper right")


def _qubits(size: str) -> int:
    """Spins of a glass; two qubits for each site of a lattice."""
    sides = [int(part) for part in size.split("x")]
    return sides[0] if len(sides) == 1 else 2 * int(np.prod(sides))


def draw(results: read.Results) -> tuple[Figure, dict[str, object]]:
    """A panel an experiment, one each for several sizes."""
    found = probes.load(results, *KINDS)
    drawn: list[tuple[Any, str, xr.Dataset]] = []
    for one in probes.panels(found, *KINDS):
        if one.probe.kind == "string_minima":
            drawn += [
                (_circuits, one.title, one.data.isel(qubits=place))
                for place in range(one.data.sizes["qubits"])
            ]
        elif one.probe.kind == "equal_angles":
            drawn += [
                (_equal, f"{one.title}, n = {size}", one.data.sel(size=size))
                for size in one.data["size"].values.tolist()
            ]
        else:
            panel = _fields if one.probe.kind == "wishart" else _freedom
            drawn.append((panel, one.title, one.data))
    figure, axes = probes.grid(len(drawn), 2, 2.5)
    for ax, (panel, title, data) in zip(axes, drawn, strict=True):
        panel(ax, title, data)
    return figure, probes.fields(found)
