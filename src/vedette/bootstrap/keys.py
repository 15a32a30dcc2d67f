"""The key that secrets are sealed with: a file of its own, which only its owner may read."""

import base64
import binascii
import os
import stat
from pathlib import Path

from vedette.app.sealing import Sealer, new_key
from vedette.errors import ConfigError

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_LONGEST = 1024


def open_sealer(path: Path) -> Sealer:
    """What seals with the key in a file; where there is no file, one is made.

    Raises:
        ConfigError: where it is no key, others may read it, or it cannot be made.
    """
    try:
        content = _read(path)
        if content is None:
            _make(path)
            content = _read(path)
    except OSError as error:
        raise ConfigError(f"the key cannot be read: {error}") from error
    try:
        return Sealer(base64.b64decode((content or b"").strip(), validate=True))
    except binascii.Error:
        raise ConfigError(f"{path}: not a key; it is 32 bytes in base64") from None


def _read(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & _OTHERS:
                raise ConfigError(f"{path}: others may read this key; chmod 600 it")
            return file.read(_LONGEST)
    except FileNotFoundError:
        return None


def _make(path: Path) -> None:
    """Write a new key beside the place and link it there: nobody ever sees half a key, and the first one stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(base64.b64encode(new_key()) + b"\n")
        path.hardlink_to(draft)
    except FileExistsError:
        pass  # another process was first
    finally:
        draft.unlink()
