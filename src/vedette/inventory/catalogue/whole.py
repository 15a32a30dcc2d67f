"""Every extractor, for documentation and tests; a scan needs one of the two lists."""

from vedette.inventory.catalogue.declared import DECLARED
from vedette.inventory.catalogue.installed import INSTALLED
from vedette.inventory.extractors._base import Extractor

EXTRACTORS: tuple[Extractor, ...] = tuple(sorted((*DECLARED, *INSTALLED), key=lambda e: e.name))
"""In the order of their names."""
