"""Checks that a commit makes nothing worse: plans of compiled calls, timings, data of a study."""
