"""How a state is evolved; knows angles and diagonals, not the names of problems."""

from .memory import keep_freed

keep_freed()
