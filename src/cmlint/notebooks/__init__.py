"""Notebooks as Python text: the code cells of one are one module, and repairs go back into them."""
