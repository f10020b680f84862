"""What tests in several folders share; `pythonpath` in pyproject.toml lets them import it."""
