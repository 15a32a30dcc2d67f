"""Readers of formats that several extractors share."""
