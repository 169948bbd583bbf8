"""An obligation, and the paths of a graph on which it is held."""
