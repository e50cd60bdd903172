"""How long JAX takes to trace and compile in this process: time that a job spends before its work.

JAX reports it by events of its own (`jax.monitoring`).
"""

PREFIX = "/jax/core/compile/"
"""Events of tracing, lowering and compiling, which includes looking up the compiled program."""

_spans: list[tuple[float, float]] = []


def watch() -> None:
    """From now on, note what JAX reports; imports JAX."""
    from jax import monitoring

    monitoring.register_event_time_span_listener(_note)


def seconds() -> float:
    """Seconds that have gone into it since [`watch`][], each counted once."""
    return sum(end - begin for begin, end in _spans)


def _note(event: str, start_time: float, end_time: float, **_: str | int) -> None:
    """One function is traced within another: the outer one, reported last, covers these."""
    if event.startswith(PREFIX):
        while _spans and _spans[-1][0] >= start_time:
            _spans.pop()
        _spans.append((start_time, end_time))
