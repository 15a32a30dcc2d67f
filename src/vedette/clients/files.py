"""Files that are written whole or not at all, and never outside the folder that they belong to."""

import hashlib
import re
import secrets
import stat
from collections.abc import Iterable
from pathlib import Path

from vedette.errors import ConfigError

_UNUSABLE = re.compile(r"[\0\ud800-\udfff]")
_LONGEST_NAME = 255
_KEPT = 160


def write_file(path: Path, pieces: Iterable[bytes]) -> int:
    """Write a file, and say how many bytes it has. What is there is replaced when all is written; a pipe is written to directly.

    Raises:
        ConfigError: where it cannot be written. What the pieces raise is passed on.
    """
    try:
        if path.exists() and not path.is_file():
            return _into(path, pieces)
        return _instead_of(path, pieces)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from error


def _into(path: Path, pieces: Iterable[bytes]) -> int:
    with path.open("wb") as file:
        return sum(file.write(piece) for piece in pieces)


def _instead_of(path: Path, pieces: Iterable[bytes]) -> int:
    """In a file beside it first; a link's target is replaced, not the link."""
    target = path.resolve()
    beside = target.with_name(f".{target.name[:64]}.{secrets.token_hex(8)}")
    try:
        with beside.open("xb") as file:
            size = sum(file.write(piece) for piece in pieces)
        if target.exists():
            beside.chmod(stat.S_IMODE(target.stat().st_mode))
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
    return size


def path_below(folder: Path, name: str) -> Path:
    """Where a file of this relative name lies in the folder; the folders on the way are made.

    A part that is longer than file systems take is cut, and named by its hash as well.

    Raises:
        ConfigError: where the name is not relative, climbs, or leads out of the folder through a link.
    """
    parts = name.split("/")
    if _UNUSABLE.search(name) or {"", ".", ".."} & set(parts):
        raise ConfigError(f"not a relative name of a file: {name[:80]!r}")
    path = folder.joinpath(*map(_shorter, parts))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        inside = path.parent.resolve().is_relative_to(folder.resolve())
    except OSError as error:
        raise ConfigError(f"{path.parent}: cannot be made: {error.strerror}") from error
    if not inside or path.is_symlink():
        raise ConfigError(f"{path} leads out of {folder}")
    return path


def _shorter(part: str) -> str:
    encoded = part.encode()
    if len(encoded) <= _LONGEST_NAME:
        return part
    mark = hashlib.sha256(encoded).hexdigest()[:32]
    return f"{encoded[:_KEPT].decode('utf-8', 'ignore')}_{mark}{Path(part).suffix[:16]}"
