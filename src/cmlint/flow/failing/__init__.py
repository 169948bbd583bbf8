"""Which steps can really fail, by their names and by what they run."""
