"""Lists of a package's files, put together of folders and names without letting a crafted file multiply itself."""

from vedette.errors import LimitError

_LARGEST = 64 << 20  # bytes; the largest real packages list some 10 MB


class Listing:
    """Collects absolute paths; `text` gives them one a line."""

    def __init__(self) -> None:
        self._paths: list[bytes] = []
        self._size = 0

    def add(self, folder: bytes, name: bytes) -> None:
        """Add a name in a folder (`/usr/bin/`).

        Raises:
            LimitError: where the list grows larger than any real one; checked before the path is made.
        """
        self._size += len(folder) + len(name) + 1
        if self._size > _LARGEST:
            raise LimitError(f"a file list of more than {_LARGEST} bytes")
        self._paths.append(folder + name)

    def text(self) -> bytes:
        """The paths, one a line."""
        return b"\n".join(self._paths)
