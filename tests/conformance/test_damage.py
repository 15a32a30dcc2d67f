"""Every reader of bytes that nobody vouches for, on damaged copies of its own good cases."""

from pathlib import Path

import pytest

from tests.conformance.damage import bounded
from tests.inventory import golden
from tests.inventory.sbom import golden as sboms
from tests.sources import test_disk_hostile
from vedette import sources
from vedette.errors import ParseError
from vedette.inventory.catalogue.whole import EXTRACTORS
from vedette.inventory.extractors._base import Extractor, FileInput

_IMAGES = {
    "disk_qcow2": {"qcow2", "qcow2 compressed"},
    "disk_vhd": {"vpc"},
    "disk_vhdx": {"vhdx"},
    "disk_vmdk": {"vmdk", "vmdk compressed"},
    "filesystem_ext": {"ext2", "ext4", "inline"},
    "filesystem_xfs": {"xfs"},
    "volume": {"gpt", "mbr"},
    "volume_lvm": {"lvm"},
}
"""Which images of `tests/sources/test_disk_hostile.py` a reader of disks is damaged with."""
_NO_FORMATS = frozenset({"disk_device", "disk_image", "disk_layer", "disk_mounts"})


@pytest.mark.parametrize("extractor", EXTRACTORS, ids=lambda extractor: extractor.name)
def test_damaged_files_are_read_or_a_parse_error(extractor: Extractor) -> None:
    found = [
        (case.name, path, data)
        for case in golden.cases(extractor)
        if not case.name.startswith(("malformed", "unfinished"))
        for path, data in golden.files(case).items()
        if data and golden.reads(extractor, path)
    ]
    assert found, "no good file to damage"
    for case, path, data in found:

        def read(piece: bytes, path: str = path) -> None:
            try:
                extractor.extract(FileInput(path=path, data=piece))
            except ParseError:
                return

        bounded(read, data, f"{extractor.name}/{case}/{path}")


@pytest.mark.parametrize(
    "case",
    [case for case in sboms.cases() if not case.name.startswith("malformed")],
    ids=lambda case: case.name,
)
def test_damaged_sboms_are_read_or_a_parse_error(case: Path) -> None:
    def read(piece: bytes) -> None:
        try:
            sboms.read(piece)
        except ParseError:
            return

    bounded(read, sboms.document(case), case.name)


def test_every_reader_of_disks_takes_part_in_its_damage() -> None:
    folder = Path(sources.__file__).parent
    readers = {
        path.stem
        for pattern in ("disk_*.py", "filesystem_*.py", "volume*.py")
        for path in folder.glob(pattern)
    }
    assert readers - _NO_FORMATS == set(_IMAGES)
    assert set(test_disk_hostile.NAMES) == set().union(*_IMAGES.values())
