"""Findings out: one file per sink or report format."""
