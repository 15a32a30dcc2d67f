"""Feeds: one file per publisher, listed in `vedette.advisories.catalogue`."""
