"""Packages of distroless images: one control paragraph a file in `/var/lib/dpkg/status.d/`.

https://github.com/GoogleContainerTools/distroless, "PACKAGE_METADATA.md".
"""

from vedette.inventory.extractors._base import Extractor, FileInput
from vedette.inventory.formats.deb822 import paragraphs
from vedette.inventory.formats.debian_package import read_package
from vedette.inventory.formats.records import read_records
from vedette.inventory.formats.release_package import with_release
from vedette.inventory.found import Extraction

# they lie beside the control paragraphs; a package's name never ends so
_NOT_CONTROL = (".md5sums", ".preinst", ".postinst", ".prerm", ".postrm", ".conffiles", ".triggers")


def _extract(file: FileInput) -> Extraction:
    if file.path.endswith(_NOT_CONTROL):
        return Extraction()
    return with_release(read_records(paragraphs(file.data), read_package))


EXTRACTOR = Extractor(
    name="dpkg_status_d",
    version=2,
    title="Debian packages of distroless images",
    patterns=("var/lib/dpkg/status.d/*",),
    limit=4 << 20,
    extract=_extract,
)
