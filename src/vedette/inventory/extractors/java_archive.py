"""Java libraries in their archives (jar, war, ear and others), also in archives within, and copied into another's.

JAR File Specification; Maven Archiver, "pom.properties content". An archive's SHA-1 is kept with the library that it is. See `vedette.inventory.formats.java_library` for
how an archive that does not say its coordinates is called.
"""

from vedette.inventory.extractors._base import Extractor, FileInput
from vedette.inventory.formats.java_archive import EXTENSIONS, Archives
from vedette.inventory.formats.java_library import libraries
from vedette.inventory.found import Extraction, FoundPackage, PackageKind
from vedette.model.package import PackageManager


def _extract(file: FileInput) -> Extraction:
    archives = Archives(file.data, file.path.rpartition("/")[2])
    found = {
        (library, archive.within): FoundPackage(
            kind=PackageKind.MAVEN,
            manager=PackageManager.JAR,
            name=library.name,
            version=library.version,
            within=archive.within,
            checksums=(f"sha1:{archive.sha1}",) if library.is_archive else (),
        )
        for archive in archives
        for library in libraries(archive)
    }
    return Extraction(packages=tuple(found.values()), faults=tuple(archives.faults))


EXTRACTOR = Extractor(
    name="java_archive",
    version=3,
    title="Java libraries in archives, to any depth",
    patterns=tuple(f"**/*.{extension}" for extension in EXTENSIONS),
    limit=256 << 20,
    extract=_extract,
)
