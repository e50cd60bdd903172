"""Memory that a call frees stays with the process, where glibc would give it back at once."""

import ctypes
import os

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""what `mallopt` calls its options (`malloc.h`)"""
_OPTIONS = ("trim_threshold", "mmap_threshold", "mmap_max", "arena_max")
"""what a user calls these and the one that belongs to them"""
LARGEST = 2**25
"""bytes below which a piece of memory may be kept, the most that glibc allows: all that a gradient
of 20 qubits without fields takes in double precision"""
KEPT = 2**27
"""free bytes at the end of the heap from which glibc gives them back"""


def keep_freed() -> None:
    """Have glibc keep [`KEPT`][] freed bytes for the next call, once for the whole process.

    By itself it gives memory back as soon as twice the largest array so far is free, as it is after
    one call or, since JAX frees in a thread of its own, after two; the next would ask for it again,
    page by page. All threads share one heap, since one of their own (64 MiB) has too little room;
    those that have one already, as JAX's do if it computed before, keep it. Where the user has set
    one of these options (`MALLOC_…` or `GLIBC_TUNABLES`) all are left alone, and so are C libraries
    other than glibc.

    Source: `mallopt(3)`.
    """
    names = [name.lower() for name in os.environ if name.startswith("MALLOC_")]
    told = [*names, os.environ.get("GLIBC_TUNABLES", "")]
    if os.name != "posix" or any(one in each for one in _OPTIONS for each in told):
        return
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option:
        set_option(_MMAP_THRESHOLD, LARGEST)
        set_option(_TRIM_THRESHOLD, KEPT)
        set_option(_ARENA_MAX, 1)
