"""Probes of cost landscapes: how flat, how rugged, where the minima are."""
