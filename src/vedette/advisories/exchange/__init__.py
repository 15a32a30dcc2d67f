"""Advisory databases given to and taken from others: a directory, S3, or an OCI registry."""
