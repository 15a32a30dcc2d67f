"""Extractors whose modules are imported when they read their first file: most targets have files for a few of them."""

import importlib
from collections.abc import Callable
from functools import cache

from vedette.inventory.extractors._base import Extractor, FileInput
from vedette.inventory.found import Extraction


def deferred(name: str) -> Callable[[FileInput], Extraction]:
    """The function of the extractor in the module of that name."""

    @cache
    def loaded() -> Extractor:
        extractor: Extractor = importlib.import_module(
            f"vedette.inventory.extractors.{name}"
        ).EXTRACTOR
        return extractor

    def extract(file: FileInput) -> Extraction:
        return loaded().extract(file)

    return extract
