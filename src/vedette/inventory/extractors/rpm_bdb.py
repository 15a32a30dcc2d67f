"""The rpm database up to rpm 4.15: `Packages`, a Berkeley DB hash (Amazon Linux 1 and 2, RHEL and CentOS up to 8, SLES up to 12)."""

from vedette.inventory.extractors._base import Extractor, FileInput
from vedette.inventory.formats.records import read_records
from vedette.inventory.formats.release_package import with_release
from vedette.inventory.formats.rpm_bdb import HashDatabase
from vedette.inventory.formats.rpm_package import FOLDERS, read_rpm
from vedette.inventory.found import Extraction


def _extract(file: FileInput) -> Extraction:
    database = HashDatabase(file.data)
    return with_release(
        read_records(database.values(), lambda value: read_rpm(database.content(value)))
    )


EXTRACTOR = Extractor(
    name="rpm_bdb",
    version=2,
    title="RPM packages (rpm's Berkeley DB)",
    patterns=tuple(f"{folder}/Packages" for folder in FOLDERS),
    limit=256 << 20,
    extract=_extract,
)
