"""One graph for a manager: a node for each event, with what called functions do in the place of the call."""
