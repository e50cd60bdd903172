"""What all tests use: strict JAX settings, a compilation cache and a deterministic Hypothesis.

Tests run in double precision; one that is about float32 passes float32 angles, since the dtype of a
result follows theirs.
"""

import contextlib
import ctypes
import gc
from pathlib import Path

import hypothesis
import jax
import matplotlib
import psutil
import pytest

CACHE = Path(__file__).resolve().parent.parent / ".jax_cache" / "tests"

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_numpy_rank_promotion", "raise")
jax.config.update("jax_numpy_dtype_promotion", "strict")
jax.config.update("jax_compilation_cache_dir", str(CACHE))
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)

matplotlib.use("Agg")

# The first example pays the compilation, so a deadline per example says nothing.
hypothesis.settings.register_profile("replication", deadline=None, derandomize=True)
hypothesis.settings.load_profile("replication")

GROWTH = 400 * 2**20
"""bytes by which a test process grows before it forgets what it has compiled"""

_settled = 0


@pytest.fixture(autouse=True)
def memory():
    """Compiled programs would fill it: gigabytes a process, while a laptop runs eight of them."""
    global _settled
    yield
    process = psutil.Process()
    _settled = _settled or process.memory_info().rss
    if process.memory_info().rss > _settled + GROWTH:
        jax.clear_caches()
        gc.collect()
        with contextlib.suppress(AttributeError, OSError):
            ctypes.CDLL(None).malloc_trim(0)  # glibc alone keeps what is freed
        _settled = process.memory_info().rss
