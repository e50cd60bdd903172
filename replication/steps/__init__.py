"""The steps of a study, one module each: `run(job)` reads its inputs and saves its output."""
