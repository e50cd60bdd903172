"""What the paper and its review printed: words and numbers that ours are compared with."""

EPSILON = 0.05
"""The paper's precision of a cost query. It is read here as the standard error of the estimate, in
the units of H; read as its variance, the shots are 20 times fewer and miss the paper's numbers."""

CLAIMS: dict[str, str] = {
    "C1": "finds approximate optima “within a small number of queries of the cost function”",
    "C2": "fewer “optimization iterations required to reach a given accuracy” from the RNN's point",
    "C3": "“generalizes well across a range of problem instance sizes”",
    "C4": "(7 ± 4)e5 shots a cost query for MaxCut QAOA, (2.3 ± 0.6)e4 for Ising QAOA and "
    "(3 ± 2)e5 for Hubbard VQE",
    "R1": "quantitative transfer outside the training distribution: sizes and ensembles held out",
    "R2": "the whole procedure in the open: architecture, meta-loss, splits, baselines, number of "
    "trials, statistical tests",
}
"""C1–C4: the paper's claims, its words in quotation marks; R1, R2: what a public review of it asked
for besides."""
