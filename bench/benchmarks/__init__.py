"""Benchmarks in double precision, as the studies run."""

import os

os.environ["JAX_ENABLE_X64"] = "1"
