"""Which statements behind a yield become clean-up, and which stay for success only."""
