"""The recurrent network: past angles and cost in, next angles out."""

import functools
from collections.abc import Callable
from typing import Literal

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.extend.core import Primitive
from jax.typing import ArrayLike

Form = Literal["plain", "residual"]
Inputs = Literal["angles_and_cost", "angles"]
Memory = tuple[jax.Array, jax.Array]
Step = Callable[[Memory, jax.Array, jax.Array, ArrayLike], tuple[Memory, jax.Array]]
"""Memory, angles, their cost and whether they are the first; next memory and next angles."""


class Network(eqx.Module):
    r"""One LSTM layer and a linear head, $(h_{t+1}, \theta_{t+1}) = RNN(h_t, \theta_t, y_t)$.

    The `plain` form is the paper's map, $\theta_{t+1} = W h_{t+1} + b$; the `residual` form adds
    to where it stands, $\theta_{t+1} = \theta_t + W h_{t+1} + b$, and its first step starts from
    $\theta_0$ + `anchor`. The network sees angles and costs, never the instance.
    Verdon et al. 2019, arXiv:1907.05415.
    """

    cell: eqx.nn.LSTMCell
    head: eqx.nn.Linear
    anchor: jax.Array
    form: Form = eqx.field(static=True)
    inputs: Inputs = eqx.field(static=True)

    def __init__(
        self,
        num_parameters: int,
        hidden: int,
        form: Form,
        inputs: Inputs = "angles_and_cost",
        *,
        key: jax.Array,
    ) -> None:
        """A fresh network; see [`initialise`][] for one that starts at good angles."""
        key_cell, key_head = jax.random.split(key)
        self.cell = eqx.nn.LSTMCell(num_parameters + 1, hidden, key=key_cell)
        self.head = eqx.nn.Linear(hidden, num_parameters, key=key_head)
        self.anchor = jnp.zeros(num_parameters)
        self.form = form
        self.inputs = inputs

    def memory(self, *batch: int) -> Memory:
        """$h_0 = 0$: hidden and cell state, shape `(*batch, hidden)` each."""
        zero = jnp.zeros((*batch, self.cell.hidden_size), self.anchor.dtype)
        return zero, zero

    def prepared(self) -> Step:
        """The map itself, its weights put together once for all queries of a roll-out.

        The cell's equations are `equinox.nn.LSTMCell`'s; both its products and the bias are one
        product here, for a whole batch.
        """
        cell, head = self.cell, self.head
        assert cell.bias is not None
        assert head.bias is not None
        offset = head.bias
        weight = jnp.concatenate([cell.weight_hh, cell.weight_ih, cell.bias[:, None]], axis=1).T

        def step(
            memory: Memory, theta: jax.Array, y: jax.Array, first: ArrayLike
        ) -> tuple[Memory, jax.Array]:
            hidden, state = memory
            told = y if self.inputs == "angles_and_cost" else jnp.zeros_like(y)
            last = jnp.stack([told, jnp.ones_like(told)], axis=-1)
            gates = _product(jnp.concatenate([hidden, theta, last], axis=-1), weight)
            hidden, state = _gated(gates, state)
            proposed = hidden @ head.weight.T + jnp.broadcast_to(offset, theta.shape)
            return (hidden, state), self._moved(proposed, theta, first)

        return step

    def _moved(self, proposed: jax.Array, theta: jax.Array, first: ArrayLike) -> jax.Array:
        """What the head proposes, in the residual form from where the network stands."""
        return proposed + self._place(theta, first) if self.form == "residual" else proposed

    def _place(self, theta: jax.Array, first: ArrayLike) -> jax.Array:
        return theta + jnp.broadcast_to(jnp.where(first, self.anchor, 0), theta.shape)

    def __call__(
        self, memory: Memory, theta: jax.Array, y: jax.Array, first: ArrayLike
    ) -> tuple[Memory, jax.Array]:
        r"""One query's worth: the next memory and the next angles, of one instance or a batch.

        **Arguments:**

        - `memory`: hidden and cell state, shape `(…, hidden)` each.
        - `theta`: angles of the last query, shape `(…, k)`.
        - `y`: its cost, taken off its offset and divided by the normaliser, in [-1, 1], shape
          `(…)`; read as 0 where the network's inputs are the `angles` alone.
        - `first`: whether `theta` is $\theta_0$.
        """
        return self.prepared()(memory, theta, y, first)


class EitherForm(Network):
    """A network whose form is data, so that one program trains both forms."""

    residual: jax.Array

    def __init__(self, network: Network) -> None:
        """The same map as `network`."""
        self.cell, self.head, self.anchor = network.cell, network.head, network.anchor
        self.form, self.inputs = "residual", network.inputs
        self.residual = jnp.full_like(network.anchor[..., 0], network.form == "residual")

    def _moved(self, proposed: jax.Array, theta: jax.Array, first: ArrayLike) -> jax.Array:
        # It is data, not a weight: nothing is to be learnt of it.
        return proposed + jax.lax.stop_gradient(self.residual) * self._place(theta, first)


@jax.custom_vjp
def _product(inputs: jax.Array, weight: jax.Array) -> jax.Array:
    """`inputs @ weight`, shapes `(…, a)` and `(a, b)`.

    The slope in the weight sums over instances. As a product whose left factor is summed over its
    first axis it takes XLA twice as long on a CPU, so the inputs are kept turned.
    """
    return inputs @ weight


def _product_forward(
    inputs: jax.Array, weight: jax.Array
) -> tuple[jax.Array, tuple[jax.Array, jax.Array]]:
    return inputs @ weight, (inputs.reshape(-1, inputs.shape[-1]).T, weight)


def _product_backward(
    saved: tuple[jax.Array, jax.Array], slope: jax.Array
) -> tuple[jax.Array, jax.Array]:
    turned, weight = saved
    return slope @ weight.T, turned @ slope.reshape(-1, slope.shape[-1])


_product.defvjp(_product_forward, _product_backward)


@functools.partial(jax.jit, static_argnums=(0, 1, 2, 3))
def random_network(
    num_parameters: int, hidden: int, form: Form, inputs: Inputs, key: jax.Array
) -> Network:
    """A [`Network`][], in one program."""
    return Network(num_parameters, hidden, form, inputs, key=key)


def _is_gate(primitive: Primitive, *_: object, **__: object) -> bool:
    return primitive in (jax.lax.logistic_p, jax.lax.tanh_p)


@functools.partial(jax.checkpoint, policy=_is_gate, prevent_cse=False)
def _gated(gates: jax.Array, state: jax.Array) -> Memory:
    """Next hidden and cell state; back-propagation keeps the gates and multiplies them again."""
    into, kept, new, out = jnp.split(gates, 4, axis=-1)
    state = jax.nn.sigmoid(kept) * state + jax.nn.sigmoid(into) * jnp.tanh(new)
    return jax.nn.sigmoid(out) * jnp.tanh(state), state


def initialise(
    angles: ArrayLike,
    hidden: int,
    form: Form,
    inputs: Inputs = "angles_and_cost",
    *,
    starts_there: bool,
    key: jax.Array,
) -> Network:
    r"""A network that begins as the constant vector `angles`: see [`starting_at`][].

    **Arguments:**

    - `angles`: shape `(k,)`.
    - `starts_there`: whether $\theta_0$ already is a good point (Hubbard's adiabatic start).
    """
    angles = jnp.asarray(angles)
    network = random_network(angles.shape[0], hidden, form, inputs, key)
    return starting_at(angles, network, starts_there=starts_there)


def starting_at(angles: ArrayLike, network: Network, *, starts_there: bool) -> Network:
    """A fresh network, or several stacked, that begins as the constant vector `angles` `(k,)`.

    Head weights are a tenth of the usual, so that the first roll-outs stay near the angles: the
    plain form's head bias is `angles`, the residual form's `anchor`, but zero where the start
    already is a good point. Training from there avoids the poor schedules in which training from
    random biases gets stuck.
    """
    angles = jnp.broadcast_to(jnp.asarray(angles), network.anchor.shape)
    nothing = jnp.zeros_like(angles)
    plain = network.form == "plain"
    return eqx.tree_at(
        lambda n: (n.head.weight, n.head.bias, n.anchor),
        network,
        (
            network.head.weight / 10,
            angles if plain else nothing,
            nothing if plain or starts_there else angles,
        ),
    )
