"""Disk images and snapshots as trees: only the blocks that are needed are read.

Nothing is mounted and nothing but Python reads what strangers wrote.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import msgspec

from vedette.errors import ParseError, SourceError
from vedette.model.inventory import FileFailure
from vedette.sources.disk_device import Device
from vedette.sources.disk_image import open_image_file
from vedette.sources.disk_layer import walk_mounts
from vedette.sources.disk_mounts import Mounted, Plan, plan_of
from vedette.sources.limits import Limits, Meter
from vedette.sources.tree import File, FileTree, Peek, Sieve, Wanted

_EXTRACTOR = "disk"

OpenDevice = Callable[[], AbstractContextManager[Device]]
"""Opens a disk; may raise `OSError` and `ParseError`."""


class DiskLayer(msgspec.Struct, frozen=True, kw_only=True):
    """The file systems of a disk that are mounted together; which, is found anew by each walk.

    Args:
        opened: opens the disk.
        position: which of the plan's trees.
        limits: what is read at most.
    """

    opened: OpenDevice
    position: int
    limits: Limits

    @property
    def digest(self) -> None:
        """None: a disk's content has no name that is cheaper than reading all of it."""
        return

    @property
    def size(self) -> int:
        """0: nothing is known before the disk is opened."""
        return 0

    @property
    def runs_beside(self) -> bool:
        """It does not: looking at names is nearly all of it."""
        return False

    def content(self) -> None:
        """None, as for `digest`."""
        return

    def walk(
        self, wanted: Wanted, peek: Peek | None = None, sieve: Sieve | None = None
    ) -> Iterator[File | FileFailure]:
        """See `Layer.walk`."""
        del sieve  # what it saves is little beside the rest
        meter = Meter(self.limits, extractor=_EXTRACTOR)
        try:
            with self.opened() as device:
                trees = plan_of(device, self.limits).trees
                if self.position < len(trees):
                    yield from _walked(trees[self.position], wanted, meter, peek)
                else:
                    yield from meter.failure("", "the disk has changed")
        except ParseError as error:
            yield from meter.failure("", str(error))
        except OSError as error:
            yield from meter.failure("", error.strerror or str(error))


def open_disk(path: Path, limits: Limits | None = None) -> FileTree:
    """Open a disk image: raw (also a block device), qcow2, VMDK, VHD or VHDX.

    Raises:
        SourceError: it cannot be read, or has no file system that can be.
    """
    return _opened(lambda: open_image_file(path), str(path), limits or Limits())


def open_snapshot(device: Device, name: str, limits: Limits | None = None) -> FileTree:
    """Open a disk whose bytes come from elsewhere; `device` is read from one thread at a time.

    Raises:
        SourceError: it cannot be read, or has no file system that can be.
    """
    return _opened(lambda: nullcontext(device), name, limits or Limits())


def _opened(opened: OpenDevice, name: str, limits: Limits) -> FileTree:
    try:
        with opened() as device:
            plan = plan_of(device, limits)
    except ParseError as error:
        raise SourceError(f"{name}: {error}") from error
    except OSError as error:
        raise SourceError(f"{name}: {error.strerror or error}") from error
    if not plan.trees:
        raise SourceError(f"{name}: {_nothing(plan)}")
    return FileTree(
        layers=tuple(
            DiskLayer(opened=opened, position=position, limits=limits)
            for position in range(len(plan.trees))
        ),
        name=name,
        failures=tuple(
            FileFailure(extractor=_EXTRACTOR, path=path, reason=reason)
            for path, reason in plan.unread
        ),
    )


def _nothing(plan: Plan) -> str:
    reasons = "; ".join(f"{place}: {reason}" for place, reason in plan.unread)
    return reasons or "no file system of Linux on it"


def _walked(
    tree: Mounted, wanted: Wanted, meter: Meter, peek: Peek | None
) -> Iterator[File | FileFailure]:
    prefix = tree.prefix
    if not prefix:
        yield from walk_mounts(tree.systems, wanted, meter, peek)
        return
    moved = peek and msgspec.structs.replace(peek, may_be=lambda path: peek.may_be(prefix + path))
    for item in walk_mounts(tree.systems, lambda path: wanted(prefix + path), meter, moved):
        path = prefix + item.path if item.path else prefix.rstrip("/")
        yield msgspec.structs.replace(item, path=path)
