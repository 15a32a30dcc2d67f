"""Findings: what is claimed of a resource, how bad it is, and how the claim lives and ends. Pure: no I/O, no clock."""
