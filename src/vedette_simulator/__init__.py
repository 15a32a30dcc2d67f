"""A simulated AWS on loopback, for the demo and the tests: moto in server mode plus what moto lacks."""
