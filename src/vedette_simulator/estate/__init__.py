"""The estate: what exists in the simulated AWS, written down as data."""
