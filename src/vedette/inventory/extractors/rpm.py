"""The rpm database: `rpmdb.sqlite` of rpm 4.16 and later.

A write-ahead log that is not empty holds transactions that the database lacks: it is a failure, never ignored.
"""

from vedette.errors import ParseError
from vedette.inventory.extractors._base import Extractor, FileInput
from vedette.inventory.formats.records import read_records
from vedette.inventory.formats.release_package import with_release
from vedette.inventory.formats.rpm_package import FOLDERS, read_rpm
from vedette.inventory.formats.rpmdb_sqlite import headers
from vedette.inventory.found import Extraction


def _extract(file: FileInput) -> Extraction:
    if file.path.endswith("-wal"):
        if file.data:
            raise ParseError("a write-ahead log with transactions: packages of these are missing")
        return Extraction()
    return with_release(read_records(headers(file.data), read_rpm))


EXTRACTOR = Extractor(
    name="rpm",
    version=2,
    title="RPM packages (rpm's SQLite database)",
    patterns=tuple(f"{folder}/rpmdb.sqlite{end}" for folder in FOLDERS for end in ("", "-wal")),
    limit=256 << 20,
    extract=_extract,
)
