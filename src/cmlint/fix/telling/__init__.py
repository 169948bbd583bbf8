"""What an event does, as far as a repair has to know: whether it only asks, keeps house, is one of another graph."""
