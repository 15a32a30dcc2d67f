"""What `go.mod` and `go.sum` have in common: https://go.dev/ref/mod."""

UNLISTED = "before Go 1.17 modules that are needed indirectly are not listed"
"""Why a `go.mod` is not the whole list (https://go.dev/ref/mod#graph-pruning); a `go.sum` beside it makes it whole."""
