"""Bonds of rectangular lattices."""

import numpy as np

Pair = tuple[int, int]


def lattice_bonds(
    shape: tuple[int, int], periodic: tuple[bool, bool]
) -> tuple[tuple[Pair, ...], tuple[Pair, ...]]:
    """Horizontal and vertical bonds as pairs ``p < q`` of sites ``x + shape[0] * y``.

    A closed side of length 2 has one bond and a side of length 1 has none, as in OpenFermion.
    """
    width, height = shape
    site = np.arange(width * height).reshape(height, width)

    def along(lines: np.ndarray, closed: bool) -> tuple[Pair, ...]:
        length = lines.shape[1]
        ends = [(k, k + 1) for k in range(length - 1)] + [(0, length - 1)] * (closed and length > 2)
        return tuple((int(line[a]), int(line[b])) for line in lines for a, b in ends)

    return along(site, periodic[0]), along(site.T, periodic[1])
