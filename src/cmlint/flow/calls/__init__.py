"""Which function a call runs, in the file or in the package, and who calls a manager."""
