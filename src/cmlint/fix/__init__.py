"""The repair of one manager: split, wrap, certify."""
