"""What every benchmark of a compiled call measures: its time, and XLA's own plan of it."""

from abc import ABC, abstractmethod

import jax


# Abstract, or asv would run its benchmarks by themselves.
class Compiled(ABC):
    """A compiled call on arrays that are already in place; subclasses set it up by `prepare`.

    The three plans depend on the code and on the XLA version alone, not on the load of the machine:
    floating-point operations and bytes as XLA counts them (the body of a loop once), and the bytes
    of temporary arrays. `watched` lists the parameters whose plans a commit must not make worse,
    where these are not all.
    """

    number = 0
    repeat = (3, 20, 1.0)
    warmup_time = 0.1

    @abstractmethod
    def setup(self, *parameters):
        """End with `prepare`."""

    def prepare(self, function, *arguments):
        """Compile `function` for `arguments` and run it once."""
        self.arguments = jax.device_put(arguments)
        self.function = jax.jit(function).lower(*self.arguments).compile()
        self.run()

    def run(self):
        """One call, waited for."""
        jax.block_until_ready(self.function(*self.arguments))

    def track_flops(self, *_):
        return float(self.function.cost_analysis()["flops"])

    def track_bytes(self, *_):
        return float(self.function.cost_analysis()["bytes accessed"])

    def track_temporary_bytes(self, *_):
        return self.function.memory_analysis().temp_size_in_bytes

    track_flops.unit = "flop"
    track_bytes.unit = track_temporary_bytes.unit = "bytes"
