"""Measurements: `python -m benchmarks` beside the peers, `python -m benchmarks NAME …` one of them."""
