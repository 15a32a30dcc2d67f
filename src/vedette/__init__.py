"""vedette: an open, self-hosted Amazon Inspector."""

__all__: list[str] = []
