"""The parts of the `html` format: a self-contained page, put together from the templates beside these modules."""
