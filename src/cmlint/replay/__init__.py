"""Runs a manager for real, with a fault at its yield, and compares what is released with what the analysis says.

The code runs in a subprocess under the real contextlib, and everything that it uses is a recorder (see `driver`).
"""
