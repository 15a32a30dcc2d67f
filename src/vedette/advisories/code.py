"""Which code made the database: with other code, the same documents may give other records."""

from collections.abc import Iterator
from hashlib import sha256
from importlib.abc import Traversable
from importlib.resources import files

_PACKAGES = ("vedette.advisories", "vedette.model", "vedette.versions")


def code_digest() -> str:
    """Hex SHA-256 over the sources of the readers, the values and the version orders."""
    digest = sha256()
    for package in _PACKAGES:
        for name, source in sorted(_sources(files(package), package)):
            digest.update(f"{name} {len(source)}\n".encode() + source)
    return digest.hexdigest()


def _sources(folder: Traversable, name: str) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        inner = f"{name}/{entry.name}"
        if entry.is_dir():
            yield from _sources(entry, inner)
        elif entry.name.endswith((".py", ".toml")):
            yield inner, entry.read_bytes()
