"""A disk image as the disk that it is of, told by how the file begins: qcow2, VMDK, VHD, VHDX or raw.

Whatever else an image's writer claims, no other file is opened but a VMDK descriptor's extents beside it.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from vedette.sources import disk_qcow2, disk_vhd, disk_vhdx, disk_vmdk
from vedette.sources.disk_device import Device, open_file

_HEAD = 64


@contextmanager
def open_image_file(path: Path) -> Iterator[Device]:
    """The disk in an image; what is read of it raises as `Device` says.

    Raises:
        OSError: it cannot be read.
        ParseError: it is damaged, or needs another file.
    """
    with ExitStack() as stack:
        file = stack.enter_context(open_file(path))

        def sibling(name: str) -> Device:
            return stack.enter_context(open_file(path.parent / name))

        yield _disk(file, sibling)


def _disk(file: Device, sibling: disk_vmdk.OpenSibling) -> Device:
    head = file.read(0, _HEAD)
    if head.startswith(disk_qcow2.MAGIC):
        return disk_qcow2.open_qcow2(file)
    if head.startswith(disk_vmdk.SPARSE):
        return disk_vmdk.open_sparse(file)
    if head.startswith(disk_vmdk.DESCRIPTOR):
        return disk_vmdk.open_descriptor(file, sibling)
    if head.startswith(disk_vhdx.MAGIC):
        return disk_vhdx.open_vhdx(file)
    footer = disk_vhd.footer_of(file)
    return disk_vhd.open_vhd(file, footer) if footer else file
