"""`python -m cmlint`."""

from cmlint.cli import run

if __name__ == "__main__":
    run()
