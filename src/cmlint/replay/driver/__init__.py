"""What runs inside the subprocess: only the standard library, and nothing of cmlint above it is imported."""
