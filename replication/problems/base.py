"""What every problem instance offers, whatever its class."""

from typing import Protocol


class Problem(Protocol):
    """One instance: a Hamiltonian with its scales and its minimum."""

    @property
    def kind(self) -> str:
        """Name of its class."""
        ...

    @property
    def normaliser(self) -> float:
        """1-norm of the Pauli coefficients without the identity, in the units of H."""
        ...

    @property
    def two_norm(self) -> float:
        """2-norm of the same coefficients."""
        ...

    @property
    def offset(self) -> float:
        """Coefficient of the identity."""
        ...

    def exact_minimum(self) -> float:
        """Lowest energy, offset included."""
        ...
