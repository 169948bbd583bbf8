"""One function as text, tree and names: what happens in it, as values without syntax."""
