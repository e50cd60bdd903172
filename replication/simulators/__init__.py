"""How a state is evolved; knows angles and diagonals, not the names of problems."""
