"""dpkg's database of installed packages: `/var/lib/dpkg/status`, deb822(5), dpkg(1)."""

from vedette.inventory.extractors._base import Extractor, FileInput
from vedette.inventory.formats.deb822 import paragraphs
from vedette.inventory.formats.debian_package import read_package
from vedette.inventory.formats.records import read_lines, read_records
from vedette.inventory.formats.release_package import with_release
from vedette.inventory.found import Extraction


def _extract(file: FileInput) -> Extraction:
    return with_release(
        read_lines(file.data, lambda whole: read_records(paragraphs(whole), read_package))
    )


EXTRACTOR = Extractor(
    name="dpkg",
    version=2,
    title="Debian and Ubuntu packages (dpkg's status file)",
    patterns=("var/lib/dpkg/status",),
    limit=128 << 20,
    extract=_extract,
)
