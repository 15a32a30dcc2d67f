"""vedette: an open, self-hosted Amazon Inspector."""

__all__: list[str] = []

__version__ = "0.1.0"
"""The same as in pyproject.toml, as a test makes sure: asking the installed package takes longer than answering."""
