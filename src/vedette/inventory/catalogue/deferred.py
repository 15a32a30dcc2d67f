"""Extractors whose modules are imported when they read their first file: most targets have files for a few of them."""

import importlib
from collections.abc import Callable

from vedette.inventory.extractors._base import Extractor, FileInput
from vedette.inventory.found import Extraction


def deferred(name: str) -> Callable[[FileInput], Extraction]:
    """The function of the extractor in the module of that name."""

    def extract(file: FileInput) -> Extraction:
        extractor: Extractor = importlib.import_module(
            f"vedette.inventory.extractors.{name}"
        ).EXTRACTOR
        return extractor.extract(file)

    return extract
