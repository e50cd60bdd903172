"""The roll-out: network and circuit alternate, T times, differentiable through both."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from replication.ansatze.base import Ansatz, stack
from replication.metalearner.network import Memory, Network
from replication.metalearner.units import Units, scales_of
from replication.problems.base import Problem


class Task(eqx.Module):
    r"""An instance as the meta-learner sees it: a cost and a starting point.

    $y(x) = (\langle H\rangle(x / u) - \text{offset}) / \text{scale}$, x being the learner's
    angles, in units u of the circuit's. In units of the coefficients u is 1 and the scale is the
    1-norm of $H$'s Pauli coefficients, so that $|y| \le 1$, or their 2-norm; in natural units both
    are those of [`NaturalUnits`][]. Where `free` is set, $y(\theta_0) = 0$ is known without a query
    (QAOA at $\theta_0 = 0$, whose state is $|+\rangle^{\otimes n}$).
    """

    ansatz: Ansatz
    offset: np.ndarray | jax.Array
    scale: np.ndarray | jax.Array
    unit: np.ndarray | jax.Array
    start: np.ndarray | jax.Array
    free: bool = eqx.field(static=True)

    def cost(self, theta: jax.Array) -> jax.Array:
        r"""$y(\theta)$, of angles in the learner's units."""
        energy = self.ansatz.energy(theta / jnp.asarray(self.unit, theta.dtype))
        # In the energy's dtype: double-precision settings would widen a single-precision roll-out.
        offset, scale = (jnp.asarray(x, energy.dtype) for x in (self.offset, self.scale))
        return (energy - offset) / scale


def task_for(
    problem: Problem,
    ansatz: Ansatz,
    *,
    units: Units = "coefficients",
    norm: int = 1,
    start: np.ndarray | None = None,
) -> Task:
    r"""The task of one instance.

    **Arguments:**

    - `problem`: whose scales and offset make energies costs.
    - `ansatz`: its circuit.
    - `units`: of the learner's angles and costs: those of the `coefficients`, or `natural` ones.
    - `norm`: 1 or 2, the norm of the Pauli coefficients that is the scale; not in natural units.
    - `start`: $\theta_0$ in these units, shape `(k,)`; `None` for zero where the cost there is
      known without a query (QAOA), else for the class heuristic (Hubbard's adiabatic start).
    """
    scales = scales_of(problem, ansatz.parameter_names, units, norm)
    free = ansatz.neutral_at_zero and start is None
    if start is None:
        zero = np.zeros(ansatz.num_parameters)
        start = zero if free else np.asarray(ansatz.heuristic(scales.natural)) * scales.angles
    offset, energy = np.asarray(problem.offset), np.asarray(scales.energy)
    return Task(ansatz, offset, energy, scales.angles, start, free)


def batch_of(
    problems: Sequence[Any],
    circuit: Callable[[Any], Ansatz],
    *,
    units: Units = "coefficients",
    norm: int = 1,
    start: np.ndarray | None = None,
) -> Task:
    """Tasks of one size as one batch, the instance axis in front of every array.

    **Arguments:**

    - `problems`: instances of one size.
    - `circuit`: the ansatz of an instance, such as `lambda problem: qaoa(problem, 4)`.
    - `units`, `norm`, `start`: as of [`task_for`][].
    """
    return stack(
        [task_for(one, circuit(one), units=units, norm=norm, start=start) for one in problems]
    )


class RollOut(NamedTuple):
    r"""Of B instances: angles $\theta_1 … \theta_T$, their costs, and the start's cost.

    Shapes `(B, T, k)`, `(B, T)` and `(B,)`.
    """

    points: jax.Array
    costs: jax.Array
    start_cost: jax.Array


_Carry = tuple[Memory, jax.Array, jax.Array]


def roll_out(
    network: Network,
    tasks: Task,
    queries: int,
    feedback: Callable[[jax.Array], jax.Array] = lambda costs: costs,
) -> RollOut:
    """Let the network propose `queries` points to each instance, each time given the last cost.

    **Arguments:**

    - `tasks`: a batch of one size, instance axis first.
    - `feedback`: what the network is given of a query's costs, shape `(B,)` to `(B,)`.
    """
    # The circuit's own derivative takes JAX's arrays only, once it is inside a scan.
    tasks = jax.tree.map(jnp.asarray, tasks)
    step, cost = jax.vmap(network, (0, 0, 0, None)), jax.vmap(Task.cost)
    start = jnp.asarray(tasks.start, network.anchor.dtype)
    count = start.shape[0]
    start_cost = jnp.zeros(count, start.dtype) if tasks.free else cost(tasks, start)

    def query(carry: _Carry, first: jax.Array) -> tuple[_Carry, tuple[jax.Array, jax.Array]]:
        memory, theta, y = carry
        memory, theta = step(memory, theta, feedback(y), first)
        y = cost(tasks, theta)
        return (memory, theta, y), (theta, y)

    first = jnp.arange(queries) == 0
    _, (points, costs) = jax.lax.scan(query, (network.memory(count), start, start_cost), first)
    return RollOut(jnp.swapaxes(points, 0, 1), costs.T, start_cost)
