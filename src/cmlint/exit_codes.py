"""The exit codes of cmlint: clean, something was found, something could not be done."""

CLEAN, FOUND, FAILED = 0, 1, 2
