"""Other scanners, as they come from PyPI."""
