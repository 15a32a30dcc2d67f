"""The cache of extracted layers."""

from pathlib import Path

from vedette.inventory.cache import DirectoryCache


def layer_cache(folder: Path) -> DirectoryCache:
    """Extracted layers by content, below the folder of caches."""
    return DirectoryCache(folder / "layers")
