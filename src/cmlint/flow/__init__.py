"""The analysis of one manager: its graph, its obligations, and what is lost."""
