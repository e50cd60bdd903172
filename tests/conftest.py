"""What every test shares: strict JAX settings, a compilation cache and a deterministic Hypothesis.

Tests run in double precision; one that is about float32 passes float32 angles, since the dtype of a
result follows theirs.
"""

from pathlib import Path

import hypothesis
import jax
import matplotlib

CACHE = Path(__file__).resolve().parent.parent / ".jax_cache" / "tests"

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_numpy_rank_promotion", "raise")
jax.config.update("jax_compilation_cache_dir", str(CACHE))
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)

matplotlib.use("Agg")

# The first example pays the compilation, so a deadline per example says nothing.
hypothesis.settings.register_profile("replication", deadline=None, derandomize=True)
hypothesis.settings.load_profile("replication")
