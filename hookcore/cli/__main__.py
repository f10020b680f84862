"""`python -m hookcore.cli` is the command `hookcore`."""

from hookcore.cli import main

main()
