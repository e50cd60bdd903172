"""One large QAOA state spread over several devices: the same numbers, a share of the memory each.

Of the bits that number the amplitudes the first few number the devices. A layer turns its local
bits as on one device, exchanges the others with local ones (all-to-all), turns them, and exchanges
back. Communication of a layer: two exchanges of the state, one more where spin-flip symmetry holds.
"""

import functools
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax.custom_derivatives import CustomVJPPrimal
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec
from jax.typing import ArrayLike

from replication.errors import UserError
from replication.simulators import ising
from replication.simulators.layout import Layout, Slopes

AXIS = "devices"
_SPREAD, _EVERYWHERE = PartitionSpec(AXIS), PartitionSpec()
_ARGUMENTS = (_SPREAD, _EVERYWHERE, _EVERYWHERE)


def mesh(devices: Sequence[jax.Device] | None = None) -> Mesh:
    """A line of devices, all that there are unless said.

    **Raises:** [`UserError`][] unless their number is a power of two.
    """
    line = list(jax.devices() if devices is None else devices)
    if not line or len(line) & (len(line) - 1):
        raise UserError(f"a state is spread over 1, 2, 4, 8 … devices, not over {len(line)}")
    return Mesh(np.array(line), (AXIS,), axis_types=(AxisType.Auto,))


def spread(diagonal: ArrayLike, over: Mesh) -> jax.Array:
    """A diagonal with a share of it on each device, to be given to [`energy`][] many times."""
    return jax.device_put(diagonal, NamedSharding(over, _SPREAD))


def shared(layout: Layout, devices: int) -> Layout:
    """The layout of each of several devices, the same for one.

    **Raises:** [`UserError`][] where there are too few amplitudes to exchange.
    """
    bits = devices.bit_length() - 1
    if layout.bits < 2 * bits:
        raise UserError(
            f"{layout.num_qubits} qubits are too few for {devices} devices: "
            f"it takes at least {2 * bits + layout.symmetric}"
        )
    return layout._replace(axis=AXIS, shared_bits=bits) if bits else layout


@functools.partial(jax.custom_vjp, nondiff_argnums=(3, 4))
def _energy(
    diagonal: jax.Array, gammas: jax.Array, betas: jax.Array, layout: Layout, over: Mesh
) -> jax.Array:
    def local(diagonal: jax.Array, gammas: jax.Array, betas: jax.Array) -> jax.Array:
        return ising.value(diagonal, gammas, betas, layout)

    return jax.shard_map(
        local, mesh=over, in_specs=_ARGUMENTS, out_specs=_EVERYWHERE, check_vma=False
    )(diagonal, gammas, betas)


def _forward(
    diagonal: CustomVJPPrimal,
    gammas: CustomVJPPrimal,
    betas: CustomVJPPrimal,
    layout: Layout,
    over: Mesh,
) -> tuple[jax.Array, Slopes]:
    def local(
        diagonal_: jax.Array, gammas: jax.Array, betas: jax.Array
    ) -> tuple[jax.Array, Slopes]:
        return ising.value_and_slopes(
            diagonal_, gammas, betas, layout, in_diagonal=diagonal.perturbed
        )

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
    lambda layout, over, slopes, cotangent: ising.scaled(slopes, cotangent),
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
    layout = shared(ising.layout_of(diagonal, symmetric), over.size)
    # By JAX it would first be put on one device, all of it.
    convert = jnp.asarray if isinstance(diagonal, jax.Array) else np.asarray
    diagonal = spread(convert(diagonal, gammas.dtype), over)
    if layout.axis is None:
        return ising.energy(diagonal, gammas, betas, symmetric=symmetric)
    return _energy(diagonal, gammas, betas, layout, over)
