"""One large QAOA state spread over several devices: the same numbers, less memory on each.

Of the bits that number the amplitudes the first few number the devices. A layer rotates its local
bits as on one device, exchanges the others with local ones (all-to-all), rotates them, and
exchanges back. Communication of a layer: two exchanges of the state, one more where spin-flip
symmetry holds. All layers are undone in the gradient.

To a device its own amplitudes are a state of fewer qubits, whose kernels are those of
[`replication.simulators.ising`][]; the bits of its own number give but a phase to them.
"""

import functools
from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.custom_derivatives import CustomVJPPrimal
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec
from jax.typing import ArrayLike

from replication.errors import UserError
from replication.simulators import ising
from replication.simulators.layout import Layout, Slopes, State, initial, phase
from replication.simulators.precision import full_precision
from replication.simulators.trig import sincos

AXIS = "devices"
_SPREAD, _EVERYWHERE = PartitionSpec(AXIS), PartitionSpec()
_ARGUMENTS = (_SPREAD, _EVERYWHERE, _EVERYWHERE)


class Part(NamedTuple):
    """What each device holds: layout of its own amplitudes, number of the bits of its number."""

    local: Layout
    bits: int


def mesh(devices: Sequence[jax.Device] | None = None) -> Mesh:
    """A line of devices, all that there are unless said.

    **Raises:** [`UserError`][] unless their number is a power of two.
    """
    line = list(jax.devices() if devices is None else devices)
    if not line or len(line) & (len(line) - 1):
        raise UserError(f"a state is spread over 1, 2, 4, 8 … devices, not over {len(line)}")
    return Mesh(np.array(line), (AXIS,), axis_types=(AxisType.Auto,))


def spread(diagonal: ArrayLike, over: Mesh) -> jax.Array:
    """A diagonal with a part of it on each device, to be given to [`energy`][] many times."""
    return jax.device_put(diagonal, NamedSharding(over, _SPREAD))


def part_of(layout: Layout, devices: int) -> Part:
    """What each of several devices holds.

    **Raises:** [`UserError`][] where there are too few amplitudes to exchange.
    """
    bits = devices.bit_length() - 1
    if layout.bits < 2 * bits:
        raise UserError(
            f"{layout.num_qubits} qubits are too few for {devices} devices: "
            f"it takes at least {2 * bits + layout.symmetric}"
        )
    return Part(Layout(layout.num_qubits - bits, layout.symmetric), bits)


def _quarter_turns(state: State, quarters: jax.Array) -> State:
    """The state times $i$ to the power of `quarters`."""
    cos, sin = (jnp.asarray([1, 0, -1, 0], state[0].dtype)[(quarters + k) % 4] for k in (0, 3))
    return phase(state, -sin, cos)


def _ones() -> jax.Array:
    """Ones among the bits of the device's own number."""
    return jax.lax.population_count(jax.lax.axis_index(AXIS))


def _initial(part: Part, dtype: jnp.dtype) -> State:
    re, im = _quarter_turns(initial(part.local, dtype), -_ones())
    norm = jnp.asarray(2 ** (part.bits / 2), dtype)
    return re / norm, im / norm


def _flip(state: State, part: Part) -> State:
    """The flip of all qubits: that of the local ones on the opposite device's amplitudes."""
    count = 2**part.bits
    opposite = [(device, count - 1 - device) for device in range(count)]
    re, im = (jax.lax.ppermute(x, AXIS, opposite) for x in state)
    return _quarter_turns(ising.flip((re, im), part.local), part.bits + 2 * _ones())


def _swap(v: jax.Array, part: Part) -> jax.Array:
    """Exchange the bits that number the devices with the leading local ones; its own inverse."""
    rows = v.reshape(2**part.bits, -1)
    return jax.lax.all_to_all(rows, AXIS, 0, 0, tiled=True)


def _layer(
    diagonal: jax.Array, state: State, gamma: jax.Array, beta: jax.Array, part: Part
) -> State:
    state = ising.apply_rotation(phase(state, *sincos(gamma * diagonal)), beta, part.local.bits)
    matrix = ising.rotation(beta, part.bits)
    re, im = (_swap(matrix @ _swap(x, part), part).reshape(-1) for x in state)
    if not part.local.symmetric:
        return re, im
    return ising.rotate_fixed((re, im), _flip((re, im), part), beta)


def _unmix_both(
    lam: State, psi: State, beta: jax.Array, part: Part
) -> tuple[State, State, jax.Array]:
    """Both states before the mixer, and its slope as far as it is of this device."""
    slope = jnp.zeros((), beta.dtype)
    if part.local.symmetric:
        flipped = _flip(psi, part)
        slope = jnp.sum(lam[0] * flipped[0] + lam[1] * flipped[1])
        psi = ising.rotate_fixed(psi, flipped, -beta)
        lam = ising.rotate_fixed(lam, _flip(lam, part), -ising.after(slope, beta))
    swapped = [_swap(x, part) for x in (*psi, *lam)]
    across = swapped[2] @ swapped[0].T + swapped[3] @ swapped[1].T
    slope = slope + jnp.sum(across * jnp.asarray(ising.generator(part.bits), beta.dtype))
    matrix = ising.rotation(-beta, part.bits)
    back = [_swap(matrix @ x, part).reshape(-1) for x in swapped]
    psi, lam = (back[0], back[1]), (back[2], back[3])
    lam, psi, local = ising.undo_rotation(lam, psi, beta, part.local.bits)
    return lam, psi, slope + local


@full_precision
def _value(
    diagonal: jax.Array, gammas: jax.Array, betas: jax.Array, part: Part
) -> tuple[jax.Array, State]:
    """The energy, which each device finds, and the final state."""

    def layer(state: State, angles: State) -> tuple[State, None]:
        return _layer(diagonal, state, *angles, part), None

    state, _ = jax.lax.scan(layer, _initial(part, gammas.dtype), (gammas, betas))
    return jax.lax.psum(ising.mean(diagonal, state, part.local), AXIS), state


@full_precision
def _value_and_slopes(
    diagonal: jax.Array, gammas: jax.Array, betas: jax.Array, part: Part, *, in_diagonal: bool
) -> tuple[jax.Array, Slopes]:
    value, psi = _value(diagonal, gammas, betas, part)
    copies = 1 + part.local.symmetric

    def undo(
        carry: tuple[State, State, jax.Array | None], angles: State
    ) -> tuple[tuple[State, State, jax.Array | None], State]:
        psi, lam, d_diagonal = carry
        gamma, beta = angles
        lam, psi, d_beta = _unmix_both(lam, psi, beta, part)
        slope = lam[0] * psi[1] - lam[1] * psi[0]
        d_gamma = jnp.sum(diagonal * slope)
        sin, cos = sincos(ising.after(d_gamma, gamma) * diagonal)
        if d_diagonal is not None:
            d_diagonal = d_diagonal + 2 * copies * gamma * slope
        return (phase(psi, -sin, cos), phase(lam, -sin, cos), d_diagonal), (d_gamma, d_beta)

    lam = diagonal * psi[0], diagonal * psi[1]
    density = copies * (psi[0] ** 2 + psi[1] ** 2) if in_diagonal else None
    (_, _, d_diagonal), slopes = jax.lax.scan(
        undo, (psi, lam, density), (gammas, betas), reverse=True
    )
    d_gammas, d_betas = (2 * copies * jax.lax.psum(x, AXIS) for x in slopes)
    return value, (d_diagonal, d_gammas, d_betas)


@functools.partial(jax.custom_vjp, nondiff_argnums=(3, 4))
def _energy(
    diagonal: jax.Array, gammas: jax.Array, betas: jax.Array, part: Part, over: Mesh
) -> jax.Array:
    def local(diagonal: jax.Array, gammas: jax.Array, betas: jax.Array) -> jax.Array:
        return _value(diagonal, gammas, betas, part)[0]

    return jax.shard_map(
        local, mesh=over, in_specs=_ARGUMENTS, out_specs=_EVERYWHERE, check_vma=False
    )(diagonal, gammas, betas)


def _forward(
    diagonal: CustomVJPPrimal,
    gammas: CustomVJPPrimal,
    betas: CustomVJPPrimal,
    part: Part,
    over: Mesh,
) -> tuple[jax.Array, Slopes]:
    def local(
        diagonal_: jax.Array, gammas: jax.Array, betas: jax.Array
    ) -> tuple[jax.Array, Slopes]:
        return _value_and_slopes(diagonal_, gammas, betas, part, in_diagonal=diagonal.perturbed)

    of_diagonal = _SPREAD if diagonal.perturbed else None
    return jax.shard_map(
        local,
        mesh=over,
        in_specs=_ARGUMENTS,
        out_specs=(_EVERYWHERE, (of_diagonal, _EVERYWHERE, _EVERYWHERE)),
        check_vma=False,
    )(diagonal.value, gammas.value, betas.value)


_energy.defvjp(
    _forward,
    lambda part, over, slopes, cotangent: ising.scaled(slopes, cotangent),
    symbolic_zeros=True,
)


def energy(
    diagonal: ArrayLike, gammas: jax.Array, betas: jax.Array, *, symmetric: bool, over: Mesh
) -> jax.Array:
    r"""$\langle\psi|C|\psi\rangle$ with the state spread over a mesh.

    **Arguments:** as of [`ising.energy`][replication.simulators.ising.energy]; `over`: from
    [`mesh`][]. Put the diagonal there first with [`spread`][], or each call does so.

    **Returns:** a scalar, the same as on one device up to the order of sums. Differentiable once,
    in reverse mode.

    **Raises:** [`UserError`][] for more devices than the square root of the kept amplitudes, and
    for a diagonal whose length is no power of two.
    """
    layout = ising.layout_of(diagonal, symmetric)
    # By JAX it would first be put on one device, all of it.
    convert = jnp.asarray if isinstance(diagonal, jax.Array) else np.asarray
    part = part_of(layout, over.size)
    diagonal = spread(convert(diagonal, gammas.dtype), over)
    if not part.bits:
        return ising.energy(diagonal, gammas, betas, symmetric=symmetric)
    return _energy(diagonal, gammas, betas, part, over)
