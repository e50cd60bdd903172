"""Where randomness is born: a base seed and named axes give a key, and nothing else does."""

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import jax


def _words(base_seed: int, axes: tuple[str | int, ...], count: int) -> np.ndarray:
    text = "\x1f".join([str(base_seed), *(f"{type(a).__name__}:{a}" for a in axes)])
    return np.frombuffer(hashlib.sha256(text.encode()).digest(), dtype="<u4")[:count].copy()


def key_for(base_seed: int, *axes: str | int) -> "jax.Array":
    """JAX key of one named source of noise.

    The key is the SHA-256 digest of `base_seed` and the named `axes`, such as
    `key_for(7, "instances", "maxcut-p4", "test", 12)`: starts that name the same axes share
    instances, and no two differently named draws share noise.

    **Arguments:**

    - `base_seed`: the study's `seed`.
    - `axes`: strings and integers; `1` and `"1"` are different axes.

    **Returns:** a scalar `threefry2x32` key.
    """
    # Here, since studies are read, with all their probes, before JAX is set up.
    import jax
    import jax.numpy as jnp

    return jax.random.wrap_key_data(jnp.asarray(_words(base_seed, axes, 2)), impl="threefry2x32")


def generator_for(base_seed: int, *axes: str | int) -> np.random.Generator:
    """NumPy generator for the same named axes, for libraries that do not take JAX keys."""
    return np.random.default_rng(_words(base_seed, axes, 4))
