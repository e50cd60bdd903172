r"""Values and gradients of many circuits of one shape together, ten times faster than one by one.

The circuits are the last axis of every array, so that one instruction of wide registers works on
eight or sixteen of them. A layer's rotations are a loop over the qubits: each step rotates the
qubit in front and moves it to the end, so that after n of them the order is the first one again.
Both rows of a rotation are one expression of the array and its mirror image, and sums are products
with a vector of ones: XLA would leave registers empty in rows put together and in its own sums.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

from replication.errors import UserError
from replication.simulators.circuits import (
    Circuit,
    Operation,
    Rotations,
    StringRotations,
)
from replication.simulators.precision import full_precision


class State(NamedTuple):
    """Real and imaginary parts of amplitudes, shape `(2^n, circuits)` each."""

    re: jax.Array
    im: jax.Array


class _Turns(NamedTuple):
    """Components of axes, and cosine and sine of half the angles, shape `(n, circuits)` each."""

    x: jax.Array
    y: jax.Array
    z: jax.Array
    cosine: jax.Array
    sine: jax.Array


States = tuple[State, State]
r"""$|\psi\rangle$ and $|\lambda\rangle$, which is $H|\psi\rangle$ taken back as far."""
_Layers = tuple[tuple[Operation, ...], jax.Array]


def can_stack(circuits: object) -> bool:
    """Whether these are circuits that [`values_and_gradients`][] takes: layers with axes."""
    return isinstance(circuits, Circuit) and not any(
        isinstance(one, StringRotations) for one in circuits.layer
    )


@full_precision
def values_and_gradients(circuits: Circuit, thetas: jax.Array) -> tuple[jax.Array, jax.Array]:
    r"""$E_c(\theta_c)$ and its gradient for every circuit c of a stack.

    The same numbers as `jax.vmap` gives of `Circuit.energy` and its gradient.

    **Arguments:**

    - `circuits`: a stack of circuits: every array has a first axis over them.
    - `thetas`: shape `(circuits, k)`, radians; their dtype decides the precision.

    **Returns:** values `(circuits,)` and gradients `(circuits, k)`.

    **Raises:** [`UserError`][] for rotations by Pauli strings, which have no axes.
    """
    if not can_stack(circuits):
        raise UserError("circuits in a stack must be layers of Rotations and Entangler alone")
    angles = jnp.moveaxis(thetas.reshape(len(thetas), circuits.layers, -1), 0, -1)
    operations = jax.tree.map(lambda leaf: jnp.moveaxis(jnp.asarray(leaf), 0, -1), circuits.layer)
    psi = jax.lax.scan(_forward, _first(circuits, thetas), (operations, angles))[0]
    dual = _observed(circuits, psi)
    values = _summed(psi.re * dual.re + psi.im * dual.im)
    slopes = jax.lax.scan(_backward, (psi, dual), (operations, angles), reverse=True)[1]
    return values, jnp.moveaxis(slopes, -1, 0).reshape(thetas.shape)


def _forward(psi: State, both: _Layers) -> tuple[State, None]:
    for one, turns in _with_turns(both):
        psi = _rotated(psi, turns) if isinstance(one, Rotations) else _permuted(psi, one.apply)
    return psi, None


def _backward(states: States, both: _Layers) -> tuple[States, jax.Array]:
    psi, dual = states
    found: list[jax.Array] = []
    for one, turns in reversed(_with_turns(both)):
        if isinstance(one, Rotations):
            (psi, dual), slopes = _undone((psi, dual), turns)
            found.insert(0, slopes)
        else:
            psi, dual = _permuted(psi, one.undo), _permuted(dual, one.undo)
    return (psi, dual), jnp.concatenate(found)


def _with_turns(both: _Layers) -> list[tuple[Operation, _Turns]]:
    """The operations of one layer, each with its turns, of which an entangler has none."""
    operations, angles = both
    found, begin = [], 0
    for one in operations:
        none = jnp.zeros((0, angles.shape[-1]), int)
        axes = jnp.asarray(one.axes) if isinstance(one, Rotations) else none
        own = angles[begin : begin + len(axes)] / 2
        begin += len(axes)
        x, y, z = (jnp.asarray(axes == which, angles.dtype) for which in (1, 2, 3))
        found.append((one, _Turns(x, y, z, jnp.cos(own), jnp.sin(own))))
    return found


def _rotated(psi: State, turns: _Turns) -> State:
    def step(psi: State, a: _Turns) -> tuple[State, None]:
        parts = State(*(part.reshape(2, -1, part.shape[-1]) for part in psi))
        rotated = _plus(parts, a, a.sine)
        return State(*(part.swapaxes(0, 1).reshape(psi.re.shape) for part in rotated)), None

    return jax.lax.scan(step, psi, turns)[0]


def _undone(states: States, turns: _Turns) -> tuple[States, jax.Array]:
    """Both states before the rotations, and the derivatives by their angles."""

    def step(states: States, a: _Turns) -> tuple[States, jax.Array]:
        shape = states[0].re.shape
        psi, dual = (
            State(*(part.reshape(-1, 2, shape[-1]).swapaxes(0, 1) for part in state))
            for state in states
        )
        # Re <λ|-iP|ψ> is Im <λ|P|ψ>.
        slope = _plus(psi, a._replace(cosine=jnp.zeros_like(a.cosine)), jnp.ones_like(a.sine))
        overlap = _summed((dual.re * slope.re + dual.im * slope.im).reshape(shape))
        psi, dual = (
            State(*(part.reshape(shape) for part in _plus(one, a, -a.sine))) for one in (psi, dual)
        )
        return (psi, dual), overlap

    return jax.lax.scan(step, states, turns, reverse=True)


def _plus(parts: State, a: _Turns, sine: jax.Array) -> State:
    r"""$(\cos - i \sin P)|\psi\rangle$ of parts of shape `(2, 2^{n-1}, circuits)`."""
    re, im = parts
    sign = jnp.asarray([1, -1], re.dtype)[:, None, None]
    cosine, x, y, z = (each[None, None] for each in (a.cosine, sine * a.x, sine * a.y, sine * a.z))
    y, z = sign * y, sign * z
    return State(
        cosine * re + z * im + x * im[::-1] - y * re[::-1],
        cosine * im - z * re - x * re[::-1] - y * im[::-1],
    )


def _permuted(psi: State, act: Callable[[jax.Array, jax.Array], jax.Array]) -> State:
    """An entangler, which acts on real and imaginary parts alike."""
    none = jnp.zeros(0)
    each = jax.vmap(lambda part: act(part, none), in_axes=-1, out_axes=-1)
    return State(*(each(part) for part in psi))


def _first(circuits: Circuit, thetas: jax.Array) -> State:
    first = jnp.asarray(circuits.first).T
    return State(*(part.astype(thetas.dtype) for part in (first.real, first.imag)))


def _observed(circuits: Circuit, psi: State) -> State:
    full = jax.lax.complex(*psi).T
    found = jax.vmap(lambda one, state: one.apply(state))(circuits.observable, full).T
    return State(found.real, found.imag)


def _summed(x: jax.Array) -> jax.Array:
    return jnp.ones(len(x), x.dtype) @ x
