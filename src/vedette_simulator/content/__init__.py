"""The bytes behind the estate: image layers, manifests and zips, the same from the same data."""
