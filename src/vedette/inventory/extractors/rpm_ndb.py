"""The rpm database of SUSE: `Packages.db`, rpm's own format (rpm's lib/backend/ndb).

Its index (`Index.db`) is not needed: it only says which packages have a name or a file.
"""

from vedette.inventory.extractors._base import Extractor, FileInput
from vedette.inventory.formats.records import read_records
from vedette.inventory.formats.release_package import with_release
from vedette.inventory.formats.rpm_ndb import blob, slots
from vedette.inventory.formats.rpm_package import FOLDERS, read_rpm
from vedette.inventory.found import Extraction


def _extract(file: FileInput) -> Extraction:
    return with_release(
        read_records(slots(file.data), lambda slot: read_rpm(blob(file.data, slot)))
    )


EXTRACTOR = Extractor(
    name="rpm_ndb",
    version=2,
    title="RPM packages (rpm's NDB database)",
    patterns=tuple(f"{folder}/Packages.db" for folder in FOLDERS),
    limit=256 << 20,
    extract=_extract,
)
