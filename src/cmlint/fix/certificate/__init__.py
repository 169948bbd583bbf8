"""The certificate: the traces of the old and the new graph, compared."""
