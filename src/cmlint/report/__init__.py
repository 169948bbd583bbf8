"""Findings as text: one pure module a format."""
