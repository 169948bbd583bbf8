"""The shapes of repairs, one module each, and how each is brought to its end."""
