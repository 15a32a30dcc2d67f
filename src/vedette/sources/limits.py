"""How much of a hostile target is read before it is given up; each breach is a failure, what was read is kept."""

import msgspec

from vedette.errors import LimitError
from vedette.model.digest import Digest
from vedette.model.inventory import FileFailure

_KIB, _MIB, _GIB = 1 << 10, 1 << 20, 1 << 30


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of one target; sizes in bytes, per layer where nothing else is said.

    Args:
        entries: headers of a tar, records of a zip, names of a directory tree.
        inflated: bytes that compressed content may come to.
        ratio: times that compressed content may grow, judged from `ratio_from` inflated bytes on
            (a file of zeros reaches 1,030 with gzip, and is found in honest images).
        ratio_from: see `ratio`.
        file: the most that is copied of one file, whatever the walk's `wanted` allows.
        copied: the most that is copied of all files.
        linked: the most that is held at a time because wanted hard links lead to it.
        path: bytes of a path.
        depth: parts of a path.
        header: bytes of one extended header of a tar, and of a record of a zip's directory.
        sparse: holes of one sparse file.
        directory: bytes of a zip's central directory.
        layers: layers of one image.
        images: entries of one index or archive manifest.
        nesting: indexes within indexes.
        manifest: bytes of a manifest, an index or a config.
        links: symbolic links followed for one path.
        failures: failures told apart in one layer; one more says that there are more.
    """

    entries: int = 2_000_000
    inflated: int = 64 * _GIB
    ratio: int = 300
    ratio_from: int = _GIB
    file: int = 512 * _MIB
    copied: int = 4 * _GIB
    linked: int = 512 * _MIB
    path: int = 4 * _KIB
    depth: int = 255
    header: int = _MIB
    sparse: int = 65_536
    directory: int = 256 * _MIB
    layers: int = 512
    images: int = 1_000
    nesting: int = 4
    manifest: int = 8 * _MIB
    links: int = 40
    failures: int = 1_000


class Meter:
    """What one layer has used of its limits.

    Args:
        limits: the bounds.
        extractor: the stage that failures name.
        layer: the layer that failures name.
    """

    def __init__(self, limits: Limits, *, extractor: str, layer: Digest | None = None) -> None:
        self.limits = limits
        self._extractor = extractor
        self._layer = layer
        self._failures = 0
        self._copied = 0

    def failure(self, path: str, reason: str) -> tuple[FileFailure, ...]:
        """The failure to report; none once there have been too many."""
        self._failures += 1
        surplus = self._failures - self.limits.failures
        if surplus > 1:
            return ()
        if surplus == 1:
            path, reason = "", f"over {self.limits.failures} failures; the others are not listed"
        return (
            FileFailure(extractor=self._extractor, path=path, reason=reason, layer=self._layer),
        )

    def copy(self, size: int, wanted: int) -> None:
        """Allow for a copy of `size` bytes where at most `wanted` are worth it.

        Raises:
            LimitError: the file is larger than that, or too much has been copied.
        """
        most = min(wanted, self.limits.file)
        if size > most:
            raise LimitError(f"{size} bytes, more than {most}")
        if self._copied + size > self.limits.copied:
            raise LimitError(f"over {self.limits.copied} bytes of files copied")
        self._copied += size


class Flow:
    """What one compressed stream has come to."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._compressed = 0
        self._inflated = 0

    def took(self, size: int) -> None:
        """Count compressed bytes; fewer than none are given back."""
        self._compressed += size

    def gave(self, size: int) -> None:
        """Count inflated bytes.

        Raises:
            LimitError: there are too many of them, absolutely or for what they were inflated from.
        """
        self._inflated += size
        if self._inflated > self._limits.inflated:
            raise LimitError(f"inflates to over {self._limits.inflated} bytes", self._place())
        if (
            self._inflated > self._limits.ratio_from
            and self._inflated > self._compressed * self._limits.ratio
        ):
            raise LimitError(f"inflates over {self._limits.ratio} times", self._place())

    def _place(self) -> str:
        return f"offset {self._compressed} (inflated {self._inflated})"
