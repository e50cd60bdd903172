"""Figures and tables of a study: one script and one caption each, see [`figures.exhibits`][]."""
