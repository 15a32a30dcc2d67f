"""Changes that have not been made yet, applied to a snapshot: what would open, and what would close."""
