"""`python -m cmlint`."""

from cmlint.command_line.cli import run

if __name__ == "__main__":
    run()
