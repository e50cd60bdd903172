"""Seconds of tracing and compilation: all of them, each once."""

import jax
import jax.numpy as jnp
import pytest

from replication import compilation


@pytest.fixture
def spans(monkeypatch):
    found = []
    monkeypatch.setattr(compilation, "_spans", found)
    return found


def test_what_lies_within_another_span_counts_once(spans):
    note = compilation._note
    note(f"{compilation.PREFIX}trace", 2.0, 3.0)
    note(f"{compilation.PREFIX}trace", 3.5, 4.0)
    note(f"{compilation.PREFIX}trace", 1.0, 5.0)
    note(f"{compilation.PREFIX}backend", 5.0, 7.0)
    note("/jax/other", 0.0, 100.0)
    assert compilation.seconds() == 6
    assert len(spans) == 2


def test_jax_tells_what_it_compiles_and_only_once(spans):
    compilation.watch()
    double = jax.jit(lambda x: 2 * x)
    double(jnp.ones(3))
    once = compilation.seconds()
    assert once > 0
    double(jnp.ones(3))
    assert compilation.seconds() == once
