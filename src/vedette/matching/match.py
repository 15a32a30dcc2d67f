"""Matching an inventory with the advisories (see `match_inventory`)."""

from vedette.matching.index import AdvisoryIndex

__all__ = ["AdvisoryIndex"]
