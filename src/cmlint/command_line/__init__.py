"""The words of the command line: what they ask for, what is done, what is printed, and the exit code."""
