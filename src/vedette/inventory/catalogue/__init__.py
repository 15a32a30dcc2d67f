"""Which extractors there are, by what their packages are; apart, so that a scan loads only those it needs."""
