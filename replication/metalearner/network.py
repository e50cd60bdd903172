"""The recurrent network: past angles and cost in, next angles out."""

from collections.abc import Mapping

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from replication.metalearner.inference import Form, Inputs, Weights

Memory = tuple[jax.Array, jax.Array]


class Network(eqx.Module):
    r"""One LSTM cell and a linear head, $(h_{t+1}, \theta_{t+1}) = RNN(h_t, \theta_t, y_t)$.

    $$\theta_{t+1} = W h_{t+1} + b + \rho\,(\theta_t + \delta_{t0}\, a)$$
    The `plain` form, $\rho = 0$, is the paper's map; the `residual` form, $\rho = 1$, moves on from
    the last angles, in the first step from $\theta_0$ + `anchor` $a$. The network sees angles and
    costs, never the instance. Verdon et al. 2019, arXiv:1907.05415.
    """

    cell: eqx.nn.LSTMCell
    head: eqx.nn.Linear
    anchor: jax.Array
    residual: np.ndarray | jax.Array
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
        # An array, not a setting: one program trains both forms.
        self.residual = np.asarray(form == "residual", self.anchor.dtype)
        self.inputs = inputs

    @property
    def form(self) -> Form:
        """`plain` or `residual`."""
        return "residual" if np.any(self.residual) else "plain"

    def memory(self, *batch: int) -> Memory:
        """$h_0 = 0$: hidden and cell state, shape `(*batch, hidden)` each."""
        zero = jnp.zeros((*batch, self.cell.hidden_size), self.anchor.dtype)
        return zero, zero

    def __call__(
        self, memory: Memory, theta: jax.Array, y: jax.Array, first: ArrayLike
    ) -> tuple[Memory, jax.Array]:
        r"""One query of one instance: the next memory and the next angles.

        **Arguments:**

        - `memory`: hidden and cell state, shape `(hidden,)` each.
        - `theta`: angles of the last query, shape `(k,)`.
        - `y`: its cost, taken off its offset and divided by the normaliser, in [-1, 1]; read as 0
          where the network's inputs are the `angles` alone.
        - `first`: whether `theta` is $\theta_0$.
        """
        cost = y if self.inputs == "angles_and_cost" else jnp.zeros_like(y)
        memory = self.cell(jnp.append(theta, cost), memory)
        origin = theta + jnp.where(first, self.anchor, 0)
        # Data, not a weight: nothing is to be learnt of it.
        return memory, self.head(memory[0]) + jax.lax.stop_gradient(self.residual) * origin


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
    - `hidden`: units of the LSTM.
    - `form`: of the network.
    - `inputs`: what the network sees.
    - `starts_there`: whether $\theta_0$ already is a good point (Hubbard's adiabatic start).
    - `key`: of the random weights.
    """
    angles = jnp.asarray(angles)
    network = Network(angles.shape[0], hidden, form, inputs, key=key)
    return starting_at(angles, network, starts_there=starts_there)


def starting_at(angles: ArrayLike, network: Network, *, starts_there: bool) -> Network:
    """A fresh network, or several stacked, that begins as the constant vector `angles` `(k,)`.

    Head weights are a tenth of the usual, so that the first roll-outs stay near the angles: the
    plain form's head bias is `angles`, the residual form's `anchor`, but zero where the start
    already is a good point. Training from there avoids the poor schedules in which training from
    random biases gets stuck.
    """
    angles = jnp.broadcast_to(jnp.asarray(angles), network.anchor.shape)
    plain = network.residual[..., None] == 0
    bias = jnp.where(plain, angles, 0)
    anchor = jnp.zeros_like(angles) if starts_there else jnp.where(plain, 0, angles)
    return eqx.tree_at(
        lambda n: (n.head.weight, n.head.bias, n.anchor),
        network,
        (network.head.weight / 10, bias, anchor),
    )


def arrays_of(network: Network) -> dict[str, np.ndarray]:
    """A network's arrays by name, such as `cell.weight_ih`."""
    leaves, _ = jax.tree_util.tree_flatten_with_path(network)
    arrays = {jax.tree_util.keystr(path).removeprefix("."): leaf for path, leaf in leaves}
    # Files and weights have the form by its name.
    del arrays["residual"]
    return {name: np.asarray(leaf) for name, leaf in arrays.items()}


def network_from(
    arrays: Mapping[str, np.ndarray], form: Form, inputs: Inputs = "angles_and_cost"
) -> Network:
    """The network with these arrays; the inverse of [`arrays_of`][].

    A leading seed axis is kept.
    """
    num_parameters, hidden = arrays["head.weight"].shape[-2:]
    like = eqx.filter_eval_shape(
        lambda: Network(num_parameters, hidden, form, inputs, key=jax.random.key(0))
    )
    paths, structure = jax.tree_util.tree_flatten_with_path(like)
    names = [jax.tree_util.keystr(path).removeprefix(".") for path, _ in paths]
    residual = np.full_like(arrays["anchor"][..., 0], form == "residual")
    whole = {**arrays, "residual": residual}
    return jax.tree.unflatten(structure, [jnp.asarray(whole[name]) for name in names])


def weights_of(network: Network) -> Weights:
    """One network for use without JAX."""
    return Weights(arrays_of(network), network.form, network.inputs)
