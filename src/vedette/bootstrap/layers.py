"""The cache of extracted layers, and of what is known of whole targets."""

import os
from pathlib import Path

import vedette
from vedette.inventory.cache import DirectoryCache

_DECIDING = ("inventory", "model", "sources")
"""The packages whose code decides what an inventory is."""


def layer_cache(folder: Path) -> DirectoryCache:
    """Extracted layers by content, below the folder of caches."""
    return DirectoryCache(folder / "layers")


def code_name(*folders: str) -> str:
    """What names the installed code in folders of the package, by default inventories': its version, and its files' sizes and times."""
    root = str(vedette.__path__[0])
    files = sorted(_files(root, *(folders or _DECIDING)))
    return f"{vedette.__version__} {files}"


def _files(root: str, *folders: str) -> list[tuple[str, int, int]]:
    found: list[tuple[str, int, int]] = []
    for folder in folders:
        with os.scandir(f"{root}/{folder}") as entries:
            for entry in entries:
                if entry.name.endswith(".py"):
                    status = entry.stat()
                    found.append((f"{folder}/{entry.name}", status.st_size, status.st_mtime_ns))
                elif entry.is_dir() and entry.name != "__pycache__":
                    found += _files(root, f"{folder}/{entry.name}")
    return found
