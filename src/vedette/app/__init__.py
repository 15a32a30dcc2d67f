"""Use cases: each a function of its ports."""
