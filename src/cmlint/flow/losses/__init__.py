"""What is lost, one module for each way to lose it, and when that does no harm."""
