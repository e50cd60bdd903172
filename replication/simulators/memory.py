"""How large a state may be, and what it takes in memory."""

import math

from replication.errors import UserError

DIAGONALISED = 2**26
"""amplitudes of the largest sector whose Hamiltonian is made"""
SIMULATED = 2**22
"""amplitudes of the largest sector whose circuits are simulated"""


def check_sector(sites: int, filling: tuple[int, int], largest: int) -> None:
    """Refuse a sector of more amplitudes than are computed; nothing else asks for their memory."""
    amplitudes = math.prod(math.comb(sites, particles) for particles in filling)
    if amplitudes > largest:
        raise UserError(
            f"{sites} sites with filling {filling} have {amplitudes} complex amplitudes, "
            f"{gibibytes(amplitudes)} GiB for one state, and only angles, circuits and operators "
            f"are to be had of them: states are computed up to 2**{largest.bit_length() - 1}"
        )


def gibibytes(amplitudes: float) -> str:
    """Memory of complex amplitudes in double precision, in GiB, with three digits."""
    return f"{16 * amplitudes / 2**30:.3g}" if amplitudes < 2**900 else "∞"
