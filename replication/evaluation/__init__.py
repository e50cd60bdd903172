"""Start, local optimiser and instance to trace; reference optima; metrics and statistics."""
