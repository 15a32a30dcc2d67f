"""A target's bytes as a `FileTree`: limits, safe paths, whiteouts."""
