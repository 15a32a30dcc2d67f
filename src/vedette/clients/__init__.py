"""Input and output without domain: HTTP, registries, AWS; every call is bounded in size and time."""
