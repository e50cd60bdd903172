"""Benchmarks in double precision, as the studies run; each process finds what others compiled."""

import os
import tempfile
from pathlib import Path

os.environ["JAX_ENABLE_X64"] = "1"
# One thread where nothing else is asked for, as a study's jobs have: the kernels choose by it.
os.environ.setdefault("NPROC", "1")
# As the jobs do; written out, since earlier commits have no `replication.environment` to ask.
flags = f"--xla_cpu_prefer_vector_width=512 {os.environ.get('XLA_FLAGS', '')}"
os.environ["XLA_FLAGS"] = flags.strip()
os.environ.setdefault(
    "JAX_COMPILATION_CACHE_DIR", str(Path(tempfile.gettempdir(), "replication-benchmarks"))
)
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0.1")
