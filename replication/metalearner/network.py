"""The recurrent network: past angles and cost in, next angles out."""

from typing import Literal

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

Form = Literal["plain", "residual"]
Inputs = Literal["angles_and_cost", "angles"]
Memory = tuple[jax.Array, jax.Array]


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

    def memory(self) -> Memory:
        """$h_0 = 0$: hidden and cell state, shape `(hidden,)` each."""
        zero = jnp.zeros(self.cell.hidden_size, self.anchor.dtype)
        return zero, zero

    def __call__(
        self, memory: Memory, theta: jax.Array, y: jax.Array, first: ArrayLike
    ) -> tuple[Memory, jax.Array]:
        r"""One query's worth: the next memory and the next angles.

        **Arguments:**

        - `memory`: hidden and cell state.
        - `theta`: angles of the last query, shape `(k,)`.
        - `y`: its cost, taken off its offset and divided by the normaliser, in [-1, 1]; read as
          0 where the network's inputs are the `angles` alone.
        - `first`: whether `theta` is $\theta_0$.
        """
        told = y if self.inputs == "angles_and_cost" else jnp.zeros_like(y)
        memory = self.cell(jnp.append(theta, told), memory)
        step = self.head(memory[0])
        if self.form == "residual":
            step = step + theta + jnp.where(first, self.anchor, 0)
        return memory, step


def initialise(
    angles: ArrayLike,
    hidden: int,
    form: Form,
    inputs: Inputs = "angles_and_cost",
    *,
    starts_there: bool,
    key: jax.Array,
) -> Network:
    r"""A network that begins as the constant vector `angles`.

    Head weights are a tenth of the usual, so that the first roll-outs stay near the angles: the
    plain form's head bias is `angles`, the residual form's `anchor`. Training from there avoids
    the poor schedules in which training from random biases gets stuck.

    **Arguments:**

    - `angles`: shape `(k,)`.
    - `starts_there`: whether $\theta_0$ already is a good point (Hubbard's adiabatic start); the
      residual form then adds nothing to it.
    """
    angles = jnp.asarray(angles)
    network = Network(angles.shape[0], hidden, form, inputs, key=key)
    nothing = jnp.zeros_like(angles)
    plain = form == "plain"
    return eqx.tree_at(
        lambda n: (n.head.weight, n.head.bias, n.anchor),
        network,
        (
            network.head.weight / 10,
            angles if plain else nothing,
            nothing if plain or starts_there else angles,
        ),
    )
