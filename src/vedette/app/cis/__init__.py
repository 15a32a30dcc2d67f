"""CIS benchmarks: what is to be checked when, and what agents report of it."""
