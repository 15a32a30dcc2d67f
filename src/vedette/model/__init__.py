"""The nouns: frozen values without I/O, one concept per file."""
